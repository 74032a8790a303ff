/**
 * What a database must be before Besedka trusts it with an acknowledgement. "Acknowledged = kept" holds only where COMMIT returns after
 * the write is on disk; with one of these settings off, a power cut takes back messages that people were told are sent.
 */
import type { DataSource } from 'typeorm';

export const LEAST_POSTGRES = 15;

export interface DatabaseFacts {
  /** As the server says it, such as `15.8 (Debian 15.8-0+deb12u1)`. */
  version: string;
  major: number;
  encoding: string;
  fsync: string;
  synchronousCommit: string;
  fullPageWrites: string;
  /** Seconds by which the database's clock is ahead of ours. */
  clockAhead: number;
  mayCreate: boolean;
}

export async function databaseFacts(source: DataSource): Promise<DatabaseFacts> {
  const asked = Date.now();
  const [row] = await source.query<(Omit<DatabaseFacts, 'clockAhead'> & { now: number })[]>(`
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
      current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS "synchronousCommit", current_setting('full_page_writes') AS "fullPageWrites",
      extract(epoch FROM clock_timestamp())::float8 AS now,
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate"`);
  const { now, ...facts } = row!;
  return { ...facts, clockAhead: now - (asked + Date.now()) / 2_000 };
}

/** Why this database cannot be used at all. */
export function unusableBecause(facts: DatabaseFacts): string[] {
  const reasons: string[] = [];
  if (facts.major < LEAST_POSTGRES)
    reasons.push(`it is PostgreSQL ${facts.version}; Besedka needs ${LEAST_POSTGRES} or later`);
  if (facts.encoding !== 'UTF8')
    reasons.push(`its encoding is ${facts.encoding}; create the database with ENCODING 'UTF8'`);
  return reasons;
}

/** Settings under which the database acknowledges before it is durable; refused in production, warned about elsewhere. */
export function forgetfulBecause(facts: DatabaseFacts): string[] {
  const reasons: string[] = [];
  if (facts.fsync === 'off') reasons.push('fsync is off');
  if (facts.synchronousCommit === 'off') reasons.push('synchronous_commit is off');
  if (facts.fullPageWrites === 'off') reasons.push('full_page_writes is off');
  return reasons;
}
