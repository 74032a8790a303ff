import type { DataSource } from 'typeorm';

const MIGRATION_LOCK = [0x62657365, 1] as const;

/** Applies pending migrations, all or none; processes that start together wait for one another. Answers the names that were applied. */
export async function migrate(source: DataSource): Promise<string[]> {
  const lock = source.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SET statement_timeout = 0');
    await lock.query('SELECT pg_advisory_lock($1, $2)', [...MIGRATION_LOCK]);
    return (await source.runMigrations({ transaction: 'all' })).map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1, $2)', [...MIGRATION_LOCK]).catch(() => undefined);
    await lock.query('RESET statement_timeout').catch(() => undefined);
    await lock.release();
  }
}

/** Names of all migrations with whether each is applied. */
export async function migrationStatus(source: DataSource): Promise<{ name: string; applied: boolean }[]> {
  const [exists] = await source.query<{ found: boolean }[]>(`SELECT to_regclass('migrations') IS NOT NULL AS found`);
  const rows = exists?.found ? await source.query<{ name: string }[]>('SELECT name FROM migrations') : [];
  const applied = new Set(rows.map((row) => row.name));
  return source.migrations.map(({ name = '' }) => ({ name, applied: applied.has(name) }));
}
