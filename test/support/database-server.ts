import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/embedded/embedded-postgres.js';
import { addressOf, makeTemplate, onServer, type TestServer } from './databases.js';

/** A process beside jest: gives the test run its database server and template, tells them in one line of JSON, and clears up when its input ends. */
const template = `besedka_template_${process.pid}`;
const url = process.env.DATABASE_URL;
const cleanUp: (() => Promise<unknown>)[] = [];

async function start(): Promise<TestServer> {
  if (url) return { engine: 'PostgreSQL of DATABASE_URL', template, address: addressOf(url) };
  const dataDir = await mkdtemp(join(tmpdir(), 'besedka-test-'));
  cleanUp.push(() => rm(dataDir, { recursive: true, force: true }));
  // These data are thrown away; the durability tests start engines of their own that do sync.
  const embedded = await startEmbeddedPostgres({ dataDir, maxConnections: 200, settings: { fsync: 'off' } });
  cleanUp.push(() => embedded.stop());
  const { database: _database, ...address } = embedded.connection;
  return { engine: `embedded PostgreSQL ${embedded.version}`, template, address };
}

async function stop(code: number): Promise<void> {
  for (const step of cleanUp.reverse()) await step().catch((error: unknown) => console.error(error));
  process.exit(code);
}

process.stdin.resume().once('end', () => void stop(0));
try {
  const server = await start();
  await makeTemplate(server);
  cleanUp.push(() => onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)));
  console.log(JSON.stringify(server));
} catch (error) {
  console.error(error);
  await stop(1);
}
