import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { BlockMode, BlockRow } from './block.dto.js';

const IN_FORCE = 'b.lifted_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp())';
const BLOCK = `b.id, json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) AS account,
  b.mode, b.room_id AS "roomId", b.reason, ${IN_FORCE} AS active, b.created_by AS "createdBy", b.created_at AS "createdAt",
  b.expires_at AS "expiresAt", coalesce(b.lifted_at, CASE WHEN b.expires_at <= clock_timestamp() THEN b.expires_at END) AS "liftedAt",
  b.lifted_by AS "liftedBy", (SELECT min(j.id) FROM jobs j WHERE j.block_id = b.id) AS "deletionId", b.told_seq AS "toldSeq"
  FROM blocks b JOIN accounts a ON a.id = b.account_id`;

export interface NewBlock {
  accountId: number;
  roomId: number | null;
  mode: BlockMode;
  reason: string;
  expiresAt: string | null;
  createdBy: number;
}

@Injectable()
export class BlockRepository {
  async find(sql: Sql, id: number): Promise<BlockRow | undefined> {
    const [row] = await sql.query<BlockRow>(`SELECT ${BLOCK} WHERE b.id = $1`, [id]);
    return row;
  }

  /** The block of this kind that is in force; the caller holds the account, so that no other one comes meanwhile. */
  async open(tx: Tx, { accountId, roomId, mode }: Pick<NewBlock, 'accountId' | 'roomId' | 'mode'>) {
    const [row] = await tx.query<BlockRow>(
      `SELECT ${BLOCK} WHERE b.account_id = $1 AND b.room_id IS NOT DISTINCT FROM $2 AND b.mode = $3 AND ${IN_FORCE}`,
      [accountId, roomId, mode],
    );
    return row;
  }

  /** Inserts a block and answers its id; one of its kind that has expired makes way. */
  async insert(tx: Tx, { accountId, roomId, mode, reason, expiresAt, createdBy }: NewBlock): Promise<number> {
    await tx.query(
      `UPDATE blocks SET lifted_at = expires_at WHERE account_id = $1 AND room_id IS NOT DISTINCT FROM $2 AND mode = $3
         AND lifted_at IS NULL AND expires_at <= clock_timestamp()`,
      [accountId, roomId, mode],
    );
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO blocks (account_id, room_id, mode, reason, expires_at, created_by) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
      [accountId, roomId, mode, reason, expiresAt, createdBy],
    );
    return row!.id;
  }

  /** Notes which event of the account's log tells the block. */
  async told(tx: Tx, id: number, seq: number): Promise<void> {
    await tx.query('UPDATE blocks SET told_seq = $2 WHERE id = $1', [id, seq]);
  }

  async change(tx: Tx, id: number, reason: string, expiresAt: string | Date | null): Promise<void> {
    await tx.query('UPDATE blocks SET reason = $2, expires_at = $3 WHERE id = $1', [id, reason, expiresAt]);
  }

  async lift(tx: Tx, id: number, liftedBy: number): Promise<void> {
    await tx.query('UPDATE blocks SET lifted_at = clock_timestamp(), lifted_by = $2 WHERE id = $1', [id, liftedBy]);
  }

  /** Whether this time is still to come, by the database's clock. */
  async isAhead(sql: Sql, time: string): Promise<boolean> {
    const [row] = await sql.query<{ ahead: boolean }>('SELECT $1::timestamptz > clock_timestamp() AS ahead', [time]);
    return row!.ahead;
  }

  /** Whether the account is blocked everywhere and in full. */
  async isSignedOut(sql: Sql, accountId: number): Promise<boolean> {
    const rows = await sql.query(
      `SELECT 1 FROM blocks b WHERE b.account_id = $1 AND b.room_id IS NULL AND b.mode = 'full' AND ${IN_FORCE} LIMIT 1`,
      [accountId],
    );
    return rows.length > 0;
  }

  /** Newest first, before this one. */
  list(
    sql: Sql,
    accountId: number | undefined,
    active: boolean | undefined,
    before: number | undefined,
    most: number,
  ): Promise<BlockRow[]> {
    return sql.query<BlockRow>(
      `SELECT ${BLOCK} WHERE ($1::bigint IS NULL OR b.account_id = $1) AND ($2::boolean IS NULL OR (${IN_FORCE}) = $2)
         AND ($3::bigint IS NULL OR b.id < $3) ORDER BY b.id DESC LIMIT $4`,
      [accountId ?? null, active ?? null, before ?? null, most],
    );
  }
}
