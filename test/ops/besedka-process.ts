import { type ChildProcess, type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');
const LONGEST_START_MS = 25_000;

/** Besedka as people run it is a build; it is made when it is missing or stale. */
export function ensureBuild(): void {
  const script = `import { ensureBuilt } from './scripts/built.mjs'; process.exitCode = (await ensureBuilt()) ? 0 : 1;`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'besedka-ops-'));
  // As root the engine runs under an account of its own, which must be able to pass.
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

type Environment = Record<string, string>;

/** Only what is given, so that neither the developer's settings nor his .env decide a test. */
function start(
  script: string,
  args: string[],
  environment: Environment,
  input?: string,
): ChildProcessWithoutNullStreams {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: tmpdir(),
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), NO_COLOR: '1', ...environment },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  return child;
}

function watch(child: ChildProcessWithoutNullStreams): {
  output: { stdout: string; stderr: string };
  ended: Promise<Ended>;
} {
  const began = performance.now();
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<Ended>((done) =>
    child.once('close', (code) => done({ code, ...output, milliseconds: performance.now() - began })),
  );
  return { output, ended };
}

/** Runs a command line of Besedka to its end. */
export function besedka(args: string[], environment: Environment, input?: string): Promise<Ended> {
  return watch(start('bin/besedka.mjs', args, environment, input)).ended;
}

export interface RunningService {
  origin: string;
  banner: string;
  /** The secret of the setup link in the banner. */
  setup: string | undefined;
  stderr: () => string;
  child: ChildProcess;
  ended: Promise<Ended>;
  stop: (signal: NodeJS.Signals) => Promise<Ended>;
}

/** Runs the service's program to its end; for starts that must fail. */
export function serviceThatEnds(environment: Environment): Promise<Ended> {
  return watch(start('dist/src/main.js', [], { PORT: '0', BESEDKA_LOG_LEVEL: 'error', ...environment })).ended;
}

/** Starts the service as a process of its own and waits for its banner. */
export async function startService(environment: Environment): Promise<RunningService> {
  const child = start('dist/src/main.js', [], { PORT: '0', BESEDKA_LOG_LEVEL: 'error', ...environment });
  const { output, ended } = watch(child);
  const banner = await new Promise<string>((done, fail) => {
    const deadline = setTimeout(() => fail(new Error(`no banner: ${output.stdout}${output.stderr}`)), LONGEST_START_MS);
    child.stdout.on(
      'data',
      () => /Health .+\n/.test(output.stdout) && output.stdout.endsWith('\n\n') && done(output.stdout),
    );
    void ended.then(({ code, stderr }) => fail(new Error(`ended with ${code}: ${stderr}`)));
    void ended.finally(() => clearTimeout(deadline));
    child.stdout.once('data', () => deadline.refresh());
  });
  return {
    origin: /Web +(\S+)\/\n/.exec(banner)![1]!,
    banner,
    setup: /\/setup#(\S+)/.exec(banner)?.[1],
    stderr: () => output.stderr,
    child,
    ended,
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
