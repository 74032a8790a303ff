import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { type AuthoredMessage, hiddenFrom } from './message.view.js';

const COLUMNS = `m.id, m.room_id, m.seq, m.author_id, m.client_id, m.text, m.reply_to, m.version, m.created_at, m.edited_at, m.deleted_at,
  a.username, a.first_name, a.last_name`;
const SOURCE = 'FROM messages m JOIN accounts a ON a.id = m.author_id';
const AUTHORED = `${COLUMNS} ${SOURCE}`;
/** What a reader, $1, may see of messages `m`. */
export const READ = `${COLUMNS}, ${hiddenFrom('$1')} ${SOURCE}`;

export interface SentInPeriod {
  accountId: number;
  /** Null for all rooms. */
  roomId: number | null;
  /** Null for the beginning. */
  since: Date | null;
  until: Date;
}

export interface DeletedPlace {
  id: number;
  roomId: number;
  seq: number;
  authorId: number;
}

/** Reads and changes stored messages; what somebody reads is marked where he has blocked its author. Pages go by the primary key (room_id, seq), so that their cost does not grow with the room. */
@Injectable()
export class MessageRepository {
  /** Ascending by seq. */
  async after(sql: Sql, readerId: number, roomId: number, seq: number, limit: number): Promise<AuthoredMessage[]> {
    return sql.query<AuthoredMessage>(`SELECT ${READ} WHERE m.room_id = $2 AND m.seq > $3 ORDER BY m.seq LIMIT $4`, [
      readerId,
      roomId,
      seq,
      limit,
    ]);
  }

  /** Ascending by seq. */
  async before(sql: Sql, readerId: number, roomId: number, seq: number, limit: number): Promise<AuthoredMessage[]> {
    const rows = await sql.query<AuthoredMessage>(
      `SELECT ${READ} WHERE m.room_id = $2 AND m.seq < $3 ORDER BY m.seq DESC LIMIT $4`,
      [readerId, roomId, seq, limit],
    );
    return rows.reverse();
  }

  /** The newest of several rooms that are neither deleted nor hidden from the reader, ascending by id. */
  async newest(sql: Sql, readerId: number, roomIds: readonly number[], most: number): Promise<AuthoredMessage[]> {
    const rows = await sql.query<AuthoredMessage>(
      `SELECT * FROM (SELECT ${READ} WHERE m.room_id = ANY ($2::bigint[]) AND m.deleted_at IS NULL) said
       WHERE NOT said.hidden ORDER BY said.id DESC LIMIT $3`,
      [readerId, roomIds, most],
    );
    return rows.reverse();
  }

  /** The newest of one room, as above, by seq. */
  async newestOf(sql: Sql, readerId: number, roomId: number, most: number): Promise<AuthoredMessage[]> {
    const rows = await sql.query<AuthoredMessage>(
      `SELECT * FROM (SELECT ${READ} WHERE m.room_id = $2 AND m.deleted_at IS NULL) said
       WHERE NOT said.hidden ORDER BY said.seq DESC LIMIT $3`,
      [readerId, roomId, most],
    );
    return rows.reverse();
  }

  async one(sql: Sql, readerId: number, roomId: number, messageId: number): Promise<AuthoredMessage | undefined> {
    const [row] = await sql.query<AuthoredMessage>(`SELECT ${READ} WHERE m.id = $2 AND m.room_id = $3`, [
      readerId,
      messageId,
      roomId,
    ]);
    return row;
  }

  async byIds(sql: Sql, messageIds: readonly number[]): Promise<AuthoredMessage[]> {
    return sql.query<AuthoredMessage>(`SELECT ${AUTHORED} WHERE m.id = ANY ($1::bigint[])`, [messageIds]);
  }

