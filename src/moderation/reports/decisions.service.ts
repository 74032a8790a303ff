/**
 * Decisions. A case is decided once, and its decision, its effect, what is told and the row of the audit log are one transaction.
 *
 * Invariants, and what breaks without them:
 * - the case is locked before anything is done: of two moderators who decide at once the second one finds it decided, and nothing is done twice;
 * - locks in this order: superusers, authors, the case, the streams of all who will hear of it, and then whatever the effect needs: two decisions
 *   about people who reported each other would wait for each other otherwise;
 * - nobody decides about himself, and an act against an account is held to the hierarchy as it is then, as blocks are.
 */
import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../accounts/actor.js';
import { audit, auditRefusal } from '../../platform/audit.js';
import { Database } from '../../platform/database.js';
import { Problem } from '../../platform/problems.js';
import type { Tx } from '../../platform/tx.js';
import { HierarchyRules, SuperuserConcerned } from '../hierarchy.rules.js';
import { CaseRepository } from './case.repository.js';
import type { CaseView } from './case.dto.js';
import type { DecideCase } from './case-requests.dto.js';
import { type CaseRow, viewOfCase } from './case.view.js';
import { DecisionActions, type Effect } from './decision-actions.js';
import { ReportCases } from './report-cases.service.js';

@Injectable()
export class DecisionsService {
  constructor(
    private readonly database: Database,
    private readonly cases: CaseRepository,
    private readonly reportCases: ReportCases,
    private readonly hierarchy: HierarchyRules,
    private readonly actions: DecisionActions,
  ) {}

  /** Decides a case and does what was decided; the answer comes when it is in force. */
  async decide(actor: Actor, caseId: number, request: DecideCase): Promise<CaseView> {
    const row = await this.cases.find(this.database, caseId);
    if (!row) throw new Problem('report/not-found');
    this.demandFit(row, request);
    const work = (superuserLocked: boolean) =>
      this.database.write((tx) => this.decideIn(tx, actor, row, request, superuserLocked));
    try {
      if (row.account?.id === actor.accountId) throw new Problem('moderation/self');
      const { decided, settle } = await work(false).catch((error: unknown) => {
        if (error instanceof SuperuserConcerned) return work(true);
        throw error;
      });
      await settle?.();
      return viewOfCase(decided);
    } catch (error) {
      return await auditRefusal(this.database, this.actOf(actor, row, request), error);
    }
  }

  private async decideIn(
    tx: Tx,
    actor: Actor,
    { id: caseId, account }: CaseRow,
    request: DecideCase,
    superuserLocked: boolean,
  ): Promise<{ decided: CaseRow; settle?: Effect['settle'] }> {
    const action = this.actions.table[request.action];
    if (action.againstAccount) await this.hierarchy.hold(tx, actor, account!.id, superuserLocked);
    else await tx.holdAuthors(account ? [account.id] : [], [actor.accountId]);
    const role = await this.hierarchy.holdModerator(tx, actor);
    if (action.least && !hasRole({ role }, action.least)) throw new Problem('role/insufficient');
    const row = await this.reportCases.hold(tx, caseId);
    const listeners = await this.reportCases.holdListeners(tx, row);
    const deciding = { row, request, superuserLocked };
    const { facts, settle } = await this.actions.apply(tx, { ...actor, role }, deciding);
    const { outcome } = action;
    const decision = { action: request.action, reason: request.reason, outcome, facts, by: actor.accountId };
    await this.cases.decide(tx, caseId, decision);
    const decided = (await this.cases.find(tx, caseId))!;
    await this.reportCases.tellDecision(tx, decided, outcome, listeners);
    const claimedBy = row.claimedBy && row.claimedBy.id !== actor.accountId ? row.claimedBy.id : undefined;
    const after = { action: request.action, accountId: row.account?.id, ...facts, claimedBy };
    await audit(tx, { by: actor, action: 'report.decide', target: ['report', caseId], after, reason: request.reason });
    return settle ? { decided, settle } : { decided };
  }

  /** Refuses what no decision about this target can be. */
  private demandFit(row: CaseRow, request: DecideCase): void {
    const action = this.actions.table[request.action];
    const errors = [];
    if (!action.targets.includes(row.targetType))
      errors.push({ pointer: '#/action', message: `is no decision about a ${row.targetType.replace('_', ' ')}` });
    else if (action.againstAccount && !row.account)
      errors.push({ pointer: '#/action', message: 'needs an account that answers for it, and there is none' });
    for (const name of ['mode', 'scope', 'expiresAt', 'deleteMessages'] as const)
      if (request[name] !== undefined && !action.parameters?.includes(name))
        errors.push({ pointer: `#/${name}`, message: `is not for ${request.action}` });
    if (request.scope === undefined && action.parameters?.includes('scope'))
      errors.push({ pointer: '#/scope', message: `must be given for ${request.action}` });
    if (errors.length > 0) throw new Problem('request/invalid', { errors });
  }

  /** An attempt against an account stands where attempts to block it stand. */
  private actOf(by: Actor, { id: reportId, account }: CaseRow, { action, reason }: DecideCase) {
    const { againstAccount } = this.actions.table[action];
    const target = againstAccount && account ? (['account', account.id] as const) : (['report', reportId] as const);
    return { by, action: 'report.decide', target, after: { reportId, action }, reason };
  }
}
