import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';

@Injectable()
export class DialectTokenRepository {
  async add(tx: Tx, hash: Buffer, dialect: string, sessionId: number): Promise<void> {
    await tx.query('INSERT INTO dialect_tokens (hash, dialect, session_id) VALUES ($1, $2, $3)', [
      hash,
      dialect,
      sessionId,
    ]);
  }

  /** The session of a token of this dialect that has neither ended nor expired, and whether its life should be prolonged. */
  async sessionOf(
    sql: Sql,
    hash: Buffer,
    dialect: string,
    days: number,
  ): Promise<{ sessionId: number; ageing: boolean } | undefined> {
    const [row] = await sql.query<{ sessionId: number; ageing: boolean }>(
      `SELECT s.id AS "sessionId", s.expires_at < now() + make_interval(days => $3::integer) - interval '12 hours' AS ageing
       FROM dialect_tokens t JOIN sessions s ON s.id = t.session_id
       WHERE t.hash = $1 AND t.dialect = $2 AND s.ended_at IS NULL AND s.expires_at > now()`,
      [hash, dialect, days],
    );
    return row;
  }

  /** The open sessions of an account that have a token of this dialect. */
  async sessionsOf(sql: Sql, accountId: number, dialect: string): Promise<number[]> {
    const rows = await sql.query<{ id: number }>(
      `SELECT s.id FROM sessions s JOIN dialect_tokens t ON t.session_id = s.id
       WHERE s.account_id = $1 AND t.dialect = $2 AND s.ended_at IS NULL`,
      [accountId, dialect],
    );
    return rows.map((row) => row.id);
  }
}
