import { Injectable } from '@nestjs/common';
import type { Sql } from '../../platform/sql.js';
import type { Tx } from '../../platform/tx.js';
import type { CaseSource, CasesRequest, CaseType } from './case-requests.dto.js';
import type { CaseRow } from './case.view.js';
import type { ReportOutcome } from './report.dto.js';

/** How long a claim holds. */
const CLAIM_MINUTES = 15;
const MOST_EXCERPT = 280;

const CASE = `c.id, c.source, c.target_type AS "targetType", c.target_id AS "targetId", c.room_id AS "roomId", c.room_seq AS "roomSeq",
  CASE WHEN a.id IS NOT NULL THEN json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) END AS account,
  (SELECT left(s.text, ${MOST_EXCERPT}) FROM reports r JOIN case_snapshots s ON s.case_id = r.case_id AND s.hash = r.snapshot_hash
   WHERE r.case_id = c.id AND r.number = 1) AS excerpt,
  c.report_count AS "reportCount",
  (SELECT json_agg(json_build_object('reason', given.reason, 'count', given.times) ORDER BY given.times DESC, given.reason)
   FROM (SELECT reason, count(*) AS times FROM reports WHERE case_id = c.id GROUP BY reason) given) AS reasons,
  c.opened_at AS "openedAt", c.reported_at AS "reportedAt", floor(extract(epoch FROM clock_timestamp() - c.opened_at))::integer AS "ageSeconds",
  CASE WHEN claimer.id IS NOT NULL THEN json_build_object('id', claimer.id, 'username', claimer.username) END AS "claimedBy", c.claimed_until AS "claimedUntil",
  c.decision, c.decision_reason AS "decisionReason", c.decision_facts AS "decisionFacts",
  CASE WHEN decider.id IS NOT NULL THEN json_build_object('id', decider.id, 'username', decider.username) END AS "decidedBy", c.decided_at AS "decidedAt"
  FROM cases c LEFT JOIN accounts a ON a.id = c.account_id
  LEFT JOIN accounts claimer ON claimer.id = c.claimed_by AND c.decided_at IS NULL AND c.claimed_until > clock_timestamp()
  LEFT JOIN accounts decider ON decider.id = c.decided_by`;

/** Which cases, in which order, and what lies behind the place ($5 reports, $6 id). */
const MOST_REPORTED = [
  'c.decided_at IS NULL',
  'c.report_count DESC, c.id',
  '(c.report_count < $5 OR (c.report_count = $5 AND c.id > $6))',
] as const;
const OLDEST = ['c.decided_at IS NULL', 'c.id', 'c.id > $6'] as const;
const DECIDED = ['c.decided_at IS NOT NULL', 'c.id DESC', 'c.id < $6'] as const;

/** What a case is about, and who answers for it. */
export interface CaseTarget {
  type: CaseType;
  id: number;
  /** Who answers for it; null for nobody. */
  accountId: number | null;
  roomId: number | null;
  /** The place in the room's log whose neighbours are its context. */
  seq: number | null;
}

/** Where the next page begins: behind this case, of so many reports. */
export interface CasePlace {
  reports: number;
  id: number;
}

export interface CaseDecision {
  action: string;
  reason: string;
  outcome: ReportOutcome;
  facts: object;
  by: number;
}

@Injectable()
export class CaseRepository {
  /** The open case of this target, locked until the end of the transaction; a new one where there is none. */
  async hold(tx: Tx, source: CaseSource, target: CaseTarget): Promise<{ id: number; fresh: boolean }> {
    // The update changes nothing: it waits for whoever decides the case, and then a new one begins.
    const [row] = await tx.query<{ id: number; fresh: boolean }>(
      `INSERT INTO cases (source, target_type, target_id, account_id, room_id, room_seq) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (target_type, target_id) WHERE decided_at IS NULL DO UPDATE SET report_count = cases.report_count
       RETURNING id, report_count = 0 AS fresh`,
      [source, target.type, target.id, target.accountId, target.roomId, target.seq],
    );
    return row!;
  }

