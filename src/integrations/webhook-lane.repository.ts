import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { isEntitled } from './event-feed.sql.js';
import type { FeedRow } from './event-feed.repository.js';
import type { Attempt } from './webhook.sender.js';

const LEASE = `interval '60 seconds'`;
/** Behind so many failures in a row one room alone is tried, and that ever less often, up to once a minute. */
const DOWN = 5;

/** A claimed room of a webhook. Whoever holds another claim than the one that stands in the database has lost it. */
export interface Lane {
  webhookId: number;
  roomId: number;
  claim: string;
}

/** The event that is at the head of a lane, and where it goes. */
export interface DueEvent extends FeedRow {
  url: string;
  /** The account of the integrator. */
  accountId: number;
  attempts: number;
  /** Attempts of the webhook in a row that failed, before this one. */
  failures: number;
  /** Hours since it was queued. */
  age: number;
}

@Injectable()
export class WebhookLaneRepository {
  /** Claims rooms that are due, some of each webhook; `busy` are those that this node has claimed already. */
  claim(sql: Sql, busy: readonly Lane[], mostOfEach: number, most: number): Promise<Lane[]> {
    return sql.query<Lane>(
      `UPDATE webhook_lanes l SET claim = gen_random_uuid(), claimed_until = clock_timestamp() + ${LEASE}
       FROM (
         SELECT due.webhook_id, due.room_id FROM webhooks w JOIN integrators i ON i.id = w.integrator_id
         CROSS JOIN LATERAL (
           SELECT webhook_id, room_id, due_at FROM webhook_lanes
           WHERE webhook_id = w.id AND due_at <= clock_timestamp() AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
           ORDER BY due_at LIMIT greatest(0, CASE WHEN w.failures < ${DOWN} THEN $2::integer ELSE 1 END - (SELECT count(*) FROM unnest($1::bigint[]) b WHERE b = w.id))
           FOR UPDATE SKIP LOCKED
         ) due
         WHERE w.enabled AND (w.resume_at IS NULL OR w.resume_at <= clock_timestamp()) AND ${isEntitled('i')}
         ORDER BY due.due_at LIMIT $3
       ) due WHERE l.webhook_id = due.webhook_id AND l.room_id = due.room_id
       RETURNING l.webhook_id AS "webhookId", l.room_id AS "roomId", l.claim`,
      [busy.map(({ webhookId }) => webhookId), mostOfEach, most],
    );
  }

  /** The next event of a claimed lane; undefined where there is none, and when the webhook was disabled or its integrator shut out meanwhile. */
  async next(sql: Sql, { webhookId, roomId }: Lane): Promise<DueEvent | undefined> {
    const [row] = await sql.query<DueEvent>(
      `SELECT d.position, d.room_id AS "roomId", f.seq, f.kind, f.at, w.integrator_id = ANY (f.audience) AS own, w.url, i.account_id AS "accountId",
         d.attempts, w.failures, extract(epoch FROM clock_timestamp() - d.queued_at)::float / 3600 AS age
       FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN integrators i ON i.id = w.integrator_id JOIN event_feed f ON f.position = d.position
       WHERE d.webhook_id = $1 AND d.room_id = $2 AND d.state = 'pending' AND w.enabled AND ${isEntitled('i')} ORDER BY d.position LIMIT 1`,
      [webhookId, roomId],
    );
    return row;
  }

  /** Notes what became of an event and keeps the claim for as long again; false when the claim was lost, and then nothing is noted. */
  async settle(
    sql: Sql,
    lane: Lane,
    position: number,
    state: 'pending' | 'delivered' | 'parked' | 'dropped',
    attempt?: Attempt,
  ): Promise<boolean> {
    const rows = await sql.query(
      `WITH held AS (
         UPDATE webhook_lanes SET claimed_until = clock_timestamp() + ${LEASE} WHERE webhook_id = $1 AND room_id = $2 AND claim = $3 RETURNING webhook_id
       )
       UPDATE webhook_deliveries d SET state = $5, attempts = attempts + $6, last_status = $7, last_error = $8,
         last_attempt_at = CASE WHEN $6 = 1 THEN clock_timestamp() ELSE last_attempt_at END
       FROM held WHERE d.webhook_id = held.webhook_id AND d.position = $4 RETURNING 1`,
      [
        lane.webhookId,
        lane.roomId,
        lane.claim,
        position,
        state,
        attempt ? 1 : 0,
        attempt?.status ?? null,
        attempt?.error ?? null,
      ],
    );
    return rows.length > 0;
  }

  /** Lets go of a lane, to be taken up after so many seconds; without them it is over where nothing waits. */
  async release(tx: Tx, { webhookId, roomId, claim }: Lane, seconds?: number): Promise<void> {
    // What is queued from here on waits for this transaction and then makes the lane anew.
    const held = await tx.query(
      `UPDATE webhook_lanes SET claim = NULL, claimed_until = NULL, due_at = clock_timestamp() + make_interval(secs => $4::double precision)
       WHERE webhook_id = $1 AND room_id = $2 AND claim = $3 RETURNING 1`,
      [webhookId, roomId, claim, seconds ?? 0],
    );
    if (held.length === 0 || seconds !== undefined) return;
    await tx.query(
      `DELETE FROM webhook_lanes WHERE webhook_id = $1 AND room_id = $2
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_id = $1 AND room_id = $2 AND state = 'pending')`,
      [webhookId, roomId],
    );
  }

  async noteFailure(sql: Sql, webhookId: number): Promise<void> {
    await sql.query(
      `UPDATE webhooks SET failures = failures + 1,
         resume_at = CASE WHEN failures + 1 >= ${DOWN} THEN clock_timestamp() + make_interval(secs => least(60, 2 ^ least(failures - ${DOWN - 1}, 6))) END
       WHERE id = $1`,
      [webhookId],
    );
  }

  /** After an answer: whoever was down is up again, and what waits for him need not wait longer. */
  async noteSuccess(tx: Tx, webhookId: number): Promise<void> {
    await tx.query(
      `WITH up AS (
         UPDATE webhooks w SET failures = 0, resume_at = NULL FROM (SELECT id, failures FROM webhooks WHERE id = $1) before
         WHERE w.id = before.id AND w.failures > 0 RETURNING before.failures
       )
       UPDATE webhook_lanes SET due_at = clock_timestamp() WHERE webhook_id = $1 AND due_at > clock_timestamp() AND EXISTS (SELECT 1 FROM up WHERE failures >= ${DOWN})`,
      [webhookId],
    );
  }

  async disable(tx: Tx, webhookId: number): Promise<{ integratorId: number; accountId: number } | undefined> {
    const [row] = await tx.query<{ integratorId: number; accountId: number }>(
      `UPDATE webhooks w SET enabled = false, disabled_reason = 'gone' FROM integrators i
       WHERE w.id = $1 AND w.enabled AND i.id = w.integrator_id RETURNING i.id AS "integratorId", i.account_id AS "accountId"`,
      [webhookId],
    );
    return row;
  }
}
