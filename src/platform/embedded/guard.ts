/**
 * The server outlives no Besedka: it runs under a small guard process whose standard input is a pipe from us. The end of that pipe, which
 * the kernel brings about whatever ends us, means a fast shutdown. Without the guard a killed Besedka leaves a server behind.
 *
 * The guard lives in a session of its own, so that Ctrl-C in a terminal reaches Besedka alone and she can finish her work with a database.
 * Its program is a string because it must run as plain JavaScript, from sources and from a build alike.
 */
import { spawn } from 'node:child_process';
import { type Socket } from 'node:net';
import { serverEnvironment, type ServerIdentity } from './program.js';

const PROGRAM = `
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const plan = JSON.parse(process.argv[1]);
process.title = 'besedka-guard';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

let log, size;
function openLog() {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0 } = fs.constants;
  log = fs.openSync(plan.log, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
  if (plan.logOwner) fs.fchownSync(log, plan.logOwner.uid, plan.logOwner.gid);
  size = fs.fstatSync(log).size;
}
function keep(chunk) {
  try {
    if (size + chunk.length > plan.logLimit) {
      fs.closeSync(log);
      fs.renameSync(plan.log, plan.log + '.1');
      openLog();
    }
    size += fs.writeSync(log, chunk);
  } catch {}
}
function report(line) {
  try { fs.writeSync(1, JSON.stringify(line) + '\\n'); } catch {}
}

try {
  openLog();
  const { file, args, cwd, identity, descriptor, stopCommand, patience } = plan;
  const inherited = descriptor ? [3] : [];
  const server = spawn(file, args, { cwd, ...identity, stdio: ['ignore', 'ignore', 'pipe', ...inherited], windowsHide: true });
  server.stderr.on('data', keep);
  server.on('error', (error) => { report({ error: error.message }); process.exit(1); });
  server.on('close', () => {
    if (plan.socketDirectory) fs.rmSync(plan.socketDirectory, { recursive: true, force: true });
    process.exit(0);
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    if (stopCommand) spawn(stopCommand[0], stopCommand.slice(1), { stdio: 'ignore', windowsHide: true }).on('error', () => server.kill());
    else server.kill('SIGINT');
    setTimeout(() => server.kill('SIGQUIT'), patience).unref();
  };
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
  if (server.pid) report({ pid: server.pid });
} catch (error) {
  report({ error: error.message });
  process.exit(1);
}
`;

const LOG_LIMIT = 8 * 1024 * 1024;
const PATIENCE_MS = 60_000;

export interface ServerPlan {
  readonly file: string;
  readonly args: string[];
  readonly cwd: string;
  readonly log: string;
  readonly logOwner?: ServerIdentity;
  readonly identity?: ServerIdentity;
  readonly socketDirectory?: string;
  /** Where signals do not exist. */
  readonly stopCommand?: string[];
}

export interface GuardedServer {
  readonly pid: number;
  readonly guardPid: number;
  /** Resolves when the guard is gone, and with it, unless somebody killed the guard, the server. */
  readonly ended: Promise<void>;
  /** Begins the shutdown. */
  stop(): void;
}

/** Starts the server under its guard; neither keeps our process alive. `descriptor` is held open by both for as long as they live. */
export async function startUnderGuard(plan: ServerPlan, descriptor: number | undefined): Promise<GuardedServer> {
  const orders = { ...plan, descriptor: descriptor !== undefined, logLimit: LOG_LIMIT, patience: PATIENCE_MS };
  const guard = spawn(process.execPath, ['-e', PROGRAM, JSON.stringify(orders)], {
    cwd: '/',
    detached: true,
    env: serverEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore', ...(descriptor === undefined ? [] : [descriptor])],
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()).once('error', () => resolve()));
  guard.stdin!.on('error', () => undefined);
  const report = await firstLine(guard.stdout as Socket);
  const { pid, error } = JSON.parse(report || '{"error":"its guard ended at once"}') as {
    pid?: number;
    error?: string;
  };
  if (pid === undefined) throw new Error(error);
  guard.unref();
  (guard.stdin as Socket).unref();
  (guard.stdout as Socket).unref();
  const stop = (): void => {
    guard.ref();
    guard.stdin!.end();
  };
  return { pid, guardPid: guard.pid!, ended, stop };
}

function firstLine(stream: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    stream.once('error', () => resolve(text));
    stream.once('end', () => resolve(text));
  });
}
