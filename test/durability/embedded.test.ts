import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { lockDirectory, type DirectoryLock } from '../../src/platform/embedded/directory-lock.js';
import {
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
} from '../../src/platform/embedded/embedded-postgres.js';
import { findServerPackage, serverBinaries } from '../../src/platform/embedded/server-binaries.js';
import { eventually } from '../support/expect.js';

jest.setTimeout(60_000);

const PROJECT = join(__dirname, '../..');
const IS_ROOT = process.getuid?.() === 0;
const SERVER_ACCOUNT = IS_ROOT ? 65534 : process.getuid!();
if (!IS_ROOT) process.stderr.write('\n=== not root: the tests of the server under another account do not run ===\n');
const asRoot = IS_ROOT ? it : it.skip;

/** What a process that holds the data directory has said so far. */
interface Said {
  progress?: string;
  started?: { connection: EmbeddedPostgres['connection']; pid: number; elapsed: number };
  refused?: { code: string; message: string; elapsed: number };
}

const nothing = (): void => undefined;
const servers: EmbeddedPostgres[] = [];
const holders: ChildProcess[] = [];
const directories: string[] = [];
let lobby: string;

function newDirectory(): string {
  const made = mkdtempSync(join(tmpdir(), 'embedded-test-'));
  directories.push(made);
  return made;
}

async function start(dataDir: string, more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, ...more });
  servers.push(server);
  return server;
}

/** Another Besedka, in a process of its own. */
function holder(dataDir: string): { process: ChildProcess; said: Said[]; outcome: () => Promise<Said> } {
  const script = join(__dirname, 'embedded.holder.ts');
  const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', script, dataDir], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(child);
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line) as Said));
  const outcome = () => eventually(() => said.find(({ started, refused }) => started ?? refused), 'an outcome', 30_000);
  return { process: child, said, outcome };
}

async function query<R extends pg.QueryResultRow>(
  server: Pick<EmbeddedPostgres, 'connection'>,
  text: string,
): Promise<R[]> {
  const client = new pg.Client(server.connection);
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Every process that works in the cluster: the server's, and those that it has forked. */
function processesOn(dataDir: string): number[] {
  const cluster = join(dataDir, 'postgres');
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readlinkSync(`/proc/${pid}/cwd`) === cluster;
      } catch {
        return false;
      }
    });
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Socket directories that were made for this data directory and are still there. */
function socketDirectoriesOf(dataDir: string): string[] {
  return readdirSync(tmpdir()).filter((name) => {
    try {
      return readlinkSync(join(tmpdir(), name, 'lock')).startsWith(dataDir);
    } catch {
      return false;
    }
  });
}

function sessionOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]);
}

async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ name: 'EmbeddedPostgresError', message: expect.any(String) });
  return error as { code: string; message: string };
}

beforeAll(async () => {
  lobby = newDirectory();
  await (await start(lobby)).stop();
});

