/** `npm start`: whatever a fresh clone lacks, then the service in this very process, so that signals reach it. */
import { ensureBuilt, isBuilt } from './built.mjs';
import { ensureInstalled } from './installed.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Besedka needs Node 20.19 or later; this is ${process.version}.\n`);
  process.exit(1);
}
await ensureInstalled({ development: !isBuilt() });
if (await ensureBuilt()) await import('../dist/src/main.js');
else process.exitCode = 1;
