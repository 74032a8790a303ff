import { Injectable } from '@nestjs/common';
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
}

/** Work that goes on behind an answer, in steps, and survives the process that began it. */
@Injectable()
export class JobRepository {
  async insert(tx: Tx, createdBy: number, { accountId, roomId, period, reason, blockId }: NewJob): Promise<number> {
    const [hours, from, to] = typeof period === 'string' ? [HOURS[period], null, null] : [null, period.from, period.to];
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO jobs (kind, account_id, room_id, reason, block_id, created_by, since, until)
       VALUES ('message-deletion', $1, $2, $3, $4, $5, coalesce($6, clock_timestamp() - make_interval(hours => $7::integer)),
         least(coalesce($8, clock_timestamp()), clock_timestamp())) RETURNING id`,
      [accountId, roomId, reason, blockId, createdBy, from, hours, to],
    );
    return row!.id;
  }

  async find(sql: Sql, id: number): Promise<DeletionRow | undefined> {
    const [row] = await sql.query<DeletionRow>(`SELECT ${JOB} FROM jobs WHERE id = $1`, [id]);
    return row;
  }

  /** The oldest job that is not done and that no other transaction works on, held until the commit. */
  async take(tx: Tx): Promise<DeletionRow | undefined> {
    const [row] = await tx.query<DeletionRow>(
      `SELECT ${JOB} FROM jobs WHERE state <> 'done' ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
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

  async advance(tx: Tx, id: number, by: number): Promise<void> {
    await tx.query(
      `UPDATE jobs SET done = done + $2::integer,
         state = CASE WHEN done + $2 >= cardinality(message_ids) THEN 'done' ELSE state END,
         finished_at = CASE WHEN done + $2 >= cardinality(message_ids) THEN clock_timestamp() END WHERE id = $1`,
      [id, by],
    );
  }
}
