import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';

export interface NewIntegratorSession {
  sessionId: number;
  integratorId: number;
  accountId: number;
  /** When the token says that it was issued, in seconds since 1970; undefined for now. */
  issuedAt?: number;
  tokenHash?: Buffer;
  kid?: string;
}

export interface OpenSession {
  sessionId: number;
  accountId: number;
}

@Injectable()
export class IntegratorSessionRepository {
  /** Whether this token is the first of its hash. */
  async insert(tx: Tx, session: NewIntegratorSession): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO integrator_sessions (session_id, integrator_id, account_id, issued_at, token_hash, kid)
       VALUES ($1, $2, $3, coalesce(to_timestamp($4::double precision), clock_timestamp()), $5, $6) ON CONFLICT (token_hash) DO NOTHING RETURNING 1`,
      [
        session.sessionId,
        session.integratorId,
        session.accountId,
        session.issuedAt ?? null,
        session.tokenHash ?? null,
        session.kid ?? null,
      ],
    );
    return rows.length > 0;
  }

  async ofToken(sql: Sql, tokenHash: Buffer): Promise<(OpenSession & { kid: string }) | undefined> {
    const [row] = await sql.query<OpenSession & { kid: string }>(
      'SELECT session_id AS "sessionId", account_id AS "accountId", kid FROM integrator_sessions WHERE token_hash = $1',
      [tokenHash],
    );
    return row;
  }

  /** Keeps revocations out until the commit, and tells whether tokens issued at this second are still good for the integrator. */
  async holdUnrevoked(tx: Tx, integratorId: number, issuedAt: number): Promise<boolean> {
    const [row] = await tx.query<{ good: boolean }>(
      'SELECT to_timestamp($2::double precision) >= tokens_after AS good FROM integrators WHERE id = $1 FOR SHARE',
      [integratorId, issuedAt],
    );
    return row?.good ?? false;
  }

  async isUnrevokedFor(tx: Tx, accountId: number, issuedAt: number): Promise<boolean> {
    const [row] = await tx.query<{ good: boolean }>(
      'SELECT to_timestamp($2::double precision) >= tokens_after AS good FROM accounts WHERE id = $1',
      [accountId, issuedAt],
    );
    return row?.good ?? false;
  }

  /** From now on no token of an earlier moment opens a session; refused by false when the moment is ahead. */
  async revokeBefore(tx: Tx, integratorId: number, accountId: number | undefined, before: string): Promise<boolean> {
    // Also for one account: who opens a session holds the integrator's row.
    await tx.query('SELECT 1 FROM integrators WHERE id = $1 FOR NO KEY UPDATE', [integratorId]);
    const [table, id] = accountId === undefined ? ['integrators', integratorId] : ['accounts', accountId];
    const rows = await tx.query(
      `UPDATE ${table} SET tokens_after = greatest(tokens_after, $2::timestamptz)
       WHERE id = $1 AND $2::timestamptz <= clock_timestamp() + interval '1 second' RETURNING 1`,
      [id, before],
    );
    return rows.length > 0;
  }

  /** Some open sessions of tokens issued before, or whose key is none of these, by account. */
  open(
    sql: Sql,
    integratorId: number,
    { accountId, before, kids }: { accountId?: number; before?: string; kids?: readonly string[] },
    most: number,
  ): Promise<OpenSession[]> {
    return sql.query<OpenSession>(
      `SELECT i.session_id AS "sessionId", i.account_id AS "accountId" FROM integrator_sessions i JOIN sessions s ON s.id = i.session_id
       WHERE i.integrator_id = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND ($2::bigint IS NULL OR i.account_id = $2)
         AND ($3::timestamptz IS NULL OR i.issued_at < $3) AND ($4::text[] IS NULL OR (i.token_hash IS NOT NULL AND i.kid <> ALL ($4)))
       ORDER BY i.account_id LIMIT $5`,
      [integratorId, accountId ?? null, before ?? null, kids ?? null, most],
    );
  }
}
