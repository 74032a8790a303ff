/**
 * Appeals of people against what was decided about them.
 *
 * Invariants, and what breaks without them:
 * - whoever files or decides holds the person first: of two who decide at once the second finds it decided, and an appeal is not taken against a
 *   sanction that is being lifted at that moment;
 * - the decision, its effect, what is told and the row of the audit log are one transaction: nobody is told that he was right and stays blocked;
 * - nobody decides on his own decision or in his own case: else an appeal is a question to the same person again;
 * - locks in this order: the deletion, superusers, authors, the streams of all who will hear of it, and then whatever the effect needs.
 */
import { Injectable } from '@nestjs/common';
import type { Actor, Role } from '../../accounts/actor.js';
import type { Appellant } from '../../accounts/appellant.decorator.js';
import { audit, auditRefusal } from '../../platform/audit.js';
import { Database } from '../../platform/database.js';
import { decodeCursor, isIdKey, pageOf } from '../../platform/paging.dto.js';
import { Problem } from '../../platform/problems.js';
import type { Tx } from '../../platform/tx.js';
import { HierarchyRules, SuperuserConcerned } from '../hierarchy.rules.js';
import { JobRepository } from '../job.repository.js';
import { CaseRepository } from '../reports/case.repository.js';
import { type OwnAppealView, type SanctionRow, viewOfOwnAppeal } from '../sanction.dto.js';
import { SanctionRepository } from '../sanction.repository.js';
import {
  type AppealDetailView,
  type AppealPage,
  type AppealRow,
  type AppealsRequest,
  type AppealView,
  type DecideAppeal,
  type FileAppeal,
  viewOfAppeal,
  viewOfAppealDetail,
} from './appeal.dto.js';
import { AppealRepository } from './appeal.repository.js';
import { Undoing } from './undoing.service.js';

@Injectable()
export class AppealsService {
  constructor(
    private readonly database: Database,
    private readonly appeals: AppealRepository,
    private readonly sanctions: SanctionRepository,
    private readonly cases: CaseRepository,
    private readonly jobs: JobRepository,
    private readonly hierarchy: HierarchyRules,
    private readonly undoing: Undoing,
  ) {}

  /** Files the one appeal of a sanction; the same one again is answered as it was kept. */
  async file(
    { accountId, sanctionId: only }: Appellant,
    { sanctionId, text }: FileAppeal,
  ): Promise<{ appeal: OwnAppealView; repeated: boolean }> {
    if (only !== undefined && only !== sanctionId) throw new Problem('sanction/not-found');
    return await this.database.write(async (tx) => {
      await tx.holdAuthors([accountId]);
      const row = await this.sanctions.find(tx, sanctionId);
      if (row?.account.id !== accountId) throw new Problem('sanction/not-found');
      if (row.appeal?.text === text) return { appeal: viewOfOwnAppeal(sanctionId, row.appeal), repeated: true };
      if (row.appeal) throw new Problem('appeal/exists');
      if (row.endedAs !== null) throw new Problem('sanction/over');
      if (!row.inTime) throw new Problem('appeal/too-late');
      const appealId = await this.appeals.insert(tx, row, text);
      const data = { appealId, sanctionId, kind: row.kind, account: row.account };
      await this.tell(tx, await this.cases.staff(tx, accountId), 'appeal.opened', data);
      const { appeal } = (await this.sanctions.find(tx, sanctionId))!;
      return { appeal: viewOfOwnAppeal(sanctionId, appeal!), repeated: false };
    });
  }

  /** The appeals of others. */
  async list(actor: Actor, { state, limit = 50, cursor }: AppealsRequest): Promise<AppealPage> {
    const beyond = decodeCursor(cursor, isIdKey);
    const rows = await this.appeals.list(this.database, actor.accountId, state, beyond, limit + 1);
    return pageOf(rows.map(viewOfAppeal), limit, (appeal) => appeal.id);
  }

