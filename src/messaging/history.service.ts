import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem, type ProblemCode } from '../platform/problems.js';
import type { Sql } from '../platform/sql.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess, type RoomInSight } from '../rooms/room.access.js';
import type { HistoryRequest, MessagePage, MessageSearchPage, MessageView, SearchRequest } from './message.dto.js';
import { MessageRepository } from './message.repository.js';
import { MessageSearchRepository } from './message-search.repository.js';
import { viewOfMessage } from './message.view.js';
import type { RoomFact } from './room-fact.js';
import { RoomLogRepository } from './room-log.repository.js';

/** A range of a room's log, with the newest seq at the moment it was read. */
export interface LogRange {
  facts: RoomFact[];
  head: number;
  more: boolean;
}

/** What a message says, told apart from what readers are shown. */
export interface Quotation {
  roomId: number;
  seq: number;
  authorId: number;
  /** Also of a deleted message. */
  text: string;
}

/** A reader who has blocked nobody. */
const NOBODY = 0;
const CLOSED = new Set<ProblemCode>(['room/not-found', 'room/not-member', 'room/forbidden']);

/**
 * Reads rooms: pages of messages, single messages, and the log that sockets and pollers resume from. What moderators read in rooms they are
 * not in is written into the audit log before they get it.
 */
