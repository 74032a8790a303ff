import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkEngine,
  clusterExists,
  createCluster,
  DATABASE,
  dataDirectory,
  ownerFor,
  recordEngine,
  USER,
  type DataDirectory,
} from './data-directory.js';
import { lockDirectory } from './directory-lock.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { startUnderGuard, type GuardedServer } from './guard.js';
import { askServerToStop, forgetDeadServer, runningServer, waitingForServer } from './postmaster.js';
import { findServerPackage, serverBinaries } from './server-binaries.js';
import { identityFor, openDataDirectory } from './server-identity.js';
import { untilReady } from './server-readiness.js';
import { serverSettings } from './server-settings.js';
import {
  makeSocketDirectory,
  removeAbandonedSocketDirectory,
  removeSocketDirectory,
  SOCKET_PORT,
  tokenOf,
} from './socket-directory.js';

export { EmbeddedPostgresError } from './embedded-postgres.error.js';

export interface EmbeddedPostgres {
  /** Options for `pg` and TypeORM; the host is a Unix socket's directory, or 127.0.0.1 where there are no Unix sockets. */
  readonly connection: { host: string; port: number; user: string; password?: string; database: string };
  readonly version: string;
  readonly pid: number;
  /** Fast shutdown; resolves when the server is gone and the data directory free. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  onProgress?: (line: string) => void;
  maxConnections?: number;
  settings?: Record<string, string>;
}

type Undo = () => void | Promise<void>;
type Connection = EmbeddedPostgres['connection'];

const WINDOWS = process.platform === 'win32';
const STOP_PATIENCE_MS = 90_000;

/**
 * Starts the PostgreSQL that lives in `dataDir`, creating it on the first start. The server ends when `stop` is called or our process ends
 * in whatever way. Fails with an EmbeddedPostgresError and leaves nothing running; with `in_use` at once when another process has the directory.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const undo: Undo[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    await unwind(undo);
    throw explained(error, options.dataDir);
  }
}

async function start(options: EmbeddedOptions, undo: Undo[]): Promise<EmbeddedPostgres> {
  const onProgress = options.onProgress ?? (() => undefined);
  const packageDirectory = findServerPackage();
  const directory = dataDirectory(options.dataDir);
  const { cluster } = directory;
  const identity = identityFor(directory.path, cluster);
  await openDataDirectory(identity, directory.path, onProgress);

  const socketDirectory = WINDOWS ? '' : await makeSocketDirectory(identity, directory.path, directory.lock);
  if (socketDirectory) undo.push(() => removeSocketDirectory(socketDirectory));
  const lock = await lockDirectory({
    directory: directory.lock,
    shortPath: join(socketDirectory, 'lock'),
    token: tokenOf(socketDirectory),
    onDead: (token) => removeAbandonedSocketDirectory(token, directory.path, directory.lock),
    onSilence: waitingForServer(cluster, onProgress),
  });
  undo.push(() => lock.release());
  await expectNoServer(cluster);
  forgetDeadServer(cluster);

  const binaries = await serverBinaries(packageDirectory, directory.binaries, identity, onProgress);
  checkEngine(directory, binaries.version);
  if (!clusterExists(directory)) {
    onProgress(`Creating the database in ${directory.path}`);
    await createCluster(directory, binaries, identity, lock.descriptor);
  }
  recordEngine(directory, binaries.version);

  onProgress(`Starting PostgreSQL ${binaries.version}`);
  const connection = await connectionTo(directory, socketDirectory);
  const logged = statSync(directory.log, { throwIfNoEntry: false })?.size ?? 0;
  const server = await startUnderGuard(
    {
      file: binaries.postgres,
      args: [
        '-D',
        cluster,
        ...serverSettings({
          port: String(connection.port),
          listen_addresses: WINDOWS ? connection.host : '',
          unix_socket_directories: socketDirectory,
          max_connections: String(options.maxConnections ?? 40),
          ...options.settings,
        }),
      ],
      cwd: cluster,
      log: directory.log,
      logOwner: ownerFor(directory),
      identity,
      socketDirectory,
      stopCommand: WINDOWS ? [binaries.pgCtl, 'stop', '-m', 'fast', '-D', cluster] : undefined,
    },
    lock.descriptor,
  );
  let running = true;
  undo.push(() => shutDown(server, cluster));
  void server.ended.then(() => (running = false));

  const version = await untilReady(cluster, connection, () => running, onProgress);
  if (version === undefined) throw new EmbeddedPostgresError('start_failed', failureOf(directory, logged));
  let stopped: Promise<void> | undefined;
  void server.ended.then(() => {
    if (!stopped) onProgress(lossOf(directory));
  });
  return { connection, version, pid: server.pid, stop: () => (stopped ??= unwind(undo)) };
}

async function unwind(undo: Undo[]): Promise<void> {
  for (const step of undo.reverse()) await step();
}

async function shutDown(server: GuardedServer, cluster: string): Promise<void> {
  server.stop();
  await server.ended;
  // Only a killed guard leaves a server behind.
  for (const deadline = Date.now() + STOP_PATIENCE_MS; runningServer(cluster) !== undefined && Date.now() < deadline;) {
    askServerToStop(cluster);
    await sleep(20);
  }
}

/** Whoever holds our lock knows of every server that we started, but not of one that was started by hand. */
async function expectNoServer(cluster: string): Promise<void> {
  // Without inherited descriptors the lock may be free while a guard still stops its server.
  for (const deadline = Date.now() + STOP_PATIENCE_MS; WINDOWS && runningServer(cluster) && Date.now() < deadline;) {
    await sleep(50);
  }
  const pid = runningServer(cluster);
  if (pid === undefined) return;
  throw new EmbeddedPostgresError(
    'in_use',
    `A PostgreSQL server (process ${pid}) that Besedka did not start runs on ${cluster}. Stop it first.`,
  );
}

async function connectionTo(directory: DataDirectory, socketDirectory: string): Promise<Connection> {
  const account = { user: USER, database: DATABASE };
  if (!WINDOWS) return { host: socketDirectory, port: SOCKET_PORT, ...account };
  const password = readFileSync(directory.password, 'utf8');
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return { host: '127.0.0.1', port, password, ...account };
}

function failureOf({ log }: DataDirectory, from: number): string {
  const lines = existsSync(log) ? readFileSync(log).subarray(from).toString('utf8').trim().split('\n') : [];
  const telling = lines.filter((line) => /FATAL|PANIC|error/i.test(line));
  const reason = (telling.length > 0 ? telling : lines).slice(-3).join(' ').slice(-600);
  return `PostgreSQL ended while it was starting: ${reason} (${log} has more)`;
}

function lossOf({ cluster, log }: DataDirectory): string {
  return runningServer(cluster) === undefined
    ? `PostgreSQL has ended unexpectedly; ${log} tells why. Start Besedka again.`
    : 'The guard of PostgreSQL was killed; the server runs on and will be stopped with Besedka.';
}

function explained(error: unknown, dataDir: string): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) return new EmbeddedPostgresError('start_failed', message);
  return new EmbeddedPostgresError(
    'permissions',
    `Besedka may not use ${dataDir} (${message}). Give the directory and all in it to the account that runs Besedka, or set DATA_DIR to another.`,
  );
}
