import { Injectable } from '@nestjs/common';
import { type Ground, keepMessages, OWN_INITIATIVE } from '../platform/sanctions.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { DeletedPeriod } from './block.dto.js';
import type { DeletionRow } from './deletion.dto.js';

const JOB = `id, state, account_id AS "accountId", room_id AS "roomId", since, until, reason, block_id AS "blockId",
  cardinality(message_ids) AS total, done, created_by AS "createdBy", created_at AS "createdAt", finished_at AS "finishedAt"`;
const HOURS: Readonly<Record<DeletedPeriod, number | null>> = { none: 0, '1h': 1, '24h': 24, '7d': 168, all: null };

export interface NewJob {
  accountId: number;
  roomId: number | null;
  /** How far back, or from when until when. */
  period: DeletedPeriod | { from: string | null; to: string | null };
  reason: string;
  blockId: number | null;
  ground?: Ground;
}

/** Work that goes on behind an answer, in steps, and survives the process that began it. */
@Injectable()
export class JobRepository {
  async insert(tx: Tx, createdBy: number, job: NewJob): Promise<number> {
    const { accountId, roomId, period, reason, blockId, ground: { source, ground = null } = OWN_INITIATIVE } = job;
    const [hours, from, to] = typeof period === 'string' ? [HOURS[period], null, null] : [null, period.from, period.to];
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO jobs (kind, account_id, room_id, reason, block_id, created_by, since, until, source, ground)
       VALUES ('message-deletion', $1, $2, $3, $4, $5, coalesce($6, clock_timestamp() - make_interval(hours => $7::integer)),
         least(coalesce($8, clock_timestamp()), clock_timestamp()), $9, $10) RETURNING id`,
      [accountId, roomId, reason, blockId, createdBy, from, hours, to, source, ground],
    );
    return row!.id;
  }

  async find(sql: Sql, id: number): Promise<DeletionRow | undefined> {
    const [row] = await sql.query<DeletionRow>(`SELECT ${JOB} FROM jobs WHERE id = $1`, [id]);
    return row;
  }

  /** The oldest job that is not done and that no other transaction works on, held until the commit. */
  async take(tx: Tx): Promise<(DeletionRow & Ground) | undefined> {
    const [row] = await tx.query<DeletionRow & Ground>(
      `SELECT ${JOB}, source, ground FROM jobs WHERE state <> 'done' ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
    );
    return row;
  }

  async begin(tx: Tx, id: number, messageIds: readonly number[]): Promise<void> {
    await tx.query(`UPDATE jobs SET state = 'running', message_ids = $2::bigint[] WHERE id = $1`, [id, messageIds]);
  }

  /** The next of the messages it is about. */
  async next(tx: Tx, id: number, most: number): Promise<number[]> {
    const [row] = await tx.query<{ ids: number[] }>(
      'SELECT array_to_json(message_ids[done + 1 : done + $2::integer]) AS ids FROM jobs WHERE id = $1',
      [id, most],
    );
    return row!.ids;
  }

  /** Adds messages to what the sanction is about that this deletion is; one from before there were sanctions has none. */
  async keepInSanction(tx: Tx, id: number, messageIds: readonly number[]): Promise<void> {
    const [row] = await tx.query<{ id: number }>('SELECT id FROM sanctions WHERE deletion_id = $1', [id]);
    if (row) await keepMessages(tx, row.id, messageIds);
  }

  /** Waits for the step under way and holds the job. Before any account: a step takes the two in this order. */
  async hold(tx: Tx, id: number): Promise<void> {
    await tx.query('SELECT 1 FROM jobs WHERE id = $1 FOR NO KEY UPDATE', [id]);
  }

  /** Ends a job where it is. */
  async stop(tx: Tx, id: number): Promise<void> {
    await tx.query(
      `UPDATE jobs SET state = 'done', finished_at = clock_timestamp() WHERE id = $1 AND state <> 'done'`,
      [id],
    );
  }

  /** Forgets those of the next jobs that were done so many days ago, except what a sanction refers to: who appeals against that is judged by it. */
  async forgetDone(tx: Tx, after: number, most: number, days: number): Promise<number | undefined> {
    const [row] = await tx.query<{ last: number | null }>(
      `WITH looked AS (SELECT id, finished_at FROM jobs WHERE id > $1 ORDER BY id LIMIT $2::integer),
         gone AS (DELETE FROM jobs WHERE id IN (
           SELECT id FROM looked WHERE finished_at < now() - make_interval(days => $3::integer)
             AND NOT EXISTS (SELECT 1 FROM sanctions s WHERE s.deletion_id = looked.id)) AND state = 'done')
       SELECT max(id) AS last FROM looked`,
      [after, most, days],
    );
    return row!.last ?? undefined;
  }

  async advance(tx: Tx, id: number, by: number): Promise<void> {
    await tx.query(
      `UPDATE jobs SET done = done + $2::integer,
         state = CASE WHEN done + $2 >= cardinality(message_ids) THEN 'done' ELSE state END,
         finished_at = CASE WHEN done + $2 >= cardinality(message_ids) THEN clock_timestamp() END WHERE id = $1`,
      [id, by],
    );
  }
}