@Injectable()
export class HistoryService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomAccess,
    private readonly messages: MessageRepository,
    private readonly searches: MessageSearchRepository,
    private readonly log: RoomLogRepository,
  ) {}

  async history(actor: Actor, roomId: number, request: HistoryRequest): Promise<MessagePage> {
    const { before, after, around, limit = 50 } = request;
    if ([before, after, around].filter((seq) => seq !== undefined).length > 1)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/before', message: 'only one of before, after and around' }],
      });
    await this.look(actor, roomId, { before, after, around, limit });
    const { accountId } = actor;
    if (around !== undefined) return this.around(accountId, roomId, around, limit);
    if (after !== undefined) {
      const rows = await this.messages.after(this.database, accountId, roomId, after, limit + 1);
      const items = rows.slice(0, limit).map(viewOfMessage);
      const hasMore = rows.length > limit;
      return {
        items,
        hasMore,
        next: hasMore ? items.at(-1)!.seq : null,
        prev: after > 0 ? (items[0]?.seq ?? after + 1) : null,
      };
    }
    const rows = await this.messages.before(
      this.database,
      accountId,
      roomId,
      before ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    );
    const hasMore = rows.length > limit;
    const items = rows.slice(hasMore ? 1 : 0).map(viewOfMessage);
    return {
      items,
      hasMore,
      next: before === undefined ? null : (items.at(-1)?.seq ?? null),
      prev: hasMore ? items[0]!.seq : null,
    };
  }

  /** Hits in the part of a room that one search looks at; `hasMore` also where it has none and there is more to look at. */
  async search(actor: Actor, roomId: number, { query, before, limit = 50 }: SearchRequest): Promise<MessageSearchPage> {
    await this.look(actor, roomId, { search: true, before, limit });
    const { messages, searchedTo, hasOlder } = await this.searches.find(this.database, {
      readerId: actor.accountId,
      roomId,
      query,
      before: before ?? Number.MAX_SAFE_INTEGER,
      most: limit,
    });
    return {
      items: messages.map(viewOfMessage),
      hasMore: hasOlder,
      next: null,
      prev: hasOlder ? (searchedTo ?? null) : null,
    };
  }

  /** The newest messages of those of these rooms that the actor may read, ascending by id; without deleted ones and those of people he has blocked. */
  async newest(actor: Actor, roomIds: readonly number[], most: number): Promise<MessageView[]> {
    const readable: number[] = [];
    for (const roomId of roomIds) {
      const closed = await this.look(actor, roomId, { newest: most }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (closed === undefined) readable.push(roomId);
      else if (!(closed instanceof Problem) || !CLOSED.has(closed.code)) throw closed;
    }
    return (await this.messages.newest(this.database, actor.accountId, readable, most)).map(viewOfMessage);
  }

  /** The newest messages of a room, oldest first; without deleted ones and those of people the actor has blocked. */
  async recent(actor: Actor, roomId: number, most: number): Promise<MessageView[]> {
    await this.look(actor, roomId, { newest: most });
    return (await this.messages.newestOf(this.database, actor.accountId, roomId, most)).map(viewOfMessage);
  }

  /** The same with those of people whom the actor has blocked: for whoever reads for all who are in the room. */
  async transcript(actor: Actor, roomId: number, most: number): Promise<MessageView[]> {
    await this.look(actor, roomId, { newest: most });
    return (await this.messages.newestOf(this.database, NOBODY, roomId, most)).map(viewOfMessage);
  }

  async one(actor: Actor, roomId: number, messageId: number): Promise<MessageView> {
    await this.look(actor, roomId, { messageId });
    const message = await this.messages.one(this.database, actor.accountId, roomId, messageId);
    if (!message) throw new Problem('message/not-found');
    return viewOfMessage(message);
  }

  /**
   * A message wherever it is, for one of its readers, with the text that a tombstone no longer shows: to be kept, not to be answered.
   * `looked` when only his role lets him read it; the caller writes that down.
   */
  async quote(sql: Sql, actor: Actor, messageId: number): Promise<{ message: Quotation; looked: boolean }> {
    const row = await this.messages.anywhere(sql, messageId);
    if (!row) throw new Problem('message/not-found');
    const { membership, rank } = await this.rooms.access(sql, actor, row.room_id, 'read').catch((error: unknown) => {
      throw error instanceof Problem && error.code === 'room/not-found' ? new Problem('message/not-found') : error;
    });
    const message = { roomId: row.room_id, seq: row.seq, authorId: row.author_id, text: row.text };
    return { message, looked: !membership && rank >= RANKS.moderator };
  }

  /**
   * The log after a seq, in order and without holes; `after` beyond the newest seq is refused. Access is asked after the range was read:
   * a removal that happened meanwhile refuses the whole answer, a later one has a seq beyond it.
   */
  async events(actor: Actor, roomId: number, after: number, limit: number): Promise<LogRange> {
    const facts = await this.log.after(this.database, actor.accountId, roomId, after, limit);
    const { room } = await this.look(actor, roomId, { after, limit });
    if (after > room.lastSeq)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/after', message: `must not be beyond the newest seq ${room.lastSeq}` }],
      });
    return { facts, head: room.lastSeq, more: (facts.at(-1)?.seq ?? after) < room.lastSeq };
  }

  /** The log for nobody in particular, such as the feed: it looks after access and personal blocks itself. */
  facts(roomId: number, after: number, limit: number): Promise<RoomFact[]> {
    return this.log.after(this.database, undefined, roomId, after, limit);
  }

  private async look(actor: Actor, roomId: number, range: object): Promise<RoomInSight> {
    const sight = await this.rooms.access(this.database, actor, roomId, 'read');
    if (!sight.membership && sight.rank >= RANKS.moderator)
      await this.database.write((tx) =>
        audit(tx, { by: actor, action: 'room.read', target: ['room', roomId], after: range }),
      );
    return sight;
  }

  private async around(readerId: number, roomId: number, seq: number, limit: number): Promise<MessagePage> {
    const half = Math.floor(limit / 2);
    const [older, newer] = await Promise.all([
      this.messages.before(this.database, readerId, roomId, seq, half + 1),
      this.messages.after(this.database, readerId, roomId, seq - 1, limit - half + 1),
    ]);
    const moreOlder = older.length > half;
    const moreNewer = newer.length > limit - half;
    const items = [...older.slice(moreOlder ? 1 : 0), ...newer.slice(0, limit - half)].map(viewOfMessage);
    return {
      items,
      hasMore: moreOlder || moreNewer,
      next: moreNewer ? items.at(-1)!.seq : null,
      prev: moreOlder ? (items[0]?.seq ?? seq) : null,
    };
  }
}
