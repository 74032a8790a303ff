import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledService } from './compiled-service.js';
import { HttpDoor } from './http-door.js';
import { Person, type PersonRecord } from './person.js';
import { ServerProcess } from './server-process.js';

/** People and rooms in a data directory whose service has been stopped: where a run begins. */
export interface Scene {
  directory: string;
  dataDir: string;
  key: string;
  reader: PersonRecord;
  senders: PersonRecord[];
  listener: PersonRecord;
  /** Everybody may post here; only some of the senders are members. */
  open: number[];
  /** Only members post here: each sender is a member of one. */
  closed: number[];
  /** No sender is a member of it. */
  vault: number;
}

const OPEN_ROOMS = 4;
const CLOSED_ROOMS = 4;
const AT_ONCE = 4;

/** Registers people and makes rooms through the API of a fresh service. */
export async function makeScene(service: CompiledService, senders: number, databaseUrl?: string): Promise<Scene> {
  const directory = newDirectory();
  const dataDir = join(directory, 'data');
  const key = randomBytes(48).toString('base64');
  const port = await freePort();
  const server = new ServerProcess({ service, dataDir, port, key, databaseUrl });
  const http = new HttpDoor(
    () => port,
    (says) => server.surprises.push(says),
  );
  server.start();
  try {
    await server.up();
    const names = ['alice', 'mallory', ...Array.from({ length: senders }, (_, index) => `sender${index + 1}`)];
    const people: PersonRecord[] = [];
    while (names.length > 0)
      people.push(...(await Promise.all(names.splice(0, AT_ONCE).map((name) => register(http, name)))));
    const [alice, mallory, ...others] = people as [PersonRecord, PersonRecord, ...PersonRecord[]];
    const reader = new Person(alice, http);
    const room = async (name: string, preset: string, members: PersonRecord[]): Promise<number> => {
      const answer = await reader.ask('POST', '/rooms', { name, preset, members: members.map(({ id }) => id) });
      if (answer?.status !== 201) throw new Error(`room ${name}: ${answer?.status} ${JSON.stringify(answer?.body)}`);
      return answer.body.id as number;
    };
    const open: number[] = [];
    const closed: number[] = [];
    for (let index = 0; index < OPEN_ROOMS; index++)
      open.push(await room(index === 0 ? 'lobby' : `open ${index}`, 'open', others.slice(index, index + 1)));
    for (let index = 0; index < CLOSED_ROOMS; index++)
      closed.push(
        await room(
          `private ${index}`,
          'private',
          others.filter((_, at) => at % CLOSED_ROOMS === index),
        ),
      );
    const vault = await room('vault', 'private', []);
    if (server.surprises.length > 0) throw new Error(server.surprises.join('\n'));
    return { directory, dataDir, key, reader: alice, listener: mallory, senders: others, open, closed, vault };
  } catch (error) {
    await server.stop();
    removeScene({ directory });
    throw error;
  } finally {
    http.close();
    await server.stop();
  }
}

/** The same people and rooms in a data directory of their own. */
export function copyScene(scene: Scene): Scene {
  const directory = newDirectory();
  const dataDir = join(directory, 'data');
  execFileSync('cp', ['-Rp', scene.dataDir, dataDir]);
  return { ...structuredClone(scene), directory, dataDir };
}

export function removeScene({ directory }: Pick<Scene, 'directory'>): void {
  rmSync(directory, { recursive: true, force: true });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function register(http: HttpDoor, username: string): Promise<PersonRecord> {
  const password = randomBytes(12).toString('hex');
  const registered = await http.ask('POST', '/accounts', { username, password });
  const signedIn = await http.ask('POST', '/auth/token', { grant_type: 'password', username, password });
  if (registered?.status !== 201 || signedIn?.status !== 200)
    throw new Error(`${username}: ${JSON.stringify(registered?.body)} ${JSON.stringify(signedIn?.body)}`);
  const { access_token: token, refresh_token: refreshToken } = signedIn.body;
  return { id: registered.body.id, username, password, token, refreshToken };
}

/** PostgreSQL, which does not run as root, has to pass through it. */
function newDirectory(): string {
  const made = mkdtempSync(join(tmpdir(), 'besedka-torture-'));
  chmodSync(made, 0o755);
  return made;
}
