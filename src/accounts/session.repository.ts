import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { Role } from './actor.js';
import type { Device } from './device.js';
import { SessionRow } from './session.entity.js';

/** A session with its account, as one reading of the database has them. */
export interface SessionState {
  sessionId: number;
  accountId: number;
  username: string;
  role: Role;
  guest: boolean;
  epoch: number;
  /** Neither ended nor expired, and its account is not fully blocked. */
  open: boolean;
  /** Whether its last use was noted more than a minute ago. */
  unnoted: boolean;
}

/** What became of an appeal so far, with times as JSON has them. */
export interface BlockAppeal {
  id: number;
  outcome: string | null;
  reason: string | null;
  decidedAt: string | null;
}

/** Which open sessions of an account. */
export type WhichSessions = 'all' | { only: number } | { except: number | undefined };

const FULLY_BLOCKED = `EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.room_id IS NULL AND b.mode = 'full'
  AND b.lifted_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > now()))`;

@Injectable()
export class SessionRepository {
  states(sql: Sql, sessionIds: readonly number[]): Promise<SessionState[]> {
    return sql.query(
      `SELECT s.id AS "sessionId", s.account_id AS "accountId", a.username, a.role, a.guest, a.epoch,
         s.ended_at IS NULL AND s.expires_at > now() AND NOT ${FULLY_BLOCKED} AS open, s.last_used_at < now() - interval '1 minute' AS unnoted
       FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.id = ANY ($1::bigint[])`,
      [sessionIds],
    );
  }

  /** Passes over rows that somebody else changes at this moment: a note of use is worth no waiting. */
  async noteUse(sql: Sql, sessionIds: readonly number[]): Promise<void> {
    await sql.query(
      `UPDATE sessions SET last_used_at = now() WHERE id IN (
         SELECT id FROM sessions WHERE id = ANY ($1::bigint[]) AND last_used_at < now() - interval '1 minute' FOR NO KEY UPDATE SKIP LOCKED)`,
      [sessionIds],
    );
  }

  /**
   * Keeps the account as it is until the commit, and answers its epoch and full block, with the decision behind it and the appeal against
   * that; undefined when its password is no longer the one with this hash.
   */
  async holdForSignIn(tx: Tx, accountId: number, passwordHash: string) {
    const [row] = await tx.query<{
      epoch: number;
      block_id: number | null;
      reason: string | null;
      expires_at: Date | null;
      sanction_id: number | null;
      appeal: BlockAppeal | null;
    }>(
      `SELECT a.epoch, b.id AS block_id, b.reason, b.expires_at, s.id AS sanction_id,
         (SELECT json_build_object('id', p.id, 'outcome', p.outcome, 'reason', p.reason, 'decidedAt', p.decided_at)
          FROM appeals p WHERE p.sanction_id = s.id) AS appeal
       FROM (SELECT id, epoch FROM accounts WHERE id = $1 AND password_hash = $2 FOR SHARE) a
       LEFT JOIN LATERAL (
         SELECT id, reason, expires_at FROM blocks WHERE account_id = a.id AND room_id IS NULL AND mode = 'full' AND lifted_at IS NULL
           AND (expires_at IS NULL OR expires_at > now()) ORDER BY expires_at DESC NULLS FIRST LIMIT 1
       ) b ON true
       LEFT JOIN sanctions s ON s.block_id = b.id AND s.ended_at IS NULL`,
      [accountId, passwordHash],
    );
    return row;
  }

