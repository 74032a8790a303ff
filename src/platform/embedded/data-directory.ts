/**
 * What lies in DATA_DIR, and the two steps that must not be half done: a cluster appears under its name only when `initdb` has finished,
 * and a cluster is opened only by the major version that wrote it.
 */
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { runProgram, type ServerIdentity } from './program.js';
import type { ServerBinaries } from './server-binaries.js';

export const DATABASE = 'besedka';
export const USER = 'besedka';

export interface DataDirectory {
  readonly path: string;
  readonly cluster: string;
  readonly engineRecord: string;
  readonly lock: string;
  readonly log: string;
  readonly binaries: string;
  /** Only where the server listens on TCP. */
  readonly password: string;
}

/** Names everything in the data directory, and makes it and its lock's place when they are missing. */
export function dataDirectory(dataDir: string): DataDirectory {
  mkdirSync(resolve(dataDir), { recursive: true });
  const path = realpathSync(resolve(dataDir));
  const lock = join(path, 'lock');
  mkdirSync(lock, { recursive: true, mode: 0o700 });
  const owner = ownerFor({ path });
  if (owner) chownSync(lock, owner.uid, owner.gid);
  return {
    path,
    cluster: join(path, 'postgres'),
    engineRecord: join(path, 'engine.json'),
    lock,
    log: join(path, 'postgres.log'),
    binaries: join(path, 'pg-bin'),
    password: join(path, 'postgres.password'),
  };
}

/** Whoever owns the data directory owns what root makes in it, so that it can later be used without root. */
export function ownerFor(directory: { path: string }): ServerIdentity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = statSync(directory.path);
  return { uid, gid };
}

export function clusterExists(directory: DataDirectory): boolean {
  return statSync(directory.cluster, { throwIfNoEntry: false }) !== undefined;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Refuses a directory whose data another engine or major version wrote, or whose data have gone. */
export function checkEngine(directory: DataDirectory, version: string): void {
  const major = Number.parseInt(version, 10);
  const record = readIfPresent(directory.engineRecord);
  const { engine, major: recorded } =
    record === undefined ? { engine: 'postgresql', major } : readRecord(directory, record);
  const written = readIfPresent(join(directory.cluster, 'PG_VERSION'))?.trim();
  if (record !== undefined && !clusterExists(directory)) {
    throw new EmbeddedPostgresError(
      'start_failed',
      `${directory.engineRecord} says that there is a database here, but ${directory.cluster} is missing. Put it back, or delete engine.json to begin with an empty database.`,
    );
  }
  const found = engine !== 'postgresql' ? engine : `PostgreSQL ${recorded === major ? (written ?? major) : recorded}`;
  if (found !== `PostgreSQL ${major}`) {
    throw new EmbeddedPostgresError(
      'other_major_version',
      `The data in ${directory.path} were written by ${found}, and this Besedka brings PostgreSQL ${major}. ` +
        'Start the version of Besedka that wrote them, or move the data over with pg_dump and DATABASE_URL.',
    );
  }
}

function readRecord(directory: DataDirectory, text: string): { engine: string; major: number } {
  try {
    const { engine, major } = JSON.parse(text) as { engine: unknown; major: unknown };
    if (typeof engine === 'string' && typeof major === 'number') return { engine, major };
  } catch {
    // Said below: both are the same mistake to the reader.
  }
  throw new EmbeddedPostgresError(
    'start_failed',
    `${directory.engineRecord} cannot be read as a record of engine and version. Delete it if postgres/PG_VERSION is there: it is made anew.`,
  );
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Records the engine beside the data, durably; never before the data are there. */
export function recordEngine(directory: DataDirectory, version: string): void {
  if (readIfPresent(directory.engineRecord) !== undefined) return;
  const unfinished = `${directory.engineRecord}.unfinished`;
  const record = { engine: 'postgresql', major: Number.parseInt(version, 10) };
  writeFileSync(unfinished, `${JSON.stringify(record)}\n`, { flush: true });
  const owner = ownerFor(directory);
  if (owner) chownSync(unfinished, owner.uid, owner.gid);
  renameSync(unfinished, directory.engineRecord);
  syncDirectory(directory.path);
}

/** Makes the cluster under a temporary name and gives it its own only when it is whole and on disk. */
export async function createCluster(
  directory: DataDirectory,
  { initdb }: ServerBinaries,
  identity: ServerIdentity | undefined,
  inherited: number | undefined,
): Promise<void> {
  for (const name of readdirSync(directory.path)) {
    if (name.startsWith('postgres.unfinished-')) rmSync(join(directory.path, name), { recursive: true, force: true });
  }
  const unfinished = join(directory.path, `postgres.unfinished-${randomBytes(4).toString('hex')}`);
  mkdirSync(unfinished, { mode: 0o700 });
  if (identity) chownSync(unfinished, identity.uid, identity.gid);
  const access = ['--auth-local=trust', '--auth-host=reject'];
  if (process.platform === 'win32') {
    writeFileSync(directory.password, randomBytes(24).toString('hex'), { mode: 0o600, flush: true });
    access.splice(0, 2, '--auth=scram-sha-256', `--pwfile=${directory.password}`);
  }
  const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const wanted = ['-D', unfinished, ...locale, '-k', '-U', USER, ...access, '--no-instructions'];
  const { code, failure, output } = await runProgram(initdb, wanted, { identity, inherited });
  if (code !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    const reason = failure?.message ?? output.trim().split('\n').slice(-3).join(' ');
    throw new EmbeddedPostgresError(
      'start_failed',
      `The database could not be created in ${directory.path}: ${reason}`,
    );
  }
  renameSync(unfinished, directory.cluster);
  syncDirectory(directory.path);
}
