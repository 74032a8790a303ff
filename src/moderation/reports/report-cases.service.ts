/**
 * Cases: all reports of one target until they are decided together.
 *
 * Invariants, and what breaks without them:
 * - the case is locked before anything is added to it or decided about it: else a report is added to a case that was decided meanwhile, and its
 *   reporter never hears of an outcome;
 * - the lock of a case comes after the authors' locks (`tx.holdAuthors`) and before the rows of accounts, rooms and messages: whoever opens a case
 *   in a transaction of his own does it after the one and before the others, or two such transactions wait for each other;
 * - of moderators, those whom a case is about neither hear of it nor see it.
 */
import { Injectable } from '@nestjs/common';
import { Problem } from '../../platform/problems.js';
import type { Tx } from '../../platform/tx.js';
import { CaseRepository, type CaseTarget } from './case.repository.js';
import { type CaseRow, claimOf, decisionOf, targetOf } from './case.view.js';
import { ReportRepository } from './report.repository.js';
import type { ReportOutcome, ReportReason } from './report.dto.js';

/** What is brought before the moderators. */
export interface NewCase {
  target: CaseTarget & {
    /** What it says now; of a room or an account its names. Kept, whatever becomes of the target. */
    text: string;
  };
  /** Who brings it. */
  source: { kind: 'report'; reporterId: number } | { kind: 'filter' };
  reason: ReportReason | 'filter';
  /** In the words of the reporter. */
  text?: string | null;
  /** What a filter says beside it. */
  detail?: object | null;
}

/** Who hears of a decision. */
export interface Listeners {
  staff: readonly number[];
  reporters: readonly { accountId: number; reportId: number }[];
}

@Injectable()
export class ReportCases {
  constructor(
    private readonly cases: CaseRepository,
    private readonly reports: ReportRepository,
  ) {}

  /** Adds a report to the open case of its target, or begins one, of which moderators hear. Somebody's second report of a case is the first. */
  async open(tx: Tx, fresh: NewCase): Promise<{ caseId: number; reportId: number; repeated: boolean }> {
    const { target, source, reason, text = null, detail = null } = fresh;
    const reporterId = source.kind === 'report' ? source.reporterId : null;
    const { id: caseId, fresh: begun } = await this.cases.hold(tx, source.kind, target);
    const kept = reporterId === null ? undefined : await this.reports.of(tx, caseId, reporterId);
    if (kept !== undefined) return { caseId, reportId: kept, repeated: true };
    const number = await this.cases.count(tx, caseId);
    const snapshot = target.text;
    const report = { caseId, number, source: source.kind, reporterId, reason, text, detail, snapshot };
    const reportId = await this.reports.insert(tx, report);
    if (begun) {
      const { type, id, roomId, accountId } = target;
      const data = { caseId, source: source.kind, target: { type, id, roomId }, reason };
      await this.tell(tx, accountId, 'report.opened', data);
    }
    return { caseId, reportId, repeated: false };
  }

  /** Waits for an undecided case and holds it until the transaction ends; a decided one is refused with who decided it. */
  async hold(tx: Tx, caseId: number): Promise<CaseRow> {
    const row = await this.cases.locked(tx, caseId);
    const decision = decisionOf(row);
    if (decision)
      throw new Problem('report/decided', {
        extra: { decidedBy: decision.by, decidedAt: decision.decidedAt, decision: decision.action },
      });
    return row;
  }

  /** Holds the streams of all who will hear of the decision, before it locks anything else, and answers who they are. */
  async holdListeners(tx: Tx, { id, account }: CaseRow): Promise<Listeners> {
    const staff = await this.cases.staff(tx, account?.id ?? null);
    const reporters = await this.reports.reporters(tx, id);
    await tx.holdStreams([...staff, ...(account ? [account.id] : []), ...reporters.map(({ accountId }) => accountId)]);
    return { staff, reporters };
  }

  /** Tells moderators who deals with a case now. */
  async tellClaim(tx: Tx, row: CaseRow): Promise<void> {
    await this.tell(tx, row.account?.id ?? null, 'report.claimed', { caseId: row.id, claim: claimOf(row) });
  }

  /** Tells moderators the decision, and reporters the outcome: neither who decided nor what became of the other person. */
  async tellDecision(tx: Tx, row: CaseRow, outcome: ReportOutcome, { staff, reporters }: Listeners): Promise<void> {
    const { action, by, decidedAt } = decisionOf(row)!;
    const target = targetOf(row);
    const decided = { caseId: row.id, target, action, by, decidedAt };
    await tx.recordFor(staff.map((accountId) => ({ kind: 'report.decided', accountId, data: decided })));
    await tx.recordFor(
      reporters.map(({ accountId, reportId }) => ({
        kind: 'report.outcome',
        accountId,
        data: { reportId, target, outcome },
      })),
    );
  }

  private async tell(tx: Tx, about: number | null, kind: string, data: Record<string, unknown>): Promise<void> {
    const staff = await this.cases.staff(tx, about);
    await tx.recordFor(staff.map((accountId) => ({ kind, accountId, data })));
  }
}