  async open(tx: Tx, accountId: number, days: number, device: Device): Promise<number> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO sessions (account_id, expires_at, user_agent, address) VALUES ($1, now() + make_interval(days => $2::integer), $3, $4) RETURNING id`,
      [accountId, days, device.userAgent, device.address],
    );
    return row!.id;
  }

  async addRefreshToken(tx: Tx, sessionId: number, hash: Buffer): Promise<void> {
    await tx.query('INSERT INTO refresh_tokens (hash, session_id) VALUES ($1, $2)', [hash, sessionId]);
  }

  /** Uses a refresh token up and answers its session; undefined when it was used before or never existed. */
  async useRefreshToken(tx: Tx, hash: Buffer): Promise<number | undefined> {
    const [row] = await tx.query<{ session_id: number }>(
      'UPDATE refresh_tokens SET used_at = now() WHERE hash = $1 AND used_at IS NULL RETURNING session_id',
      [hash],
    );
    return row?.session_id;
  }

  async ownerOfRefreshToken(tx: Tx, hash: Buffer): Promise<{ sessionId: number; accountId: number } | undefined> {
    const [row] = await tx.query<{ sessionId: number; accountId: number }>(
      `SELECT s.id AS "sessionId", s.account_id AS "accountId" FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.hash = $1`,
      [hash],
    );
    return row;
  }

  /** Lets an open session of an account that is not fully blocked live on from now; undefined when there is none. */
  async prolong(tx: Tx, sessionId: number, days: number): Promise<{ accountId: number; epoch: number } | undefined> {
    const [row] = await tx.query<{ accountId: number; epoch: number }>(
      `UPDATE sessions s SET last_used_at = now(), expires_at = now() + make_interval(days => $2::integer) FROM accounts a
       WHERE s.id = $1 AND a.id = s.account_id AND s.ended_at IS NULL AND s.expires_at > now() AND NOT ${FULLY_BLOCKED}
       RETURNING a.id AS "accountId", a.epoch`,
      [sessionId, days],
    );
    return row;
  }

  /** Ends open sessions of the account and answers their ids. */
  async end(tx: Tx, accountId: number, which: WhichSessions, reason: string): Promise<number[]> {
    const only = which === 'all' ? undefined : 'only' in which ? which.only : undefined;
    const except = which === 'all' ? undefined : 'except' in which ? which.except : undefined;
    const rows = await tx.query<{ id: number }>(
      `UPDATE sessions SET ended_at = now(), ended_reason = $2 WHERE account_id = $1 AND ended_at IS NULL AND expires_at > now()
         AND ($3::bigint IS NULL OR id = $3) AND ($4::bigint IS NULL OR id <> $4) RETURNING id`,
      [accountId, reason, only ?? null, except ?? null],
    );
    return rows.map((row) => row.id).sort((a, b) => a - b);
  }

  /** Ends those of these sessions that are open. */
  endThese(tx: Tx, sessionIds: readonly number[], reason: string): Promise<{ sessionId: number; accountId: number }[]> {
    return tx.query(
      `UPDATE sessions SET ended_at = now(), ended_reason = $2 WHERE id = ANY ($1::bigint[]) AND ended_at IS NULL
       RETURNING id AS "sessionId", account_id AS "accountId"`,
      [sessionIds, reason],
    );
  }

  /**
   * Forgets those of the next sessions that were over so many days ago, with their refresh tokens. Used tokens of living ones stay: they tell a
   * thief. So does a session that was ended before the integrator's token behind it expires: that token must not open one again.
   */
  async forgetOver(tx: Tx, after: number, most: number, days: number): Promise<number | undefined> {
    const [row] = await tx.query<{ last: number | null }>(
      `WITH looked AS (SELECT id, ended_at, expires_at FROM sessions WHERE id > $1 ORDER BY id LIMIT $2::integer),
         past AS (SELECT looked.id FROM looked LEFT JOIN integrator_sessions i ON i.session_id = looked.id
           WHERE CASE WHEN i.session_id IS NULL THEN least(ended_at, expires_at) ELSE expires_at END < now() - make_interval(days => $3::integer)),
         signed AS (DELETE FROM integrator_sessions WHERE session_id IN (SELECT id FROM past)),
         tokens AS (DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM past)),
         waiting AS (DELETE FROM tickets WHERE session_id IN (SELECT id FROM past)),
         gone AS (DELETE FROM sessions WHERE id IN (SELECT id FROM past))
       SELECT max(id) AS last FROM looked`,
      [after, most, days],
    );
    return row!.last ?? undefined;
  }

  async outdate(tx: Tx, accountId: number): Promise<void> {
    await tx.query('UPDATE accounts SET epoch = epoch + 1 WHERE id = $1', [accountId]);
  }

  /** At most `most` open sessions of the account, newest first, before this one. */
  list(sql: Sql, accountId: number, beforeId: number | undefined, most: number): Promise<SessionRow[]> {
    const query = sql.manager
      .createQueryBuilder(SessionRow, 'session')
      .where('session.accountId = :accountId AND session.endedAt IS NULL AND session.expiresAt > now()', { accountId });
    if (beforeId !== undefined) query.andWhere('session.id < :beforeId', { beforeId });
    return query.orderBy({ 'session.id': 'DESC' }).limit(most).getMany();
  }

  async addTicket(sql: Sql, sessionId: number, hash: Buffer, seconds: number): Promise<void> {
    await sql.query(
      `WITH expired AS (DELETE FROM tickets WHERE expires_at <= now())
       INSERT INTO tickets (hash, session_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3::integer))`,
      [hash, sessionId, seconds],
    );
  }

  /** The session of a ticket that nobody used before and nobody can use again. */
  async useTicket(sql: Sql, hash: Buffer): Promise<number | undefined> {
    const [row] = await sql.query<{ session_id: number; valid: boolean }>(
      'DELETE FROM tickets WHERE hash = $1 RETURNING session_id, expires_at > now() AS valid',
      [hash],
    );
    return row?.valid ? row.session_id : undefined;
  }
}
