import { spawn } from 'node:child_process';
import type { ServerIdentity } from './server-identity.js';

export interface Outcome {
  /** undefined when the program could not be started; `failure` says why. */
  readonly code?: number | null;
  readonly failure?: NodeJS.ErrnoException;
  readonly output: string;
}

// PostgreSQL reads PG*, the loader reads LD_* and DYLD_*, Node reads NODE_*: none of them may come from the caller's shell.
const STRAY = /^(PG|LD_|DYLD_|NODE_|LC_|LANG)/;

/** The environment for every process of the embedded server: the caller's, without what would change how the server behaves. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !STRAY.test(name));
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
