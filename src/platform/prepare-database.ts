import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { type DatabaseAddress, dataSourceOptions, type Schema } from './data-source.js';
import { databaseFacts, forgetfulBecause, unusableBecause } from './database-fitness.js';
import { migrate } from './migrate.js';

const PATIENCE_MS = 10_000;
const STARTING_UP = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', '57P03']);

/** Why the service does not start on this database; the message names the remedy and never the password. */
export class DatabaseRefused extends Error {}

/** A connection for maintenance, outside the service's pool; waits a little for a database that is starting up. */
export async function connect(address: DatabaseAddress, schema: Schema, patience = PATIENCE_MS): Promise<DataSource> {
  const deadline = Date.now() + patience;
  for (;;) {
    const source = new DataSource(dataSourceOptions(address, schema, { connections: 2 }));
    try {
      return await source.initialize();
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      if (!STARTING_UP.has(code) || Date.now() > deadline) {
        throw new DatabaseRefused(`The database at ${placeOf(address)} cannot be used: ${message || code}.`);
      }
      await sleep(200);
    }
  }
}

export interface Preparation {
  /** The server's version. */
  version: string;
  /** Names of the migrations that were applied now. */
  applied: string[];
  /** What people must be told although the service starts. */
  warnings: string[];
}

/** Makes the database ready for the service: checks what it promises, then migrates. Refuses one that may forget, in production. */
export async function prepareDatabase(
  address: DatabaseAddress,
  schema: Schema,
  options: { production: boolean },
): Promise<Preparation> {
  const source = await connect(address, schema);
  try {
    const facts = await databaseFacts(source);
    const unusable = unusableBecause(facts);
    if (unusable.length > 0)
      throw new DatabaseRefused(`The database at ${placeOf(address)} cannot be used: ${unusable.join('; ')}.`);
    const forgetful = forgetfulBecause(facts);
    const warning = `The database at ${placeOf(address)} acknowledges before it is durable (${forgetful.join(', ')}): a power cut would lose messages that were acknowledged. Switch it on there.`;
    if (forgetful.length > 0 && options.production) throw new DatabaseRefused(warning);
    return { version: facts.version, applied: await migrate(source), warnings: forgetful.length > 0 ? [warning] : [] };
  } finally {
    await source.destroy();
  }
}

/** The address as people may see it, without the password. */
export function placeOf(address: DatabaseAddress): string {
  if (!('url' in address)) return `${address.host}/${address.database}`;
  try {
    // A socket's directory stands behind the question mark, with nothing before the path.
    const url = new URL(address.url.replace('@/', '@localhost/'));
    return `${url.searchParams.get('host') ?? url.host}${url.pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}
