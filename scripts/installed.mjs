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

/** The first package that is not installed as the lockfile says. npm writes down at the end of an installation what it installed. */
function amiss({ development }) {
  const installed = packagesOf('node_modules/.package-lock.json');
  for (const [path, wanted] of Object.entries(packagesOf('package-lock.json'))) {
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
  if (amiss({ development }) === undefined) return;
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