  /** One appeal; that its reader was shown what somebody wrote is written down. */
  async one(actor: Actor, appealId: number): Promise<AppealDetailView> {
    const row = await this.reached(actor, appealId);
    const { account, messages } = row.sanction;
    if (messages.length > 0)
      await this.database.write((tx) =>
        audit(tx, { by: actor, action: 'appeal.read', target: ['account', account.id], after: { appealId } }),
      );
    return viewOfAppealDetail(row);
  }

  /** Decides an appeal and does what follows; refused attempts are written down. */
  async decide(actor: Actor, appealId: number, request: DecideAppeal): Promise<AppealView> {
    const found = await this.appeals.find(this.database, appealId);
    if (!found) throw new Problem('appeal/not-found');
    const work = (superuserLocked: boolean) =>
      this.database.write((tx) => this.decideIn(tx, actor, found, request, superuserLocked));
    try {
      const row = await work(false).catch((error: unknown) => {
        if (error instanceof SuperuserConcerned) return work(true);
        throw error;
      });
      return viewOfAppeal(row);
    } catch (error) {
      const target = ['account', found.sanction.account.id] as const;
      const { outcome, reason } = request;
      const act = { by: actor, action: 'appeal.decide', target, after: { appealId, outcome }, reason };
      return await auditRefusal(this.database, act, error);
    }
  }

  private async decideIn(
    tx: Tx,
    actor: Actor,
    { id: appealId, sanction }: AppealRow,
    { outcome, reason }: DecideAppeal,
    superuserLocked: boolean,
  ): Promise<AppealRow> {
    const accountId = sanction.account.id;
    if (sanction.deletionId !== null) await this.jobs.hold(tx, sanction.deletionId);
    const role = await this.hierarchy.hold(tx, actor, accountId, superuserLocked);
    const row = (await this.appeals.find(tx, appealId))!;
    if (row.decidedBy)
      throw new Problem('appeal/decided', {
        extra: { decidedBy: row.decidedBy, decidedAt: row.decidedAt!.toISOString(), decision: row.outcome },
      });
    const ownDecision = await this.isOwnDecision(tx, actor, row.sanction, role);
    const staff = await this.cases.staff(tx, accountId);
    await tx.holdStreams([...staff, accountId]);
    const undone = outcome === 'granted' ? await this.undoing.undo(tx, actor, row.sanction, superuserLocked) : {};
    await this.appeals.decide(tx, appealId, outcome, reason, actor.accountId);
    const decided = (await this.appeals.find(tx, appealId))!;
    const facts = { appealId, sanctionId: sanction.id, outcome };
    const { decidedBy } = decided;
    await this.tell(tx, staff, 'appeal.decided', { ...facts, decidedBy, decidedAt: decided.decidedAt!.toISOString() });
    await this.tell(tx, [accountId], 'appeal.outcome', { ...facts, reason });
    const after = { ...facts, ...undone, ...(ownDecision ? { ownDecision } : {}) };
    await audit(tx, { by: actor, action: 'appeal.decide', target: ['account', accountId], after, reason });
    return decided;
  }

  /** Refuses who decided it himself; only a superuser may do so, and only where nobody else could. Answers whether it is so. */
  private async isOwnDecision(tx: Tx, actor: Actor, row: SanctionRow, target: Role): Promise<boolean> {
    const deciders = await this.appeals.decidersOf(tx, row);
    if (!deciders.includes(actor.accountId)) return false;
    const others = await this.appeals.othersMayDecide(tx, target, [...deciders, row.account.id]);
    if (others || (await this.hierarchy.holdModerator(tx, actor)) !== 'superuser')
      throw new Problem('appeal/own-decision');
    return true;
  }

  private async reached(actor: Actor, appealId: number): Promise<AppealRow> {
    const row = await this.appeals.find(this.database, appealId);
    if (!row) throw new Problem('appeal/not-found');
    if (row.sanction.account.id === actor.accountId) throw new Problem('moderation/self');
    return row;
  }

  private async tell(tx: Tx, accountIds: readonly number[], kind: string, data: Record<string, unknown>) {
    await tx.recordFor(accountIds.map((accountId) => ({ kind, accountId, data })));
  }
}
