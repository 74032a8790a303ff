import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DATABASE, USER } from './data-directory.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { acceptsConnections, runningServer } from './postmaster.js';

/** How to reach the engine that another process of this machine runs in `dataDir`; undefined when none runs or is ready there. */
export function findRunningEngine(dataDir: string): EmbeddedPostgres['connection'] | undefined {
  const cluster = join(resolve(dataDir), 'postgres');
  if (runningServer(cluster) === undefined || !acceptsConnections(cluster)) return undefined;
  // PostgreSQL writes there: pid, data directory, start time, port, socket directory, address, …
  const [, , , port, socketDirectory] = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  const found = { port: Number(port), user: USER, database: DATABASE };
  if (process.platform !== 'win32') return { host: socketDirectory!, ...found };
  return { host: '127.0.0.1', password: readFileSync(join(resolve(dataDir), 'postgres.password'), 'utf8'), ...found };
}
