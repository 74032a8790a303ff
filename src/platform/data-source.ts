import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';

export type DatabaseAddress =
  { url: string } | { host: string; port: number; user: string; password?: string; database: string };

/** Entity and migration classes, listed by the composition root (src/schema.ts). */
export interface Schema {
  entities: Function[];
  migrations: Function[];
}

export interface PoolOptions {
  connections: number;
  synchronize?: boolean;
}

const INT8 = 20;
/** For a connection, new or of the pool: whoever cannot get one is told so within two seconds. */
const WAIT_MS = 1_750;
/** Ids and sequence numbers stay below 2^53 (docs/data-model.md), so that bigint may arrive as a number. */
pg.types.setTypeParser(INT8, Number);

/** The one description of the database: the application, the tests, the CLI and ormconfig.ts share it. */
export function dataSourceOptions(address: DatabaseAddress, schema: Schema, pool: PoolOptions): DataSourceOptions {
  return {
    type: 'postgres',
    ...('url' in address
      ? { url: address.url }
      : {
          host: address.host,
          port: address.port,
          username: address.user,
          password: address.password,
          database: address.database,
        }),
    applicationName: 'besedka',
    ...schema,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'all',
    synchronize: pool.synchronize ?? false,
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    logging: false,
    connectTimeoutMS: WAIT_MS,
    extra: {
      max: pool.connections,
      connectionTimeoutMillis: WAIT_MS,
      statement_timeout: 5_000,
      query_timeout: 6_000,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    },
  };
}
