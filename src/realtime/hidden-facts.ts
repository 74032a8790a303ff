/**
 * Facts as somebody hears them who has blocked an author personally: the same facts in the same order, his messages marked. Everybody else
 * shares one batch; only who has blocked one of its authors gets another, and each marked fact is encoded once for all who need it.
 */
import type { RoomFact } from '../messaging/room-fact.js';
import { type EncodedFact, encodeFact, type FactBatch, joinFacts } from './joined-frames.js';

/** A fact of a room, ready for sockets. */
export interface ReadyFact {
  readonly encoded: EncodedFact;
  /** Whose message it shows; undefined where it shows none. */
  readonly authorId: number | undefined;
  /** The same fact, marked for hiding. */
  marked(): EncodedFact;
}

export function readyFact(fact: RoomFact): ReadyFact {
  let marked: EncodedFact | undefined;
  return {
    encoded: encodeFact(fact.event, fact.payload),
    authorId: authorOf(fact),
    marked: () => (marked ??= encodeFact(fact.event, markedPayload(fact))),
  };
}

/** The batch for a socket whose owner has blocked these people; `common` is the one of all others. */
export function batchFor(blocked: ReadonlySet<number>, facts: readonly ReadyFact[], common: FactBatch): FactBatch {
  const isHidden = ({ authorId }: ReadyFact) => authorId !== undefined && blocked.has(authorId);
  if (blocked.size === 0 || !facts.some(isHidden)) return common;
  return joinFacts(facts.map((fact) => (isHidden(fact) ? fact.marked() : fact.encoded)));
}

function authorOf(fact: RoomFact): number | undefined {
  switch (fact.event) {
    case 'message.sent':
      return fact.payload.author.id;
    case 'message.edited':
    case 'message.restored':
      return fact.payload.message.author.id;
    default:
      return undefined;
  }
}

function markedPayload(fact: RoomFact): object {
  switch (fact.event) {
    case 'message.edited':
    case 'message.restored':
      return { ...fact.payload, message: { ...fact.payload.message, hidden: true } };
    default:
      return { ...fact.payload, hidden: true };
  }
}
