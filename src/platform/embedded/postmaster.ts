import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

function pidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The server that runs on this cluster; never a stranger who has inherited the number of one that died. */
export function runningServer(cluster: string): number | undefined {
  const pid = Number.parseInt(pidFile(cluster)[0] ?? '', 10);
  if (!(pid > 0)) return undefined;
  try {
    if (process.platform === 'linux') {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster) ? pid : undefined;
    }
    const [program, ...wanted] =
      process.platform === 'win32'
        ? ['tasklist', '/NH', '/FI', `PID eq ${pid}`]
        : ['ps', '-o', 'command=', '-p', `${pid}`];
    return execFileSync(program, wanted, { encoding: 'utf8' }).includes('postgres') ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** What the server itself writes down; connecting to find out would fill its log. */
export function acceptsConnections(cluster: string): boolean {
  return pidFile(cluster)[7]?.trim() === 'ready';
}

/** Asks the server on this cluster for a fast shutdown; asking again does no harm. */
export function askServerToStop(cluster: string): void {
  const pid = runningServer(cluster);
  try {
    if (pid !== undefined && process.platform !== 'win32') process.kill(pid, 'SIGINT');
  } catch {
    // It ended between the two lines.
  }
}

/** Returns what to call while processes of the Besedka that had this cluster live on without her. */
export function waitingForServer(cluster: string, onProgress: (line: string) => void): (holderPid: number) => void {
  let told = false;
  return (holderPid) => {
    if (!told) onProgress('Waiting until the database of a Besedka that has ended on this data directory has stopped');
    told = true;
    // A server whose guard was killed with its Besedka has nobody else to stop it.
    if (!processExists(holderPid)) askServerToStop(cluster);
  };
}

/** Forgets a killed server; only for the holder of the lock, who knows that no server lives. */
export function forgetDeadServer(cluster: string): void {
  // Its number may belong to another process by now, and PostgreSQL would refuse to start because of that.
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
}
