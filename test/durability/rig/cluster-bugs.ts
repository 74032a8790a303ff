/** Bugs that show only between nodes, planted from outside like the others. */
import { SendRepository } from '../../../src/messaging/send.repository.js';
import type { Database } from '../../../src/platform/database.js';
import { HintRelay } from '../../../src/platform/hint-relay.js';
import type { Hint } from '../../../src/platform/hints.js';
import { encodeFact, joinFacts } from '../../../src/realtime/joined-frames.js';
import { Feed } from '../../../src/realtime/feed.js';
import { RoomFeed } from '../../../src/realtime/room-feed.js';
import type { RoomStream } from '../../../src/realtime/room-stream.js';
import type { ClusterBug } from './bug-names.js';

export const CLUSTER_PLANTS: Record<ClusterBug, () => void> = {
  'lost-hint-without-sweep': lostHintWithoutSweep,
  'hint-told-as-it-comes': hintToldAsItComes,
  'told-over-two-paths': toldOverTwoPaths,
  'cached-membership': cachedMembership,
};

/** A node relies on being told, and nobody tells it. */
function lostHintWithoutSweep(): void {
  HintRelay.prototype.onModuleInit = () => undefined;
  Feed.prototype.sweep = () => Promise.resolve();
}

type Inside = { streams: Map<number, RoomStream> };

/** What another node says is told at once, whatever its place; `first` decides what happens beside it. */
function tellAtOnce(own: (feed: RoomFeed, hints: readonly Hint[]) => void, inOrder: boolean): void {
  RoomFeed.prototype.offer = function offerAtOnce(this: RoomFeed, hints) {
    const told = hints.filter(({ stream, elsewhere, fact }) => stream === 'room' && elsewhere && fact);
    for (const { id, fact } of inOrder ? told : told.toReversed()) {
      const batch = joinFacts([encodeFact(fact!.event, fact!.payload)]);
      const { streams } = this as unknown as Inside;
      for (const { live, connection } of streams.get(id)?.subscriptions ?? []) if (live) connection.deliver(batch);
    }
    own(this, hints);
  };
}

function hintToldAsItComes(): void {
  const { offer } = RoomFeed.prototype;
  tellAtOnce((feed, hints) => {
    // What was told is not looked at again until something else moves the room.
    const rest = hints.filter(({ elsewhere }) => !elsewhere);
    if (rest.length > 0) offer.call(feed, rest);
  }, false);
}

function toldOverTwoPaths(): void {
  const { offer } = RoomFeed.prototype;
  tellAtOnce((feed, hints) => offer.call(feed, hints), true);
}

/** Whoever could once write to a room through this node is taken for a member for ever. */
function cachedMembership(): void {
  const members = new Set<string>();
  const { send } = SendRepository.prototype;
  SendRepository.prototype.send = async function sendAsMember(this: SendRepository, batch) {
    const { database } = this as unknown as { database: Database };
    for (const { roomId, authorId } of batch)
      if (members.has(`${roomId} ${authorId}`))
        await database.query('INSERT INTO members (room_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
          roomId,
          authorId,
        ]);
    const outcomes = await send.call(this, batch);
    for (const [index, { outcome }] of outcomes.entries())
      if (outcome === 'accepted') members.add(`${batch[index]!.roomId} ${batch[index]!.authorId}`);
    return outcomes;
  };
}
