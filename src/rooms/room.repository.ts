import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import {
  bannedFrom,
  type Block,
  notKeptOut,
  type PersonalBlock,
  personalBlockBetween,
  personalBlockIn,
  strictestBlock,
} from './blocks.sql.js';
import { databaseCode } from '../platform/problem-of.js';
import { Problem } from '../platform/problems.js';
import { nameKey } from '../platform/safe-text.js';
import { columnsOf, DIRECT_CAPACITY, type Preset } from './policy.js';
import { RoomRow } from './room.entity.js';

const UNIQUE_VIOLATION = '23505';

/** The columns of `rooms r` under the names of RoomRow. */
export const ROOM_COLUMNS = `r.id, r.kind, r.preset, r.name, r.name_key AS "nameKey", r.topic, r.link, r.secret_hash AS "secretHash", r.capacity, r.moderated,
  r.slow_mode_seconds AS "slowModeSeconds", r.delivered_marks AS "deliveredMarks",
  r.owner_id AS "ownerId", r.direct_low AS "directLow", r.direct_high AS "directHigh", r.can_see AS "canSee", r.can_read AS "canRead", r.can_post AS "canPost",
  r.can_join AS "canJoin", r.can_add AS "canAdd", r.can_remove AS "canRemove", r.can_leave AS "canLeave", r.can_edit AS "canEdit", r.can_delete AS "canDelete",
  r.member_count AS "memberCount", r.message_count AS "messageCount", r.last_seq AS "lastSeq", r.created_at AS "createdAt", r.deleted_at AS "deletedAt"`;

/** A room, the asking account's membership in it and the strictest block in force against it there. */
export interface SightRow extends RoomRow {
  joinedAt: Date | null;
  readSeq: number | null;
  unreadBase: number | null;
  block: Block | null;
  /** In a direct room, which keeps the two apart. */
  personalBlock: PersonalBlock | null;
}

export interface RoomChanges {
  name?: string;
  /** Whether no other room may have the name; once it is so it stays so. */
  uniqueName?: boolean;
  topic?: string;
  link?: string;
  capacity?: number | null;
  secretHash?: string | null;
  slowModeSeconds?: number;
  deliveredMarks?: boolean;
  /** The least rank that sends. */
  canPost?: number;
}

export interface RoomHead {
  roomId: number;
  lastSeq: number;
}

/** A direct room with its two accounts, which are one in the room of notes. */
export interface DirectRoom {
  id: number;
  low: number;
  high: number;
}

@Injectable()
export class RoomRepository {
  /** Room, membership and block in one look; a deleted room is not there. */
  async sight(sql: Sql, roomId: number, accountId: number): Promise<SightRow | undefined> {
    const [row] = await sql.query<SightRow>(
      `SELECT ${ROOM_COLUMNS}, m.joined_at AS "joinedAt", m.read_seq AS "readSeq", m.unread_base AS "unreadBase", ${strictestBlock('$2', 'r.id')} AS block,
         ${personalBlockIn('r', '$2')} AS "personalBlock"
       FROM rooms r LEFT JOIN members m ON m.room_id = r.id AND m.account_id = $2
       WHERE r.id = $1 AND r.deleted_at IS NULL`,
      [roomId, accountId],
    );
    return row;
  }

  /** The strictest block in force against the account everywhere. */
  async globalBlock(sql: Sql, accountId: number): Promise<Block | null> {
    const [row] = await sql.query<{ block: Block | null }>(`SELECT ${strictestBlock('$1', 'NULL')} AS block`, [
      accountId,
    ]);
    return row!.block;
  }

  /** Whether a full block in force keeps the account out of this room alone. */
  async isBanned(sql: Sql, roomId: number, accountId: number): Promise<boolean> {
    const [row] = await sql.query<{ banned: boolean }>(`SELECT ${bannedFrom('$2::bigint', '$1::bigint')} AS banned`, [
      roomId,
      accountId,
    ]);
    return row!.banned;
  }

