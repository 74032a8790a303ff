import type { Sql } from '../../src/platform/sql.js';

/** A case about a room that is not there, for which this account answers, as a filter would open it. */
export async function plantCase(
  database: Pick<Sql, 'query'>,
  accountId: number | null,
  decidedBy: number | null = null,
): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    `WITH fresh AS (
       INSERT INTO cases (source, target_type, target_id, account_id, report_count, decision, decision_reason, outcome, decision_facts, decided_by, decided_at)
       VALUES ('filter', 'account', (random() * 1e15)::bigint, $1::bigint, 1, CASE WHEN $2::bigint IS NOT NULL THEN 'dismiss' END, 'planted',
         CASE WHEN $2 IS NOT NULL THEN 'dismissed' END, '{}', $2, CASE WHEN $2 IS NOT NULL THEN now() END) RETURNING id
     ), kept AS (INSERT INTO case_snapshots (case_id, hash, text) SELECT id, '\\x00', 'planted' FROM fresh)
     INSERT INTO reports (case_id, number, source, reason, snapshot_hash) SELECT id, 1, 'filter', 'filter', '\\x00' FROM fresh RETURNING case_id AS id`,
    [accountId, decidedBy],
  );
  return row!.id;
}
