import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { SigningRow } from './signing.dto.js';

const SIGNING = `integrator_id AS "integratorId", kind, audience, jwks_url AS "jwksUrl", kids, sealed_keys AS "sealedKeys", changed_at AS "changedAt"
  FROM integrator_signing`;

@Injectable()
export class SigningRepository {
  async of(sql: Sql, integratorId: number): Promise<SigningRow | undefined> {
    const [row] = await sql.query<SigningRow>(`SELECT ${SIGNING} WHERE integrator_id = $1`, [integratorId]);
    return row;
  }

  async withAudience(sql: Sql, audiences: readonly string[]): Promise<SigningRow | undefined> {
    const [row] = await sql.query<SigningRow>(`SELECT ${SIGNING} WHERE audience = ANY ($1::text[]) LIMIT 1`, [
      audiences,
    ]);
    return row;
  }

  /** Whether the signing is still the one that was read at `changedAt`; keeps it so until the commit. */
  async holdUnchanged(tx: Tx, { integratorId, changedAt }: SigningRow): Promise<boolean> {
    const rows = await tx.query(
      `SELECT 1 FROM integrator_signing WHERE integrator_id = $1 AND date_trunc('milliseconds', changed_at) = $2 FOR SHARE`,
      [integratorId, changedAt],
    );
    return rows.length > 0;
  }

  /** Whether nobody else has this audience. */
  async set(
    tx: Tx,
    { integratorId, kind, audience, jwksUrl, kids, sealedKeys }: Omit<SigningRow, 'changedAt'>,
  ): Promise<boolean> {
    const taken = await tx.query('SELECT 1 FROM integrator_signing WHERE audience = $2 AND integrator_id <> $1', [
      integratorId,
      audience,
    ]);
    if (taken.length > 0) return false;
    await tx.query(
      `INSERT INTO integrator_signing (integrator_id, kind, audience, jwks_url, kids, sealed_keys) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (integrator_id) DO UPDATE SET kind = $2, audience = $3, jwks_url = $4, kids = $5, sealed_keys = $6, changed_at = clock_timestamp()`,
      [integratorId, kind, audience, jwksUrl, kids, sealedKeys],
    );
    return true;
  }

  async delete(tx: Tx, integratorId: number): Promise<void> {
    await tx.query('DELETE FROM integrator_signing WHERE integrator_id = $1', [integratorId]);
  }
}
