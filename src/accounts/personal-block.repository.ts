import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { PersonalBlockRow } from './personal-block.dto.js';

const PERSONAL_BLOCK = `json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) AS account,
  p.created_at AS "createdAt" FROM personal_blocks p JOIN accounts a ON a.id = p.blocked_id`;

@Injectable()
export class PersonalBlockRepository {
  async find(sql: Sql, accountId: number, blockedId: number): Promise<PersonalBlockRow | undefined> {
    const [row] = await sql.query<PersonalBlockRow>(
      `SELECT ${PERSONAL_BLOCK} WHERE p.account_id = $1 AND p.blocked_id = $2`,
      [accountId, blockedId],
    );
    return row;
  }

  /** Ascending by the id of the blocked account, behind `after`. */
  async page(sql: Sql, accountId: number, after: number, most: number): Promise<PersonalBlockRow[]> {
    return await sql.query<PersonalBlockRow>(
      `SELECT ${PERSONAL_BLOCK} WHERE p.account_id = $1 AND p.blocked_id > $2 ORDER BY p.blocked_id LIMIT $3`,
      [accountId, after, most],
    );
  }

  /** The ids of all whom the account has blocked. */
  async blockedIds(sql: Sql, accountId: number): Promise<number[]> {
    const rows = await sql.query<{ id: number }>('SELECT blocked_id AS id FROM personal_blocks WHERE account_id = $1', [
      accountId,
    ]);
    return rows.map((row) => row.id);
  }

  async insert(tx: Tx, accountId: number, blockedId: number): Promise<void> {
    await tx.query('INSERT INTO personal_blocks (account_id, blocked_id) VALUES ($1, $2)', [accountId, blockedId]);
  }

  /** Answers whether there was one. */
  async delete(tx: Tx, accountId: number, blockedId: number): Promise<boolean> {
    const rows = await tx.query(
      'DELETE FROM personal_blocks WHERE account_id = $1 AND blocked_id = $2 RETURNING blocked_id',
      [accountId, blockedId],
    );
    return rows.length === 1;
  }
}
