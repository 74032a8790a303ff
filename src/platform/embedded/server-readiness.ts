import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { acceptsConnections } from './postmaster.js';

const TELL_EVERY_MS = 5_000;

interface Found {
  readonly version: string;
  readonly made: boolean;
}

/** Makes the wanted database when it is missing, and tells the server's version. */
async function openDatabase(connection: ClientConfig & { database: string }): Promise<string> {
  const client = new Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Found>(
      `SELECT current_setting('server_version') AS version, EXISTS (SELECT FROM pg_database WHERE datname = $1) AS made`,
      [connection.database],
    );
    const [found] = rows as [Found];
    if (!found.made) await client.query(`CREATE DATABASE ${client.escapeIdentifier(connection.database)}`);
    return found.version;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Resolves with the server's version once it answers and the wanted database is there. A recovery may take as long as it needs:
 * the wait ends only with the server, by undefined.
 */
export async function untilReady(
  cluster: string,
  connection: ClientConfig & { database: string },
  isRunning: () => boolean,
  onProgress: (line: string) => void,
): Promise<string | undefined> {
  let tellAt = Date.now() + TELL_EVERY_MS;
  while (isRunning()) {
    if (acceptsConnections(cluster)) return openDatabase(connection);
    if (Date.now() > tellAt) {
      onProgress('PostgreSQL is recovering');
      tellAt = Date.now() + TELL_EVERY_MS;
    }
    await sleep(10);
  }
  return undefined;
}
