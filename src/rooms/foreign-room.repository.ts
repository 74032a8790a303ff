import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';

@Injectable()
export class ForeignRoomRepository {
  /** Whether a room has this name for itself alone. */
  async isNamed(sql: Sql, nameKey: string): Promise<boolean> {
    return (await sql.query('SELECT 1 FROM rooms WHERE name_key = $1', [nameKey])).length > 0;
  }

  /** Which of these rooms have nobody in them. */
  async emptyOf(sql: Sql, roomIds: readonly number[]): Promise<number[]> {
    const rows = await sql.query<{ id: number }>(
      'SELECT id FROM rooms WHERE id = ANY ($1::bigint[]) AND member_count = 0 ORDER BY id',
      [roomIds],
    );
    return rows.map((row) => row.id);
  }

  async setAge(tx: Tx, roomId: number, createdAt: string): Promise<void> {
    await tx.query('UPDATE rooms SET created_at = $2::timestamptz WHERE id = $1', [roomId, createdAt]);
  }

  /** Inserts these members, who have read everything, and counts them; whoever came in meanwhile is left as he is. */
  async seat(tx: Tx, roomId: number, accountIds: readonly number[]): Promise<void> {
    await tx.query(
      `WITH seated AS (
         INSERT INTO members (room_id, account_id, read_seq, unread_base)
         SELECT r.id, account_id, r.last_seq, r.message_count FROM rooms r, unnest($2::bigint[]) AS account_id WHERE r.id = $1
         ON CONFLICT DO NOTHING RETURNING 1
       )
       UPDATE rooms SET member_count = member_count + (SELECT count(*) FROM seated) WHERE id = $1`,
      [roomId, accountIds],
    );
  }
}
