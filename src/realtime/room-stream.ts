/**
 * One room's log on its way to the sockets of this node.
 *
 * Invariants, and what breaks without them:
 * - facts leave in the order of their seq and `delivered` only grows by one: else clients see messages swapped or doubled;
 * - a fact is delivered from a hint only when its seq is `delivered` + 1 and it has not waited for its turn, else the log is read: hints come
 *   late, twice or never, and what waited may have been deleted meanwhile;
 * - a subscription is either live (its place is `delivered`) or catching up (its place is its own), and turns live in the same tick in
 *   which the places meet: else a fact between the two is lost or told twice;
 * - a node that must be silent delivers nothing and forgets nothing: the others no longer wait for it when they block somebody;
 * - who leaves or is removed hears that fact and nothing after it, because the log itself says so, also to a socket that begins to listen
 *   behind that fact on the word of an older look at the database.
 */
import { Logger } from '@nestjs/common';
import { metrics } from '../platform/metrics.js';
import type { RoomFact } from '../messaging/room-fact.js';
import type { Connection } from './connection.js';
import { batchFor, type ReadyFact, readyFact } from './hidden-facts.js';
import { joinFacts } from './joined-frames.js';

const PAGE = 500;
const BUSY_WAIT_MS = 25;
/** Facts from hints that wait for those before them: so many, and for so long. */
const MOST_AHEAD = 1_000;
const AHEAD_MS = 1_000;

export interface Subscription {
  readonly connection: Connection;
  readonly stream: RoomStream;
  /** The last seq this socket has, while it is not live. */
  position: number;
  /** The newest seq when the right to listen was read from the database: only what ends it behind that counts. */
  entitledAt: number;
  live: boolean;
  catching: boolean;
  /** Grows when the subscription is held or released, so that an older catch-up knows that it is over. */
  turn: number;
}

interface Ready extends ReadyFact {
  seq: number;
  /** When the message was stored, in the words of its view. */
  storedAt?: string;
  /** Whom this fact ends the subscription of; 0 for everybody. */
  ends?: number;
}

interface Ahead {
  fact: Ready;
  since: number;
}

export type ReadLog = (roomId: number, after: number, limit: number) => Promise<RoomFact[]>;

export class RoomStream {
  readonly subscriptions = new Set<Subscription>();
  private readonly ahead = new Map<number, Ahead>();
  private wanted: number;
  private reading = false;
  private readonly logger = new Logger('feed');

  constructor(
    readonly roomId: number,
    private delivered: number,
    private readonly readLog: ReadLog,
    private readonly dropped: (subscription: Subscription) => void,
    private readonly isSilent: () => boolean,
  ) {
    this.wanted = delivered;
  }

  get reached(): number {
    return this.delivered;
  }

  /** Takes note that the log now reaches `seq`, with the fact itself where the hint had it. Call `pump` after the last of several. */
  offer(seq: number, fact?: RoomFact): void {
    if (seq <= this.delivered) return;
    if (seq > this.wanted) this.wanted = seq;
    if (fact && this.ahead.size < MOST_AHEAD) this.ahead.set(seq, { fact: ready(fact), since: performance.now() });
  }

  pump(): void {
    if (this.isSilent()) return;
    const batch: Ready[] = [];
    for (let next = this.next(this.delivered); next; next = this.next(next.seq)) batch.push(next);
    this.deliver(batch);
    if (this.delivered < this.wanted && !this.reading) void this.read();
  }

  /** Adds a socket that has everything up to `position` and had the right to listen at `entitledAt`. */
  subscribe(connection: Connection, position: number, entitledAt: number): Subscription {
    const subscription: Subscription = {
      connection,
      stream: this,
      position,
      entitledAt,
      live: position === this.delivered,
      catching: false,
      turn: 0,
    };
    this.subscriptions.add(subscription);
    if (!subscription.live) this.catchUp(subscription);
    return subscription;
  }

  /** Stops live delivery to this socket; `release` goes on from the place it then has. */
  hold(subscription: Subscription): void {
    if (subscription.live) subscription.position = this.delivered;
    subscription.live = false;
    subscription.catching = true;
    subscription.turn++;
  }

  release(subscription: Subscription, position: number): void {
    subscription.position = position;
    subscription.catching = false;
    subscription.turn++;
    this.catchUp(subscription);
  }

  drop(subscription: Subscription): void {
    if (this.subscriptions.delete(subscription)) this.dropped(subscription);
  }

