import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ROOT } from './besedka-process.js';

jest.setTimeout(60_000);

const node = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number | null; stdout: string }>((done) => {
    const child = execFile(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } }, (_error, stdout) =>
      done({ code: child.exitCode, stdout }),
    );
  });

/** Whatever these files import, and what that imports in turn, before a line of theirs has run. */
function importsOf(entries: string[]): string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    if (!name.startsWith('./')) return;
    const source = readFileSync(join(ROOT, 'scripts', name), 'utf8');
    for (const [, imported] of source.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)) visit(imported!);
  };
  entries.forEach(visit);
  return [...seen];
}

it('needs no package before it installs them', () => {
  const imports = importsOf(['./start.mjs', './test.mjs', './check.mjs']);
  expect(imports).toContain('./build.mjs');
  expect(imports.filter((name) => !/^(node:|\.\/)/.test(name))).toEqual([]);
});

describe('npm test', () => {
  let directory: string;

  beforeAll(() => ensureBuild());
  beforeEach(() => {
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    directory = mkdtempSync(join(ROOT, 'dist/tests-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const tested = async (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, `${name}.test.cjs`), text);
    const config = JSON.stringify({ rootDir: directory, testMatch: ['**/*.test.cjs'] });
    const { code, stdout } = await node(['scripts/test.mjs', '--config', config], { JEST_WORKER_ID: undefined });
    return { code, said: stdout.trimEnd().split('\n') };
  };
  const passing = `it('holds', () => {});`;

  it('ends with the count of what passed', async () => {
    const { code, said } = await tested({ one: passing, two: `${passing} it('holds too', () => {});` });
    expect({ code, last: said.at(-1) }).toEqual({ code: 0, last: '3 passed, 0 failed' });
  });

  it('counts a test that fails and a file that cannot be loaded, and tells what was left out', async () => {
    const { code, said } = await tested({
      one: passing,
      two: `it('fails', () => { throw 1; }); it.skip('waits', () => {});`,
      three: `require('./nowhere');`,
    });
    expect({ code, last: said.at(-1) }).toEqual({ code: 1, last: '1 passed, 2 failed' });
    expect(said).toContain('NOT RUN: 1 skipped tests.');
  });

  it('is a failure when there is nothing to run', async () => {
    const { code, said } = await tested({});
    expect({ code, last: said.at(-1) }).toEqual({ code: 1, last: '0 passed, 1 failed' });
  });
});

describe('the packages', () => {
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/b': { version: '2.0.0', integrity: 'y', dev: true },
    'node_modules/c': { version: '3.0.0', integrity: 'z', optional: true },
  };
  const { 'node_modules/a': a, 'node_modules/b': b, 'node_modules/c': c } = locked;

  it.each([
    ['all of them', { a, b, c }, true, null],
    ['nothing', {}, true, 'node_modules/a'],
    ['another version', { a: { ...a, version: '1.0.1' }, b, c }, true, 'node_modules/a'],
    ['another content', { a: { ...a, integrity: 'other' }, b, c }, true, 'node_modules/a'],
    ['no optional one', { a, b }, true, null],
    ['no development one, to build', { a, c }, true, 'node_modules/b'],
    ['no development one, to run', { a, c }, false, null],
  ])('with %s are judged right', async (_what, found, development, expected) => {
    const installed = Object.fromEntries(Object.entries(found).map(([name, entry]) => [`node_modules/${name}`, entry]));
    const program = `import { firstAmiss } from './scripts/installed.mjs';
      console.log(JSON.stringify(firstAmiss(${JSON.stringify(locked)}, ${JSON.stringify(installed)}, { development: ${development} }) ?? null));`;
    expect(JSON.parse((await node(['--input-type=module', '-e', program])).stdout)).toBe(expected);
  });
});
