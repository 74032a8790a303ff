import { IsInt, IsOptional, Matches, Max, Min, ValidateIf } from 'class-validator';
import { PublicAccountView } from '../accounts/account.dto.js';
import { MOST_ITEMS, WholeNumber } from '../platform/paging.dto.js';
import { SafeText } from '../platform/safe-text.js';
import { CLIENT_ID, MOST_TEXT, MOST_VERSION } from './message.schema.js';

const given = (_request: unknown, value: unknown) => value !== undefined;

/** A message to send. The form is checked by message.schema.ts, on the busiest road of all; this class describes it in OpenAPI. */
export class SendMessage {
  /**
   * What is said: 1 to 16 000 characters, kept and returned as they are.
   * @example "Добрый вечер! Tea is ready."
   */
  @SafeText({ least: 1, most: MOST_TEXT })
  text: string;

  /**
   * Your own name for this message, unique among all you ever send. Repeating a send with the same name never stores a second message.
   * @example "3f0c9c1e-8d2f-4f0e-9a53-5d1f6b0f7a11"
   */
  @Matches(CLIENT_ID)
  clientId: string;

  /**
   * Id of the message of the same room that this one answers.
   * @example 4097
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be the id of a message' })
  @Min(1, { message: 'must be the id of a message' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be the id of a message' })
  replyTo?: number;
}

/** A new text for a message. */
export class EditMessage {
  /**
   * The text from now on.
   * @example "Добрый вечер! The tea is ready."
   */
  @SafeText({ least: 1, most: MOST_TEXT })
  text: string;

  /**
   * The version you have seen; a newer one refuses the edit.
   * @example 1
   */
  @IsInt({ message: 'must be a version number' })
  @Min(1, { message: 'must be a version number' })
  @Max(MOST_VERSION, { message: 'must be a version number' })
  version: number;
}

/** How far the room has been read. */
export class ReadMark {
  /**
   * The seq up to which everything has been read.
   * @example 42
   */
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  seq: number;
}

/** How much of a room is wanted at once. */
export class SeqLimit {
  /** How many items at most. */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(MOST_ITEMS, { message: `must be at most ${MOST_ITEMS}` })
  limit?: number = 50;
}

/** Which part of a room's history is wanted; without a seq, its end. */
export class HistoryRequest extends SeqLimit {
  /**
   * Messages older than this seq.
   * @example 120
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  before?: number;

  /** Messages newer than this seq. */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  after?: number;

  /** Messages on both sides of this seq, itself included. */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  around?: number;
}

/** What is looked for in a room. */
export class SearchRequest extends SeqLimit {
  /**
   * Words that a message must have, in any of their forms in Russian and English; "words in quotes" stand together, -word is absent. Or a part of its text.
   * @example "самовар"
   */
  @SafeText({ least: 1, most: 200 })
  query: string;

  /**
   * Messages older than this seq.
   * @example 120
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  before?: number;
}

/** Which part of a room's log is wanted. */
export class EventsRequest extends SeqLimit {
  /**
   * Events newer than this seq; 0 begins at the beginning.
   * @example 0
   */
  @WholeNumber()
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  after: number;
}

/** A message as its readers see it: the same object over HTTP, in acks and in facts. */
export class MessageView {
  /** @example 4098 */
  id: number;
  /** @example 17 */
  roomId: number;
  /**
   * Its place among everything that happened in the room.
   * @example 43
   */
  seq: number;
  author: PublicAccountView;
  /**
   * Empty once deleted.
   * @example "Добрый вечер! Tea is ready."
   */
  text: string;
  /** @example "3f0c9c1e-8d2f-4f0e-9a53-5d1f6b0f7a11" */
  clientId: string;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  /** @example null */
  editedAt: string | null;
  /** @example null */
  deletedAt: string | null;
  /**
   * Grows by one with each edit.
   * @example 1
   */
  version: number;
  /** @example 4097 */
  replyTo: number | null;
  /** True where the reader has blocked its author personally: show it only on demand. Otherwise left out. */
  hidden?: boolean;
}

/** Part of a room's history, oldest first. */
export class MessagePage {
  items: MessageView[];
  /** Whether there is more in the direction that was asked for. */
  hasMore: boolean;
  /**
   * For `after`: the seq where newer messages begin; null at the end.
   * @example 43
   */
  next: number | null;
  /**
   * For `before`: the seq where older messages begin; null at the beginning.
   * @example 12
   */
  prev: number | null;
}

export class MessageSearchPage {
  /** Hits, newest first. */
  items: MessageView[];
  /** Whether older messages have not been looked at yet. */
  hasMore: boolean;
  /** @example null */
  next: number | null;
  /**
   * Pass it as `before` to look further back; null where all was looked at.
   * @example 12
   */
  prev: number | null;
}

/** One fact of a room's log. */
export class RoomEventView {
  /** @example 44 */
  seq: number;
  /**
   * Name of the fact, as sockets hear it.
   * @example "member.joined"
   */
  event: string;
  /**
   * The fact itself, as sockets hear it.
   * @example { "roomId": 17, "seq": 44, "account": { "id": 18, "username": "bob", "firstName": "", "lastName": "" } }
   */
  data: Record<string, unknown>;
}

/** Part of a room's log, without holes, oldest first. */
export class RoomEventPage {
  items: RoomEventView[];
  hasMore: boolean;
  /**
   * Pass it as `after` to go on.
   * @example 44
   */
  next: number | null;
  /** @example null */
  prev: number | null;
  /**
   * The newest seq of the room at this moment.
   * @example 44
   */
  head: number;
}

/** How far one room has been read. */
export class ReadStateView {
  /** @example 17 */
  roomId: number;
  /** @example 42 */
  readSeq: number;
  /** @example 43 */
  headSeq: number;
  /**
   * Messages of others after the read mark, deleted ones left out.
   * @example 1
   */
  unreadCount: number;
  /**
   * Messages after the read mark that mention you; counted up to 1000.
   * @example 1
   */
  mentionCount: number;
}

/** Unread messages of all your rooms. */
export class UnreadView {
  /** @example 3 */
  total: number;
  /**
   * How many of them mention you.
   * @example 1
   */
  mentions: number;
  /** Rooms with at least one unread message. */
  rooms: ReadStateView[];
}
