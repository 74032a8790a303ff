import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { personalBlockBetween } from '../rooms/blocks.sql.js';
import type { MemberMarksView } from './delivered.dto.js';
import type { DeliveredMove, ToldMove } from './delivered.move.js';

/** More members than this have no delivered marks: each mark is told to each of them. */
export const MOST_MARKED = 100;

@Injectable()
export class DeliveredRepository {
  /** The kept mark; 0 where there is none. */
  async of(sql: Sql, roomId: number, accountId: number): Promise<number> {
    const [row] = await sql.query<{ seq: number }>(
      'SELECT seq FROM deliveries WHERE room_id = $1 AND account_id = $2',
      [roomId, accountId],
    );
    return row?.seq ?? 0;
  }

  /** Moves these marks forward, in rooms that still want them and of people who are still in them; answers those that moved. By ascending id, as every node does. */
  async keep(sql: Sql, moves: readonly DeliveredMove[]): Promise<ToldMove[]> {
    return await sql.query<ToldMove>(
      `WITH moved AS (
         INSERT INTO deliveries (room_id, account_id, seq)
         SELECT room_id, account_id, least(seq, r.last_seq)
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS move (room_id, account_id, seq)
         JOIN rooms r ON r.id = room_id AND r.delivered_marks AND r.member_count <= ${MOST_MARKED} AND r.deleted_at IS NULL
         JOIN members m USING (room_id, account_id) ORDER BY room_id, account_id
         ON CONFLICT (room_id, account_id) DO UPDATE SET seq = excluded.seq WHERE deliveries.seq < excluded.seq
         RETURNING room_id, account_id, seq
       )
       SELECT moved.room_id AS "roomId", moved.account_id AS "accountId", moved.seq AS "deliveredSeq", to_json(ARRAY(
         SELECT m.account_id FROM members m WHERE m.room_id = moved.room_id AND m.account_id <> moved.account_id
         AND ${personalBlockBetween('moved.account_id', 'm.account_id')} IS NULL
       )) AS hearers FROM moved`,
      [
        moves.map(({ roomId }) => roomId),
        moves.map(({ accountId }) => accountId),
        moves.map(({ deliveredSeq }) => deliveredSeq),
      ],
    );
  }

  /** The marks of all members but those whom a personal block keeps apart from this account. */
  async list(sql: Sql, roomId: number, accountId: number): Promise<MemberMarksView[]> {
    return await sql.query<MemberMarksView>(
      `SELECT m.account_id AS "accountId", greatest(m.read_seq, d.seq) AS "deliveredSeq", m.read_seq AS "readSeq"
       FROM members m LEFT JOIN deliveries d USING (room_id, account_id)
       WHERE m.room_id = $1 AND (m.account_id = $2 OR ${personalBlockBetween('$2::bigint', 'm.account_id')} IS NULL)
       ORDER BY m.account_id`,
      [roomId, accountId],
    );
  }
}
