import { Injectable } from '@nestjs/common';
import { AccountDirectory } from '../../accounts/account.directory.js';
import type { Actor } from '../../accounts/actor.js';
import { HistoryService } from '../../messaging/history.service.js';
import { audit } from '../../platform/audit.js';
import { Database } from '../../platform/database.js';
import { decodeCursor, isIdKey, pageOf, type PageRequest } from '../../platform/paging.dto.js';
import { Problem } from '../../platform/problems.js';
import type { Tx } from '../../platform/tx.js';
import { RoomAccess } from '../../rooms/room.access.js';
import { viewOfReport } from './case.view.js';
import type { FileReport, ReportPage, ReportTarget, ReportView } from './report.dto.js';
import { type NewCase, ReportCases } from './report-cases.service.js';
import { ReportRepository } from './report.repository.js';

/** Takes reports from everybody who sees what he reports, also from those who are muted or may only read. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly database: Database,
    private readonly reports: ReportRepository,
    private readonly cases: ReportCases,
    private readonly accounts: AccountDirectory,
    private readonly rooms: RoomAccess,
    private readonly history: HistoryService,
  ) {}

  /** Reports something; the report of it that is open already is answered as it is. */
  async file(actor: Actor, request: FileReport): Promise<{ report: ReportView; repeated: boolean }> {
    return await this.database.write(async (tx) => {
      await tx.holdAuthors([], [actor.accountId]);
      const { target, looked } = await this.seen(tx, actor, request.target);
      if (target.accountId === actor.accountId && target.type !== 'room') throw new Problem('report/self');
      const source = { kind: 'report', reporterId: actor.accountId } as const;
      const { reason, text = null } = request;
      const { reportId, repeated } = await this.cases.open(tx, { target, source, reason, text });
      const row = (await this.reports.find(tx, reportId))!;
      // What he reported from a room he is not in he can read in the queue: a look like any other.
      if (looked !== undefined)
        await audit(tx, { by: actor, action: 'room.read', target: ['room', looked], after: { messageId: target.id } });
      return { report: viewOfReport(row), repeated };
    });
  }

  /** The reader's own reports, newest first. */
  async mine(actor: Actor, { limit = 50, cursor }: PageRequest): Promise<ReportPage> {
    const before = decodeCursor(cursor, isIdKey);
    const rows = await this.reports.filedBy(this.database, actor.accountId, before, limit + 1);
    return pageOf(rows.map(viewOfReport), limit, (report) => report.id);
  }

  /** The target as the reporter sees it; what he does not see is not there. `looked` is the room he saw only as a moderator. */
  private async seen(
    tx: Tx,
    actor: Actor,
    { type, id, roomId }: ReportTarget,
  ): Promise<{ target: NewCase['target']; looked?: number }> {
    if (roomId !== undefined && type !== 'message')
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/target/roomId', message: 'is only for a message' }],
      });
    if (type === 'account') {
      // Of people a guest knows those of his rooms alone: there he reports what they write.
      if (actor.guest) throw new Problem('account/guest');
      const account = (await this.accounts.publicViews(tx, [id])).get(id);
      if (!account) throw new Problem('account/not-found');
      const text = linesOf(account.username, account.firstName, account.lastName);
      return { target: { type, id, accountId: id, roomId: null, seq: null, text } };
    }
    if (type === 'room') {
      const { room } = await this.rooms.access(tx, actor, id, 'see');
      return {
        target: { type, id, accountId: room.ownerId, roomId: id, seq: null, text: linesOf(room.name, room.topic) },
      };
    }
    const { message, looked } = await this.history.quote(tx, actor, id);
    if (roomId !== undefined && roomId !== message.roomId) throw new Problem('message/not-found');
    const { authorId: accountId, seq, text } = message;
    const target = { type, id, accountId, roomId: message.roomId, seq, text };
    return looked ? { target, looked: message.roomId } : { target };
  }
}

function linesOf(...names: string[]): string {
  return names.filter((name) => name !== '').join('\n');
}
