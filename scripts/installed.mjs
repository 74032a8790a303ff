import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return {};
  }
}

/** The first package of the lockfile that is not installed as it says, by its path; other platforms' packages may be missing. */
export function firstAmiss(locked, installed, { development }) {
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (found && (found.version !== wanted.version || found.integrity !== wanted.integrity)) return path;
    const dispensable = wanted.optional || wanted.devOptional || (wanted.dev && !development);
    if (!found && !dispensable) return path;
  }
  return undefined;
}

/** Installs from the lockfile when what is installed differs from it; exits when that fails. */
export async function ensureInstalled({ development }) {
  // npm writes down at the end of an installation what it has installed.
  const installed = packagesOf('node_modules/.package-lock.json');
  if (firstAmiss(packagesOf('package-lock.json'), installed, { development }) === undefined) return;
  process.stdout.write('Installing packages from the lockfile (npm ci) …\n');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { code } = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...args])
    : await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
  if (code === 0) return;
  process.stderr.write('The packages could not be installed; npm says why above.\n');
  process.exit(1);
}
