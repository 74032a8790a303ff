import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { runProgram, type ServerIdentity } from './program.js';

const NOBODY: ServerIdentity = { uid: 65534, gid: 65534 };

function ownerOf(path: string): ServerIdentity | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined;
}

/** The owner of the cluster, else of the data directory, else nobody; undefined when we are not root and need no other account. */
export function identityFor(dataDir: string, cluster: string): ServerIdentity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (statSync(cluster, { throwIfNoEntry: false })?.uid === 0) {
    throw new EmbeddedPostgresError(
      'permissions',
      `${cluster} belongs to root, and PostgreSQL does not run as root. Give it to the account that shall run the server, for example: chown -R ${NOBODY.uid}:${NOBODY.gid} '${cluster}'`,
    );
  }
  return ownerOf(cluster) ?? ownerOf(dataDir) ?? NOBODY;
}

/** Whether the account can really enter the directory: asked of the kernel, because modes do not show ACLs and mount options. */
export async function canEnter(identity: ServerIdentity | undefined, directory: string): Promise<boolean> {
  if (!identity) return true;
  return (await runProgram('/bin/sh', ['-c', 'cd -- "$0"', directory], { identity })).code === 0;
}

/** Lets the server's account into a data directory that is root's alone, and says which directory above bars its way. */
export async function openDataDirectory(
  identity: ServerIdentity | undefined,
  dataDir: string,
  onProgress: (line: string) => void,
): Promise<void> {
  if (await canEnter(identity, dataDir)) return;
  const { uid, gid, mode } = statSync(dataDir);
  const groupIsFree = gid === 0 || gid === identity?.gid || (mode & 0o070) === 0;
  if (identity && uid === 0 && groupIsFree) {
    // The group may pass, and the group is the server's: no other account gains anything.
    chownSync(dataDir, uid, identity.gid);
    chmodSync(dataDir, (mode & 0o7707) | (gid === identity.gid ? mode & 0o070 : 0) | 0o010);
    if (await canEnter(identity, dataDir)) {
      return onProgress(`Group ${identity.gid}, under which PostgreSQL runs, may now pass through ${dataDir}`);
    }
    chownSync(dataDir, uid, gid);
    chmodSync(dataDir, mode & 0o7777);
  }
  const barrier = await highestBarrier(identity, dataDir);
  throw new EmbeddedPostgresError(
    'permissions',
    `PostgreSQL does not run as root but as user ${identity?.uid}, who cannot pass through ${barrier} to ${dataDir}. ` +
      `Set DATA_DIR to a directory outside it (for example /var/lib/besedka), start Besedka as an ordinary user, or run: chmod o+x '${barrier}'`,
  );
}

async function highestBarrier(identity: ServerIdentity | undefined, directory: string): Promise<string> {
  const parent = dirname(directory);
  return parent === directory || (await canEnter(identity, parent)) ? directory : highestBarrier(identity, parent);
}
