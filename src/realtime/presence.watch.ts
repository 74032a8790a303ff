import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { NodeBus } from '../platform/node-bus.js';
import { ThisNode } from '../platform/node.js';
import { MembersService } from '../rooms/members.service.js';
import type { Connection } from './connection.js';
import { OwnPresence, PRESENCE_TOPIC } from './own-presence.js';
import { PresenceBoard, type PresenceState } from './presence.board.js';
import { PresenceRepository } from './presence.repository.js';

/** Changes are gathered for so long, so that a person whose connection flutters is told once. */
const TELL_MS = 1_000;
/** Every so many times all that is watched is looked up, not only what is said to have changed. */
const LOOKS_BETWEEN_SWEEPS = 5;
const MOST_PAIRS = 2_000;

interface News {
  connection: Connection;
  accountId: number;
  state: PresenceState;
}

/**
 * Tells sockets how the people they watch change. The board is asked again for whoever may have changed, and each few seconds for everybody, so
 * that nothing depends on being told; who shares no room with somebody any more is asked of the database before each word about him.
 */
@Injectable()
export class PresenceWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('presence');
  /** What each socket was last told of the people it watches. */
  private readonly told = new Map<Connection, Map<number, PresenceState>>();
  private readonly watchers = new Map<number, Set<Connection>>();
  private doubtful = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private looks = 0;

  constructor(
    private readonly own: OwnPresence,
    private readonly board: PresenceBoard,
    private readonly bus: NodeBus,
    private readonly node: ThisNode,
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly presences: PresenceRepository,
  ) {}

  onModuleInit(): void {
    this.own.changed = (accountIds) => this.doubt(accountIds);
    this.bus.listen(PRESENCE_TOPIC, (lines) => this.doubt(lines.flatMap((line) => line.split(' ').map(Number))));
    this.timer = setInterval(() => void this.look(), TELL_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.own.changed = () => undefined;
  }

  /** From now on this socket hears of these people, and of no others; it has been told these states. */
  watch(connection: Connection, states: ReadonlyMap<number, PresenceState>): void {
    this.forget(connection);
    if (connection.ended || !connection.isOpen) return;
    this.told.set(connection, new Map(states));
    for (const accountId of states.keys()) {
      const watchers = this.watchers.get(accountId) ?? new Set();
      this.watchers.set(accountId, watchers.add(connection));
      // It may have changed since these states were read.
      this.doubtful.add(accountId);
    }
  }

  forget(connection: Connection): void {
    for (const accountId of this.told.get(connection)?.keys() ?? []) this.unwatch(connection, accountId);
    this.told.delete(connection);
  }

  private unwatch(connection: Connection, accountId: number): void {
    const watchers = this.watchers.get(accountId);
    watchers?.delete(connection);
    if (watchers?.size === 0) this.watchers.delete(accountId);
  }

  private doubt(accountIds: readonly number[]): void {
    for (const id of accountIds) if (this.watchers.has(id)) this.doubtful.add(id);
  }

  private async look(): Promise<void> {
    if (this.looking || this.node.silent) return;
    if (++this.looks % LOOKS_BETWEEN_SWEEPS === 0) this.doubt([...this.watchers.keys()]);
    if (this.doubtful.size === 0) return;
    this.looking = true;
    const ids = [...this.doubtful];
    this.doubtful = new Set();
    try {
      await this.tellOf(ids);
    } catch (error) {
      this.doubt(ids);
      this.logger.debug({ error: String(error) }, 'presence could not be told; it is tried again');
    } finally {
      this.looking = false;
    }
  }

  private async tellOf(ids: readonly number[]): Promise<void> {
    const news = this.newsIn(await this.board.states(ids, this.own.of));
    if (news.length === 0) return;
    const pairs = news.map(({ connection, accountId }) => [connection.accountId, accountId] as const);
    const visible = await this.members.sharing(this.database, pairs);
    const seen = await this.presences.lastSeen(this.database, [...new Set(news.map(({ accountId }) => accountId))]);
    const facts = new Map<Connection, { accountId: number; state: PresenceState; lastSeenAt: string | null }[]>();
    for (const [place, { connection, accountId, state }] of news.entries()) {
      const told = this.told.get(connection);
      if (!told?.has(accountId)) continue;
      const fact = visible[place]
        ? { accountId, state, lastSeenAt: seen.get(accountId)?.toISOString() ?? null }
        : { accountId, state: 'unknown' as const, lastSeenAt: null };
      if (visible[place]) told.set(accountId, state);
      else {
        told.delete(accountId);
        this.unwatch(connection, accountId);
      }
      facts.set(connection, [...(facts.get(connection) ?? []), fact]);
    }
    for (const [connection, people] of facts) connection.tell('presence.changed', { people });
  }

  /** What sockets do not know yet, as much as is told at a time; whoever has too much to read already is told later. */
  private newsIn(states: ReadonlyMap<number, PresenceState>): News[] {
    const news: News[] = [];
    const later = new Set<number>();
    for (const [accountId, state] of states)
      for (const connection of this.watchers.get(accountId) ?? []) {
        if (this.told.get(connection)!.get(accountId) === state) continue;
        if (news.length >= MOST_PAIRS || connection.isBusy()) later.add(accountId);
        else news.push({ connection, accountId, state });
      }
    this.doubt([...later]);
    return news;
  }
}
