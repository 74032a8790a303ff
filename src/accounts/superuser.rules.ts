import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';

/** The pair form of advisory locks: its keys are apart from those of authors. */
const SUPERUSERS = [0x6265, 1] as const;

/**
 * One superuser who can act stays, and only one comes by a setup link. Who makes, demotes or blocks a superuser holds one lock
 * until his commit: without it two superusers who demote each other at once both see the other one remain.
 */
@Injectable()
export class SuperuserRules {
  /** First of all locks of a transaction, before any author is held. */
  async hold(tx: Tx): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock($1::integer, $2::integer)', SUPERUSERS);
  }

  async anyExists(sql: Sql): Promise<boolean> {
    return (await sql.query(`SELECT 1 FROM accounts WHERE role = 'superuser' LIMIT 1`)).length > 0;
  }

  async isSuperuser(sql: Sql, accountId: number): Promise<boolean> {
    return (await sql.query(`SELECT 1 FROM accounts WHERE id = $1 AND role = 'superuser'`, [accountId])).length > 0;
  }

  /** Refuses with account/last-superuser unless a superuser who is not fully blocked remains beside this account. */
  async mustRemainWithout(tx: Tx, accountId: number): Promise<void> {
    const others = await tx.query(
      `SELECT 1 FROM accounts a WHERE a.role = 'superuser' AND a.id <> $1 AND NOT EXISTS (
         SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.room_id IS NULL AND b.mode = 'full' AND b.lifted_at IS NULL
           AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp())) LIMIT 1`,
      [accountId],
    );
    if (others.length === 0) throw new Problem('account/last-superuser');
  }
}
