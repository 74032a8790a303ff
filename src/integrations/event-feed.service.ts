/**
 * The feed of events: everything that happened in rooms, in one order, for the servers of integrators.
 *
 * Invariants, and what breaks without them:
 * - positions are given after the commit of what they number, by one transaction at a time: numbers taken inside the transactions of the
 *   changes would appear out of order, and whoever reads behind the greatest he has seen would miss some for ever;
 * - the logs of the rooms are the outbox: what was rolled back stands in none, and what was committed is found there after any crash;
 * - hints only make it quick: each node looks at all rooms by itself every two seconds;
 * - positions of one room follow its seq.
 */
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { ExternalAccounts } from '../accounts/external-accounts.service.js';
import { HistoryService } from '../messaging/history.service.js';
import type { RoomFact } from '../messaging/room-fact.js';
import { Database } from '../platform/database.js';
import { type Hint, Hints } from '../platform/hints.js';
import { Housekeeping } from '../platform/housekeeping.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { RoomAccess } from '../rooms/room.access.js';
import type { EventPage, EventsRequest, EventView } from './event-feed.dto.js';
import { EventFeedRepository, type FeedRow } from './event-feed.repository.js';
import { type Integrator, Integrators } from './integrators.service.js';

const LOOK_MS = 2_000;
/** Hints of so long go together: a busy room is not numbered message by message. */
const GATHER_MS = 20;
const MOST_HINTED = 200;
/** How many positions one request passes over at most, when most of them concern others. */
const MOST_LOOKED_AT = 5_000;
/** One range of a room's log is read for what lies so near. */
const MOST_SPAN = 100;

