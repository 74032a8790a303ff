import type { Change, History, RoomReadBack, Send, StoredMessage } from './history.js';
import { type KnownTexts, keyOf } from './known-texts.js';
import { checkSequence } from './sequence.check.js';
import type { Violation } from './violation.js';

type Found = StoredMessage & { roomId: number };

/** Whether every message is stored as its sender was told: once, in its place, with its text, and nothing beside. */
export function checkStored(history: History, rooms: readonly RoomReadBack[], texts: KnownTexts): Violation[] {
  const found = rooms.flatMap(({ roomId, rows }) => rows.map((row): Found => ({ ...row, roomId })));
  const byKey = groupBy(found, keyOf);
  const byText = groupBy(found, ({ text }) => text);
  const claimed = new Set<Found>();
  const violations = rooms.flatMap(checkReadings);
  for (const send of history.sends) {
    const stored = send.reusesKey ? [] : [...(byKey.get(keyOf(send)) ?? [])];
    for (const one of byText.get(send.text) ?? []) if (!stored.includes(one)) stored.push(one);
    for (const one of stored) claimed.add(one);
    violations.push(...checkSend(send, stored, texts));
  }
  for (const one of found)
    if (!claimed.has(one)) violations.push({ kind: 'invented', says: `${nameOf(one)} was sent by nobody` });
  return violations;
}

function checkSend(send: Send, stored: readonly Found[], texts: KnownTexts): Violation[] {
  const name = `message ${send.clientId} of ${send.authorId}`;
  const [first, ...more] = stored;
  if (!first)
    return send.outcome === 'ok' ? [{ kind: 'lost', says: `${name} was acknowledged and is not stored` }] : [];
  if (send.outcome === 'fail')
    return [{ kind: 'refused-but-stored', says: `${name} was refused and is ${nameOf(first)}` }];
  const violations: Violation[] = [];
  if (more.length > 0)
    violations.push({ kind: 'duplicated', says: `${name} is stored as ${stored.map(nameOf).join(' and ')}` });
  if (first.authorId !== send.authorId)
    violations.push({ kind: 'wrong-author', says: `${name} is stored as of ${first.authorId}` });
  if (first.roomId !== send.roomId)
    violations.push({ kind: 'changed', says: `${name} was sent to room ${send.roomId} and is ${nameOf(first)}` });
  const [answer] = send.answers;
  if (answer && !stored.some((one) => one.seq === answer.seq && one.id === answer.id))
    violations.push({ kind: 'changed', says: `${name} was told seq ${answer.seq} and is ${nameOf(first)}` });
  return [...violations, ...checkState(name, send, first, texts.changesOf(first.id))];
}

/** Whether the message is now as its author's edits and deletions made it. */
function checkState(name: string, send: Send, stored: Found, changes: readonly Change[]): Violation[] {
  let possible = [send.text];
  let [least, most] = [1, 1];
  let deleted: 'yes' | 'no' | 'perhaps' = 'no';
  for (const { kind, text, outcome } of changes) {
    if (outcome === 'fail') continue;
    if (kind === 'delete') {
      deleted = outcome === 'ok' ? 'yes' : 'perhaps';
      continue;
    }
    possible = outcome === 'ok' ? [text] : [...possible, text];
    most++;
    if (outcome === 'ok') least++;
  }
  if (changes.some(({ outcome, text }) => outcome === 'fail' && text === stored.text) && !stored.deleted)
    return [{ kind: 'refused-but-stored', says: `${name}: an edit was refused and is stored` }];
  if (stored.version < least) return [{ kind: 'lost', says: `${name}: an edit was acknowledged and is not stored` }];
  if (stored.version > most)
    return [{ kind: 'duplicated', says: `${name} has version ${stored.version} after ${most - 1} edits` }];
  if (stored.deleted) return deleted === 'no' ? [{ kind: 'invented', says: `${name} was deleted by nobody` }] : [];
  if (deleted === 'yes') return [{ kind: 'lost', says: `${name}: its deletion was acknowledged and is not stored` }];
  return possible.includes(stored.text)
    ? []
    : [
        {
          kind: 'changed',
          says: `${name} has the text ${JSON.stringify(stored.text)}, not ${JSON.stringify(possible)}`,
        },
      ];
}

/** Whether log, pages and table of a room say the same, and the log has every seq once. */
function checkReadings({ roomId, head, log, pages, rows }: RoomReadBack): Violation[] {
  const violations = checkSequence(
    `log of room ${roomId}`,
    log.map(({ seq }) => seq),
    0,
    head,
  );
  const inTable = new Map(rows.map((row) => [row.seq, row]));
  const sent = log.filter(({ event }) => event === 'message.sent');
  for (const [where, read] of [
    ['log', sent],
    ['pages', pages],
  ] as const) {
    let before = 0;
    const seqs = new Set<number>();
    for (const one of read) {
      const place = `${where} of room ${roomId}: message ${one.seq}`;
      const row = inTable.get(one.seq);
      if (!row) violations.push({ kind: 'invented', says: `${place} is not in the table` });
      else if (!isSame(one, row)) violations.push({ kind: 'changed', says: `${place} is not as in the table` });
      if (where === 'pages' && seqs.has(one.seq)) violations.push({ kind: 'duplicated', says: `${place} again` });
      else if (where === 'pages' && one.seq < before)
        violations.push({ kind: 'out-of-order', says: `${place} after ${before}` });
      seqs.add(one.seq);
      before = Math.max(before, one.seq);
    }
    for (const seq of inTable.keys())
      if (!seqs.has(seq))
        violations.push({ kind: 'lost', says: `${where} of room ${roomId}: message ${seq} is missing` });
  }
  return [...violations, ...checkChangesInLog(roomId, log, rows)];
}

function checkChangesInLog(roomId: number, log: RoomReadBack['log'], rows: readonly StoredMessage[]): Violation[] {
  const violations: Violation[] = [];
  const edits = groupBy(
    log.filter(({ event }) => event === 'message.edited'),
    ({ messageSeq }) => String(messageSeq),
  );
  const deletions = groupBy(
    log.filter(({ event }) => event === 'message.deleted'),
    ({ messageSeq }) => String(messageSeq),
  );
  for (const { seq, version, deleted } of rows) {
    for (const [what, told, happened] of [
      ['edits', edits.get(String(seq))?.length ?? 0, version - 1],
      ['deletions', deletions.get(String(seq))?.length ?? 0, deleted ? 1 : 0],
    ] as const) {
      if (told === happened) continue;
      const says = `log of room ${roomId}: ${told} ${what} of message ${seq}, which had ${happened}`;
      violations.push({ kind: told > happened ? 'duplicated' : 'lost', says });
    }
  }
  return violations;
}

function isSame(one: Partial<StoredMessage>, row: StoredMessage): boolean {
  return (
    one.id === row.id &&
    one.authorId === row.authorId &&
    one.clientId === row.clientId &&
    one.text === row.text &&
    (one.version ?? row.version) === row.version &&
    (one.deleted ?? row.deleted) === row.deleted
  );
}

function nameOf({ roomId, seq }: Found): string {
  return `seq ${seq} of room ${roomId}`;
}

function groupBy<T>(items: readonly T[], keyOfItem: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
