import { Injectable } from '@nestjs/common';
import { nameKey } from '../platform/safe-text.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { Role } from './actor.js';
import type { Device } from './device.js';
import type { ExternalIdentity, ExternalProfile, WhichAccount } from './external-account.js';

export interface StandingRow {
  id: number;
  username: string;
  role: Role;
  guest: boolean;
  epoch: number;
  blockId: number | null;
  reason: string | null;
  expiresAt: Date | null;
}

@Injectable()
export class ExternalAccountRepository {
  /** The account with the full block that keeps it out everywhere, if there is one. */
  async standing(sql: Sql, which: WhichAccount): Promise<StandingRow | undefined> {
    const [condition, values] =
      'accountId' in which
        ? ['a.id = $1', [which.accountId]]
        : ['a.integrator_id = $1 AND a.external_id = $2', [which.integratorId, which.externalId]];
    const [row] = await sql.query<StandingRow>(
      `SELECT a.id, a.username, a.role, a.guest, a.epoch, b.id AS "blockId", b.reason, b.expires_at AS "expiresAt" FROM accounts a
       LEFT JOIN LATERAL (
         SELECT id, reason, expires_at FROM blocks WHERE account_id = a.id AND room_id IS NULL AND mode = 'full' AND lifted_at IS NULL
           AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY expires_at DESC NULLS FIRST LIMIT 1
       ) b ON true WHERE ${condition}`,
      values,
    );
    return row;
  }

  async idOf(sql: Sql, integratorId: number, externalId: string): Promise<number | undefined> {
    const [row] = await sql.query<{ id: number }>(
      'SELECT id FROM accounts WHERE integrator_id = $1 AND external_id = $2',
      [integratorId, externalId],
    );
    return row?.id;
  }

  /** The ids of those of these people who have an account, by the integrator's ids. */
  async idsOf(sql: Sql, integratorId: number, externalIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await sql.query<{ id: number; externalId: string }>(
      'SELECT id, external_id AS "externalId" FROM accounts WHERE integrator_id = $1 AND external_id = ANY ($2::text[])',
      [integratorId, externalIds],
    );
    return new Map(rows.map(({ id, externalId }) => [externalId, id]));
  }

  /** The id of a new account without a password; undefined when its user name or its person is taken. */
  async insert(
    tx: Tx,
    identity: ExternalIdentity,
    username: string,
    profile: ExternalProfile,
  ): Promise<number | undefined> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO accounts (username, username_key, first_name, last_name, phone, address, integrator_id, external_id, guest)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id`,
      [
        username,
        nameKey(username),
        profile.firstName ?? '',
        profile.lastName ?? '',
        profile.phone ?? '',
        profile.address ?? '',
        identity.integratorId,
        identity.externalId,
        identity.guest,
      ],
    );
    return row?.id;
  }

  /** Whether anything of the profile is another now. */
  async changeProfile(tx: Tx, id: number, profile: ExternalProfile): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE accounts SET first_name = coalesce($2, first_name), last_name = coalesce($3, last_name), phone = coalesce($4, phone),
         address = coalesce($5, address)
       WHERE id = $1 AND (first_name, last_name, phone, address)
         IS DISTINCT FROM (coalesce($2, first_name), coalesce($3, last_name), coalesce($4, phone), coalesce($5, address)) RETURNING id`,
      [id, profile.firstName ?? null, profile.lastName ?? null, profile.phone ?? null, profile.address ?? null],
    );
    return rows.length > 0;
  }

  async openSession(tx: Tx, accountId: number, expiresAt: Date | number, device: Device): Promise<number> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO sessions (account_id, expires_at, user_agent, address)
       VALUES ($1, coalesce($2::timestamptz, now() + make_interval(secs => $3::integer)), $4, $5) RETURNING id`,
      [
        accountId,
        expiresAt instanceof Date ? expiresAt.toISOString() : null,
        expiresAt instanceof Date ? null : expiresAt,
        device.userAgent,
        device.address,
      ],
    );
    return row!.id;
  }
}