  async find(sql: Sql, id: number): Promise<CaseRow | undefined> {
    const [row] = await sql.query<CaseRow>(`SELECT ${CASE} WHERE c.id = $1`, [id]);
    return row;
  }

  /** Waits for the case and holds it until the transaction ends, then reads it. */
  async locked(tx: Tx, id: number): Promise<CaseRow> {
    await tx.query('SELECT 1 FROM cases WHERE id = $1 FOR NO KEY UPDATE', [id]);
    return (await this.find(tx, id))!;
  }

  /** One more report of a case that the caller holds; answers its number. */
  async count(tx: Tx, id: number): Promise<number> {
    const [row] = await tx.query<{ number: number }>(
      'UPDATE cases SET report_count = report_count + 1, reported_at = clock_timestamp() WHERE id = $1 RETURNING report_count AS number',
      [id],
    );
    return row!.number;
  }

  /** Cases that are not about the reader. */
  list(
    sql: Sql,
    readerId: number,
    { state, type, claimed, accountId, order }: CasesRequest,
    after: CasePlace | undefined,
    most: number,
  ): Promise<CaseRow[]> {
    const [among, sorted, behind] = state === 'decided' ? DECIDED : order === 'oldest' ? OLDEST : MOST_REPORTED;
    return sql.query<CaseRow>(
      `SELECT ${CASE}
       WHERE ${among} AND c.account_id IS DISTINCT FROM $1 AND ($2::text IS NULL OR c.target_type = $2) AND ($3::bigint IS NULL OR c.account_id = $3)
         AND CASE $4::text WHEN 'mine' THEN claimer.id = $1 WHEN 'others' THEN claimer.id <> $1 WHEN 'nobody' THEN claimer.id IS NULL ELSE true END
         AND ($5::integer IS NULL OR $6::bigint IS NULL OR ${behind}) ORDER BY ${sorted} LIMIT $7`,
      [readerId, type ?? null, accountId ?? null, claimed ?? null, after?.reports ?? null, after?.id ?? null, most],
    );
  }

  /** Decided cases about an account beside this one, newest first, and how many others are open. */
  async others(sql: Sql, accountId: number, id: number, most: number): Promise<{ decided: CaseRow[]; open: number }> {
    const decided = await sql.query<CaseRow>(
      `SELECT ${CASE} WHERE c.account_id = $1 AND c.id <> $2 AND c.decided_at IS NOT NULL ORDER BY c.id DESC LIMIT $3`,
      [accountId, id, most],
    );
    const [row] = await sql.query<{ open: number }>(
      'SELECT count(*)::integer AS open FROM cases WHERE account_id = $1 AND id <> $2 AND decided_at IS NULL',
      [accountId, id],
    );
    return { decided, open: row!.open };
  }

  /** Gives a case that the caller holds to a moderator, from now on. */
  async claim(tx: Tx, id: number, accountId: number): Promise<void> {
    await tx.query(
      'UPDATE cases SET claimed_by = $2, claimed_until = clock_timestamp() + make_interval(mins => $3) WHERE id = $1',
      [id, accountId, CLAIM_MINUTES],
    );
  }

  async release(tx: Tx, id: number): Promise<void> {
    await tx.query('UPDATE cases SET claimed_by = NULL, claimed_until = NULL WHERE id = $1', [id]);
  }

  async decide(tx: Tx, id: number, { action, reason, outcome, facts, by }: CaseDecision): Promise<void> {
    await tx.query(
      `UPDATE cases SET decision = $2, decision_reason = $3, outcome = $4, decision_facts = $5, decided_by = $6, decided_at = clock_timestamp()
       WHERE id = $1`,
      [id, action, reason, outcome, JSON.stringify(facts), by],
    );
  }

  /** Who sees the queue: moderators and superusers, but for this account. */
  async staff(sql: Sql, without: number | null): Promise<number[]> {
    const rows = await sql.query<{ id: number }>(
      `SELECT id FROM accounts WHERE role <> 'user' AND id IS DISTINCT FROM $1 ORDER BY id`,
      [without],
    );
    return rows.map((row) => row.id);
  }
}
