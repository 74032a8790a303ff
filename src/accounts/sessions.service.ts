import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { Housekeeping } from '../platform/housekeeping.js';
import { decodeCursor, isIdKey, pageOf, type PageRequest } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { type Actor, sessionOf } from './actor.js';
import { type SessionPage, viewOfSession } from './session.dto.js';
import { SessionRepository, type WhichSessions } from './session.repository.js';

export type EndReason = 'logout' | 'logout_all' | 'password_changed' | 'refresh_reused' | 'ended' | 'blocked';

/** The sessions of people. When one is ended here, no message of it is accepted any more, and every node cuts its sockets. */
@Injectable()
export class SessionsService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionRepository,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add((...step) => this.sessions.forgetOver(...step));
  }

  async list(actor: Actor, request: PageRequest): Promise<SessionPage> {
    const limit = request.limit ?? 50;
    const rows = await this.sessions.list(
      this.database,
      actor.accountId,
      decodeCursor(request.cursor, isIdKey),
      limit + 1,
    );
    const page = pageOf(rows, limit, (row) => row.id);
    return { ...page, items: page.items.map((row) => viewOfSession(row, actor.sessionId)) };
  }

  async logout(actor: Actor): Promise<void> {
    await this.database.write((tx) => this.end(tx, actor.accountId, { only: sessionOf(actor) }, 'logout'));
  }

  async logoutEverywhere(actor: Actor): Promise<void> {
    await this.database.write((tx) => this.end(tx, actor.accountId, 'all', 'logout_all'));
  }

  async endOne(actor: Actor, sessionId: number): Promise<void> {
    const ended = await this.database.write((tx) => this.end(tx, actor.accountId, { only: sessionId }, 'ended'));
    if (ended.length === 0) throw new Problem('session/not-found');
  }

  /** Ends these open sessions of several accounts within a transaction that has not yet locked any room. */
  async endThese(tx: Tx, open: readonly { accountId: number; sessionId: number }[], reason: EndReason): Promise<void> {
    const accountIds = [...new Set(open.map(({ accountId }) => accountId))].sort((a, b) => a - b);
    await tx.holdAuthors(accountIds);
    const ended = await this.sessions.endThese(
      tx,
      open.map(({ sessionId }) => sessionId),
      reason,
    );
    const endedOf = (id: number) => ended.filter(({ accountId }) => accountId === id).map(({ sessionId }) => sessionId);
    const told = accountIds.filter((id) => ended.some(({ accountId }) => accountId === id));
    await tx.recordFor(
      told.map((accountId) => ({
        kind: 'session.ended',
        accountId,
        data: { sessionIds: endedOf(accountId), reason },
      })),
    );
  }

  /** Ends open sessions of an account within a transaction that has not yet locked any room; 'all' also outdates its access tokens. */
  async end(tx: Tx, accountId: number, which: WhichSessions, reason: EndReason): Promise<number[]> {
    await tx.holdAuthors([accountId]);
    if (which === 'all') await this.sessions.outdate(tx, accountId);
    const sessionIds = await this.sessions.end(tx, accountId, which, reason);
    if (sessionIds.length > 0)
      await tx.recordFor([
        { kind: 'session.ended', accountId, data: { sessionIds: which === 'all' ? null : sessionIds, reason } },
      ]);
    return sessionIds;
  }
}
