/** `npm run check`: everything that must hold before a commit, with a line for each. `--static` leaves the tests out. */
import { ensureInstalled } from './installed.mjs';
import { run, runTool } from './run.mjs';

const node = (...args) => run(process.execPath, args, { quiet: true });
const tool = (file, ...args) => runTool(file, args, { quiet: true });

const STEPS = [
  { name: 'format', runs: () => tool('prettier/bin/prettier.cjs', '--check', '.'), remedy: 'npm run format' },
  { name: 'lint', runs: () => tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings') },
  { name: 'unused code', runs: () => tool('knip/bin/knip.js', '--no-progress') },
  { name: 'types', runs: () => tool('typescript7/bin/tsc', '--noEmit', '-p', 'tsconfig.json') },
  { name: 'types of the client', runs: () => tool('typescript7/bin/tsc', '--noEmit', '-p', 'tsconfig.client.json') },
  { name: 'types of the pages', runs: () => tool('typescript7/bin/tsc', '--noEmit', '-p', 'web/tsconfig.json') },
  {
    name: 'generated documents',
    runs: () => node('--import', '@swc-node/register/esm-register', 'scripts/generate.ts', '--check'),
    remedy: 'npm run generate',
  },
  {
    name: 'breaking changes',
    runs: () => node('--import', '@swc-node/register/esm-register', 'scripts/breaking-changes.ts'),
  },
  { name: 'architecture', runs: () => tool('jest/bin/jest.js', 'test/architecture.test.ts'), test: true },
  { name: 'tests', runs: () => node('scripts/test.mjs'), test: true },
];

await ensureInstalled({ development: true });
const steps = process.argv.includes('--static') ? STEPS.filter((step) => !step.test) : STEPS;
const failures = [];
for (const step of steps) {
  const began = performance.now();
  const { code, output } = await step.runs();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? '✔' : '✖'} ${step.name.padEnd(20)} ${seconds} s\n`);
  if (code !== 0) failures.push({ ...step, output });
}
for (const { name, output, remedy } of failures) {
  process.stdout.write(`\n── ${name}${remedy ? ` (mend with \`${remedy}\`)` : ''} ──\n${output.trimEnd()}\n`);
}
process.stdout.write(`\n${steps.length - failures.length} passed, ${failures.length} failed\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
