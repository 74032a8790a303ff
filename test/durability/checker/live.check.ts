import type { Fact, History, RoomReadBack, Stream } from './history.js';
import type { KnownTexts } from './known-texts.js';
import { checkSequence } from './sequence.check.js';
import type { Violation } from './violation.js';

/** Whether every socket heard the log: from its place on without holes, each seq once and in order, and over all reconnects to the end. */
export function checkLive(history: History, rooms: readonly RoomReadBack[], texts: KnownTexts): Violation[] {
  const logs = new Map(rooms.map((room) => [room.roomId, new Map(room.log.map((fact) => [fact.seq, fact]))]));
  const heads = new Map(rooms.map(({ roomId, head }) => [roomId, head]));
  const violations: Violation[] = [];
  for (const stream of history.streams) {
    const where = `${stream.listener} on connection ${stream.connection} in room ${stream.roomId}`;
    violations.push(
      ...checkSequence(
        where,
        stream.heard.map(({ seq }) => seq),
        stream.after,
      ),
      ...checkContent(where, stream, logs.get(stream.roomId) ?? new Map<number, Fact>(), texts),
    );
  }
  for (const { listener, roomId, reached } of history.follows) {
    const head = heads.get(roomId) ?? 0;
    if (reached < head)
      violations.push({ kind: 'lost', says: `${listener} heard room ${roomId} up to ${reached} of ${head}` });
  }
  return violations;
}

function checkContent(where: string, { heard }: Stream, log: Map<number, Fact>, texts: KnownTexts): Violation[] {
  const violations: Violation[] = [];
  for (const fact of heard) {
    const logged = log.get(fact.seq);
    if (!logged)
      violations.push({ kind: 'invented', says: `${where}: ${fact.event} with seq ${fact.seq} is not in the log` });
    else if (!isSame(fact, logged) || (fact.text !== undefined && !texts.isPossible(fact, fact.text)))
      violations.push({
        kind: 'changed',
        says: `${where}: heard ${JSON.stringify(fact)}, the log has ${JSON.stringify(logged)}`,
      });
  }
  return violations;
}

/** Texts are compared apart: facts show the message as it was when they were told. */
function isSame(heard: Fact, logged: Fact): boolean {
  return (
    heard.event === logged.event &&
    heard.id === logged.id &&
    heard.messageSeq === logged.messageSeq &&
    heard.authorId === logged.authorId &&
    heard.clientId === logged.clientId
  );
}
