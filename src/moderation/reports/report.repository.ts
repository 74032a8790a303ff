import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Sql } from '../../platform/sql.js';
import type { Tx } from '../../platform/tx.js';
import type { CaseReportRow } from './case.view.js';
import type { CaseSource } from './case-requests.dto.js';
import type { ReportRow } from './report.dto.js';

const REPORT = `r.id, c.target_type AS "targetType", c.target_id AS "targetId", c.room_id AS "roomId", r.reason, r.text, r.created_at AS "createdAt",
  c.outcome, c.decided_at AS "decidedAt" FROM reports r JOIN cases c ON c.id = r.case_id`;

export interface NewReport {
  caseId: number;
  number: number;
  source: CaseSource;
  reporterId: number | null;
  reason: string;
  text: string | null;
  detail: object | null;
  /** What the target says now. */
  snapshot: string;
}

@Injectable()
export class ReportRepository {
  /** This reporter's report of the case. */
  async of(sql: Sql, caseId: number, reporterId: number): Promise<number | undefined> {
    const [row] = await sql.query<{ id: number }>('SELECT id FROM reports WHERE case_id = $1 AND reporter_id = $2', [
      caseId,
      reporterId,
    ]);
    return row?.id;
  }

  async insert(
    tx: Tx,
    { caseId, number, source, reporterId, reason, text, detail, snapshot }: NewReport,
  ): Promise<number> {
    const hash = createHash('sha256').update(snapshot).digest();
    await tx.query('INSERT INTO case_snapshots (case_id, hash, text) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      caseId,
      hash,
      snapshot,
    ]);
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO reports (case_id, number, source, reporter_id, reason, text, detail, snapshot_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
      [caseId, number, source, reporterId, reason, text, detail && JSON.stringify(detail), hash],
    );
    return row!.id;
  }

  async find(sql: Sql, id: number): Promise<ReportRow | undefined> {
    const [row] = await sql.query<ReportRow>(`SELECT ${REPORT} WHERE r.id = $1`, [id]);
    return row;
  }

  /** Newest first, before this one. */
  filedBy(sql: Sql, reporterId: number, before: number | undefined, most: number): Promise<ReportRow[]> {
    return sql.query<ReportRow>(
      `SELECT ${REPORT} WHERE r.reporter_id = $1 AND ($2::bigint IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
      [reporterId, before ?? null, most],
    );
  }

  /** In the order in which they came. */
  ofCase(sql: Sql, caseId: number, most: number): Promise<CaseReportRow[]> {
    return sql.query<CaseReportRow>(
      `SELECT r.id, r.source, r.reason, r.text, r.detail, s.text AS snapshot, r.created_at AS "createdAt",
         CASE WHEN a.id IS NOT NULL THEN json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) END AS reporter
       FROM reports r JOIN case_snapshots s ON s.case_id = r.case_id AND s.hash = r.snapshot_hash LEFT JOIN accounts a ON a.id = r.reporter_id
       WHERE r.case_id = $1 ORDER BY r.number LIMIT $2`,
      [caseId, most],
    );
  }

  /** Everybody who reported it, with his report. */
  reporters(sql: Sql, caseId: number): Promise<{ accountId: number; reportId: number }[]> {
    return sql.query(
      `SELECT reporter_id AS "accountId", id AS "reportId" FROM reports WHERE case_id = $1 AND reporter_id IS NOT NULL ORDER BY reporter_id`,
      [caseId],
    );
  }
}
