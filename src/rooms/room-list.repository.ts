import { Injectable } from '@nestjs/common';
import type { PublicAccountView } from '../accounts/account.dto.js';
import type { Sql } from '../platform/sql.js';
import { notKeptOut } from './blocks.sql.js';
import { unreadMentions } from './mentions.sql.js';
import { RANKS } from './policy.js';
import { type RoomListItem, viewOfRoom } from './room.dto.js';
import type { RoomRow } from './room.entity.js';
import { ROOM_COLUMNS } from './room.repository.js';

/** Where a list of the caller's own rooms goes on: behind this last message (0 where there is none) of this room. */
export type MineKey = [messageId: number, roomId: number];

interface ListedRoom extends RoomRow {
  readSeq: number | null;
  unreadCount: number | null;
  mentionCount: number | null;
  messageId: number | null;
  messageSeq: number;
  messageText: string;
  messageCreatedAt: Date;
  messageEditedAt: Date | null;
  messageDeletedAt: Date | null;
  messageHidden: boolean | null;
  author: PublicAccountView;
  peer: PublicAccountView | null;
}

/** A subquery, not a join: it is asked for the page only, after the sort. */
const personOf = (id: string) =>
  `(SELECT json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) FROM accounts a WHERE a.id = ${id})`;

const ITEM = `${ROOM_COLUMNS}, m.read_seq AS "readSeq", r.message_count - m.unread_base AS "unreadCount",
  CASE WHEN m.account_id IS NOT NULL THEN ${unreadMentions('m.account_id', 'm.room_id', 'm.read_seq')} END AS "mentionCount",
  last.id AS "messageId", last.seq AS "messageSeq", last.text AS "messageText",
  last.created_at AS "messageCreatedAt", last.edited_at AS "messageEditedAt", last.deleted_at AS "messageDeletedAt",
  last.author_id = ANY (ARRAY(SELECT blocked_id FROM personal_blocks WHERE account_id = $1)) AS "messageHidden",
  ${personOf('last.author_id')} AS author,
  ${personOf('CASE m.account_id WHEN r.direct_low THEN r.direct_high WHEN r.direct_high THEN r.direct_low END')} AS peer`;

/** Events of a room leave gaps in the seqs of its messages, so the newest message is looked up by key, not by the room's head. */
const LAST_MESSAGE = `
  LEFT JOIN LATERAL (
    SELECT x.id, x.seq, x.author_id, x.text, x.created_at, x.edited_at, x.deleted_at FROM messages x WHERE x.room_id = m.room_id ORDER BY x.seq DESC LIMIT 1
  ) last ON true`;

/** Lists of rooms: each page is one statement, whatever it shows. */
@Injectable()
export class RoomListRepository {
  /** The account's own rooms, newest last message first; rooms without a message come last, newest room first. */
  async mine(sql: Sql, accountId: number, after: MineKey | undefined, limit: number): Promise<RoomListItem[]> {
    const rows = await sql.query<ListedRoom>(
      `SELECT ${ITEM} FROM members m JOIN rooms r ON r.id = m.room_id ${LAST_MESSAGE}
       WHERE m.account_id = $1 AND r.deleted_at IS NULL AND ${notKeptOut('$1', 'r.id')}
         AND ($2::bigint IS NULL OR (coalesce(last.id, 0), r.id) < ($2, $3::bigint))
       ORDER BY coalesce(last.id, 0) DESC, r.id DESC LIMIT $4`,
      [accountId, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return rows.map(itemOf);
  }

  /** Rooms that every signed-in account may see, newest first. */
  async open(sql: Sql, accountId: number, before: number | undefined, limit: number): Promise<RoomListItem[]> {
    return await this.seen(sql, `r.can_see <= ${RANKS.user} AND ${notKeptOut('$1', 'r.id')}`, accountId, before, limit);
  }

  /** Rooms that this rank of moderator may see, or in which the account is, newest first. */
  async all(
    sql: Sql,
    accountId: number,
    rank: number,
    before: number | undefined,
    limit: number,
  ): Promise<RoomListItem[]> {
    return await this.seen(
      sql,
      `((r.moderated AND r.can_see <= $4) OR m.account_id IS NOT NULL) AND ${notKeptOut('$1', 'r.id')}`,
      accountId,
      before,
      limit,
      [rank],
    );
  }

  private async seen(
    sql: Sql,
    condition: string,
    accountId: number,
    before: number | undefined,
    limit: number,
    further: unknown[] = [],
  ): Promise<RoomListItem[]> {
    const rows = await sql.query<ListedRoom>(
      `SELECT ${ITEM} FROM rooms r LEFT JOIN members m ON m.room_id = r.id AND m.account_id = $1 ${LAST_MESSAGE}
       WHERE r.deleted_at IS NULL AND ${condition} AND ($2::bigint IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
      [accountId, before ?? null, limit, ...further],
    );
    return rows.map(itemOf);
  }
}

function itemOf(row: ListedRoom): RoomListItem {
  return {
    ...viewOfRoom(row),
    lastMessage:
      row.messageId === null
        ? null
        : {
            id: row.messageId,
            seq: row.messageSeq,
            author: row.author,
            text: row.messageDeletedAt === null ? row.messageText : '',
            createdAt: row.messageCreatedAt.toISOString(),
            editedAt: row.messageEditedAt?.toISOString() ?? null,
            deletedAt: row.messageDeletedAt?.toISOString() ?? null,
            ...(row.messageHidden ? { hidden: true } : {}),
          },
    unreadCount: row.unreadCount,
    mentionCount: row.mentionCount,
    readSeq: row.readSeq,
    peer: row.peer,
  };
}
