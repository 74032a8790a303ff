import { Injectable } from '@nestjs/common';
import type { Scope } from '../accounts/takes-key.decorator.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { ChangeKey, IntegratorView, KeyRow } from './key.dto.js';

const LIVE = '(s.expires_at IS NULL OR s.expires_at > clock_timestamp())';
const ACTIVE = 'k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())';
const KEY = `k.id, json_build_object('id', i.id, 'name', i.name, 'accountId', i.account_id) AS integrator, k.name, k.scopes, k.hint, ${ACTIVE} AS active,
  k.created_by AS "createdBy", k.created_at AS "createdAt", k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt", k.revoked_at AS "revokedAt",
  (SELECT max(s.expires_at) FROM api_key_secrets s WHERE s.key_id = k.id AND s.expires_at > clock_timestamp()) AS "overlapUntil"
  FROM api_keys k JOIN integrators i ON i.id = k.integrator_id`;

export interface NewKey {
  integratorId: number;
  name: string;
  scopes: readonly Scope[];
  expiresAt: string | null;
  createdBy: number | null;
}

/** What a request with a key needs to know of it. */
export interface KnownKey {
  keyId: number;
  integratorId: number;
  /** The integrator's own account. */
  accountId: number;
  scopes: Scope[];
  hash: Buffer;
  /** Whether its last use was noted more than a minute ago. */
  unnoted: boolean;
}

@Injectable()
export class KeyRepository {
  /** The key that has this secret, while both are good. */
  async known(sql: Sql, hash: Buffer): Promise<KnownKey | undefined> {
    const [row] = await sql.query<KnownKey>(
      `SELECT k.id AS "keyId", i.id AS "integratorId", i.account_id AS "accountId", k.scopes, s.hash,
         coalesce(k.last_used_at < clock_timestamp() - interval '1 minute', true) AS unnoted
       FROM api_key_secrets s JOIN api_keys k ON k.id = s.key_id JOIN integrators i ON i.id = k.integrator_id
       WHERE s.hash = $1 AND ${LIVE} AND ${ACTIVE}`,
      [hash],
    );
    return row;
  }

  /** The newest good key of the integrator that a door made for itself; null where all its keys have ended, undefined where there is none yet. */
  async builtIn(sql: Sql, name: string): Promise<Omit<KnownKey, 'hash' | 'unnoted'> | null | undefined> {
    const [row] = await sql.query<{ [Name in 'keyId' | 'integratorId' | 'accountId']: number } & { scopes: Scope[] }>(
      `SELECT k.id AS "keyId", i.id AS "integratorId", i.account_id AS "accountId", k.scopes
       FROM integrators i LEFT JOIN api_keys k ON k.integrator_id = i.id AND ${ACTIVE} WHERE i.built_in = $1 ORDER BY k.id DESC LIMIT 1`,
      [name],
    );
    return row && (row.keyId === null ? null : row);
  }

  /** Keeps others, on whatever node, from making the integrator of a door until this transaction has. */
  async holdBuiltIn(tx: Tx, name: string): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('besedka'), hashtext($1))`, [name]);
  }

  async markBuiltIn(tx: Tx, integratorId: number, name: string): Promise<void> {
    await tx.query('UPDATE integrators SET built_in = $2 WHERE id = $1', [integratorId, name]);
  }

  /** Passes over a row that somebody else changes at this moment: a note of use is worth no waiting. */
  async noteUse(sql: Sql, keyId: number): Promise<void> {
    await sql.query(
      `UPDATE api_keys SET last_used_at = date_trunc('minute', clock_timestamp()) WHERE id IN (
         SELECT id FROM api_keys WHERE id = $1 AND coalesce(last_used_at < clock_timestamp() - interval '1 minute', true) FOR NO KEY UPDATE SKIP LOCKED)`,
      [keyId],
    );
  }

  async integrator(sql: Sql, id: number): Promise<IntegratorView | undefined> {
    const [row] = await sql.query<IntegratorView>(
      'SELECT id, name, account_id AS "accountId" FROM integrators WHERE id = $1',
      [id],
    );
    return row;
  }

  /** The account as which an integrator acts where it names nobody. */
  async accountOf(sql: Sql, integratorId: number): Promise<number> {
    return (await this.integrator(sql, integratorId))!.accountId;
  }

  async insertIntegrator(tx: Tx, name: string, accountId: number): Promise<number> {
    const [row] = await tx.query<{ id: number }>(
      'INSERT INTO integrators (name, account_id) VALUES ($1, $2) RETURNING id',
      [name, accountId],
    );
    return row!.id;
  }

  async insert(tx: Tx, { integratorId, name, scopes, expiresAt, createdBy }: NewKey, hint: string): Promise<number> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO api_keys (integrator_id, name, scopes, expires_at, created_by, hint) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
      [integratorId, name, scopes, expiresAt, createdBy, hint],
    );
    return row!.id;
  }

  async addSecret(tx: Tx, keyId: number, hash: Buffer): Promise<void> {
    await tx.query('INSERT INTO api_key_secrets (hash, key_id) VALUES ($1, $2)', [hash, keyId]);
  }

  /** Lets the secrets there are end after so many seconds, unless they end before. */
  async endSecrets(tx: Tx, keyId: number, seconds: number, hint: string): Promise<void> {
    await tx.query('UPDATE api_keys SET hint = $2 WHERE id = $1', [keyId, hint]);
    await tx.query(
      `UPDATE api_key_secrets SET expires_at = least(expires_at, clock_timestamp() + make_interval(secs => $2::integer)) WHERE key_id = $1`,
      [keyId, seconds],
    );
  }

  async find(sql: Sql, id: number): Promise<KeyRow | undefined> {
    const [row] = await sql.query<KeyRow>(`SELECT ${KEY} WHERE k.id = $1`, [id]);
    return row;
  }

  /** The key until the end of the transaction: nobody else changes it meanwhile. */
  async hold(tx: Tx, id: number): Promise<KeyRow | undefined> {
    await tx.query('SELECT 1 FROM api_keys WHERE id = $1 FOR NO KEY UPDATE', [id]);
    return await this.find(tx, id);
  }

  /** Newest first, before this key. */
  list(sql: Sql, integratorId: number | undefined, before: number | undefined, most: number): Promise<KeyRow[]> {
    return sql.query<KeyRow>(
      `SELECT ${KEY} WHERE ($1::bigint IS NULL OR k.integrator_id = $1) AND ($2::bigint IS NULL OR k.id < $2) ORDER BY k.id DESC LIMIT $3`,
      [integratorId ?? null, before ?? null, most],
    );
  }

  async change(tx: Tx, id: number, { name, scopes, expiresAt }: Required<ChangeKey>): Promise<void> {
    await tx.query('UPDATE api_keys SET name = $2, scopes = $3, expires_at = $4 WHERE id = $1', [
      id,
      name,
      scopes,
      expiresAt,
    ]);
  }

  async revoke(tx: Tx, id: number): Promise<void> {
    await tx.query('UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = $1', [id]);
  }

  async isAhead(sql: Sql, time: string): Promise<boolean> {
    const [row] = await sql.query<{ ahead: boolean }>('SELECT $1::timestamptz > clock_timestamp() AS ahead', [time]);
    return row!.ahead;
  }
}
