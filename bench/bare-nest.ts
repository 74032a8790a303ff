import { mkdir, writeFile } from 'node:fs/promises';
import { transformFile } from '@swc/core';
import { type Running, startProgram } from './processes.js';

const compiled = 'dist/bench/bare-nest.js';

/** Starts the bare Nest application as plain JavaScript, as the service is: a TypeScript loader would cost it start time and memory. */
export async function startBareNest(nodeOptions: readonly string[] = []): Promise<Running & { startedIn: number }> {
  const { code } = await transformFile(new URL('peers/bare-nest.ts', import.meta.url).pathname, {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      target: 'es2022',
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'nodenext' },
  });
  await mkdir('dist/bench', { recursive: true });
  await writeFile(compiled, code);
  return startProgram([...nodeOptions, compiled], {}, '/');
}