  private next(after: number): Ready | undefined {
    const ahead = this.ahead.get(after + 1);
    return ahead && performance.now() - ahead.since <= AHEAD_MS ? ahead.fact : undefined;
  }

  private async read(): Promise<void> {
    this.reading = true;
    try {
      const facts = await this.readLog(this.roomId, this.delivered, PAGE);
      if (facts.length === 0) this.wanted = this.delivered;
      if (!this.isSilent()) this.deliver(facts.filter((fact) => fact.seq > this.delivered).map(ready));
    } catch (error) {
      this.logger.warn(
        { roomId: this.roomId, error: (error as Error).message },
        'the log could not be read; the sweep tries again',
      );
      this.wanted = this.delivered;
    } finally {
      this.reading = false;
    }
    if (this.subscriptions.size > 0) this.pump();
  }

  private deliver(facts: readonly Ready[]): void {
    let segment: Ready[] = [];
    for (const fact of facts) {
      segment.push(fact);
      if (fact.ends === undefined) continue;
      this.emit(segment);
      segment = [];
      for (const subscription of this.subscriptions) if (isEnd(fact, subscription)) this.drop(subscription);
    }
    this.emit(segment);
  }

  private emit(facts: readonly Ready[]): void {
    if (facts.length === 0) return;
    const batch = joinFacts(facts.map((fact) => fact.encoded));
    this.delivered = facts.at(-1)!.seq;
    for (const fact of facts) this.ahead.delete(fact.seq);
    let live = 0;
    for (const subscription of this.subscriptions) {
      if (!subscription.live) {
        this.catchUp(subscription);
        continue;
      }
      const { connection } = subscription;
      connection.deliver(batchFor(connection.personallyBlocked, facts, batch));
      live++;
    }
    measure(facts, live);
  }

  private catchUp(subscription: Subscription): void {
    if (subscription.catching || subscription.live) return;
    if (subscription.position === this.delivered) {
      subscription.live = true;
      return;
    }
    if (subscription.position > this.delivered) return;
    subscription.catching = true;
    const { turn } = subscription;
    void this.sendRest(subscription, turn).finally(() => {
      if (subscription.turn !== turn) return;
      subscription.catching = false;
      if (this.subscriptions.has(subscription)) this.catchUp(subscription);
    });
  }

  private async sendRest(subscription: Subscription, turn: number): Promise<void> {
    const over = () => subscription.turn !== turn || !this.subscriptions.has(subscription);
    while (!over() && subscription.position < this.delivered) {
      if (subscription.connection.isBusy() || this.isSilent()) {
        await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
        continue;
      }
      try {
        const facts = await this.readLog(this.roomId, subscription.position, PAGE);
        if (over()) return;
        if (this.isSilent()) continue;
        // Not beyond what the stream has told the others: what follows may be the removal of this very member.
        const due = facts.filter((fact) => fact.seq <= this.delivered).map(ready);
        if (due.length === 0) return;
        const end = due.findIndex((fact) => isEnd(fact, subscription));
        const told = end < 0 ? due : due.slice(0, end + 1);
        const { connection } = subscription;
        const batch = joinFacts(told.map((fact) => fact.encoded));
        connection.deliver(batchFor(connection.personallyBlocked, told, batch));
        metrics.deliveries.inc(told.length);
        subscription.position = told.at(-1)!.seq;
        if (end >= 0) return this.drop(subscription);
      } catch (error) {
        this.logger.warn(
          { roomId: this.roomId, error: (error as Error).message },
          'catching up waits for the database',
        );
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}

/** The lag of the first stands for the batch; clocks that disagree make no negative one. */
function measure(facts: readonly Ready[], live: number): void {
  if (live === 0) return;
  metrics.deliveries.inc(facts.length * live);
  const { storedAt } = facts[0]!;
  if (storedAt !== undefined) metrics.feedLag.observe(Math.max(0, Date.now() - Date.parse(storedAt)) / 1_000);
}

function isEnd({ seq, ends }: Ready, { connection, entitledAt }: Subscription): boolean {
  return seq > entitledAt && (ends === 0 || ends === connection.accountId);
}

function ready(fact: RoomFact): Ready {
  const { seq } = fact;
  switch (fact.event) {
    case 'member.left':
    case 'member.removed':
      return { ...readyFact(fact), seq, ends: fact.payload.account.id };
    case 'room.deleted':
      return { ...readyFact(fact), seq, ends: 0 };
    case 'message.sent':
      return { ...readyFact(fact), seq, storedAt: fact.payload.createdAt };
    default:
      return { ...readyFact(fact), seq };
  }
}
