/** `npm start`: whatever a fresh clone lacks, then the service in this very process, so that signals reach it. */
import module from 'node:module';
import { ensureBuilt, isBuilt } from './built.mjs';
import { ensureInstalled } from './installed.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Besedka needs Node 20.19 or later; this is ${process.version}.\n`);
  process.exit(1);
}
// Where Node can (22 and later), compiled code is kept between starts.
module.enableCompileCache?.();
if (process.env.npm_lifecycle_event === 'start') endWithParent();
await ensureInstalled({ development: !isBuilt() });
if (await ensureBuilt()) await import('../dist/src/main.js');
else process.exitCode = 1;

/** npm runs us in a shell, and a signal to npm ends that shell without reaching us: then we are left behind, and end as well. */
function endWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 300);
  watch.unref();
}
