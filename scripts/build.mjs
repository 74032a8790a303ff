/** `npm run build`: the service, the typed client, the web pages and the guides, into dist. */
import { pathToFileURL } from 'node:url';
import { runTool } from './run.mjs';

const STEPS = [
  ['@nestjs/cli/bin/nest.js', ['build']],
  ['typescript/bin/tsc', ['-p', 'tsconfig.client.json']],
  ['vite/bin/vite.js', ['build', '--config', 'web/vite.config.mjs']],
  ['vite/bin/vite.js', ['build', '--config', 'web/embed/vite.config.mjs']],
];

/** Whoever builds from within a test would otherwise get pages with the checks of development in them. */
const env = { ...process.env, NODE_ENV: 'production' };

/** Answers whether all of it was built; a step that fails is the last one. */
export async function build() {
  for (const [tool, args] of STEPS) {
    const { code } = await runTool(tool, args, { env });
    if (code !== 0) return false;
  }
  // Only here: whoever starts a fresh clone comes by before anything is installed.
  const { buildGuides } = await import('./guides.mjs');
  buildGuides();
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = (await build()) ? 0 : 1;
