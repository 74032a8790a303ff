import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One database server a run: the embedded engine, or with DATABASE_URL the one it names. Says loudly which. */
export default async function startDatabase() {
  const script = fileURLToPath(new URL('database-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  globalThis.besedkaDatabase = child;
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the test database did not start (exit code ${code})`)));
  });
  process.env.BESEDKA_TEST_SERVER_JSON = line;
  process.stderr.write(`\n=== Besedka tests run on: ${JSON.parse(line).engine} ===\n`);
}