  /** Whether the author has a message under this name. */
  async isKnown(sql: Sql, authorId: number, clientId: string): Promise<boolean> {
    const rows = await sql.query('SELECT 1 FROM messages WHERE author_id = $1 AND client_id = $2', [
      authorId,
      clientId,
    ]);
    return rows.length > 0;
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

  /** The message wherever it is. */
  async anywhere(sql: Sql, messageId: number): Promise<AuthoredMessage | undefined> {
    const [row] = await sql.query<AuthoredMessage>(`SELECT ${AUTHORED} WHERE m.id = $1`, [messageId]);
    return row;
  }

  /** What a person sent in a period, in one room or in all that moderators may see, and is not deleted: ids by room and seq. */
  async idsOf(sql: Sql, { accountId, roomId, since, until }: SentInPeriod): Promise<number[]> {
    const rows = await sql.query<{ id: number }>(
      `SELECT m.id FROM messages m JOIN rooms r ON r.id = m.room_id
       WHERE m.author_id = $1 AND ($2::bigint IS NULL OR m.room_id = $2) AND m.created_at >= coalesce($3, '-infinity'::timestamptz)
         AND m.created_at <= $4 AND m.deleted_at IS NULL AND r.moderated AND r.deleted_at IS NULL
       ORDER BY m.room_id, m.seq`,
      [accountId, roomId, since, until],
    );
    return rows.map((row) => row.id);
  }

  /** Leaves tombstones of those of these messages that are not deleted yet, and answers their places. */
  async deleteAll(sql: Sql, messageIds: readonly number[], deletedBy: number): Promise<DeletedPlace[]> {
    await sql.query(
      `SELECT 1 FROM rooms WHERE id IN (SELECT room_id FROM messages WHERE id = ANY ($1::bigint[])) ORDER BY id FOR NO KEY UPDATE`,
      [messageIds],
    );
    const places = await sql.query<DeletedPlace>(
      `UPDATE messages SET deleted_at = clock_timestamp(), deleted_by = $2 WHERE id = ANY ($1::bigint[]) AND deleted_at IS NULL
       RETURNING id, room_id AS "roomId", seq, author_id AS "authorId"`,
      [messageIds, deletedBy],
    );
    await this.countUnread(sql, places, 1);
    return places.sort((a, b) => a.roomId - b.roomId || a.seq - b.seq);
  }

  /** Takes back a deletion by somebody else than the author within 30 days; answers whether there was one. */
  async restore(sql: Sql, message: AuthoredMessage): Promise<boolean> {
    const rows = await sql.query(
      `UPDATE messages SET deleted_at = NULL, deleted_by = NULL
       WHERE id = $1 AND deleted_at > clock_timestamp() - interval '30 days' AND deleted_by <> author_id RETURNING id`,
      [message.id],
    );
    if (rows.length === 0) return false;
    await sql.query(
      'UPDATE members SET unread_base = unread_base - 1 WHERE room_id = $1 AND read_seq < $2 AND account_id <> $3',
      [message.room_id, message.seq, message.author_id],
    );
    return true;
  }

  /** Takes back deletions by others than the author, however old, where the room is still there; answers the places. Locks rooms, then memberships. */
  async restoreAll(sql: Sql, messageIds: readonly number[]): Promise<DeletedPlace[]> {
    await sql.query(
      `SELECT 1 FROM rooms WHERE id IN (SELECT room_id FROM messages WHERE id = ANY ($1::bigint[])) ORDER BY id FOR NO KEY UPDATE`,
      [messageIds],
    );
    const places = await sql.query<DeletedPlace>(
      `UPDATE messages m SET deleted_at = NULL, deleted_by = NULL FROM rooms r
       WHERE m.id = ANY ($1::bigint[]) AND m.deleted_by <> m.author_id AND r.id = m.room_id AND r.deleted_at IS NULL
       RETURNING m.id, m.room_id AS "roomId", m.seq, m.author_id AS "authorId"`,
      [messageIds],
    );
    await this.countUnread(sql, places, -1);
    return places.sort((a, b) => a.roomId - b.roomId || a.seq - b.seq);
  }

  /** Adds messages to what is left out of the unread counts of those who had not read them, or takes them out of it. */
  private async countUnread(sql: Sql, places: readonly DeletedPlace[], by: 1 | -1): Promise<void> {
    const [roomIds, seqs] = [places.map((place) => place.roomId), places.map((place) => place.seq)];
    // Marks stand still while they are counted.
    await sql.query(
      'SELECT 1 FROM members WHERE room_id = ANY ($1::bigint[]) ORDER BY room_id, account_id FOR NO KEY UPDATE',
      [[...new Set(roomIds)]],
    );
    await sql.query(
      `UPDATE members SET unread_base = unread_base + $4::integer * counted.messages FROM (
         SELECT m.room_id, m.account_id, count(*) AS messages FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS gone (room_id, seq, author_id)
         JOIN members m ON m.room_id = gone.room_id AND m.read_seq < gone.seq AND m.account_id <> gone.author_id GROUP BY m.room_id, m.account_id
       ) counted WHERE members.room_id = counted.room_id AND members.account_id = counted.account_id`,
      [roomIds, seqs, places.map((place) => place.authorId), by],
    );
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
