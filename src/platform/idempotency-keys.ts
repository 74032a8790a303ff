import { createHash, createHmac } from 'node:crypto';
import type { Sql } from './sql.js';

/**
 * What was answered under which Idempotency-Key. One statement decides who may run a request, so that of equal requests at the same
 * time one runs; without that a retry after a lost answer would do its work twice. The table holds neither the key nor anything from
 * which a body (perhaps with a password) could be guessed: the request is hashed with the key, of the key itself only a hash is kept.
 */
const KEPT = `interval '24 hours'`;
/** A claim this old belongs to a process that is gone: no request lasts so long. */
const ABANDONED = `interval '60 seconds'`;
const SWEEP_MS = 10 * 60_000;
const MOST_SWEPT = 5_000;

export interface KeyedRequest {
  accountId: number;
  key: string;
  method: string;
  address: string;
  body: unknown;
}

export interface Claim {
  accountId: number;
  keyHash: string;
  /** Tells this claim from one that took it over. */
  madeAt: string;
}

export type Outcome =
  | { claim: Claim }
  | { kept: { status: number; answer: unknown } }
  | { refused: 'idempotency/key-reused' | 'idempotency/in-progress' };

export class IdempotencyKeys {
  private sweptAt = 0;

  constructor(private readonly sql: Sql) {}

  /** Whether this request is to be run, was answered before, or is refused. */
  async claim(request: KeyedRequest): Promise<Outcome> {
    this.sweep();
    const keyHash = createHash('sha256').update(request.key).digest('base64url');
    const requestHash = createHmac('sha256', request.key)
      .update(JSON.stringify([request.method, request.address, request.body ?? null]))
      .digest();
    const [mine] = await this.sql.query<{ made_at: string }>(
      `INSERT INTO idempotency_keys AS k (account_id, key, request_hash) VALUES ($1, $2, $3)
       ON CONFLICT (account_id, key) DO UPDATE SET request_hash = $3, status = NULL, answer = NULL, created_at = now()
       WHERE k.created_at < now() - ${KEPT}
          OR (k.status IS NULL AND k.request_hash = $3 AND k.created_at < now() - ${ABANDONED})
       RETURNING created_at::text AS made_at`,
      [request.accountId, keyHash, requestHash],
    );
    if (mine) return { claim: { accountId: request.accountId, keyHash, madeAt: mine.made_at } };
    const [row] = await this.sql.query<{ same: boolean; status: number | null; answer: unknown }>(
      'SELECT request_hash = $3 AS same, status, answer FROM idempotency_keys WHERE account_id = $1 AND key = $2',
      [request.accountId, keyHash, requestHash],
    );
    if (row && !row.same) return { refused: 'idempotency/key-reused' };
    if (row && row.status !== null) return { kept: { status: row.status, answer: row.answer } };
    return { refused: 'idempotency/in-progress' };
  }

  /** Keeps the answer of a request that succeeded. */
  async keep(claim: Claim, status: number, answer: unknown): Promise<void> {
    await this.sql.query(`UPDATE idempotency_keys SET status = $4, answer = $5 ${MINE}`, [
      ...valuesOf(claim),
      status,
      JSON.stringify(answer ?? null),
    ]);
  }

  /** Gives the key back after a request that failed. */
  async free(claim: Claim): Promise<void> {
    await this.sql.query(`DELETE FROM idempotency_keys ${MINE}`, valuesOf(claim));
  }

  private sweep(): void {
    if (performance.now() - this.sweptAt < SWEEP_MS && this.sweptAt > 0) return;
    this.sweptAt = performance.now();
    this.sql
      .query(
        `DELETE FROM idempotency_keys WHERE (account_id, key) IN (
           SELECT account_id, key FROM idempotency_keys WHERE created_at < now() - ${KEPT} ORDER BY created_at LIMIT ${MOST_SWEPT} FOR UPDATE SKIP LOCKED)
         RETURNING 1`,
      )
      .then((rows) => rows.length === MOST_SWEPT && (this.sweptAt = 0))
      .catch(() => (this.sweptAt = 0));
  }
}

const MINE = 'WHERE account_id = $1 AND key = $2 AND created_at = $3::timestamptz AND status IS NULL';

function valuesOf({ accountId, keyHash, madeAt }: Claim): unknown[] {
  return [accountId, keyHash, madeAt];
}
