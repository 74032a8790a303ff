import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { NodeBus } from '../platform/node-bus.js';
import type { Connection } from './connection.js';
import { GRACE_MS, type Here, PresenceBoard } from './presence.board.js';
import { PresenceRepository } from './presence.repository.js';

/** Under which nodes name the accounts whose presence may have changed. */
export const PRESENCE_TOPIC = 'presence';
const REPORT_MS = 5_000;
const NOTE_MS = 60_000;

interface Person {
  sockets: Map<Connection, Here>;
  /** What the last socket was, while its person is still waited for. */
  left: Here | undefined;
  leaves: NodeJS.Timeout | undefined;
  /** When it was last noted that he was seen, and when he was. */
  notedAt: number;
  seenAt: number;
}

/** What the people with sockets at this node are, reported to the board, and noted in the database once a minute. */
@Injectable()
export class OwnPresence implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('presence');
  private readonly people = new Map<number, Person>();
  private readonly unreported = new Set<number>();
  private timers: NodeJS.Timeout[] = [];
  private reporting = false;
  private scheduled = false;
  /** Hears which accounts may have changed here; the watch sets it. */
  changed: (accountIds: readonly number[]) => void = () => undefined;

  constructor(
    private readonly board: PresenceBoard,
    private readonly bus: NodeBus,
    private readonly database: Database,
    private readonly presences: PresenceRepository,
  ) {}

  onModuleInit(): void {
    this.timers = [
      setInterval(() => this.reportAll(), REPORT_MS),
      setInterval(() => void this.note([...this.people.keys()]), NOTE_MS),
    ];
    for (const timer of this.timers) timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const { leaves } of this.people.values()) clearTimeout(leaves);
    await this.note([...this.people.keys()]);
  }

  opened(connection: Connection): void {
    const person = this.people.get(connection.accountId) ?? newPerson();
    this.people.set(connection.accountId, person);
    clearTimeout(person.leaves);
    person.left = undefined;
    person.sockets.set(connection, 'online');
    this.touch(connection.accountId);
  }

  set(connection: Connection, state: Here): void {
    const person = this.people.get(connection.accountId);
    if (!person?.sockets.has(connection)) return;
    person.sockets.set(connection, state);
    this.touch(connection.accountId);
  }

  closed(connection: Connection): void {
    const { accountId } = connection;
    const person = this.people.get(accountId);
    const last = this.of(accountId);
    if (!person?.sockets.delete(connection)) return;
    person.seenAt = performance.now();
    if (person.sockets.size === 0) {
      person.left = last;
      person.leaves = setTimeout(() => this.gone(accountId), GRACE_MS).unref();
      if (person.seenAt - person.notedAt > NOTE_MS) void this.note([accountId]);
    }
    this.touch(accountId);
  }

  /** What this account is, as far as this node knows. */
  of = (accountId: number): Here | undefined => {
    const person = this.people.get(accountId);
    if (!person) return undefined;
    if (person.sockets.size === 0) return person.left;
    return [...person.sockets.values()].includes('online') ? 'online' : 'away';
  };

  private gone(accountId: number): void {
    const person = this.people.get(accountId);
    if (!person || person.sockets.size > 0) return;
    const last = person.seenAt > person.notedAt ? this.note([accountId]) : Promise.resolve();
    this.people.delete(accountId);
    this.touch(accountId);
    void last;
  }

  private touch(accountId: number): void {
    this.unreported.add(accountId);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.report();
    });
  }

  /** Everybody, so that what is on the board does not expire; who has left is only waited for. */
  private reportAll(): void {
    for (const [accountId, person] of this.people) if (person.sockets.size > 0) this.unreported.add(accountId);
    void this.report(true);
  }

  private async report(everybody = false): Promise<void> {
    if (this.reporting) return;
    const ids = [...this.unreported];
    if (this.board.shared) {
      this.reporting = true;
      this.unreported.clear();
      try {
        await this.board.report(new Map(ids.map((id) => [id, this.of(id)])));
        // Not after a part: a Redis that was emptied would seem to hold the rest as well.
        if (everybody || ids.length >= this.people.size) await this.board.mark();
        if (!everybody) this.bus.tell(PRESENCE_TOPIC, ids.join(' '));
        if (this.unreported.size > 0) setImmediate(() => void this.report());
      } catch {
        for (const id of ids) this.unreported.add(id);
      }
      this.reporting = false;
    } else this.unreported.clear();
    this.changed(ids);
  }

  private async note(accountIds: readonly number[]): Promise<void> {
    const now = performance.now();
    const seen = new Map<number, number>();
    for (const id of accountIds) {
      const person = this.people.get(id)!;
      if (person.sockets.size > 0) person.seenAt = now;
      if (person.seenAt <= person.notedAt) continue;
      person.notedAt = now;
      seen.set(id, now - person.seenAt);
    }
    if (seen.size === 0) return;
    await this.presences
      .noteSeen(this.database, seen)
      .catch((error: unknown) => this.logger.debug({ error: String(error) }, 'who was seen could not be noted'));
  }
}

function newPerson(): Person {
  return { sockets: new Map(), left: undefined, leaves: undefined, notedAt: -Infinity, seenAt: performance.now() };
}
