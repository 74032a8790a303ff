import { check } from './checker/checker.js';
import type { Fact, History, RoomReadBack, Send, StoredMessage } from './checker/history.js';
import { countByKind } from './checker/violation.js';

const ALICE = 1;
const BOB = 2;
const LOBBY = 17;

interface Case {
  history: History;
  lobby: RoomReadBack;
}

/** Alice sends three messages, bob one; the second is edited, the third deleted; carol hears all of it over two connections. */
function honest(): Case {
  const rows: StoredMessage[] = [
    { id: 101, seq: 2, authorId: ALICE, clientId: 'a-1', text: 'one', version: 1, deleted: false },
    { id: 102, seq: 3, authorId: ALICE, clientId: 'a-2', text: 'two, edited', version: 2, deleted: false },
    { id: 103, seq: 4, authorId: BOB, clientId: 'b-1', text: ' б \n', version: 1, deleted: false },
    { id: 104, seq: 7, authorId: ALICE, clientId: 'a-3', text: '', version: 1, deleted: true },
  ];
  const [one, two, three, four] = rows as [StoredMessage, StoredMessage, StoredMessage, StoredMessage];
  const sent = (row: StoredMessage): Fact => ({ event: 'message.sent', messageSeq: row.seq, ...messageOf(row) });
  const log: Fact[] = [
    { seq: 1, event: 'member.joined' },
    sent(one),
    sent(two),
    sent(three),
    { ...sent(two), seq: 5, event: 'message.edited', messageSeq: 3 },
    { seq: 6, event: 'room.changed' },
    sent(four),
    { seq: 8, event: 'message.deleted', messageSeq: 7 },
  ];
  const live = structuredClone(log);
  live[2]!.text = 'two';
  live[6]!.text = 'three';
  const sends = [
    sendOf(one, 'one', 10, 1),
    sendOf(two, 'two', 11, 2),
    sendOf(three, ' б \n', 30, 3),
    sendOf(four, 'three', 50, 4),
  ];
  const change = { roomId: LOBBY, version: 1, outcome: 'ok' as const };
  return {
    history: {
      sends,
      changes: [
        { ...change, kind: 'edit', messageId: 102, messageSeq: 3, text: 'two, edited' },
        { ...change, kind: 'delete', messageId: 104, messageSeq: 7, text: '' },
      ],
      streams: [
        { listener: 'carol', connection: 90, roomId: LOBBY, after: 0, heard: live.slice(0, 5) },
        { listener: 'carol', connection: 91, roomId: LOBBY, after: 5, heard: live.slice(5) },
      ],
      follows: [{ listener: 'carol', roomId: LOBBY, reached: 8 }],
      surprises: [],
    },
    lobby: {
      roomId: LOBBY,
      head: 8,
      log,
      pages: structuredClone(rows),
      rows,
      marks: [
        { accountId: ALICE, readSeq: 0, unread: 1 },
        { accountId: BOB, readSeq: 2, unread: 1 },
      ],
    },
  };
}

function messageOf({ id, seq, authorId, clientId, text }: StoredMessage) {
  return { id, seq, authorId, clientId, text };
}

function sendOf(row: StoredMessage, text: string, begunAt: number, place: number): Send {
  const { authorId, clientId } = row;
  const answer = {
    ...messageOf(row),
    text,
    roomId: LOBBY,
    duplicate: false,
    at: begunAt + 10,
    connection: authorId,
    place,
  };
  return {
    authorId,
    roomId: LOBBY,
    clientId,
    text,
    begunAt,
    attempts: 1,
    ambiguous: false,
    outcome: 'ok',
    answers: [answer],
  };
}

const refused = (clientId: string, text: string): Send => ({
  authorId: ALICE,
  roomId: LOBBY,
  clientId,
  text,
  begunAt: 60,
  attempts: 1,
  ambiguous: false,
  outcome: 'fail',
  answers: [],
});

/** Takes an event out of all three readings, as if it had never been stored, and closes the hole. */
function forget({ lobby }: Case, seq: number): void {
  const gone = <T extends { seq: number }>(items: T[]) => items.filter((item) => item.seq !== seq);
  Object.assign(lobby, { log: gone(lobby.log), pages: gone(lobby.pages), rows: gone(lobby.rows), marks: [] });
}

/** Adds a message to all three readings, at the end. */
function store({ history, lobby }: Case, message: Partial<StoredMessage>): void {
  const seq = (history.follows[0]!.reached = ++lobby.head);
  const row = { id: 200 + seq, seq, authorId: ALICE, clientId: 'x', text: 'x', version: 1, deleted: false, ...message };
  lobby.rows.push(row);
  for (const mark of lobby.marks) if (mark.accountId !== row.authorId) mark.unread++;
  lobby.pages.push({ ...row });
  lobby.log.push({ event: 'message.sent', messageSeq: seq, ...messageOf(row) });
}

function kindsOf({ history, lobby }: Case): string[] {
  return [...countByKind(check(history, [lobby])).keys()].sort();
}

const swap = <T>(items: T[], at: number): void => void items.splice(at, 2, items[at + 1]!, items[at]!);

