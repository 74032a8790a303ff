import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.js';
import type { DatabaseAddress } from './data-source.js';

const OTHERS_PATIENCE_MS = 10_000;
/** Connections for the command line and for maintenance, beside the service's own. */
const SPARE_CONNECTIONS = 24;

export interface OpenedDatabase {
  address: DatabaseAddress;
  /** The embedded engine, when it was started here. */
  engine?: { pid: number; version: string };
  /** Stops the engine where it was started here. */
  close(): Promise<void>;
}

export interface Opening {
  onProgress?: (line: string) => void;
  /** Use the engine of a service that already runs on the data directory, instead of failing with `in_use`. */
  share?: boolean;
}

/** The database of this configuration: DATABASE_URL, or the embedded engine, which is started when it does not run. */
export async function openDatabase(
  config: Config,
  { onProgress, share = false }: Opening = {},
): Promise<OpenedDatabase> {
  const url = config.get('DATABASE_URL');
  if (url !== undefined) return { address: { url }, close: async () => undefined };
  const { EmbeddedPostgresError, startEmbeddedPostgres } = await import('./embedded/embedded-postgres.js');
  const dataDir = config.get('DATA_DIR');
  try {
    const maxConnections = config.get('BESEDKA_DATABASE_POOL') + SPARE_CONNECTIONS;
    const { connection, pid, version, stop } = await startEmbeddedPostgres({ dataDir, onProgress, maxConnections });
    return { address: connection, engine: { pid, version }, close: stop };
  } catch (error) {
    if (!share || !(error instanceof EmbeddedPostgresError) || error.code !== 'in_use') throw error;
    const address = await engineOfAnother(dataDir);
    if (!address) throw error;
    return { address, close: async () => undefined };
  }
}

/** The holder of the directory may still be starting its engine. */
async function engineOfAnother(dataDir: string): Promise<DatabaseAddress | undefined> {
  const { findRunningEngine } = await import('./embedded/running-engine.js');
  for (const deadline = Date.now() + OTHERS_PATIENCE_MS; Date.now() < deadline; await sleep(50)) {
    const found = findRunningEngine(dataDir);
    if (found) return found;
  }
  return undefined;
}