  /** Which of these accounts a full block in force keeps out of this room alone. */
  async bannedAmong(sql: Sql, roomId: number, accountIds: readonly number[]): Promise<number[]> {
    const rows = await sql.query<{ id: number }>(
      `SELECT id FROM unnest($2::bigint[]) AS account (id) WHERE ${bannedFrom('account.id', '$1::bigint')}`,
      [roomId, accountIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Inserts a room with the preset's policy and nobody in it; answers its id. */
  async insertGroup(
    sql: Sql,
    preset: Preset,
    ownerId: number | null,
    { uniqueName = false, ...changes }: RoomChanges & { name: string },
  ): Promise<number> {
    const row = { kind: 'group' as const, preset, ownerId, ...columnsOf(preset), ...changes };
    const { identifiers } = await named(
      sql.manager.insert(RoomRow, { ...row, nameKey: uniqueName ? nameKey(changes.name) : null }),
    );
    return Number(identifiers[0]!.id);
  }

  /** Whether there is such a room. */
  async isThere(sql: Sql, roomId: number): Promise<boolean> {
    return (await sql.query('SELECT 1 FROM rooms WHERE id = $1 AND deleted_at IS NULL', [roomId])).length > 0;
  }

  /** The direct room of these two accounts, which may be the same. */
  async directOf(sql: Sql, low: number, high: number): Promise<number | undefined> {
    const [room] = await sql.query<{ id: number }>('SELECT id FROM rooms WHERE direct_low = $1 AND direct_high = $2', [
      low,
      high,
    ]);
    return room?.id;
  }

  /** Direct rooms of which both accounts are among these, or one is this account. */
  async directRooms(sql: Sql, whose: { among: readonly number[] } | { of: number }): Promise<DirectRoom[]> {
    const [condition, value] =
      'of' in whose
        ? ['$1::bigint IN (direct_low, direct_high)', whose.of]
        : ['direct_low = ANY ($1::bigint[]) AND direct_high = ANY ($1::bigint[])', whose.among];
    return sql.query(
      `SELECT id, direct_low AS low, direct_high AS high FROM rooms WHERE ${condition} AND deleted_at IS NULL ORDER BY id`,
      [value],
    );
  }

  /** The personal block between these two, as the first one sees it. */
  async personalBlock(sql: Sql, accountId: number, otherId: number): Promise<PersonalBlock | null> {
    const [row] = await sql.query<{ personalBlock: PersonalBlock | null }>(
      `SELECT ${personalBlockBetween('$1::bigint', '$2::bigint')} AS "personalBlock"`,
      [accountId, otherId],
    );
    return row!.personalBlock;
  }

  /** Inserts the direct room of these two accounts unless it is there; answers its id only when it is new. */
  async insertDirect(sql: Sql, low: number, high: number): Promise<number | undefined> {
    const can = columnsOf('direct');
    const [room] = await sql.query<{ id: number }>(
      `INSERT INTO rooms (kind, preset, capacity, direct_low, direct_high,
         can_see, can_read, can_post, can_join, can_add, can_remove, can_leave, can_edit, can_delete)
       VALUES ('direct', 'direct', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       ON CONFLICT (direct_low, direct_high) DO NOTHING RETURNING id`,
      [
        low === high ? 1 : DIRECT_CAPACITY,
        low,
        high,
        can.canSee,
        can.canRead,
        can.canPost,
        can.canJoin,
        can.canAdd,
        can.canRemove,
        can.canLeave,
        can.canEdit,
        can.canDelete,
      ],
    );
    return room?.id;
  }

  /** Changes what is given in one statement; false when the room is gone or has more members than the capacity given. */
  async change(sql: Sql, roomId: number, changes: RoomChanges): Promise<boolean> {
    const change = sql.query(
      `UPDATE rooms SET name = coalesce($2, name), topic = coalesce($3, topic), link = coalesce($4, link),
         capacity = CASE WHEN $5 THEN $6 ELSE capacity END, secret_hash = CASE WHEN $7 THEN $8 ELSE secret_hash END,
         slow_mode_seconds = coalesce($9, slow_mode_seconds), delivered_marks = coalesce($10, delivered_marks), can_post = coalesce($13, can_post),
         name_key = CASE WHEN name_key IS NOT NULL OR $11 THEN coalesce($12, name_key) END
       WHERE id = $1 AND deleted_at IS NULL AND (NOT $5 OR $6::integer IS NULL OR member_count <= $6) RETURNING id`,
      [
        roomId,
        changes.name ?? null,
        changes.topic ?? null,
        changes.link ?? null,
        changes.capacity !== undefined,
        changes.capacity ?? null,
        changes.secretHash !== undefined,
        changes.secretHash ?? null,
        changes.slowModeSeconds ?? null,
        changes.deliveredMarks ?? null,
        changes.uniqueName ?? false,
        changes.name === undefined ? null : nameKey(changes.name),
        changes.canPost ?? null,
      ],
    );
    return (await named(change)).length === 1;
  }

  /** Forgets up to where the room has reached its members' devices. */
  async forgetDeliveries(sql: Sql, roomId: number): Promise<void> {
    await sql.query('DELETE FROM deliveries WHERE room_id = $1', [roomId]);
  }

  /** Waits for the room's row and holds it until the transaction ends; undefined when the room is gone. */
  async lock(sql: Sql, roomId: number): Promise<{ ownerId: number | null } | undefined> {
    const [room] = await sql.query<{ ownerId: number | null }>(
      'SELECT owner_id AS "ownerId" FROM rooms WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
      [roomId],
    );
    return room;
  }

  /**
   * Takes places in the room, if there are so many and the secret is still this; the capacity is decided here and nowhere else.
   * Answers the message count, from which new members count unread messages.
   */
  async takePlaces(sql: Sql, roomId: number, places: number, secretHash?: string | null): Promise<number | undefined> {
    const [room] = await sql.query<{ messageCount: number }>(
      `UPDATE rooms SET member_count = member_count + $4::integer
       WHERE id = $1 AND deleted_at IS NULL AND (capacity IS NULL OR member_count + $4 <= capacity) AND (NOT $2 OR secret_hash IS NOT DISTINCT FROM $3)
       RETURNING message_count AS "messageCount"`,
      [roomId, secretHash !== undefined, secretHash ?? null, places],
    );
    return room?.messageCount;
  }

  /** Gives up one place; when the owner went, the room passes to the longest-standing member that is left. */
  async giveUpPlace(sql: Sql, roomId: number, accountId: number): Promise<{ ownerChanged: boolean }> {
    const [room] = await sql.query<{ ownerId: number | null }>(
      'UPDATE rooms SET member_count = member_count - 1 WHERE id = $1 RETURNING owner_id AS "ownerId"',
      [roomId],
    );
    if (room?.ownerId !== accountId) return { ownerChanged: false };
    await sql.query(
      `UPDATE rooms SET owner_id = (SELECT account_id FROM members WHERE room_id = $1 AND account_id <> $2 ORDER BY joined_at, account_id LIMIT 1) WHERE id = $1`,
      [roomId, accountId],
    );
    return { ownerChanged: true };
  }

  async setMemberCount(sql: Sql, roomId: number, memberCount: number): Promise<void> {
    await sql.query('UPDATE rooms SET member_count = $2 WHERE id = $1', [roomId, memberCount]);
  }

  /** Makes the room unfindable; rows that speak of it stay. */
  async markDeleted(sql: Sql, roomId: number): Promise<void> {
    await sql.query('UPDATE rooms SET deleted_at = now(), name_key = NULL WHERE id = $1', [roomId]);
  }

  /** The account's rooms with the head of each, without those a full block keeps it out of. */
  async roomsOf(sql: Sql, accountId: number): Promise<RoomHead[]> {
    return await sql.query<RoomHead>(
      `SELECT r.id AS "roomId", r.last_seq AS "lastSeq" FROM members m JOIN rooms r ON r.id = m.room_id
       WHERE m.account_id = $1 AND r.deleted_at IS NULL AND ${notKeptOut('$1', 'r.id')}`,
      [accountId],
    );
  }

  /** The heads of these rooms, deleted ones included: their last event is still to be told. */
  async headsOf(sql: Sql, roomIds: readonly number[]): Promise<RoomHead[]> {
    return await sql.query<RoomHead>(
      'SELECT id AS "roomId", last_seq AS "lastSeq" FROM rooms WHERE id = ANY ($1::bigint[])',
      [roomIds],
    );
  }
}

/** Refuses a name that must be the room's own and is another one's; the transaction is lost then. */
async function named<T>(statement: Promise<T>): Promise<T> {
  return await statement.catch((error: unknown) => {
    if (databaseCode(error) === UNIQUE_VIOLATION) throw new Problem('room/name-taken');
    throw error;
  });
}
