import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded/embedded-postgres.js';
import { prepareDatabase } from '../../src/platform/prepare-database.js';
import { schema } from '../../src/schema.js';
import { eventually, expectProblem, expectRefusal } from '../support/expect.js';
import type { Answer } from '../support/http.js';
import { type Person, world, type World } from '../support/world.js';

jest.setTimeout(120_000);

const SIZE = '400m';
const MEBIBYTE = Buffer.alloc(1024 ** 2);
const disk = mkdtempSync(join(tmpdir(), 'besedka-full-disk-'));
const filler = join(disk, 'filler');

/** A small file system of our own is the only disk that we may fill. */
const mounted = ((): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'besedka-full-disk', disk], { stdio: 'ignore' });
    chmodSync(disk, 0o755);
    return true;
  } catch {
    process.stderr.write('\n=== no file system may be mounted here: the story of the full disk DID NOT RUN ===\n');
    return false;
  }
})();
const onOwnDisk = mounted ? it : it.skip;

let engine: EmbeddedPostgres;
let w: World;
let alice: Person, bob: Person;
let roomId: number;
let count = 0;

beforeAll(async () => {
  if (!mounted) return;
  engine = await startEmbeddedPostgres({ dataDir: join(disk, 'data') });
  await prepareDatabase(engine.connection, schema, { production: false });
  w = await world({}, { address: engine.connection, url: 'postgres://embedded', drop: () => engine.stop() });
  [alice, bob] = [await w.person('alice'), await w.person('bob')];
  const { body } = await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: [bob.id] });
  roomId = body.id;
});
afterAll(async () => {
  await w?.close();
  if (mounted) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Takes all the room there is, to the last byte. */
function fill(): void {
  const file = openSync(filler, 'w');
  try {
    for (let size = MEBIBYTE.length; size >= 1;) {
      try {
        if (writeSync(file, MEBIBYTE, 0, size) < size) size >>= 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size >>= 1;
      }
    }
  } finally {
    closeSync(file);
  }
  expect(statfsSync(disk).bavail).toBe(0);
}

/** Long and not to be compressed, so that the tables grow soon. */
const text = () => randomBytes(1_900).toString('hex');
const send = () => alice.http.post(`/rooms/${roomId}/messages`, { text: text(), clientId: `clientid-${++count}` });
const signIn = () => w.http.post('/auth/token', { grant_type: 'password', username: 'bob', password: bob.password });

onOwnDisk('says that the storage is full, goes on reading, loses nothing acknowledged, and resumes alone', async () => {
  const kept: { seq: number; text: string }[] = [];
  const keep = ({ status, body }: Answer) => {
    if (status === 201) kept.push({ seq: body.seq, text: body.text });
    return status === 201;
  };
  const listening = await bob.socket();
  await listening.hears('session.ready');
  for (let n = 0; n < 20; n++) expect(keep(await send())).toBe(true);

  fill();
  let refused = await send();
  for (let n = 0; n < 50 && keep(refused); n++) refused = await send();
  expectProblem(refused, 503, 'server/storage-full');
  expect(refused.headers.get('retry-after')).toBe('5');
  const sender = await alice.socket();
  const ack = await sender.send('message.send', { roomId, text: text(), clientId: `clientid-${++count}` });
  expectRefusal(ack, 'server/storage-full');
  // What is left of pages that were begun would do for some sign-ins: rows that are rolled back use it up.
  const fillPages = `INSERT INTO sessions (account_id, expires_at) SELECT $1, now() FROM generate_series(1, 2000)`;
  await expect(w.database.query(fillPages, [bob.id])).rejects.toMatchObject({ code: '53100' });
  expectProblem(await signIn(), 503, 'server/storage-full');
  for (const path of [`/rooms/${roomId}`, `/rooms/${roomId}/messages`, '/auth/sessions', '/accounts/me'])
    expect({ path, status: (await bob.http.get(path)).status }).toEqual({ path, status: 200 });

  rmSync(filler);
  await eventually(async () => keep(await send()), 'a message that is stored', 30_000);
  expect((await signIn()).status).toBe(200);
  await listening.hears('message.sent', (message) => message.seq === kept.at(-1)!.seq);
  const seqs = kept.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, n) => seqs[0]! + n));
  expect(listening.of('message.sent').map(({ seq }) => seq)).toEqual(seqs);
  const { body } = await bob.http.get(`/rooms/${roomId}/messages?limit=100`);
  const read = body.items.map((message: { seq: number; text: string }) => ({ seq: message.seq, text: message.text }));
  expect(read.toSorted((a: { seq: number }, b: { seq: number }) => a.seq - b.seq)).toEqual(kept);
});
