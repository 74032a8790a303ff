import { viewOfPublicAccount, type PublicAccountView } from '../../accounts/account.dto.js';
import type { CaseReportView, CaseTargetView, CaseView, ClaimView, DecisionView, ModeratorView } from './case.dto.js';
import type { CaseSource, CaseType } from './case-requests.dto.js';
import type { ReportRow, ReportTargetView, ReportView } from './report.dto.js';

/** A case as the database has it. */
export interface CaseRow {
  id: number;
  source: CaseSource;
  targetType: CaseType;
  targetId: number;
  roomId: number | null;
  /** The place in the room's log that it is about. */
  roomSeq: number | null;
  account: PublicAccountView | null;
  excerpt: string;
  reportCount: number;
  reasons: { reason: string; count: number }[];
  openedAt: Date;
  reportedAt: Date;
  ageSeconds: number;
  /** Of a claim that still holds. */
  claimedBy: ModeratorView | null;
  claimedUntil: Date | null;
  decision: string | null;
  decisionReason: string | null;
  decisionFacts: Record<string, unknown> | null;
  decidedBy: ModeratorView | null;
  decidedAt: Date | null;
}

/** A report of a case as the database has it. */
export interface CaseReportRow {
  id: number;
  source: CaseSource;
  reporter: PublicAccountView | null;
  reason: string;
  text: string | null;
  detail: Record<string, unknown> | null;
  snapshot: string;
  createdAt: Date;
}

export function viewOfCase(row: CaseRow): CaseView {
  return {
    id: row.id,
    state: row.decidedAt === null ? 'open' : 'decided',
    source: row.source,
    target: targetOf(row),
    account: row.account && viewOfPublicAccount(row.account),
    excerpt: row.excerpt,
    reportCount: row.reportCount,
    reasons: row.reasons.map(({ reason, count }) => ({ reason, count })),
    openedAt: row.openedAt.toISOString(),
    reportedAt: row.reportedAt.toISOString(),
    ageSeconds: row.ageSeconds,
    claim: claimOf(row),
    decision: decisionOf(row),
  };
}

export function targetOf(row: Pick<CaseRow, 'targetType' | 'targetId' | 'roomId'>): CaseTargetView {
  return { type: row.targetType, id: row.targetId, roomId: row.roomId };
}

export function claimOf({ claimedBy, claimedUntil }: CaseRow): ClaimView | null {
  return claimedBy && { by: { id: claimedBy.id, username: claimedBy.username }, until: claimedUntil!.toISOString() };
}

export function decisionOf(row: CaseRow): DecisionView | null {
  if (row.decision === null) return null;
  return {
    action: row.decision,
    reason: row.decisionReason!,
    by: { id: row.decidedBy!.id, username: row.decidedBy!.username },
    decidedAt: row.decidedAt!.toISOString(),
    facts: row.decisionFacts!,
  };
}

export function viewOfCaseReport(row: CaseReportRow): CaseReportView {
  return {
    id: row.id,
    source: row.source,
    reporter: row.reporter && viewOfPublicAccount(row.reporter),
    reason: row.reason,
    text: row.text,
    detail: row.detail,
    snapshot: row.snapshot,
    createdAt: row.createdAt.toISOString(),
  };
}

export function viewOfReport(row: ReportRow): ReportView {
  return {
    id: row.id,
    target: reportedTargetOf(row),
    reason: row.reason,
    text: row.text,
    createdAt: row.createdAt.toISOString(),
    outcome: row.outcome,
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}

export function reportedTargetOf(row: Pick<ReportRow, 'targetType' | 'targetId' | 'roomId'>): ReportTargetView {
  return { type: row.targetType, id: row.targetId, roomId: row.roomId };
}
