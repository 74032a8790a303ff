import { Injectable } from '@nestjs/common';
import type { RoomFactName } from '../messaging/room-fact.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { integratorOf, integratorsOf } from './event-feed.sql.js';

const MOST_ROOMS = 50;
const MOST_OF_ROOM = 100;

/** Where an event stands: in the feed, and in the log of its room. */
export interface FeedRow {
  position: number;
  roomId: number;
  seq: number;
  kind: RoomFactName;
  at: Date;
  /** Whether it happened among the reader's own, and not only where he may read. */
  own: boolean;
}

/**
 * Numbers what the logs of these rooms (or of all) hold beyond the place up to which they are numbered, some at a time, and queues it for the
 * webhooks it concerns. One statement sees messages and other events of a room as of one moment, so that no seq is passed over.
 * Whoever leaves is told of for what came before: that he is gone by now must not hide what was said while he was there.
 */
const NUMBER = `
  WITH due AS (
    SELECT r.*, coalesce(h.seq, 0) AS numbered FROM rooms r LEFT JOIN event_heads h ON h.room_id = r.id
    WHERE r.last_seq > coalesce(h.seq, 0) AND ($1::bigint[] IS NULL OR r.id = ANY ($1)) ORDER BY r.id LIMIT ${MOST_ROOMS}
  ), log AS (
    SELECT due.id AS room_id, e.*, ${integratorOf('e.account_id')} AS own FROM due CROSS JOIN LATERAL (
      SELECT * FROM (
        (SELECT seq, 'message.sent' AS kind, author_id AS account_id, created_at AS at
         FROM messages WHERE room_id = due.id AND seq > due.numbered ORDER BY seq LIMIT ${MOST_OF_ROOM})
        UNION ALL
        (SELECT seq, kind, account_id, created_at FROM room_events WHERE room_id = due.id AND seq > due.numbered ORDER BY seq LIMIT ${MOST_OF_ROOM})
      ) merged ORDER BY seq LIMIT ${MOST_OF_ROOM}
    ) e
  ), present AS (
    SELECT due.id AS room_id, due.kind = 'group' AS in_group, ${integratorsOf('due')} AS integrators FROM due
  ), heard AS (
    SELECT log.room_id, log.seq, log.kind, log.at, present.in_group,
      max(log.at) OVER (PARTITION BY log.room_id ORDER BY log.seq) AS reached,
      CASE WHEN present.in_group THEN array_remove(
        present.integrators || log.own || coalesce(array_agg(log.own) FILTER (WHERE log.kind IN ('member.left', 'member.removed'))
          OVER (PARTITION BY log.room_id ORDER BY log.seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), '{}'), NULL)
      ELSE present.integrators END AS audience
    FROM log JOIN present ON present.room_id = log.room_id
  ), fresh AS (
    SELECT *, (SELECT position FROM event_feed_state) + row_number() OVER (ORDER BY reached, room_id, seq) AS position
    FROM heard WHERE in_group OR audience <> '{}'
  ), kept AS (
    INSERT INTO event_feed (position, room_id, seq, kind, at, in_group, audience) SELECT position, room_id, seq, kind, at, in_group, audience FROM fresh
  ), heads AS (
    INSERT INTO event_heads (room_id, seq) SELECT room_id, max(seq) FROM log GROUP BY room_id ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq
  ), state AS (
    UPDATE event_feed_state SET position = position + (SELECT count(*) FROM fresh)
  ), queued AS (
    INSERT INTO webhook_deliveries (webhook_id, position, room_id)
    SELECT w.id, fresh.position, fresh.room_id FROM fresh JOIN webhooks w ON w.enabled AND (w.events IS NULL OR fresh.kind = ANY (w.events))
      AND (w.integrator_id = ANY (fresh.audience) OR (w.rooms = 'readable' AND fresh.in_group)) AND (w.room_ids IS NULL OR fresh.room_id = ANY (w.room_ids))
    RETURNING webhook_id, room_id
  ), lanes AS (
    INSERT INTO webhook_lanes (webhook_id, room_id) SELECT DISTINCT webhook_id, room_id FROM queued ORDER BY 1, 2
    ON CONFLICT (webhook_id, room_id) DO UPDATE SET due_at = webhook_lanes.due_at
  )
  SELECT (SELECT count(*) FROM log) AS events, (SELECT count(*) FROM queued) AS queued`;

@Injectable()
export class EventFeedRepository {
  /** Whether this transaction alone numbers events; with `wait` it waits until it does. */
  async alone(tx: Tx, wait = false): Promise<boolean> {
    const place = `hashtext('besedka'), hashtext('event-feed')`;
    if (wait) await tx.query(`SELECT pg_advisory_xact_lock(${place})`);
    const [lock] = wait
      ? [{ alone: true }]
      : await tx.query<{ alone: boolean }>(`SELECT pg_try_advisory_xact_lock(${place}) AS alone`);
    return lock!.alone;
  }

  async state(sql: Sql): Promise<{ position: number; begun: boolean }> {
    const [row] = await sql.query<{ position: number; begun: boolean }>(
      'SELECT position, begun_at IS NOT NULL AS begun FROM event_feed_state',
    );
    return row!;
  }

  /** From here on events are numbered; what the rooms hold already is not. */
  async begin(tx: Tx): Promise<void> {
    await tx.query('INSERT INTO event_heads (room_id, seq) SELECT id, last_seq FROM rooms');
    await tx.query('UPDATE event_feed_state SET begun_at = clock_timestamp()');
  }

  async number(tx: Tx, roomIds: readonly number[] | undefined): Promise<{ events: number; queued: number }> {
    // Estimated dear, it would be compiled each time for longer than it runs.
    await tx.query(`SELECT set_config('jit', 'off', true)`);
    const [row] = await tx.query<{ events: number; queued: number }>(NUMBER, [roomIds ?? null]);
    return row!;
  }

  /** The least position that is kept. */
  async oldest(sql: Sql): Promise<number | undefined> {
    const [row] = await sql.query<{ position: number }>('SELECT position FROM event_feed ORDER BY position LIMIT 1');
    return row?.position;
  }

  /** What concerns an integrator behind `after`, up to and with `to`, in order. */
  between(
    sql: Sql,
    integratorId: number,
    {
      after,
      to,
      kinds,
      readable,
    }: { after: number; to: number; kinds: readonly string[] | undefined; readable: boolean },
    most: number,
  ): Promise<FeedRow[]> {
    return sql.query<FeedRow>(
      `SELECT position, room_id AS "roomId", seq, kind, at, $1 = ANY (audience) AS own FROM event_feed
       WHERE position > $2 AND position <= $3 AND ($1 = ANY (audience) OR ($4 AND in_group)) AND ($5::text[] IS NULL OR kind = ANY ($5))
       ORDER BY position LIMIT $6`,
      [integratorId, after, to, readable, kinds ?? null, most],
    );
  }

  /** Deletes, of so many positions behind this one, those that are over `days` days old, with what was to be delivered of them. */
  async forget(tx: Tx, after: number, most: number, days: number): Promise<number | undefined> {
    const [row] = await tx.query<{ last: number | null }>(
      `WITH looked AS (SELECT position, at FROM event_feed WHERE position > $1 ORDER BY position LIMIT $2),
         gone AS (DELETE FROM event_feed WHERE position IN (SELECT position FROM looked WHERE at < now() - make_interval(days => $3)))
       SELECT max(position) FILTER (WHERE at < now() - make_interval(days => $3)) AS last FROM looked`,
      [after, most, days],
    );
    return row!.last ?? undefined;
  }
}