@Injectable()
export class EventFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('event-feed');
  private readonly hinted = new Set<number>();
  private begun = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private numbering: Promise<void> | undefined;
  private stopListening: (() => void) | undefined;
  /** Told when something was queued for webhooks. */
  queued: () => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly feed: EventFeedRepository,
    private readonly hints: Hints,
    private readonly history: HistoryService,
    private readonly rooms: RoomAccess,
    private readonly integrators: Integrators,
    private readonly accounts: ExternalAccounts,
    private readonly housekeeping: Housekeeping,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.hints.listen((hints) => this.hear(hints));
    this.housekeeping.add((tx, after, most, days) => this.feed.forget(tx, after, most, days));
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
    void this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopListening?.();
    clearInterval(this.timer);
    clearTimeout(this.gathering);
    await this.numbering;
  }

  /** Numbers all that was committed before this call, and from here on what this node hears of at once. */
  async catchUp(): Promise<void> {
    await this.database.write((tx) => this.catchUpIn(tx));
    this.begun = true;
  }

  /** Numbers all that was committed before this call, so that what is begun in this transaction begins behind it. */
  async catchUpIn(tx: Tx): Promise<void> {
    await this.feed.alone(tx, true);
    if (!(await this.feed.state(tx)).begun) return await this.feed.begin(tx);
    while ((await this.feed.number(tx, undefined)).events > 0);
  }

  /** Events behind a position; without one where the feed is now. */
  async read(actor: Actor, request: EventsRequest): Promise<EventPage> {
    const integrator = await this.integrators.itself(actor);
    const { after, events, limit = 100, rooms = 'own' } = request;
    if (after === undefined || !this.begun) await this.catchUp();
    const { position: head } = await this.feed.state(this.database);
    if (after === undefined) return { items: [], next: head, more: false };
    if (after > head)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/after', message: `must not be beyond the newest position ${head}` }],
      });
    const oldest = (await this.feed.oldest(this.database)) ?? head + 1;
    if (after > 0 && after + 1 < oldest) throw new Problem('event/position-gone', { extra: { oldest: oldest - 1 } });
    const from = Math.max(after, oldest - 1);
    const to = Math.min(head, from + MOST_LOOKED_AT);
    const readable = rooms === 'readable';
    const rows = await this.feed.between(
      this.database,
      integrator.id,
      { after: from, to, kinds: events?.split(','), readable },
      limit,
    );
    const next = rows.length === limit ? rows.at(-1)!.position : to;
    return { items: await this.eventsOf(integrator, rows), next, more: next < head };
  }

  /** These rows as events, as they are to be shown now; without those that the integrator may not read, and without those that are gone. */
  async eventsOf(integrator: Pick<Integrator, 'accountId'>, rows: readonly FeedRow[]): Promise<EventView[]> {
    const closed = await this.closedTo(integrator, rows);
    const open = rows.filter(({ own, roomId }) => own || !closed.has(roomId));
    const facts = await this.factsAt(open);
    return open.flatMap((row) => {
      const fact = facts.get(placeOf(row));
      return fact ? [viewOf(row, fact)] : [];
    });
  }

  private async closedTo({ accountId }: Pick<Integrator, 'accountId'>, rows: readonly FeedRow[]): Promise<Set<number>> {
    const asked = new Set(rows.filter(({ own }) => !own).map(({ roomId }) => roomId));
    if (asked.size === 0) return new Set();
    const actor = await this.accounts.actor(this.database, { accountId });
    const closed = new Set<number>();
    for (const roomId of asked)
      await this.rooms.access(this.database, actor, roomId, 'read').catch((error: unknown) => {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        closed.add(roomId);
      });
    return closed;
  }

  private async factsAt(rows: readonly FeedRow[]): Promise<Map<string, RoomFact>> {
    const facts = new Map<string, RoomFact>();
    const wanted = rows.toSorted((one, other) => one.roomId - other.roomId || one.seq - other.seq);
    for (const row of wanted) {
      if (facts.has(placeOf(row))) continue;
      const last = wanted.findLast(({ roomId, seq }) => roomId === row.roomId && seq < row.seq + MOST_SPAN)!;
      const range = await this.history.facts(row.roomId, row.seq - 1, last.seq - row.seq + 1);
      for (const fact of range) facts.set(`${row.roomId} ${fact.seq}`, fact);
    }
    return facts;
  }

  private hear(hints: readonly Hint[]): void {
    if (!this.begun || this.stopped) return;
    for (const { stream, id } of hints) if (stream === 'room' && this.hinted.size < MOST_HINTED) this.hinted.add(id);
    if (this.hinted.size > 0) this.numberSoon();
  }

  private numberSoon(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      // So many were hinted that some were left out.
      void this.numberOnce(this.hinted.size < MOST_HINTED ? [...this.hinted] : undefined);
    }, GATHER_MS).unref();
  }

  private async look(): Promise<void> {
    if (!this.stopped) await this.numberOnce(undefined);
  }

  private numberOnce(roomIds: readonly number[] | undefined): Promise<void> {
    // What is hinted while it runs waits for the next turn: it may have been committed too late for this one.
    if (this.numbering) {
      if (roomIds) this.numberSoon();
      return this.numbering;
    }
    this.hinted.clear();
    this.numbering = this.numberAll(roomIds)
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'events were not numbered; it is tried again'),
      )
      .finally(() => (this.numbering = undefined));
    return this.numbering;
  }

  private async numberAll(roomIds: readonly number[] | undefined): Promise<void> {
    this.begun ||= (await this.feed.state(this.database)).begun;
    if (!this.begun) return;
    for (let more = true; more && !this.stopped;) {
      const numbered = await this.database.write(async (tx) =>
        (await this.feed.alone(tx)) ? await this.feed.number(tx, roomIds) : undefined,
      );
      if (numbered === undefined) return this.hintAgain(roomIds);
      if (numbered.queued > 0) this.queued();
      more = numbered.events > 0;
    }
  }

  /** Another node numbers at this moment, and may have looked before what was hinted here was committed. */
  private hintAgain(roomIds: readonly number[] | undefined): void {
    if (this.stopped || !roomIds) return;
    for (const roomId of roomIds) this.hinted.add(roomId);
    this.numberSoon();
  }
}

const placeOf = ({ roomId, seq }: FeedRow): string => `${roomId} ${seq}`;

function viewOf({ position, at }: FeedRow, { event, payload }: RoomFact): EventView {
  return { id: `evt_${position}`, position, type: event, timestamp: at.toISOString(), data: payload };
}
