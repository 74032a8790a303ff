import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';

/** How far back the room is searched for those who wrote before it became slow. */
const NEWEST = 10_000;

/** Who wrote last when, in rooms with slow mode; the write path keeps it up while a room is slow. */
@Injectable()
export class SlowModeRepository {
  /**
   * Takes up what was said lately, so that nobody has a message to spare when a room becomes slow, or forgets all when it no longer is; what
   * the write path has noted stays. The caller has changed the room's row, and so holds back who sends there.
   */
  async follow(sql: Sql, roomId: number, seconds: number): Promise<void> {
    if (seconds === 0) return void (await sql.query('DELETE FROM slow_mode_sends WHERE room_id = $1', [roomId]));
    await sql.query(
      `INSERT INTO slow_mode_sends (room_id, account_id, last_at)
       SELECT $1, author_id, max(created_at) FROM (
         SELECT author_id, created_at FROM messages WHERE room_id = $1 ORDER BY seq DESC LIMIT ${NEWEST}
       ) newest WHERE created_at > clock_timestamp() - make_interval(secs => $2) GROUP BY author_id
       ON CONFLICT DO NOTHING`,
      [roomId, seconds],
    );
  }
}
