import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { unreadMentions } from '../rooms/mentions.sql.js';
import type { ReadStateView } from './message.dto.js';

interface ReadRow {
  room_id: number;
  read_seq: number;
  head_seq: number;
  unread: number;
  mentions: number;
}

/** Read marks and unread counts. A count is the room's message_count minus the member's unread_base, never a count over messages. */
@Injectable()
export class ReadStateRepository {
  async of(sql: Sql, accountId: number, roomId: number): Promise<ReadStateView | undefined> {
    const [row] = await this.states(sql, 'm.account_id = $1 AND m.room_id = $2', [accountId, roomId]);
    return row && viewOfReadState(row);
  }

  /** Rooms with unread messages. */
  async unread(sql: Sql, accountId: number): Promise<ReadStateView[]> {
    const rows = await this.states(
      sql,
      'm.account_id = $1 AND r.deleted_at IS NULL AND r.message_count > m.unread_base',
      [accountId],
    );
    return rows.map(viewOfReadState);
  }

  /** Keeps others from moving the member's mark or count until the transaction ends. Locks account, then membership. */
  async lock(sql: Sql, accountId: number, roomId: number): Promise<void> {
    await sql.query('SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
    await sql.query('SELECT 1 FROM members WHERE room_id = $1 AND account_id = $2 FOR NO KEY UPDATE', [
      roomId,
      accountId,
    ]);
  }

  /** Sets the mark and counts what lies behind it; only messages after the mark are looked at. */
  async set(sql: Sql, accountId: number, roomId: number, seq: number): Promise<ReadStateView> {
    await sql.query(
      `UPDATE members m SET read_seq = least($3, r.last_seq), unread_base = r.message_count - (
         SELECT count(*) FROM messages x WHERE x.room_id = $2 AND x.seq > $3 AND x.author_id <> $1 AND x.deleted_at IS NULL)
       FROM rooms r WHERE r.id = $2 AND m.room_id = $2 AND m.account_id = $1`,
      [accountId, roomId, seq],
    );
    return (await this.of(sql, accountId, roomId))!;
  }

  private states(sql: Sql, condition: string, values: unknown[]): Promise<ReadRow[]> {
    return sql.query<ReadRow>(
      `SELECT m.room_id, m.read_seq, r.last_seq AS head_seq, r.message_count - m.unread_base AS unread,
         ${unreadMentions('m.account_id', 'm.room_id', 'm.read_seq')} AS mentions
       FROM members m JOIN rooms r ON r.id = m.room_id WHERE ${condition} ORDER BY m.room_id`,
      values,
    );
  }
}

function viewOfReadState(row: ReadRow): ReadStateView {
  return {
    roomId: row.room_id,
    readSeq: row.read_seq,
    headSeq: row.head_seq,
    unreadCount: row.unread,
    mentionCount: row.mentions,
  };
}
