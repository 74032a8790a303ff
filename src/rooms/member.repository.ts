import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { notKeptOut } from './blocks.sql.js';
import type { Membership } from './member.dto.js';

export interface NewMember {
  accountId: number;
  readSeq: number;
  unreadBase: number;
}

const MEMBERSHIP = `json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) AS account,
  m.account_id IS NOT DISTINCT FROM r.owner_id AS owner, m.joined_at AS "joinedAt", m.read_seq AS "readSeq"
  FROM members m JOIN rooms r ON r.id = m.room_id JOIN accounts a ON a.id = m.account_id`;

@Injectable()
export class MemberRepository {
  /** Inserts them in this order; the room's count is the caller's to keep. */
  async insert(sql: Sql, roomId: number, members: readonly NewMember[]): Promise<void> {
    await sql.query(
      `INSERT INTO members (room_id, account_id, read_seq, unread_base)
       SELECT $1, account_id, read_seq, unread_base FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS fresh (account_id, read_seq, unread_base)`,
      [
        roomId,
        members.map((member) => member.accountId),
        members.map((member) => member.readSeq),
        members.map((member) => member.unreadBase),
      ],
    );
  }

  async delete(sql: Sql, roomId: number, accountId: number): Promise<void> {
    await sql.query('DELETE FROM members WHERE room_id = $1 AND account_id = $2', [roomId, accountId]);
  }

  async one(sql: Sql, roomId: number, accountId: number): Promise<Membership | undefined> {
    const [member] = await sql.query<Membership>(`SELECT ${MEMBERSHIP} WHERE m.room_id = $1 AND m.account_id = $2`, [
      roomId,
      accountId,
    ]);
    return member;
  }

  /** Which of these accounts are members. */
  async among(sql: Sql, roomId: number, accountIds: readonly number[]): Promise<Set<number>> {
    const rows = await sql.query<{ accountId: number }>(
      'SELECT account_id AS "accountId" FROM members WHERE room_id = $1 AND account_id = ANY ($2::bigint[])',
      [roomId, accountIds],
    );
    return new Set(rows.map(({ accountId }) => accountId));
  }

  /** Ascending by account id, behind `after`. */
  async page(sql: Sql, roomId: number, after: number, limit: number): Promise<Membership[]> {
    return await sql.query<Membership>(
      `SELECT ${MEMBERSHIP} WHERE m.room_id = $1 AND m.account_id > $2 ORDER BY m.account_id LIMIT $3`,
      [roomId, after, limit],
    );
  }

  /** Of each pair, in their order, whether the two are in a room together that still exists, and the second has not blocked the first personally. */
  async sharing(sql: Sql, pairs: readonly (readonly [number, number])[]): Promise<boolean[]> {
    const rows = await sql.query<{ sharing: boolean }>(
      `SELECT EXISTS (
         SELECT 1 FROM members own JOIN members other ON other.room_id = own.room_id AND other.account_id = pair.other
         JOIN rooms r ON r.id = own.room_id AND r.deleted_at IS NULL WHERE own.account_id = pair.own)
         AND NOT EXISTS (SELECT 1 FROM personal_blocks p WHERE p.account_id = pair.other AND p.blocked_id = pair.own) AS sharing
       FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS pair (own, other, place) ORDER BY place`,
      [pairs.map(([own]) => own), pairs.map(([, other]) => other)],
    );
    return rows.map((row) => row.sharing);
  }

  /** The members of each of these rooms, ascending. */
  async idsOfAll(sql: Sql, roomIds: readonly number[]): Promise<Map<number, number[]>> {
    const rows = await sql.query<{ roomId: number; ids: number[] }>(
      `SELECT room_id AS "roomId", json_agg(account_id ORDER BY account_id) AS ids FROM members WHERE room_id = ANY ($1::bigint[]) GROUP BY room_id`,
      [roomIds],
    );
    return new Map(rows.map(({ roomId, ids }) => [roomId, ids]));
  }

  /** The first member, by account id, whom no full block keeps out of the room. */
  async firstPresent(sql: Sql, roomId: number): Promise<number | undefined> {
    const [row] = await sql.query<{ accountId: number }>(
      `SELECT m.account_id AS "accountId" FROM members m WHERE m.room_id = $1 AND ${notKeptOut('m.account_id', 'm.room_id')}
       ORDER BY m.account_id LIMIT 1`,
      [roomId],
    );
    return row?.accountId;
  }

  async idsOf(sql: Sql, roomId: number): Promise<number[]> {
    const rows = await sql.query<{ accountId: number }>(
      'SELECT account_id AS "accountId" FROM members WHERE room_id = $1',
      [roomId],
    );
    return rows.map((row) => row.accountId);
  }
}
