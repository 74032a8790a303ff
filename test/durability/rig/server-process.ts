import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runningServer } from '../../../src/platform/embedded/postmaster.js';
import type { Entrance } from './entrance.js';
import { LIFTED_LIMITS } from '../../support/limits.js';
import type { SeededBug } from './bug-names.js';
import type { CompiledService } from './compiled-service.js';

/** service: the Node process alone, whose PostgreSQL then stops by itself; engine: PostgreSQL alone; both: a crash of all. */
export type Victim = 'service' | 'engine' | 'both';

export interface ServerOptions {
  service: CompiledService;
  dataDir: string;
  port: number;
  /** Signs tokens; the same after each restart, so that they stay good. */
  key: string;
  bug?: SeededBug;
  /** A PostgreSQL that several nodes share, instead of the embedded one. */
  databaseUrl?: string;
  /** Further settings, which win. */
  environment?: Record<string, string>;
  /** Whether it may end while it starts, because what it needs is in trouble too; it is started again. */
  mayGiveUp?: boolean;
}

/** How a process ended after SIGTERM. */
export interface Exit {
  code: number | string | null;
  milliseconds: number;
}

const LOOK_MS = 15;
const PAUSE_AFTER_SURPRISE_MS = 500;
const STOP_MS = 30_000;

/** The service under torture. Whatever ends it, it is started again at once, as under a supervisor. */
export class ServerProcess implements Entrance {
  generation = 0;
  /** Ends that nobody brought about. */
  readonly surprises: string[] = [];
  private child: ChildProcess | undefined;
  private killed = false;
  private serving = false;
  private stopping = false;
  private restarting = false;
  private listening: Promise<void> | undefined;

  constructor(private readonly options: ServerOptions) {}

  start(): void {
    const { service, dataDir, port, key, bug, databaseUrl, environment } = this.options;
    const log = openSync(this.log, 'a');
    this.generation++;
    this.killed = false;
    this.serving = false;
    const child = spawn(process.execPath, [service.entry, ...(bug ? [bug] : [])], {
      cwd: service.directory,
      env: {
        PATH: process.env.PATH,
        TMPDIR: process.env.TMPDIR,
        // A database that tests share may be one that forgets.
        ...(databaseUrl ? { NODE_ENV: 'development', DATABASE_URL: databaseUrl } : { NODE_ENV: 'production' }),
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: dataDir,
        BESEDKA_JWT_SECRET: key,
        BESEDKA_ACCESS_TOKEN_SECONDS: '45',
        ...LIFTED_LIMITS,
        BESEDKA_LOG_LEVEL: 'warn',
        ...environment,
      },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.child = child;
    child.once('message', () => (this.serving = true));
    child.once('exit', (code, signal) => this.ended(code, signal));
  }

  get port(): number {
    return this.options.port;
  }

  /** Resolves when the service takes connections. */
  up(): Promise<void> {
    return (this.listening ??= this.untilListening());
  }

  /** `kill -9`, at whatever moment of its life. */
  kill(victim: Victim): void {
    this.generation++;
    this.killed = true;
    this.listening = undefined;
    const engine = victim === 'service' ? undefined : runningServer(join(this.options.dataDir, 'postgres'));
    if (victim !== 'engine' || engine === undefined) this.child!.kill('SIGKILL');
    if (engine !== undefined) killIfAlive(engine);
  }

  /** Lets the process end by SIGTERM, as an update does, and starts another. */
  async restart(): Promise<Exit> {
    const child = this.child!;
    this.restarting = true;
    this.generation++;
    const began = performance.now();
    const exit = new Promise<Exit>((resolve) =>
      child.once('exit', (code, signal) => resolve({ code: signal ?? code, milliseconds: performance.now() - began })),
    );
    child.kill('SIGTERM');
    const ended = await exit;
    this.restarting = false;
    this.start();
    return ended;
  }

  /** Ends the service as an operator does; answers whether it and its PostgreSQL ended by themselves. */
  async stop(): Promise<boolean> {
    this.stopping = true;
    const child = this.child;
    if (!child) return true;
    const running = (): boolean => child.exitCode === null && child.signalCode === null;
    const deadline = Date.now() + STOP_MS;
    if (running()) child.kill('SIGTERM');
    while ((running() || this.engine !== undefined) && Date.now() < deadline) await sleep(20);
    if (!running() && this.engine === undefined) return true;
    child.kill('SIGKILL');
    if (this.engine !== undefined) killIfAlive(this.engine);
    return false;
  }

  /** The last lines that the service wrote. */
  tail(lines = 30): string {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  private get engine(): number | undefined {
    return runningServer(join(this.options.dataDir, 'postgres'));
  }

  private get log(): string {
    return `${this.options.dataDir}.log`;
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.listening = undefined;
    if (this.stopping || this.restarting) return;
    if (this.killed) return this.start();
    if (this.serving || !this.options.mayGiveUp)
      this.surprises.push(`the service ended with ${signal ?? code}:\n${this.tail(8)}`);
    setTimeout(() => this.stopping || this.start(), PAUSE_AFTER_SURPRISE_MS);
  }

  private async untilListening(): Promise<void> {
    while (!this.stopping && !(await canConnect(this.options.port))) await sleep(LOOK_MS);
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between two looks.
  }
}
