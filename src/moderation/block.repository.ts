import { Injectable } from '@nestjs/common';
import type { Role } from '../accounts/actor.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { BlockMode, BlockRow } from './block.dto.js';

const IN_FORCE = 'b.lifted_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp())';
const BLOCK = `b.id, json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) AS account,
  b.mode, b.room_id AS "roomId", b.reason, ${IN_FORCE} AS active, b.created_by AS "createdBy", b.created_at AS "createdAt",
  b.expires_at AS "expiresAt", coalesce(b.lifted_at, CASE WHEN b.expires_at <= clock_timestamp() THEN b.expires_at END) AS "liftedAt",
  b.lifted_by AS "liftedBy", (SELECT min(j.id) FROM jobs j WHERE j.block_id = b.id) AS "deletionId"
  FROM`;
const STORED = 'blocks b JOIN accounts a ON a.id = b.account_id';

export interface NewBlock {
  accountId: number;
  roomId: number | null;
  mode: BlockMode;
  reason: string;
  expiresAt: string | null;
  /** Null for whoever runs the service. */
  createdBy: number | null;
}

/** Roles now, undefined accounts as null, and whether the actor is blocked everywhere and in full. */
export interface Standing {
  actor: Role | null;
  target: Role | null;
  signedOut: boolean;
}

@Injectable()
export class BlockRepository {
  async find(sql: Sql, id: number): Promise<BlockRow | undefined> {
    const [row] = await sql.query<BlockRow>(`SELECT ${BLOCK} ${STORED} WHERE b.id = $1`, [id]);
    return row;
  }

  /** The block of this kind that is in force; the caller holds the account, so that no other one comes meanwhile. */
  async open(tx: Tx, { accountId, roomId, mode }: Pick<NewBlock, 'accountId' | 'roomId' | 'mode'>) {
    const [row] = await tx.query<BlockRow>(
      `SELECT ${BLOCK} ${STORED} WHERE b.account_id = $1 AND b.room_id IS NOT DISTINCT FROM $2 AND b.mode = $3 AND b.lifted_at IS NULL`,
      [accountId, roomId, mode],
    );
    if (!row || row.active) return row;
    // It has expired, and makes way for another one of its kind.
    await tx.query('UPDATE blocks SET lifted_at = expires_at WHERE id = $1', [row.id]);
    return undefined;
  }

  async insert(tx: Tx, { accountId, roomId, mode, reason, expiresAt, createdBy }: NewBlock): Promise<BlockRow> {
    const [row] = await tx.query<BlockRow>(
      `WITH b AS (INSERT INTO blocks (account_id, room_id, mode, reason, expires_at, created_by) VALUES ($1, $2, $3, $4, $5, $6) RETURNING *)
       SELECT ${BLOCK} b JOIN accounts a ON a.id = b.account_id`,
      [accountId, roomId, mode, reason, expiresAt, createdBy],
    );
    return row!;
  }

  /** The event of the account's log that told its latest block. */
  async toldAt(sql: Sql, accountId: number): Promise<number> {
    const [row] = await sql.query<{ seq: number }>(
      `SELECT seq FROM account_events WHERE account_id = $1 AND kind = 'account.blocked' ORDER BY seq DESC LIMIT 1`,
      [accountId],
    );
    return row?.seq ?? 0;
  }

  /** What decides who may act against whom, in one look. */
  async standing(tx: Tx, actorId: number, accountId: number): Promise<Standing> {
    const [row] = await tx.query<Standing>(
      `SELECT (SELECT role FROM accounts WHERE id = $1) AS actor, (SELECT role FROM accounts WHERE id = $2) AS target,
         EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = $1 AND b.room_id IS NULL AND b.mode = 'full' AND ${IN_FORCE}) AS "signedOut"`,
      [actorId, accountId],
    );
    return row!;
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

  /** Newest first, before this one. */
  list(
    sql: Sql,
    accountId: number | undefined,
    active: boolean | undefined,
    before: number | undefined,
    most: number,
  ): Promise<BlockRow[]> {
    return sql.query<BlockRow>(
      `SELECT ${BLOCK} ${STORED} WHERE ($1::bigint IS NULL OR b.account_id = $1) AND ($2::boolean IS NULL OR (${IN_FORCE}) = $2)
         AND ($3::bigint IS NULL OR b.id < $3) ORDER BY b.id DESC LIMIT $4`,
      [accountId ?? null, active ?? null, before ?? null, most],
    );
  }
}
