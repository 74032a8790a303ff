import { Injectable } from '@nestjs/common';
import { AccountDirectory } from '../accounts/account.directory.js';
import type { Actor } from '../accounts/actor.js';
import type { Appellant } from '../accounts/appellant.decorator.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, pageOf, type PageRequest } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import {
  type SanctionPage,
  type SanctionRecordPage,
  type SanctionRow,
  type SanctionView,
  viewOfSanction,
  viewOfSanctionRecord,
} from './sanction.dto.js';
import { SanctionRepository } from './sanction.repository.js';

/** Reads what moderation did: a person his statements of reasons, moderators anybody's record. */
@Injectable()
export class SanctionsService {
  constructor(
    private readonly database: Database,
    private readonly sanctions: SanctionRepository,
    private readonly accounts: AccountDirectory,
  ) {}

  async own(actor: Actor, request: PageRequest): Promise<SanctionPage> {
    return pageOf(...(await this.page(actor.accountId, request, viewOfSanction)));
  }

  async ownOne({ accountId, sanctionId: only }: Appellant, sanctionId: number): Promise<SanctionView> {
    const row = await this.sanctions.find(this.database, sanctionId);
    if (row?.account.id !== accountId || (only !== undefined && only !== sanctionId))
      throw new Problem('sanction/not-found');
    return viewOfSanction(row);
  }

  async record(actor: Actor, accountId: number, request: PageRequest): Promise<SanctionRecordPage> {
    if (accountId === actor.accountId) throw new Problem('moderation/self');
    if (!(await this.accounts.exists(this.database, [accountId]))) throw new Problem('account/not-found');
    return pageOf(...(await this.page(accountId, request, viewOfSanctionRecord)));
  }

  private async page<View extends { id: number }>(
    accountId: number,
    { limit = 50, cursor }: PageRequest,
    viewOf: (row: SanctionRow) => View,
  ): Promise<[View[], number, (view: View) => unknown]> {
    const rows = await this.sanctions.list(this.database, accountId, decodeCursor(cursor, isIdKey), limit + 1);
    return [rows.map(viewOf), limit, (view) => view.id];
  }
}
