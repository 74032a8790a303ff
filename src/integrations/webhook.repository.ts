import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { WebhookRow, WebhookView } from './webhook.dto.js';
import { DELIVERY_STATES, type DeliveryState, type DeliveryView } from './webhook-delivery.dto.js';

const WEBHOOK = `w.id, w.integrator_id AS "integratorId", w.name, w.url, w.events, w.rooms, to_jsonb(w.room_ids) AS "roomIds", w.enabled,
  w.disabled_reason AS "disabledReason", w.failures, CASE WHEN w.overlap_until > clock_timestamp() THEN w.overlap_until END AS "overlapUntil",
  w.created_at AS "createdAt",
  (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending') AS pending,
  (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'parked') AS parked
  FROM webhooks w`;

export type WebhookTerms = Pick<WebhookView, 'name' | 'url' | 'events' | 'rooms' | 'roomIds' | 'enabled'>;

export interface DeliveryRow extends Omit<DeliveryView, 'eventId' | 'lastAttemptAt' | 'nextAttemptAt'> {
  lastAttemptAt: Date | null;
  nextAttemptAt: Date | null;
}

@Injectable()
export class WebhookRepository {
  /** Waits for others who change webhooks of this integrator, and answers how many it has. */
  async holdAll(tx: Tx, integratorId: number): Promise<number> {
    await tx.query('SELECT 1 FROM integrators WHERE id = $1 FOR NO KEY UPDATE', [integratorId]);
    const [row] = await tx.query<{ count: number }>('SELECT count(*) FROM webhooks WHERE integrator_id = $1', [
      integratorId,
    ]);
    return row!.count;
  }

