import pg from 'pg';
import { DataSource } from 'typeorm';
import { type DatabaseAddress, dataSourceOptions } from '../../src/platform/data-source.js';
import { migrate } from '../../src/platform/migrate.js';
import { schema } from '../../src/schema.js';

/** The database server of a test run, handed from jest's global set-up to its workers. */
export interface TestServer {
  engine: string;
  template: string;
  address: { host: string; port: number; user: string; password?: string };
}

const VARIABLE = 'BESEDKA_TEST_SERVER_JSON';

export function testServer(): TestServer {
  const json = process.env[VARIABLE];
  if (!json) throw new Error('jest global set-up did not start a database');
  return JSON.parse(json) as TestServer;
}

export function addressOf(url: string): TestServer['address'] {
  const { hostname, port, username, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username || 'postgres'),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

/** Makes the database that every test file copies: the schema as the migrations make it. */
export async function makeTemplate(server: TestServer): Promise<void> {
  await onServer(server, (client) => client.query(`CREATE DATABASE ${server.template}`));
  const source = new DataSource(
    dataSourceOptions({ ...server.address, database: server.template }, schema, { connections: 2 }),
  );
  await source.initialize();
  await migrate(source);
  await source.destroy();
}

/** A fresh copy of the template, and how to drop it. */
export async function freshDatabase(
  server = testServer(),
): Promise<{ address: DatabaseAddress; name: string; url: string; drop: () => Promise<void> }> {
  const name = `besedka_test_${process.pid}_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${server.template}`));
  const { host, port, user, password } = server.address;
  const url = host.startsWith('/')
    ? `postgres://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgres://${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password)}` : ''}@${host}:${port}/${name}`;
  return {
    address: { ...server.address, database: name },
    name,
    url,
    drop: () => onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

export async function onServer(server: TestServer, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ ...server.address, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
