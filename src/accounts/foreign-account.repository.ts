import { Injectable } from '@nestjs/common';
import { nameKey } from '../platform/safe-text.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { NewAccount } from './account.repository.js';

/** An account with this name, and whether it is one that a person registered here and that has no rank. */
interface Namesake {
  id: number;
  plain: boolean;
}

/** How great a part of all passwords is kept as a hash of another server with so many iterations. */
export interface HashShare {
  iterations: number;
  share: number;
}

@Injectable()
export class ForeignAccountRepository {
  /** By iterations, so that every node has them in one order. Cheap where there are none. */
  async sharesOfHashes(sql: Sql): Promise<HashShare[]> {
    return await sql.query<HashShare>(
      `SELECT iterations, accounts::float8 / (SELECT count(*) FROM accounts WHERE password_hash IS NOT NULL) AS share FROM (
         SELECT substring(password_hash FROM '^pbkdf2_sha256[$]([1-9][0-9]{0,6})[$]')::integer AS iterations, count(*) AS accounts FROM accounts
         WHERE password_hash LIKE 'pbkdf2\\_sha256$%' GROUP BY 1
       ) kinds WHERE iterations IS NOT NULL ORDER BY iterations`,
    );
  }

  async namesake(sql: Sql, username: string): Promise<Namesake | undefined> {
    const [row] = await sql.query<Namesake>(
      `SELECT id, role = 'user' AND NOT guest AND integrator_id IS NULL AS plain FROM accounts WHERE username_key = $1`,
      [nameKey(username)],
    );
    return row;
  }

  async mailIsTaken(sql: Sql, email: string): Promise<boolean> {
    return (await sql.query('SELECT 1 FROM accounts WHERE email_key = $1', [nameKey(email)])).length > 0;
  }

  /** The id of the new row, which is as old as it says; undefined when its user name or e-mail address was taken meanwhile. */
  async insert(
    tx: Tx,
    account: Required<NewAccount>,
    passwordHash: string | null,
    joinedAt: string | null,
  ): Promise<number | undefined> {
    const { username, email, firstName, lastName, phone, address, role } = account;
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO accounts (username, username_key, email, email_key, first_name, last_name, phone, address, role, password_hash, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11::timestamptz, now())) ON CONFLICT DO NOTHING RETURNING id`,
      [
        username,
        nameKey(username),
        email,
        email === null ? null : nameKey(email),
        firstName,
        lastName,
        phone,
        address,
        role,
        passwordHash,
        joinedAt,
      ],
    );
    return row?.id;
  }
}
