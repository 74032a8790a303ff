import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const ROOT = resolve(__dirname, '../..');
const MOST_BYTES = 25 * 1024;
const run = promisify(execFile);

let folder: string;
let packed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'besedka-package-'));
  await run(process.execPath, ['scripts/build.mjs'], { cwd: ROOT });
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT });
  packed = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tool = (file: string) => join(ROOT, 'node_modules', file);

/** What a bundler makes of a script that uses all of the client, without socket.io-client. */
async function bundled(): Promise<string> {
  const source = `
    import { build } from 'vite';
    const { output } = (await build({
      root: ${JSON.stringify(ROOT)}, configFile: false, logLevel: 'silent',
      build: { write: false, minify: true, lib: { entry: 'dist/client/index.js', formats: ['es'] },
        rolldownOptions: { external: ['socket.io-client'] } },
    }))[0];
    process.stdout.write(output[0].code);`;
  return (await run(process.execPath, ['--input-type=module', '-e', source], { cwd: ROOT, maxBuffer: 2 ** 24 })).stdout;
}

describe('the package', () => {
  it('has a client whose types and files every way of importing finds', async () => {
    const attw = await run(process.execPath, [
      tool('@arethetypeswrong/cli/dist/index.js'),
      packed,
      '--profile',
      'esm-only',
      '--entrypoints',
      './client',
      '--format',
      'json',
    ]).catch((error: { stdout: string }) => error);
    const { analysis } = JSON.parse(attw.stdout) as {
      analysis: { types: unknown; problems: unknown[]; entrypoints: Record<string, unknown> };
    };
    expect(Object.keys(analysis.entrypoints)).toContain('./client');
    expect(analysis.types).toMatchObject({ kind: 'included' });
    expect(analysis.problems.filter((problem) => !isOfNoInterest(problem))).toEqual([]);
  }, 120_000);

  it('has nothing that publint complains of', async () => {
    const { stdout } = await run(process.execPath, [tool('publint/src/cli.js'), packed, '--strict']);
    expect(stdout).toContain('All good!');
  }, 120_000);

  it(`has a client of at most ${MOST_BYTES} bytes gzipped without socket.io-client`, async () => {
    const code = await bundled();
    expect(code).toContain('socket.io-client');
    const bytes = gzipSync(code).length;
    process.stdout.write(`The client: ${bytes} bytes gzipped, ${code.length} as it is\n`);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
    expect(bytes).toBeGreaterThan(2_000);
  }, 120_000);

  it('runs in plain Node without anything of the service', async () => {
    await run('tar', ['xzf', packed, '-C', folder]);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const { stdout } = await run(process.execPath, [
      '--input-type=module',
      '-e',
      `import { BesedkaClient } from ${JSON.stringify(join(folder, 'package/dist/client/index.js'))};
       const client = new BesedkaClient({ url: 'http://127.0.0.1:9', credentials: { getToken: () => 'x.y.z' }, timeoutMs: 500 });
       process.stdout.write(client.connection.state);`,
    ]);
    expect(stdout).toBe('offline');
  });
});

/** Ways of importing that an ES module does not claim to serve. */
function isOfNoInterest(problem: unknown): boolean {
  return ['node10', 'node16-cjs'].includes((problem as { resolutionKind?: string }).resolutionKind ?? '');
}
