/** What senders and listeners saw, and what is read back at the end: plain data, so that the checker can be tried on histories made by hand. */

/** ok: acknowledged; fail: refused for good, so never stored; unknown: no answer settled it, so stored at most once. */
export type Outcome = 'ok' | 'fail' | 'unknown';

/** One acknowledgement of a message. */
export interface Answer {
  id: number;
  seq: number;
  roomId: number;
  authorId: number;
  clientId: string;
  text: string;
  duplicate: boolean;
  /** When it came, in milliseconds of the rig's own clock. */
  at: number;
  /** Over which connection, and how many commands that connection had been given before this one. */
  connection: number;
  place: number;
}

/** One message, with all attempts to send it. */
export interface Send {
  authorId: number;
  roomId: number;
  clientId: string;
  text: string;
  begunAt: number;
  attempts: number;
  /** Whether an attempt ended without an answer, so that the next one may have found the message stored. */
  ambiguous: boolean;
  outcome: Outcome;
  answers: Answer[];
  /** Sent under the key of another message, so that it has to be refused. */
  reusesKey?: boolean;
  /** Begun when the author had no right to send into that room, or no longer: what took the right away had been answered. */
  forbidden?: boolean;
}

/** An edit or a deletion; those of one message are made by its author, one after the other. */
export interface Change {
  kind: 'edit' | 'delete';
  roomId: number;
  messageId: number;
  messageSeq: number;
  /** The version that the edit was based on. */
  version: number;
  text: string;
  outcome: Outcome;
}

/** One fact as a socket heard it or the log has it; the message's own properties where the fact carries a message. */
export interface Fact {
  seq: number;
  event: string;
  messageSeq?: number;
  id?: number;
  authorId?: number;
  clientId?: string;
  text?: string;
}

/** The facts of one room on one connection from a promised place on: the head at sign-in, or the seq that was resumed from. */
export interface Stream {
  listener: string;
  connection: number;
  roomId: number;
  after: number;
  heard: Fact[];
}

/** How far a listener has followed a room from its beginning, over all his connections. */
export interface Follow {
  listener: string;
  roomId: number;
  reached: number;
}

export type SurpriseKind = 'internal-error' | 'unanswered' | 'heard-behind-a-block' | 'not-recovered';

/** What must not happen to a client at any time. */
export interface Surprise {
  kind: SurpriseKind;
  says: string;
}

export interface History {
  sends: Send[];
  changes: Change[];
  streams: Stream[];
  follows: Follow[];
  surprises: Surprise[];
}

export interface StoredMessage {
  id: number;
  seq: number;
  authorId: number;
  clientId: string;
  text: string;
  version: number;
  deleted: boolean;
}

/** How far a member has read a room, and how many messages the service counts as unread by him. */
export interface Mark {
  accountId: number;
  readSeq: number;
  unread: number;
}

/** One room, read three ways: the pages of its history, its log, and its table. */
export interface RoomReadBack {
  roomId: number;
  head: number;
  pages: StoredMessage[];
  log: Fact[];
  rows: StoredMessage[];
  marks: Mark[];
}

export function emptyHistory(): History {
  return { sends: [], changes: [], streams: [], follows: [], surprises: [] };
}