describe('the checker', () => {
  it('finds nothing in an honest history', () => {
    const { history, lobby } = honest();
    expect(check(history, [lobby])).toEqual([]);
  });

  it('takes a message of unknown outcome as well stored as not', () => {
    const stored = honest();
    Object.assign(stored.history.sends[2]!, { outcome: 'unknown', answers: [] });
    expect(kindsOf(stored)).toEqual([]);
    const absent = honest();
    absent.history.sends.push({ ...refused('a-9', 'nine'), outcome: 'unknown' });
    expect(kindsOf(absent)).toEqual([]);
  });

  it('takes a repetition that is answered as one, and a second text under a key that is refused', () => {
    const repeated = honest();
    const { answers } = repeated.history.sends[0]!;
    answers.push({ ...answers[0]!, duplicate: true, at: 90, connection: 77, place: 1 });
    repeated.history.sends.push({ ...refused('a-1', 'another'), reusesKey: true });
    expect(kindsOf(repeated)).toEqual([]);
  });

  it('takes a refusal of somebody who may not write', () => {
    const one = honest();
    one.history.sends.push({ ...refused('a-9', 'nine'), forbidden: true });
    expect(kindsOf(one)).toEqual([]);
  });

  it('takes an edit of unknown outcome as well stored as not, and a refused one as not stored', () => {
    const one = honest();
    const [edit] = one.history.changes;
    one.history.changes.push({ ...edit!, version: 2, text: 'two, again', outcome: 'unknown' });
    one.history.changes.push({ ...edit!, version: 1, text: 'two, too late', outcome: 'fail' });
    expect(kindsOf(one)).toEqual([]);
    edit!.outcome = 'unknown';
    expect(kindsOf(one)).toEqual([]);
  });

  it.each<[string, string[], (one: Case) => void]>([
    ['an acknowledged message that is not stored', ['gap', 'invented', 'lost'], (one) => forget(one, 4)],
    [
      'an acknowledged message that was never numbered',
      ['lost'],
      ({ history }) => history.sends.push({ ...refused('a-9', 'nine'), outcome: 'ok' }),
    ],
    ['a message of somebody who may not write', ['admitted'], ({ history }) => (history.sends[2]!.forbidden = true)],
    [
      'an acknowledged edit that is not stored',
      ['lost'],
      ({ history }) => history.changes.push({ ...history.changes[0]!, text: 'two, again', version: 2 }),
    ],
    [
      'an acknowledged deletion that is not stored',
      ['lost'],
      ({ history }) => history.changes.push({ ...history.changes[1]!, messageId: 101, messageSeq: 2 }),
    ],
    ['a message that one way of reading leaves out', ['lost'], ({ lobby }) => lobby.pages.splice(1, 1)],
    ['a listener who was not told the end', ['lost'], ({ history }) => (history.follows[0]!.reached = 7)],
    ['a message stored twice under its key', ['duplicated'], (one) => store(one, { clientId: 'a-1', text: 'one' })],
    [
      'a message stored twice under another key',
      ['duplicated'],
      (one) => store(one, { clientId: 'a-1x', text: 'one' }),
    ],
    [
      'a message accepted twice',
      ['duplicated'],
      ({ history: { sends } }) => sends[0]!.answers.push({ ...sends[0]!.answers[0]!, at: 90, connection: 77 }),
    ],
    [
      'two answers that do not agree',
      ['duplicated'],
      ({ history: { sends } }) => sends[0]!.answers.push({ ...sends[0]!.answers[0]!, duplicate: true, seq: 9 }),
    ],
    [
      'an edit told twice',
      ['duplicated'],
      ({ history, lobby }) => lobby.log.push({ ...lobby.log[4]!, seq: (history.follows[0]!.reached = ++lobby.head) }),
    ],
    ['a fact heard twice', ['duplicated'], ({ history: { streams } }) => streams[1]!.heard.push(streams[1]!.heard[0]!)],
    [
      'a fact from before the place that was resumed from',
      ['duplicated'],
      ({ history: { streams } }) => streams[1]!.heard.unshift(streams[0]!.heard[4]!),
    ],
    [
      'another message in the answer to a repetition',
      ['duplicated'],
      ({ history: { sends } }) => sends[0]!.answers.push({ ...sends[0]!.answers[0]!, duplicate: true, id: 999 }),
    ],
    [
      'an edit stored twice',
      ['duplicated'],
      ({ history, lobby }) => {
        lobby.rows[1]!.version = lobby.pages[1]!.version = 3;
        lobby.log.push({ ...lobby.log[4]!, seq: (history.follows[0]!.reached = ++lobby.head) });
      },
    ],
    ['a message on two pages', ['duplicated'], ({ lobby }) => lobby.pages.splice(1, 0, lobby.pages[0]!)],
    ['a hole in the log, of a fact that was heard', ['gap', 'invented'], ({ lobby }) => lobby.log.splice(5, 1)],
    ['a head beyond the newest event', ['gap', 'lost'], ({ lobby }) => lobby.head++],
    ['a hole in what was heard', ['gap'], ({ history: { streams } }) => streams[1]!.heard.splice(1, 1)],
    ['a hole at the seam', ['gap'], ({ history: { streams } }) => streams[1]!.heard.shift()],
    ['two facts heard the wrong way round', ['out-of-order'], ({ history: { streams } }) => swap(streams[0]!.heard, 1)],
    ['a log the wrong way round', ['out-of-order'], ({ lobby }) => swap(lobby.log, 3)],
    ['pages the wrong way round', ['out-of-order'], ({ lobby }) => swap(lobby.pages, 0)],
    [
      'messages of one connection stored in another order than sent',
      ['out-of-order'],
      ({ history: { sends } }) => Object.assign(sends[0]!.answers[0]!, { place: 3 }),
    ],
    [
      'a message stored before one that was acknowledged before it was sent',
      ['out-of-order'],
      ({ history: { sends } }) => Object.assign(sends[1]!, { begunAt: 41 }),
    ],
    [
      'a message stored before the newest of those that were acknowledged before it was sent',
      ['out-of-order'],
      ({ history: { sends } }) => {
        Object.assign(sends[3]!, { begunAt: 1 }).answers[0]!.at = 12;
        Object.assign(sends[0]!, { begunAt: 1 }).answers[0]!.at = 13;
      },
    ],
    ['another text in an answer', ['changed'], ({ history: { sends } }) => (sends[0]!.answers[0]!.text = 'uno')],
    ['another room in an answer', ['changed'], ({ history: { sends } }) => (sends[0]!.answers[0]!.roomId = 99)],
    [
      'another room than was sent to',
      ['changed'],
      ({ history: { sends } }) => (Object.assign(sends[0]!, { roomId: 99 }).answers[0]!.roomId = 99),
    ],
    [
      'another text than was sent',
      ['changed'],
      ({ lobby }) => [lobby.rows[2]!, lobby.pages[2]!, lobby.log[3]!].forEach((read) => (read.text = 'б')),
    ],
    [
      'another text in a form that looks the same',
      ['changed'],
      ({ history }) =>
        Object.assign(history.sends[0]!, { text: 'é' }) && (history.sends[0]!.answers[0]!.text = 'e\u0301'),
    ],
    ['another text in what was heard', ['changed'], ({ history: { streams } }) => (streams[0]!.heard[1]!.text = 'uno')],
    ['another message heard than stored', ['changed'], ({ history: { streams } }) => (streams[0]!.heard[1]!.id = 999)],
    ['readings that do not agree', ['changed'], ({ lobby }) => (lobby.pages[0]!.text = 'uno')],
    ['another place than was acknowledged', ['changed'], ({ history: { sends } }) => (sends[3]!.answers[0]!.seq = 9)],
    [
      'a message stored as of somebody else',
      ['changed', 'miscounted', 'wrong-author'],
      ({ lobby }) => [lobby.rows[2]!, lobby.pages[2]!, lobby.log[3]!].forEach((read) => (read.authorId = ALICE)),
    ],
    [
      'an answer as of somebody else',
      ['changed', 'wrong-author'],
      ({ history: { sends } }) => (sends[0]!.answers[0]!.authorId = BOB),
    ],
    ['a message that nobody sent', ['invented'], (one) => store(one, {})],
    [
      'a message that only pages have',
      ['invented'],
      ({ lobby }) => lobby.pages.push({ ...lobby.pages[0]!, id: 999, seq: 9 }),
    ],
    ['a deletion that was refused', ['invented'], ({ history }) => (history.changes[1]!.outcome = 'fail')],
    ['an event beyond the head', ['invented'], ({ lobby }) => lobby.head--],
    [
      'a fact heard that is not stored',
      ['invented'],
      ({ history: { streams } }) => streams[1]!.heard.push({ seq: 9, event: 'room.changed' }),
    ],
    [
      'a refused message that is stored',
      ['refused-but-stored'],
      ({ history: { sends } }) => Object.assign(sends[2]!, { outcome: 'fail', answers: [] }),
    ],
    [
      'a second text under a key that was refused and is stored',
      ['refused-but-stored'],
      (one) => {
        one.history.sends.push({ ...refused('a-1', 'another'), reusesKey: true });
        store(one, { clientId: 'a-1x', text: 'another' });
      },
    ],
    ['a refused edit that is stored', ['refused-but-stored'], ({ history }) => (history.changes[0]!.outcome = 'fail')],
    ["an unread count with one's own messages", ['miscounted'], ({ lobby }) => (lobby.marks[0]!.unread = 3)],
    ['an unread count with a deleted message', ['miscounted'], ({ lobby }) => (lobby.marks[1]!.unread = 2)],
    [
      'an internal error',
      ['internal-error'],
      ({ history }) => history.surprises.push({ kind: 'internal-error', says: '500' }),
    ],
  ])('names %s', (_name, kinds, spoil) => {
    const one = honest();
    spoil(one);
    expect(kindsOf(one)).toEqual(kinds);
    expect(check(one.history, [one.lobby])[0]!.says).toMatch(/\w{3}/);
  });
});
