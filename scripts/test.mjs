/**
 * `npm test`: installs and builds what is missing, runs the tests, and ends with the one line `N passed, N failed`.
 * `--postgres` runs them on DATABASE_URL, by default the server at 127.0.0.1:5432, with `--second-engine` without those that no engine decides; `--ui` runs those
 * in a browser instead; further arguments go to jest.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureBuilt } from './built.mjs';
import { ensureInstalled } from './installed.mjs';
import { ROOT, runTool } from './run.mjs';

const SLOWEST = 15;

const given = process.argv.slice(2);
const OURS = new Set(['--postgres', '--ui', '--second-engine']);
const args = given.filter((argument) => !OURS.has(argument));
if (given.includes('--ui')) args.unshift('--config=jest.ui.config.js');
if (given.includes('--second-engine')) args.unshift('--config=jest.second-engine.config.js');
const env = { ...process.env };
if (given.includes('--postgres')) env.DATABASE_URL ||= 'postgres://postgres@127.0.0.1:5432/postgres';

await ensureInstalled({ development: true });
const built = await ensureBuilt();
const results = built ? await jest() : undefined;
const { passed, failed, skipped } = countOf(results);
for (const line of slowestOf(results)) process.stdout.write(`${line}\n`);
process.stdout.write(`\nRan on ${env.DATABASE_URL ? 'the PostgreSQL of DATABASE_URL' : 'the embedded PostgreSQL'}.\n`);
if (given.includes('--second-engine'))
  process.stdout.write('LEFT OUT: files whose outcome no database engine decides (jest.second-engine.config.js).\n');
if (skipped > 0) process.stdout.write(`NOT RUN: ${skipped} skipped tests.\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

async function jest() {
  const directory = mkdtempSync(join(tmpdir(), 'besedka-results-'));
  const file = join(directory, 'results.json');
  try {
    const { code } = await runTool('jest/bin/jest.js', ['--json', `--outputFile=${file}`, ...args], { env });
    return { code, ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Where the time went, so that a file which has grown slow is seen before it fills a run of CI. */
function slowestOf(run) {
  const files = (run?.testResults ?? []).map(({ name, startTime, endTime }) => ({
    name: relative(ROOT, name),
    seconds: (endTime - startTime) / 1000,
  }));
  if (files.length < SLOWEST) return [];
  const slowest = files.sort((one, other) => other.seconds - one.seconds).slice(0, SLOWEST);
  return ['\nSlowest files:', ...slowest.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`)];
}

/** A file that could not be loaded is a failure, and so is a run that ended badly without saying which test did. */
function countOf(run) {
  if (!run) return { passed: 0, failed: 1, skipped: 0 };
  const failed = run.numFailedTests + run.numRuntimeErrorTestSuites;
  return {
    passed: run.numPassedTests,
    failed: failed || (run.code === 0 ? 0 : 1),
    skipped: run.numPendingTests + run.numTodoTests,
  };
}
