/**
 * One Besedka to a data directory: two servers on one cluster destroy it.
 *
 * The lock is a listening Unix socket in `lock/`. The kernel ends it with the last process that holds its descriptor, so `kill -9` leaves
 * nothing to be guessed from, and neither a number used again nor another container's processes can be taken for the holder. The guard, the
 * server and each of its processes inherit the descriptor: connecting fails only when the last of them is gone. Besedka alone answers a
 * connection; silence means that she died and her server is still stopping (or that she is busy, which costs time and never safety).
 *
 * Whoever wants the lock first makes a socket of his own visible, then looks at all others: of two that come together at least one sees
 * the other, and the lower name goes first. Names are never used again, so anybody may remove a dead socket. Not covered: two machines on
 * one network file system.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

export interface DirectoryLock {
  /** To be inherited by every process that touches the data; undefined where the system has no such thing. */
  readonly descriptor?: number;
  release(): void;
}

export interface LockRequest {
  readonly directory: string;
  /** A path to `directory` that is short enough for sockets. */
  readonly shortPath: string;
  /** Letters and digits that no other request has; part of the names of our sockets. */
  readonly token: string;
  /** Called for each process that had the lock or wanted it, and died. */
  readonly onDead: (token: string) => void;
  /** Called again and again while processes of a dead holder live. */
  readonly onSilence: (holderPid: number) => void;
}

type Answer = 'held' | 'wanted' | 'silent' | 'dead' | 'gone';

const SILENCE_MS = 300;
const PATIENCE_MS = 120_000;
const UNFINISHED_MS = 60_000;
const NAME = /^(new-)?(\d+)-(\w+)-\d+$/;

function inUse(): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'in_use',
    'Another Besedka runs on this data directory. Stop it first, or give this one a DATA_DIR of its own.',
  );
}

function stillStopping(): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'in_use',
    `The database of a Besedka that has ended on this data directory still runs after ${PATIENCE_MS / 1000} seconds. Look into its log, and end its processes before you start again.`,
  );
}

function ask(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle('silent'), SILENCE_MS);
    socket.once('data', (data) => settle(data.toString() === 'held' ? 'held' : 'wanted'));
    socket.once('close', () => settle('silent'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') return settle('dead');
      if (error.code === 'ENOENT') return settle('gone');
      if (error.code !== 'EACCES' && error.code !== 'EPERM') return settle('silent');
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** A socket of ours in the directory, visible to all and answering from the first moment on. */
class Claim {
  private held = false;
  private readonly server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(this.held ? 'held' : 'wanted');
  });
  readonly name: string;

  constructor(
    private readonly request: LockRequest,
    attempt: number,
  ) {
    this.name = `${process.pid}-${request.token}-${attempt}`;
  }

  async announce(): Promise<void> {
    await listen(this.server, join(this.request.shortPath, `new-${this.name}`));
    // Only now it answers.
    renameSync(join(this.request.directory, `new-${this.name}`), join(this.request.directory, this.name));
  }

  take(): DirectoryLock {
    this.held = true;
    this.server.unref();
    const { _handle: handle } = this.server as unknown as { _handle: { fd: number } };
    return { descriptor: handle.fd, release: () => this.withdraw() };
  }

  withdraw(): void {
    rmSync(join(this.request.directory, this.name), { force: true });
    this.server.close();
  }
}

/** Between binding and listening a living socket looks dead: an unfinished one is nobody's only when it stays so. */
function isFresh(path: string): boolean {
  const made = lstatSync(path, { throwIfNoEntry: false });
  return made === undefined || Date.now() - made.mtimeMs < UNFINISHED_MS;
}

/** What is to be seen of others. `first`: one of those who want the lock at this moment goes before `ownName`. */
async function lookAround(
  request: LockRequest,
  deadline: number,
  ownName?: string,
): Promise<'alone' | 'held' | 'first'> {
  for (;;) {
    let others = 0;
    for (const name of readdirSync(request.directory)) {
      const [matched, isNew, pid, token] = NAME.exec(name) ?? [];
      if (!matched || name === ownName || (isNew && isFresh(join(request.directory, name)))) continue;
      const answer = await ask(join(request.shortPath, name));
      if (answer === 'dead') {
        rmSync(join(request.directory, name), { force: true });
        request.onDead(token!);
      }
      if (answer === 'dead' || isNew) continue;
      if (answer === 'held') return 'held';
      if (answer === 'wanted' && ownName !== undefined && name < ownName) return 'first';
      if (answer === 'silent') request.onSilence(Number(pid));
      others++;
    }
    if (others === 0) return 'alone';
    if (Date.now() > deadline) throw stillStopping();
    await sleep(20);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes the lock or fails with `in_use` at once; waits only for the server of a Besedka that has died. */
export async function lockDirectory(request: LockRequest): Promise<DirectoryLock> {
  if (process.platform === 'win32') return lockByPipe(request.directory);
  const deadline = Date.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    if ((await lookAround(request, deadline)) === 'held') throw inUse();
    const claim = new Claim(request, attempt);
    try {
      await claim.announce();
      const seen = await lookAround(request, deadline, claim.name);
      if (seen === 'alone') return claim.take();
      if (seen === 'held') throw inUse();
      claim.withdraw();
    } catch (error) {
      claim.withdraw();
      throw socketsUnsupported(error, request.directory) ?? error;
    }
  }
}

function socketsUnsupported(error: unknown, directory: string): EmbeddedPostgresError | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(code)) return undefined;
  return new EmbeddedPostgresError(
    'start_failed',
    `The file system of ${directory} has no Unix sockets (${code}). Set DATA_DIR to a local file system, or DATABASE_URL to a PostgreSQL of your own.`,
  );
}

async function lockByPipe(directory: string): Promise<DirectoryLock> {
  const server = createServer((socket) => socket.end('held'));
  const name = createHash('sha256').update(directory.toLowerCase()).digest('hex');
  await listen(server, `\\\\.\\pipe\\besedka-${name}`).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? inUse() : error;
  });
  server.unref();
  return { release: () => void server.close() };
}
