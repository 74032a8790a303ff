import { Injectable } from '@nestjs/common';
import type { Actor } from '../../accounts/actor.js';
import type { MessageView } from '../../messaging/message.dto.js';
import { HistoryService } from '../../messaging/history.service.js';
import { audit, auditRefusal } from '../../platform/audit.js';
import { Database } from '../../platform/database.js';
import { decodeCursor, isIdKey, pageOf } from '../../platform/paging.dto.js';
import { Problem } from '../../platform/problems.js';
import type { Tx } from '../../platform/tx.js';
import { BlocksService } from '../blocks.service.js';
import { HierarchyRules } from '../hierarchy.rules.js';
import { SanctionsService } from '../sanctions.service.js';
import type { CaseDetailView, CasePage, CaseRecordView, CaseView } from './case.dto.js';
import { CaseRepository } from './case.repository.js';
import type { CasesRequest } from './case-requests.dto.js';
import { type CaseRow, claimOf, decisionOf, targetOf, viewOfCase, viewOfCaseReport } from './case.view.js';
import { ReportCases } from './report-cases.service.js';
import { ReportRepository } from './report.repository.js';

const NEIGHBOURS = 5;
const MOST_REPORTS = 100;
const MOST_RECORD = 10;

/** The moderators' queue. Nobody sees there what is about himself. */
@Injectable()
export class CasesService {
  constructor(
    private readonly database: Database,
    private readonly cases: CaseRepository,
    private readonly reports: ReportRepository,
    private readonly reportCases: ReportCases,
    private readonly blocks: BlocksService,
    private readonly sanctions: SanctionsService,
    private readonly hierarchy: HierarchyRules,
    private readonly history: HistoryService,
  ) {}

  async list(actor: Actor, request: CasesRequest): Promise<CasePage> {
    const { limit = 50, cursor } = request;
    const key = decodeCursor(cursor, isPlace);
    const after = key && { reports: key[0], id: key[1] };
    const rows = await this.cases.list(this.database, actor.accountId, request, after, limit + 1);
    return pageOf(rows.map(viewOfCase), limit, (one) => [one.reportCount, one.id]);
  }

  /** A case with what a decision needs. Its context is a look into the room, written down where the reader is not in it. */
  async one(actor: Actor, caseId: number): Promise<CaseDetailView> {
    const row = await this.reached(actor, caseId);
    const reports = await this.reports.ofCase(this.database, caseId, MOST_REPORTS);
    const [context, record] = [await this.contextOf(actor, row), await this.recordOf(actor, row)];
    return { ...viewOfCase(row), reports: reports.map(viewOfCaseReport), context, record };
  }

  /** Claims a case for fifteen minutes, or longer when it is the actor's already. Another's claim is only taken over where that is said. */
  async claim(actor: Actor, caseId: number, takeOver: boolean): Promise<CaseView> {
    return await this.changed(actor, caseId, 'report.claim', async (tx, row) => {
      const { claimedBy } = row;
      if (claimedBy && claimedBy.id !== actor.accountId && !takeOver)
        throw new Problem('report/claimed', { extra: { claimedBy, claimedUntil: claimOf(row)!.until } });
      await this.cases.claim(tx, caseId, actor.accountId);
      return claimedBy?.id !== actor.accountId;
    });
  }

  /** Gives up one's claim; nothing happens where there is none. */
  async release(actor: Actor, caseId: number): Promise<void> {
    await this.changed(actor, caseId, 'report.release', async (tx, row) => {
      const { claimedBy } = row;
      if (!claimedBy) return undefined;
      if (claimedBy.id !== actor.accountId)
        throw new Problem('report/claimed', { extra: { claimedBy, claimedUntil: claimOf(row)!.until } });
      await this.cases.release(tx, caseId);
      return true;
    });
  }

  /** The case, for a reader whom it is not about. */
  async reached(actor: Actor, caseId: number): Promise<CaseRow> {
    const row = await this.cases.find(this.database, caseId);
    if (!row) throw new Problem('report/not-found');
    if (row.account?.id === actor.accountId) throw new Problem('moderation/self');
    return row;
  }

  /** Changes who deals with a case. `change` answers whether it is another one now, or undefined when nothing happened. */
  private async changed(
    actor: Actor,
    caseId: number,
    action: string,
    change: (tx: Tx, row: CaseRow) => Promise<boolean | undefined>,
  ): Promise<CaseView> {
    if (!(await this.cases.find(this.database, caseId))) throw new Problem('report/not-found');
    const act = { by: actor, action, target: ['report', caseId] } as const;
    try {
      await this.reached(actor, caseId);
      return await this.database.write(async (tx) => {
        await this.hierarchy.holdModerator(tx, actor);
        const before = await this.reportCases.hold(tx, caseId);
        const another = await change(tx, before);
        const after = (await this.cases.find(tx, caseId))!;
        if (another === undefined) return viewOfCase(after);
        await this.reportCases.tellClaim(tx, after);
        if (another) await audit(tx, { ...act, before: claimOf(before), after: claimOf(after) });
        return viewOfCase(after);
      });
    } catch (error) {
      return await auditRefusal(this.database, act, error);
    }
  }

  /** Null where moderators may not look, or where there is nothing to look at. */
  private async contextOf(actor: Actor, { roomId, roomSeq }: CaseRow): Promise<MessageView[] | null> {
    if (roomId === null || roomSeq === null) return null;
    try {
      const { items } = await this.history.history(actor, roomId, { around: roomSeq, limit: 2 * NEIGHBOURS + 1 });
      return items;
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return null;
      throw error;
    }
  }

  private async recordOf(actor: Actor, { id, account }: CaseRow): Promise<CaseRecordView | null> {
    if (!account) return null;
    const blocks = await this.blocks.list({ accountId: account.id, limit: MOST_RECORD });
    const sanctions = await this.sanctions.record(actor, account.id, { limit: MOST_RECORD });
    const { decided, open } = await this.cases.others(this.database, account.id, id, MOST_RECORD);
    const decisions = decided.map((row) => ({ caseId: row.id, target: targetOf(row), decision: decisionOf(row)! }));
    return { blocks: blocks.items, sanctions: sanctions.items, decisions, openCases: open };
  }
}

function isPlace(key: unknown): key is [number, number] {
  return Array.isArray(key) && key.length === 2 && key.every(isIdKey) && key[0]! < 2 ** 31;
}
