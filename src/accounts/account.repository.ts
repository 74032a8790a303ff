import { Injectable } from '@nestjs/common';
import { nameKey } from '../platform/safe-text.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { PublicAccountView } from './account.dto.js';
import { AccountRow } from './account.entity.js';
import type { Role } from './actor.js';

/** What an account begins with. */
export interface NewAccount {
  username: string;
  email?: string | null;
  firstName?: string;
  lastName?: string;
  phone?: string;
  address?: string;
  role?: Role;
}

type Profile = Pick<AccountRow, 'email' | 'firstName' | 'lastName' | 'phone' | 'address'>;

const PUBLIC_COLUMNS = 'id, username, first_name AS "firstName", last_name AS "lastName"';

@Injectable()
export class AccountRepository {
  /** What the tokens of the account must say, undefined for none. */
  async epochOf(sql: Sql, accountId: number): Promise<number | undefined> {
    const [row] = await sql.query<{ epoch: number }>('SELECT epoch FROM accounts WHERE id = $1', [accountId]);
    return row?.epoch;
  }

  find(sql: Sql, id: number): Promise<AccountRow | null> {
    return sql.manager.findOneBy(AccountRow, { id });
  }

  withUsername(sql: Sql, username: string): Promise<AccountRow | null> {
    return sql.manager.findOneBy(AccountRow, { usernameKey: nameKey(username) });
  }

  /** The row until the end of the transaction: nobody else changes it meanwhile. */
  hold(tx: Tx, id: number): Promise<AccountRow | null> {
    return tx.manager.findOne(AccountRow, { where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Which of the two is taken by another account. */
  async taken(sql: Sql, username: string, email: string | null | undefined): Promise<'username' | 'email' | undefined> {
    const [row] = await sql.query<{ taken: 'username' | 'email' }>(
      `SELECT CASE WHEN username_key = $1 THEN 'username' ELSE 'email' END AS taken FROM accounts
       WHERE username_key = $1 OR email_key = $2 ORDER BY 1 DESC LIMIT 1`,
      [nameKey(username), email == null ? null : nameKey(email)],
    );
    return row?.taken;
  }

  /** The new row, or undefined when its user name or e-mail address was taken meanwhile. */
  async insert(tx: Tx, account: NewAccount, passwordHash: string | null): Promise<AccountRow | undefined> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO accounts (username, username_key, email, email_key, first_name, last_name, phone, address, role, password_hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id`,
      [
        account.username,
        nameKey(account.username),
        account.email ?? null,
        account.email == null ? null : nameKey(account.email),
        account.firstName ?? '',
        account.lastName ?? '',
        account.phone ?? '',
        account.address ?? '',
        account.role ?? 'user',
        passwordHash,
      ],
    );
    return row && ((await this.find(tx, row.id)) ?? undefined);
  }

  /** Fails with a unique violation when the e-mail address belongs to another account. */
  async changeProfile(tx: Tx, id: number, profile: Profile): Promise<void> {
    await tx.manager.update(
      AccountRow,
      { id },
      { ...profile, emailKey: profile.email === null ? null : nameKey(profile.email) },
    );
  }

  /** Whether the password was still the one with `formerHash`; undefined for that sets it in any case. */
  async changePassword(tx: Tx, id: number, passwordHash: string, formerHash?: string): Promise<boolean> {
    const rows = await tx.query(
      'UPDATE accounts SET password_hash = $2 WHERE id = $1 AND ($3::text IS NULL OR password_hash = $3) RETURNING id',
      [id, passwordHash, formerHash ?? null],
    );
    return rows.length > 0;
  }

  async changeRole(tx: Tx, id: number, role: Role): Promise<void> {
    await tx.query('UPDATE accounts SET role = $2 WHERE id = $1', [id, role]);
  }

  /** At most `most` accounts with names that begin with `query`, by user name, after the account of the cursor. */
  search(sql: Sql, query: string | undefined, afterId: number | undefined, most: number): Promise<PublicAccountView[]> {
    const values: unknown[] = [most];
    const conditions = ['true'];
    if (query !== undefined) {
      values.push(`${nameKey(query).replace(/[\\%_]/g, '\\$&')}%`);
      const pattern = `$${values.length}`;
      conditions.push(
        `(username_key LIKE ${pattern} OR lower(first_name) LIKE ${pattern} OR lower(last_name) LIKE ${pattern})`,
      );
    }
    if (afterId !== undefined) {
      values.push(afterId);
      conditions.push(`username_key > (SELECT username_key FROM accounts WHERE id = $${values.length})`);
    }
    return sql.query(
      `SELECT ${PUBLIC_COLUMNS} FROM accounts WHERE ${conditions.join(' AND ')} ORDER BY username_key LIMIT $1`,
      values,
    );
  }

  /** At most `most` accounts by id, after this one. */
  async list(sql: Sql, afterId: number, most: number): Promise<AccountRow[]> {
    return sql.manager
      .createQueryBuilder(AccountRow, 'account')
      .where('account.id > :afterId', { afterId })
      .orderBy({ 'account.id': 'ASC' })
      .limit(most)
      .getMany();
  }

  /** Everybody, by id. */
  everybody(sql: Sql): Promise<PublicAccountView[]> {
    return sql.query(`SELECT ${PUBLIC_COLUMNS} FROM accounts ORDER BY id`);
  }

  publicViews(sql: Sql, ids: readonly number[]): Promise<PublicAccountView[]> {
    return sql.query(`SELECT ${PUBLIC_COLUMNS} FROM accounts WHERE id = ANY ($1::bigint[])`, [ids]);
  }

  contacts(sql: Sql, ids: readonly number[]): Promise<(PublicAccountView & { email: string | null })[]> {
    return sql.query(`SELECT ${PUBLIC_COLUMNS}, email FROM accounts WHERE id = ANY ($1::bigint[])`, [ids]);
  }

  async standing(sql: Sql, id: number): Promise<{ username: string; role: Role } | undefined> {
    const [row] = await sql.query<{ username: string; role: Role }>(
      'SELECT username, role FROM accounts WHERE id = $1',
      [id],
    );
    return row;
  }

  async existing(sql: Sql, ids: readonly number[]): Promise<number[]> {
    const rows = await sql.query<{ id: number }>('SELECT id FROM accounts WHERE id = ANY ($1::bigint[])', [ids]);
    return rows.map((row) => row.id);
  }
}
