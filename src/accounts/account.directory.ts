import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { Problem } from '../platform/problems.js';
import type { Actor } from './actor.js';
import { type PublicAccountView, viewOfPublicAccount } from './account.dto.js';
import { AccountRepository } from './account.repository.js';

/** Accounts as other modules see them. */
@Injectable()
export class AccountDirectory {
  constructor(private readonly accounts: AccountRepository) {}

  /** The public views of these accounts by id; an unknown id is missing. One query, whatever their number. */
  async publicViews(sql: Sql, ids: readonly number[]): Promise<Map<number, PublicAccountView>> {
    const rows = ids.length === 0 ? [] : await this.accounts.publicViews(sql, [...new Set(ids)]);
    return new Map(rows.map((row) => [row.id, viewOfPublicAccount(row)]));
  }

  /** An account as one who acts, without a session; auth/session-ended for one that is not there. */
  async actorOf(sql: Sql, accountId: number): Promise<Actor> {
    const row = await this.accounts.standing(sql, accountId);
    if (!row) throw new Problem('auth/session-ended');
    return { accountId, username: row.username, role: row.role, sessionId: undefined };
  }

  /** Whether every one of these accounts exists. */
  async exists(sql: Sql, ids: readonly number[]): Promise<boolean> {
    const distinct = [...new Set(ids)];
    return distinct.length === 0 || (await this.accounts.existing(sql, distinct)).length === distinct.length;
  }
}
