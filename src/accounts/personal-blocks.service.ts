/**
 * Personal blocks: who keeps whom away from himself. When `block` returns, no node accepts a message of the blocked person in the direct
 * room of the two. For that the transaction holds the blocked person's author lock, under which the write path looks for personal blocks;
 * without it a message that was checked before is committed behind the answer.
 *
 * Only the blocker is told, on all his sockets; the blocked person hears of nothing.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, pageOf, type PageRequest } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import type { Sql } from '../platform/sql.js';
import { AccountRepository } from './account.repository.js';
import type { Actor } from './actor.js';
import { type PersonalBlockPage, type PersonalBlockView, viewOfPersonalBlock } from './personal-block.dto.js';
import { PersonalBlockRepository } from './personal-block.repository.js';

/** Every socket of the blocker has them at hand. The page of `personal-block/too-many` says the same number. */
const MOST = 1_000;

@Injectable()
export class PersonalBlocksService {
  constructor(
    private readonly database: Database,
    private readonly blocks: PersonalBlockRepository,
    private readonly accounts: AccountRepository,
  ) {}

  /** Blocks this account for the actor; whom he has blocked already stays so. */
  async block(actor: Actor, blockedId: number): Promise<PersonalBlockView> {
    const { accountId } = actor;
    if (accountId === blockedId) throw new Problem('personal-block/self');
    // A repetition holds nobody up.
    const known = await this.blocks.find(this.database, accountId, blockedId);
    if (known) return viewOfPersonalBlock(known);
    if (!(await this.accounts.find(this.database, blockedId))) throw new Problem('account/not-found');
    return await this.database.write(async (tx) => {
      await tx.holdAuthors([blockedId], [accountId]);
      await this.accounts.hold(tx, accountId);
      const blockedIds = await this.blocks.blockedIds(tx, accountId);
      if (!blockedIds.includes(blockedId)) {
        if (blockedIds.length >= MOST) throw new Problem('personal-block/too-many');
        await this.blocks.insert(tx, accountId, blockedId);
        await tx.recordFor([{ kind: 'personal-block.added', accountId, data: { accountId: blockedId } }]);
      }
      return viewOfPersonalBlock((await this.blocks.find(tx, accountId, blockedId))!);
    });
  }

  /** Lifts the actor's personal block of this account, if there is one. */
  async lift({ accountId }: Actor, blockedId: number): Promise<void> {
    await this.database.write(async (tx) => {
      await this.accounts.hold(tx, accountId);
      if (!(await this.blocks.delete(tx, accountId, blockedId))) return;
      await tx.recordFor([{ kind: 'personal-block.removed', accountId, data: { accountId: blockedId } }]);
    });
  }

  async list({ accountId }: Actor, { limit = 50, cursor }: PageRequest): Promise<PersonalBlockPage> {
    const rows = await this.blocks.page(this.database, accountId, decodeCursor(cursor, isIdKey) ?? 0, limit + 1);
    return pageOf(rows.map(viewOfPersonalBlock), limit, (block) => block.account.id);
  }

  /** The ids of all whom this account has blocked for itself. */
  async blockedIds(sql: Sql, accountId: number): Promise<number[]> {
    return await this.blocks.blockedIds(sql, accountId);
  }
}
