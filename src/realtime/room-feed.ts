import { Injectable } from '@nestjs/common';
import { HistoryService } from '../messaging/history.service.js';
import type { RoomFact } from '../messaging/room-fact.js';
import type { Hint } from '../platform/hints.js';
import { ThisNode } from '../platform/node.js';
import { inSpan } from '../platform/tracing.js';
import type { Connection } from './connection.js';
import { FACTS, type FactName, type FactPayload } from './events.js';
import { encodeFact, joinFacts } from './joined-frames.js';
import { RoomStream, type Subscription } from './room-stream.js';

/** Rooms one socket may follow without being a member. */
export const MOST_FOLLOWED = 500;

/** The streams of all rooms that somebody on this node listens to. */
@Injectable()
export class RoomFeed {
  private readonly streams = new Map<number, RoomStream>();
  private readonly subscriptions = new WeakMap<Connection, Map<number, Subscription>>();
  /** Streams opened since the last look at the database: hints may have passed before they existed. */
  private unchecked = false;
  check: () => void = () => undefined;

  constructor(
    private readonly history: HistoryService,
    private readonly node: ThisNode,
  ) {}

  /**
   * Begins live delivery of a room after `position`. `entitledAt` is the room's newest seq when the caller read from the database that
   * this account may listen; a later end of that right also ends the delivery.
   */
  subscribe(connection: Connection, roomId: number, position: number, entitledAt = position): Subscription | undefined {
    if (connection.ended || !connection.isOpen || (connection.onlyRoom ?? roomId) !== roomId) return undefined;
    const own = this.subscriptionsOf(connection);
    const known = own.get(roomId);
    if (known) {
      known.entitledAt = Math.max(known.entitledAt, entitledAt);
      return known;
    }
    const subscription = this.stream(roomId, position).subscribe(connection, position, entitledAt);
    own.set(roomId, subscription);
    return subscription;
  }

  /** Ends delivery of one room to this socket. */
  silence(connection: Connection, roomId: number): void {
    const subscription = this.subscriptionsOf(connection).get(roomId);
    subscription?.stream.drop(subscription);
  }

  /** Tells what stands in no log to those who listen to the room here and may hear it. */
  whisper<Name extends FactName>(
    roomId: number,
    event: Name,
    payload: FactPayload<Name>,
    mayHear: (accountId: number) => boolean,
  ): void {
    const stream = this.streams.get(roomId);
    if (!stream || this.node.silent) return;
    const batch = joinFacts([encodeFact(event, payload)]);
    for (const { connection } of stream.subscriptions) if (mayHear(connection.accountId)) connection.whisper(batch);
  }

  /** What this socket listens to, by room. */
  subscriptionsOf(connection: Connection): Map<number, Subscription> {
    const known = this.subscriptions.get(connection) ?? new Map<number, Subscription>();
    this.subscriptions.set(connection, known);
    return known;
  }

  unsubscribe(connection: Connection): void {
    for (const subscription of this.subscriptionsOf(connection).values()) subscription.stream.drop(subscription);
  }

  offer(hints: readonly Hint[]): void {
    const touched = new Set<RoomStream>();
    for (const hint of hints) {
      const stream = hint.stream === 'room' ? this.streams.get(hint.id) : undefined;
      if (!stream) continue;
      stream.offer(hint.seq, factOf(hint));
      touched.add(stream);
    }
    for (const stream of touched) stream.pump();
  }

  /** Rooms with listeners here, and how far each has been delivered. */
  places(): Map<number, number> {
    this.unchecked = false;
    return new Map([...this.streams].map(([roomId, stream]) => [roomId, stream.reached]));
  }

  private stream(roomId: number, position: number): RoomStream {
    const known = this.streams.get(roomId);
    if (known) return known;
    const stream = new RoomStream(
      roomId,
      position,
      (room, after, limit) => inSpan('feed.read', {}, () => this.history.facts(room, after, limit)),
      (subscription) => this.dropped(subscription),
      () => this.node.silent,
    );
    this.streams.set(roomId, stream);
    if (!this.unchecked) {
      this.unchecked = true;
      setImmediate(() => this.check());
    }
    return stream;
  }

  private dropped({ connection, stream }: Subscription): void {
    this.subscriptionsOf(connection).delete(stream.roomId);
    connection.lost(stream.roomId);
    if (stream.subscriptions.size === 0 && this.streams.get(stream.roomId) === stream)
      this.streams.delete(stream.roomId);
  }
}

/** The fact that came with the hint; from another node only where it is the fact that the hint speaks of, in the form of the event map. */
function factOf(hint: Hint): RoomFact | undefined {
  const { fact, id, seq, elsewhere } = hint;
  if (!fact) return undefined;
  if (elsewhere) {
    const { roomId, seq: place } = (fact.payload ?? {}) as { roomId?: unknown; seq?: unknown };
    if (roomId !== id || place !== seq || fact.event !== 'message.sent') return undefined;
    if (!FACTS['message.sent'].payload.safeParse(fact.payload).success) return undefined;
  }
  return { seq, ...fact } as RoomFact;
}
