import { spawn } from 'node:child_process';

/** The account under which the server runs when Besedka itself is root: PostgreSQL refuses to be root. */
export interface ServerIdentity {
  readonly uid: number;
  readonly gid: number;
}

export interface Outcome {
  /** undefined when the program could not be started; `failure` says why. */
  readonly code?: number | null;
  readonly failure?: NodeJS.ErrnoException;
  readonly output: string;
}

// Not our secrets, which are not the server's to know, nor what changes it behind our back: PG*, LD_*, NODE_*, locale.
const NEEDED = /^(path|tmpdir|temp|tmp|systemroot|windir|comspec)$/i;

/** The environment for every process of the embedded server: what programs need to run, and nothing more of ours. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => NEEDED.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end as `identity`; resolves in any case. `inherited` is a descriptor which it holds open while it runs. */
export function runProgram(
  file: string,
  programArguments: string[],
  { identity, inherited, cwd }: { identity?: ServerIdentity; inherited?: number; cwd?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(file, programArguments, {
      ...identity,
      cwd: cwd ?? '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', ...(inherited === undefined ? [] : [inherited])],
      windowsHide: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.once('error', (failure) => resolve({ failure, output }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
