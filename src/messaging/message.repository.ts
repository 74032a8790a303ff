import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { AuthoredMessage } from './message.view.js';

const AUTHORED = `m.id, m.room_id, m.seq, m.author_id, m.client_id, m.text, m.reply_to, m.version, m.created_at, m.edited_at, m.deleted_at,
  a.username, a.first_name, a.last_name FROM messages m JOIN accounts a ON a.id = m.author_id`;

/** Reads and changes stored messages. Pages go by the primary key (room_id, seq), so that their cost does not grow with the room. */
@Injectable()
export class MessageRepository {
  /** Ascending by seq. */
  async after(sql: Sql, roomId: number, seq: number, limit: number): Promise<AuthoredMessage[]> {
    return sql.query<AuthoredMessage>(
      `SELECT ${AUTHORED} WHERE m.room_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3`,
      [roomId, seq, limit],
    );
  }

  /** Ascending by seq. */
  async before(sql: Sql, roomId: number, seq: number, limit: number): Promise<AuthoredMessage[]> {
    const rows = await sql.query<AuthoredMessage>(
      `SELECT ${AUTHORED} WHERE m.room_id = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3`,
      [roomId, seq, limit],
    );
    return rows.reverse();
  }

  async one(sql: Sql, roomId: number, messageId: number): Promise<AuthoredMessage | undefined> {
    const [row] = await sql.query<AuthoredMessage>(`SELECT ${AUTHORED} WHERE m.id = $1 AND m.room_id = $2`, [
      messageId,
      roomId,
    ]);
    return row;
  }

  async byIds(sql: Sql, messageIds: readonly number[]): Promise<AuthoredMessage[]> {
    return sql.query<AuthoredMessage>(`SELECT ${AUTHORED} WHERE m.id = ANY ($1::bigint[])`, [messageIds]);
  }

  /** Changes the text if nobody changed or deleted the message since that version; answers whether it did. */
  async edit(sql: Sql, messageId: number, version: number, text: string): Promise<boolean> {
    const rows = await sql.query(
      `UPDATE messages SET text = $3, version = version + 1, edited_at = clock_timestamp()
       WHERE id = $1 AND version = $2 AND deleted_at IS NULL RETURNING id`,
      [messageId, version, text],
    );
    return rows.length === 1;
  }

  /** Leaves a tombstone and takes the message out of its readers' unread counts; answers whether it was there to delete. */
  async delete(sql: Sql, message: AuthoredMessage, deletedBy: number): Promise<boolean> {
    const rows = await sql.query(
      'UPDATE messages SET deleted_at = clock_timestamp(), deleted_by = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
      [message.id, deletedBy],
    );
    if (rows.length === 0) return false;
    await sql.query(
      'UPDATE members SET unread_base = unread_base + 1 WHERE room_id = $1 AND read_seq < $2 AND account_id <> $3',
      [message.room_id, message.seq, message.author_id],
    );
    return true;
  }
}