  async insert(tx: Tx, integratorId: number, terms: Omit<WebhookTerms, 'enabled'>, secrets: Buffer): Promise<number> {
    const { name, url, events, rooms, roomIds } = terms;
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO webhooks (integrator_id, name, url, events, rooms, room_ids, sealed_secrets) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [integratorId, name, url, events, rooms, roomIds, secrets],
    );
    return row!.id;
  }

  list(sql: Sql, integratorId: number): Promise<WebhookRow[]> {
    return sql.query<WebhookRow>(`SELECT ${WEBHOOK} WHERE w.integrator_id = $1 ORDER BY w.id`, [integratorId]);
  }

  async find(sql: Sql, integratorId: number, id: number): Promise<WebhookRow | undefined> {
    const [row] = await sql.query<WebhookRow>(`SELECT ${WEBHOOK} WHERE w.integrator_id = $1 AND w.id = $2`, [
      integratorId,
      id,
    ]);
    return row;
  }

  async hold(tx: Tx, integratorId: number, id: number): Promise<WebhookRow | undefined> {
    await tx.query('SELECT 1 FROM webhooks WHERE integrator_id = $1 AND id = $2 FOR NO KEY UPDATE', [integratorId, id]);
    return await this.find(tx, integratorId, id);
  }

  /** Sets these terms; one that is enabled by it begins anew and at once, without the failures there were. */
  async change(tx: Tx, id: number, { name, url, events, rooms, roomIds, enabled }: WebhookTerms): Promise<void> {
    if (enabled)
      await tx.query(
        `UPDATE webhook_lanes SET due_at = clock_timestamp() WHERE webhook_id = $1 AND due_at > clock_timestamp()
           AND EXISTS (SELECT 1 FROM webhooks WHERE id = $1 AND NOT enabled)`,
        [id],
      );
    await tx.query(
      `UPDATE webhooks SET name = $2, url = $3, events = $4, rooms = $5, room_ids = $6, enabled = $7,
         disabled_reason = CASE WHEN $7 THEN NULL ELSE coalesce(disabled_reason, 'requested') END,
         failures = CASE WHEN $7 AND NOT enabled THEN 0 ELSE failures END, resume_at = CASE WHEN $7 AND NOT enabled THEN NULL ELSE resume_at END
       WHERE id = $1`,
      [id, name, url, events, rooms, roomIds, enabled],
    );
  }

  async delete(tx: Tx, id: number): Promise<void> {
    await tx.query('DELETE FROM webhooks WHERE id = $1', [id]);
  }

  async secretsOf(sql: Sql, id: number): Promise<{ sealed: Buffer; overlaps: boolean } | undefined> {
    const [row] = await sql.query<{ sealed: Buffer; overlaps: boolean }>(
      'SELECT sealed_secrets AS sealed, coalesce(overlap_until > clock_timestamp(), false) AS overlaps FROM webhooks WHERE id = $1',
      [id],
    );
    return row;
  }

  async setSecrets(tx: Tx, id: number, sealed: Buffer, overlapSeconds: number): Promise<void> {
    await tx.query(
      `UPDATE webhooks SET sealed_secrets = $2, overlap_until = clock_timestamp() + make_interval(secs => $3::integer) WHERE id = $1`,
      [id, sealed, overlapSeconds],
    );
  }

  /** Newest first, before this position. The state is written out, so that its partial index serves. */
  deliveries(
    sql: Sql,
    id: number,
    { state, before }: { state: DeliveryState | undefined; before: number | undefined },
    most: number,
  ): Promise<DeliveryRow[]> {
    return sql.query<DeliveryRow>(
      `SELECT d.position, f.kind AS type, d.room_id AS "roomId", d.state, d.attempts, d.last_status AS "lastStatus", d.last_error AS "lastError",
         d.last_attempt_at AS "lastAttemptAt",
         CASE WHEN d.state = 'pending' AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e
           WHERE e.webhook_id = d.webhook_id AND e.room_id = d.room_id AND e.state = 'pending' AND e.position < d.position)
         THEN greatest(l.due_at, w.resume_at) END AS "nextAttemptAt"
       FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN event_feed f ON f.position = d.position
       LEFT JOIN webhook_lanes l ON l.webhook_id = d.webhook_id AND l.room_id = d.room_id
       WHERE d.webhook_id = $1 ${state ? `AND d.state = '${DELIVERY_STATES.find((one) => one === state)}'` : ''} AND ($2::bigint IS NULL OR d.position < $2)
       ORDER BY d.position DESC LIMIT $3`,
      [id, before ?? null, most],
    );
  }

  /** Queues what concerns the webhook between these positions, whatever became of it before; what waits already stays as it is. */
  async replay(tx: Tx, id: number, from: number, to: number, parkedOnly: boolean): Promise<number> {
    const [row] = await tx.query<{ queued: number }>(
      `WITH wanted AS (
         SELECT w.id, f.position, f.room_id FROM webhooks w JOIN event_feed f ON f.position BETWEEN $2 AND $3
           AND (w.events IS NULL OR f.kind = ANY (w.events)) AND (w.room_ids IS NULL OR f.room_id = ANY (w.room_ids))
           AND (w.integrator_id = ANY (f.audience) OR (w.rooms = 'readable' AND f.in_group))
         WHERE w.id = $1 AND (NOT $4 OR EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.position = f.position AND d.state = 'parked'))
       ), queued AS (
         INSERT INTO webhook_deliveries (webhook_id, position, room_id) SELECT id, position, room_id FROM wanted ORDER BY position
         ON CONFLICT (webhook_id, position) DO UPDATE SET state = 'pending', attempts = 0, queued_at = clock_timestamp()
         WHERE webhook_deliveries.state <> 'pending' RETURNING webhook_id, room_id
       ), lanes AS (
         INSERT INTO webhook_lanes (webhook_id, room_id) SELECT DISTINCT webhook_id, room_id FROM queued ORDER BY 1, 2
         ON CONFLICT (webhook_id, room_id) DO UPDATE SET due_at = least(webhook_lanes.due_at, clock_timestamp())
       )
       SELECT count(*) AS queued FROM queued`,
      [id, from, to, parkedOnly],
    );
    return row!.queued;
  }

  /** Makes everything that waits due at once. */
  async wake(tx: Tx, id: number): Promise<void> {
    await tx.query(
      'UPDATE webhook_lanes SET due_at = clock_timestamp() WHERE webhook_id = $1 AND due_at > clock_timestamp()',
      [id],
    );
  }
}
