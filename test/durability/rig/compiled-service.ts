import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const OWN_SOURCES = ['server.ts', 'seeded-bugs.ts', 'cluster-bugs.ts'];

export interface CompiledService {
  /** The program to start, with a working directory that has no `.env`. */
  entry: string;
  directory: string;
  remove(): void;
}

/** A copy of the build, which is made anew where it is stale, with the rig's server entry: a start compiles nothing, and nobody rebuilds it during a run. */
export function compileService(): CompiledService {
  const build = `import { ensureBuilt } from './scripts/built.mjs'; process.exit((await ensureBuilt()) ? 0 : 1);`;
  const { status, output } = spawnSync(process.execPath, ['--input-type=module', '-e', build], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The service could not be built:\n${output.join('\n')}`);
  const directory = mkdtempSync(join(tmpdir(), 'besedka-torture-service-'));
  const ours = 'test/durability/rig';
  cpSync(join(PROJECT, 'dist/src'), join(directory, 'dist/src'), { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  mkdirSync(join(directory, 'dist', ours), { recursive: true });
  for (const source of OWN_SOURCES) {
    const { code } = transformFileSync(join(PROJECT, ours, source), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
      swcrc: false,
    });
    writeFileSync(join(directory, 'dist', ours, source.replace('.ts', '.js')), code);
  }
  return {
    entry: join(directory, 'dist', ours, 'server.js'),
    directory,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