afterEach(async () => {
  for (const child of holders.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(async () => {
  for (const directory of directories) {
    await eventually(() => processesOn(directory).length === 0, `the end of all on ${directory}`, 20_000);
    rmSync(directory, { recursive: true, force: true });
  }
});

describe('the embedded server', () => {
  it('is made on the first start, durable and with the whole of Unicode', async () => {
    const server = await start(lobby);
    expect(server.version).toMatch(/^18\./);
    const [settings] = await query(
      server,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages,
              current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
              current_setting('listen_addresses') AS addresses, current_setting('max_connections') AS connections,
              current_user AS "user", current_database() AS database`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      checksums: 'on',
      encoding: 'UTF8',
      addresses: '',
      connections: '40',
      user: 'besedka',
      database: 'besedka',
    });
    const [words] = await query(
      server,
      `SELECT lower('ПРИВЕТ, Ёлка') AS lower, 'Беседка' ILIKE '%БЕСЕД%' AS found,
              to_tsvector('russian', 'Комнаты') @@ to_tsquery('russian', 'комната') AS stemmed`,
    );
    expect(words).toEqual({ lower: 'привет, ёлка', found: true, stemmed: true });
    expect(JSON.parse(readFileSync(join(lobby, 'engine.json'), 'utf8'))).toEqual({ engine: 'postgresql', major: 18 });
  });

  it('keeps its rows over a stop and a later start, and leaves nothing behind when it stops', async () => {
    const first = await start(lobby);
    await query(first, 'CREATE TABLE kept AS SELECT 17 AS id');
    await Promise.all([first.stop(), first.stop()]);
    expect(processesOn(lobby)).toEqual([]);
    expect(existsSync(first.connection.host)).toBe(false);
    expect(socketDirectoriesOf(lobby)).toEqual([]);
    expect(readdirSync(join(lobby, 'lock'))).toEqual([]);
    const second = await start(lobby, { maxConnections: 12, settings: { work_mem: '5MB' } });
    expect(await query(second, 'SELECT id FROM kept')).toEqual([{ id: 17 }]);
    expect(
      await query(second, `SELECT current_setting('max_connections') AS c, current_setting('work_mem') AS w`),
    ).toEqual([{ c: '12', w: '5MB' }]);
  });

  it('listens where only its account can come', async () => {
    const { connection, pid } = await start(lobby);
    expect(statSync(connection.host)).toMatchObject({ uid: SERVER_ACCOUNT });
    expect(statSync(connection.host).mode & 0o777).toBe(0o700);
    expect(statSync(join(lobby, 'postgres')).mode & 0o777).toBe(0o700);
    expect(statSync(`/proc/${pid}`).uid).toBe(SERVER_ACCOUNT);
    for (const each of processesOn(lobby)) expect(statSync(`/proc/${each}`).uid).not.toBe(0);
  });

  it('gets nothing of Besedka’s environment to see', async () => {
    Object.assign(process.env, { BESEDKA_JWT_SECRET: 'my secret', PGOPTIONS: '-c work_mem=64MB' });
    try {
      const { pid } = await start(lobby);
      for (const each of [pid, parentOf(pid)]) {
        expect(readFileSync(`/proc/${each}/environ`, 'utf8')).toContain('PATH=');
        expect(readFileSync(`/proc/${each}/environ`, 'utf8')).not.toMatch(/my secret|PGOPTIONS/);
      }
    } finally {
      delete process.env.BESEDKA_JWT_SECRET;
      delete process.env.PGOPTIONS;
    }
  });

  it('is not ended by signals that are meant for Besedka, such as Ctrl-C in the terminal', async () => {
    const server = await start(lobby);
    const guard = parentOf(server.pid);
    expect(sessionOf(server.pid)).not.toBe(sessionOf(process.pid));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(guard, signal);
    await query(server, 'SELECT pg_sleep(0.2)');
    expect(parentOf(server.pid)).toBe(guard);
  });

  it('works in a data directory with a very long path', async () => {
    const deep = join(newDirectory(), 'd'.repeat(90), 'e'.repeat(90));
    chmodSync(directories.at(-1)!, 0o755);
    const server = await start(deep);
    expect(`${server.connection.host}/.s.PGSQL.5432`.length).toBeLessThan(104);
    expect((await refusal(start(deep))).code).toBe('in_use');
    expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('keeps its log below a bound and people’s words out of it', async () => {
    writeFileSync(join(lobby, 'postgres.log'), 'x'.repeat(9 * 1024 * 1024));
    const server = await start(lobby);
    await expect(query(server, `SELECT 'my secret' FROM nowhere`)).rejects.toThrow('nowhere');
    await expect(
      query(server, `DO $$ BEGIN RAISE unique_violation USING MESSAGE = 'told', DETAIL = 'my secret'; END $$`),
    ).rejects.toThrow('told');
    await server.stop();
    const log = readFileSync(join(lobby, 'postgres.log'), 'utf8');
    expect(log).toContain('told');
    expect(log).not.toContain('my secret');
    expect(log.length).toBeLessThan(100_000);
    expect(statSync(join(lobby, 'postgres.log.1')).size).toBeGreaterThan(9_000_000);
  });
});

describe('one Besedka to a data directory', () => {
  it('is kept: the second process is refused within a second and the first goes on', async () => {
    const server = await start(lobby);
    await query(server, 'CREATE TABLE IF NOT EXISTS counted (id int)');
    const { refused } = await holder(lobby).outcome();
    expect(refused).toMatchObject({ code: 'in_use', message: expect.stringContaining('DATA_DIR') });
    expect(refused!.elapsed).toBeLessThan(1_000);
    await query(server, 'INSERT INTO counted VALUES (1)');
    expect(processesOn(lobby)).toContain(server.pid);
    expect((await refusal(start(lobby))).code).toBe('in_use');
    expect(await query(server, 'SELECT id FROM counted')).toEqual([{ id: 1 }]);
  });

  it('is kept over a second name of the directory', async () => {
    const shelf = newDirectory();
    chmodSync(shelf, 0o755);
    symlinkSync(lobby, join(shelf, 'alias'));
    const server = await start(join(shelf, 'alias'));
    expect((await refusal(start(lobby))).code).toBe('in_use');
    expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is kept when several start at the same moment', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => holder(lobby).outcome()));
    expect(outcomes.filter(({ started }) => started)).toHaveLength(1);
    expect(outcomes.filter(({ refused }) => refused?.code === 'in_use')).toHaveLength(3);
  });

  it('is kept among many claims at once, round after round', async () => {
    const directory = newDirectory();
    for (let round = 0; round < 10; round++) {
      const claims = await Promise.allSettled(
        Array.from({ length: 12 }, () =>
          lockDirectory({
            directory,
            shortPath: directory,
            token: randomBytes(4).toString('hex'),
            onDead: nothing,
            onSilence: nothing,
          }),
        ),
      );
      const held = claims.filter(
        (claim): claim is PromiseFulfilledResult<DirectoryLock> => claim.status === 'fulfilled',
      );
      expect(held).toHaveLength(1);
      held[0]!.value.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  it('is kept against a server that was started by hand', async () => {
    const identity = IS_ROOT ? { uid: SERVER_ACCOUNT, gid: 65534 } : {};
    const cluster = join(lobby, 'postgres');
    const { postgres } = await serverBinaries(findServerPackage(), join(lobby, 'pg-bin'), undefined, () => undefined);
    const byHand = spawn(postgres, ['-D', cluster, '-c', 'listen_addresses=', '-c', 'unix_socket_directories=.'], {
      ...identity,
      stdio: 'ignore',
    });
    await eventually(
      () => existsSync(join(cluster, 'postmaster.pid')) && processesOn(lobby).includes(byHand.pid!),
      'a server',
    );
    const { code, message } = await refusal(start(lobby));
    byHand.kill('SIGINT');
    await eventually(() => byHand.exitCode !== null, 'its end');
    expect({ code, named: message.includes(String(byHand.pid)) }).toEqual({ code: 'in_use', named: true });
  });
});

describe('after kill -9', () => {
  it('of Besedka no server is left, and a start at once waits for it and finds every committed row', async () => {
    const first = holder(lobby);
    const { started } = await first.outcome();
    await query(started!, 'CREATE TABLE survivors AS SELECT generate_series(1, 1000) AS id');
    first.process.kill('SIGKILL');
    const server = await start(lobby);
    expect(processesOn(lobby)).not.toContain(started!.pid);
    expect(existsSync(started!.connection.host)).toBe(false);
    expect(await query(server, 'SELECT count(*)::int AS kept FROM survivors')).toEqual([{ kept: 1000 }]);
  });

  it('of Besedka the server is gone without another start', async () => {
    const first = holder(lobby);
    const { started } = await first.outcome();
    expect(processesOn(lobby)).toContain(started!.pid);
    first.process.kill('SIGKILL');
    await eventually(() => processesOn(lobby).length === 0, 'the end of the server', 10_000);
    await eventually(() => !existsSync(started!.connection.host), 'the end of its socket’s directory');
  });

  it('of Besedka and the guard the next start stops the orphan first', async () => {
    const first = holder(lobby);
    const { started } = await first.outcome();
    await query(started!, 'CREATE TABLE orphaned AS SELECT 5 AS id');
    process.kill(parentOf(started!.pid), 'SIGKILL');
    first.process.kill('SIGKILL');
    await eventually(() => parentOf(started!.pid) === 1, 'an orphan');
    const lines: string[] = [];
    const server = await start(lobby, { onProgress: (line) => lines.push(line) });
    expect(lines[0]).toMatch(/^Waiting/);
    expect(processesOn(lobby)).not.toContain(started!.pid);
    expect(existsSync(started!.connection.host)).toBe(false);
    expect(await query(server, 'SELECT id FROM orphaned')).toEqual([{ id: 5 }]);
  });

  it('of the guard alone the server goes on, and stop() ends it', async () => {
    const lines: string[] = [];
    const server = await start(lobby, { onProgress: (line) => lines.push(line) });
    process.kill(parentOf(server.pid), 'SIGKILL');
    await eventually(() => lines.some((line) => line.includes('guard')), 'the news');
    expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(processesOn(lobby)).toEqual([]);
  });

  it('of everything it recovers, even when the old process number now belongs to a stranger', async () => {
    const first = holder(lobby);
    const { started } = await first.outcome();
    await query(started!, 'CREATE TABLE recovered AS SELECT 7 AS id');
    const guard = parentOf(started!.pid);
    for (const pid of [guard, first.process.pid!, started!.pid]) process.kill(pid, 'SIGKILL');
    await eventually(() => processesOn(lobby).length === 0, 'the end of all', 10_000);
    const pidFile = join(lobby, 'postgres/postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.pid)));
    const server = await start(lobby);
    expect(await query(server, 'SELECT id FROM recovered')).toEqual([{ id: 7 }]);
    expect(socketDirectoriesOf(lobby)).toEqual([basename(server.connection.host)]);
    expect(readFileSync(join(lobby, 'postgres.log'), 'utf8')).toContain('automatic recovery in progress');
  });

  it('of the server the loss is told, and stop() still frees the directory', async () => {
    const lines: string[] = [];
    const server = await start(lobby, { onProgress: (line) => lines.push(line) });
    process.kill(server.pid, 'SIGKILL');
    await eventually(() => lines.some((line) => line.includes('ended unexpectedly')), 'the news');
    await server.stop();
    await (await start(lobby)).stop();
  });
});

describe('a start that must not succeed', () => {
  it('refuses data of another major version, touches nothing and frees the directory', async () => {
    const record = join(lobby, 'engine.json');
    const versionFile = join(lobby, 'postgres/PG_VERSION');
    for (const [file, foreign] of [
      [record, '{"engine":"postgresql","major":17}'],
      [versionFile, '17\n'],
      [record, '{"engine":"sqlite","major":3}'],
    ] as const) {
      const own = readFileSync(file);
      writeFileSync(file, foreign);
      const { code, message } = await refusal(start(lobby));
      expect(code).toBe('other_major_version');
      expect(message).toMatch(/(PostgreSQL 17|sqlite), and this Besedka brings PostgreSQL 18/);
      expect(readFileSync(file, 'utf8')).toBe(foreign);
      writeFileSync(file, own);
    }
    await start(lobby);
  });

  it('does not begin with an empty database when the recorded one is missing', async () => {
    const vault = newDirectory();
    writeFileSync(join(vault, 'engine.json'), '{"engine":"postgresql","major":18}\n');
    expect(await refusal(start(vault))).toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('missing'),
    });
    expect(readdirSync(vault)).not.toContain('postgres');
  });

  it('says what the server said, and frees the directory', async () => {
    const { code, message } = await refusal(start(lobby, { settings: { shared_buffers: 'much' } }));
    expect(code).toBe('start_failed');
    expect(message).toContain('shared_buffers');
    expect(processesOn(lobby)).toEqual([]);
    await start(lobby);
  });

  it('begins anew after kill -9 in the middle of the first start', async () => {
    const vault = newDirectory();
    const first = holder(vault);
    const unfinished = (): string | undefined => readdirSync(vault).find((name) => name.includes('unfinished'));
    await eventually(() => existsSync(join(vault, unfinished() ?? '', 'base')), 'its middle', 20_000);
    first.process.kill('SIGKILL');
    expect(unfinished()).toBeDefined();
    const server = await start(vault);
    expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(socketDirectoriesOf(vault)).toEqual([basename(server.connection.host)]);
    expect(unfinished()).toBeUndefined();
  });

  it('names DATABASE_URL where PostgreSQL cannot run', async () => {
    expect(() => findServerPackage('linux', 'riscv64')).toThrow(
      expect.objectContaining({ code: 'unsupported_platform' }),
    );
    expect(() => findServerPackage('linux', 'riscv64')).toThrow('DATABASE_URL');
    const foreign = newDirectory();
    mkdirSync(join(foreign, 'native/bin'), { recursive: true });
    writeFileSync(join(foreign, 'native/bin/postgres'), '#!/lib/ld-of-another-system\n', { mode: 0o755 });
    const refused = await refusal(serverBinaries(foreign, join(foreign, 'pg-bin'), undefined, () => undefined));
    expect(refused).toMatchObject({ code: 'unsupported_platform', message: expect.stringContaining('DATABASE_URL') });
  });
});

describe('the programs', () => {
  it('get the links that npm could not carry', async () => {
    const copy = join(newDirectory(), 'package');
    cpSync(findServerPackage(), copy, { recursive: true, verbatimSymlinks: true });
    const links = (JSON.parse(readFileSync(join(copy, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]).map(
      ({ target }) => join(copy, target),
    );
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) rmSync(link, { force: true });
    const { version, postgres } = await serverBinaries(copy, join(copy, 'unused'), undefined, () => undefined);
    expect({ version, postgres }).toEqual({
      version: expect.stringMatching(/^18\./),
      postgres: join(copy, 'native/bin/postgres'),
    });
    for (const link of links) expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  asRoot('are copied beside the data when the server’s account cannot reach them', async () => {
    const identity = { uid: SERVER_ACCOUNT, gid: SERVER_ACCOUNT };
    const vault = newDirectory();
    cpSync(findServerPackage(), join(vault, 'private/package'), { recursive: true, verbatimSymlinks: true });
    chmodSync(join(vault, 'private'), 0o700);
    chmodSync(vault, 0o755);
    const lines: string[] = [];
    const find = () =>
      serverBinaries(join(vault, 'private/package'), join(vault, 'pg-bin'), identity, (line) => lines.push(line));
    const copied = await find();
    expect(copied.postgres.startsWith(join(vault, 'pg-bin'))).toBe(true);
    expect(await find()).toEqual(copied);
    expect(lines).toHaveLength(1);
    expect(statSync(copied.postgres).uid).toBe(0);
  });
});

describe('rights', () => {
  asRoot('are named when the server’s account cannot pass to the data', async () => {
    const barrier = newDirectory();
    const { code, message } = await refusal(start(join(barrier, 'data')));
    expect(code).toBe('permissions');
    expect(message).toContain(`chmod o+x '${barrier}'`);
  });

  asRoot('follow the owner of the data directory', async () => {
    const home = newDirectory();
    chownSync(home, 1234, 1234);
    const { code, message } = await refusal(start(home));
    expect({ code, message }).toEqual({ code: 'start_failed', message: expect.stringContaining('1234') });
    chownSync(home, 1, 1);
    const server = await start(home);
    expect(statSync(`/proc/${server.pid}`).uid).toBe(1);
    expect(['engine.json', 'lock', 'postgres', 'postgres.log'].map((name) => statSync(join(home, name)).uid)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  asRoot('of root on a cluster are refused with the remedy', async () => {
    const home = newDirectory();
    mkdirSync(join(home, 'postgres'));
    expect(await refusal(start(home))).toMatchObject({
      code: 'permissions',
      message: expect.stringContaining('chown -R'),
    });
  });

  it('to a file where the directory should be are told', async () => {
    const file = join(newDirectory(), 'data');
    writeFileSync(file, '');
    expect((await refusal(start(file))).code).toBe('start_failed');
  });
});
