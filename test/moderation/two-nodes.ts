import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import pg from 'pg';
import { freshDatabase } from '../support/databases.js';
import { LIFTED_LIMITS } from '../support/limits.js';

const SECRET = 'a test key that is long enough 0123456789';

/** Two processes of the service on one database, and a connection of our own to look at it. */
export interface TwoNodes {
  origins: readonly [string, string];
  processes: readonly [ChildProcess, ChildProcess];
  database: pg.Pool;
  close(): Promise<void>;
}

export async function twoNodes(): Promise<TwoNodes> {
  const fresh = await freshDatabase();
  const database = new pg.Pool({ connectionString: fresh.url, max: 4 });
  database.on('error', () => undefined);
  const [first, second] = await Promise.all([start(fresh.url), start(fresh.url)]);
  return {
    origins: [first.origin, second.origin],
    processes: [first.child, second.child],
    database,
    close: async () => {
      await Promise.all([first, second].map(({ child }) => ended(child)));
      await database.end();
      await fresh.drop();
    },
  };
}

async function start(url: string): Promise<{ child: ChildProcess; origin: string }> {
  const script = join(__dirname, 'node-process.ts');
  const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      BESEDKA_JWT_SECRET: SECRET,
      BESEDKA_LOG_LEVEL: 'silent',
      BESEDKA_DATABASE_POOL: '8',
      ...LIFTED_LIMITS,
      BESEDKA_SOCKETS_PER_ACCOUNT: '10000',
      DATABASE_URL: url,
    },
  });
  const origin = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`a node did not start (exit code ${code})`)));
  });
  return { child, origin };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.stdin!.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(timer);
}
