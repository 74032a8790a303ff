import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server under measurement. */
export interface Running {
  url: string;
  pid: number;
  /** Bytes after a garbage collection; only of a program started with the probe. */
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

export interface Memory {
  resident: number;
  live: number;
}

/** Node arguments that let `Running.memory` work. */
export const memoryProbe = ['--expose-gc', '--import', new URL('memory-probe.mjs', import.meta.url).href];

const startTimeoutMs = 30_000;
const stopTimeoutMs = 15_000;
const ticksPerSecond = 100;

/** Names of the databases that a benchmark makes. */
export const databasePrefix = `besedka_bench_${process.pid}_`;

/** Starts a peer of bench/peers, which tells its port over IPC when it listens. */
export async function startPeer(name: string, env: Record<string, string> = {}): Promise<Running> {
  const child = fork(new URL(`peers/${name}.ts`, import.meta.url), {
    execArgv: ['--import', '@swc-node/register/esm-register'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`Peer ${name} ended with ${code} before it listened`)));
  });
  return running(child, `http://127.0.0.1:${port}`);
}

/** Starts a built program that listens on PORT and waits until `readyPath` answers 200. */
export async function startProgram(
  args: string[],
  env: Record<string, string>,
  readyPath: string,
): Promise<Running & { startedIn: number }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const deadline = startedAt + startTimeoutMs;
  let last = 'no answer';
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode} before it was ready`);
    const answer = await fetch(url + readyPath).catch(() => undefined);
    if (answer) last = `${answer.status} ${await answer.text()}`;
    if (answer?.status === 200) break;
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${args.join(' ')} was not ready in ${startTimeoutMs} ms: ${last}`);
    }
    await sleep(2);
  }
  return { ...running(child, url), startedIn: performance.now() - startedAt };
}

function running(child: ChildProcess, url: string): Running {
  return {
    url,
    pid: child.pid ?? 0,
    async memory() {
      child.send('memory');
      const [memory] = (await once(child, 'message')) as [Memory];
      return memory;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** CPU time used so far by all threads of a process; NaN where /proc is missing. */
export function cpuSeconds(pid: number): number {
  return ticksOf(String(pid)) / ticksPerSecond;
}

/** CPU time so far of each PostgreSQL process that serves this benchmark's databases on this machine. */
export function postgresCpu(): Map<string, number> {
  const pids = allProcesses().filter((pid) => servesUs(commandOf(pid)));
  return new Map(pids.map((pid) => [pid, ticksOf(pid) / ticksPerSecond]));
}

function servesUs(command: string): boolean {
  return command.startsWith('postgres') && command.includes(databasePrefix) && !command.includes('autovacuum');
}

function allProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function ticksOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return Number.NaN;
  }
}
