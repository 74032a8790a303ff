import { chownSync, mkdtempSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import type { ServerIdentity } from './program.js';
import { canEnter } from './server-identity.js';

/** PostgreSQL derives the socket's name from it; with Unix sockets no TCP port is involved. */
export const SOCKET_PORT = 5432;

// A socket's path may have 103 characters (macOS), and ours need 43 below this directory.
const LONGEST_PARENT = 60;
const PREFIX = 'besedka-';

function possibleParents(dataDir: string): string[] {
  return [tmpdir(), '/tmp', '/dev/shm', dataDir].filter((parent) => parent.length <= LONGEST_PARENT);
}

/** The part of its name that no other socket directory has. */
export function tokenOf(socketDirectory: string): string {
  return basename(socketDirectory).slice(PREFIX.length);
}

/** A short private directory (mode 0700, the server's own) for Unix sockets; `lock` in it leads to the lock's directory, however deep that is. */
export async function makeSocketDirectory(
  identity: ServerIdentity | undefined,
  dataDir: string,
  lockDirectory: string,
): Promise<string> {
  for (const parent of possibleParents(dataDir)) {
    if (!(await canEnter(identity, parent))) continue;
    try {
      const made = mkdtempSync(join(parent, PREFIX));
      if (identity) chownSync(made, identity.uid, identity.gid);
      symlinkSync(lockDirectory, join(made, 'lock'));
      return made;
    } catch {
      continue;
    }
  }
  throw new EmbeddedPostgresError(
    'permissions',
    `There is no place for the database's socket: neither ${tmpdir()} nor /tmp is a directory with a short path in which Besedka may write. Set TMPDIR to one.`,
  );
}

/** Removes what `makeSocketDirectory` made and the server left in it, and nothing else. */
export function removeSocketDirectory(directory: string): void {
  try {
    for (const name of ['lock', `.s.PGSQL.${SOCKET_PORT}`, `.s.PGSQL.${SOCKET_PORT}.lock`]) {
      rmSync(join(directory, name), { force: true });
    }
    rmdirSync(directory);
  } catch {
    // Already gone, or not ours to remove: an empty directory does no harm.
  }
}

/** Removes the socket directory of a process that died, wherever it made it. */
export function removeAbandonedSocketDirectory(token: string, dataDir: string, lockDirectory: string): void {
  for (const parent of possibleParents(dataDir)) {
    const directory = join(parent, PREFIX + token);
    try {
      if (readlinkSync(join(directory, 'lock')) === lockDirectory) removeSocketDirectory(directory);
    } catch {
      // Not there.
    }
  }
}
