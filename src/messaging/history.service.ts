import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess, type RoomInSight } from '../rooms/room.access.js';
import type { HistoryRequest, MessagePage, MessageView } from './message.dto.js';
import { MessageRepository } from './message.repository.js';
import { viewOfMessage } from './message.view.js';
import type { RoomFact } from './room-fact.js';
import { RoomLogRepository } from './room-log.repository.js';

/** A range of a room's log, with the newest seq at the moment it was read. */
export interface LogRange {
  facts: RoomFact[];
  head: number;
  more: boolean;
}

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
    private readonly log: RoomLogRepository,
  ) {}

  async history(actor: Actor, roomId: number, request: HistoryRequest): Promise<MessagePage> {
    const { before, after, around, limit = 50 } = request;
    if ([before, after, around].filter((seq) => seq !== undefined).length > 1)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/before', message: 'only one of before, after and around' }],
      });
    await this.look(actor, roomId, { before, after, around, limit });
    if (around !== undefined) return this.around(roomId, around, limit);
    if (after !== undefined) {
      const rows = await this.messages.after(this.database, roomId, after, limit + 1);
      const items = rows.slice(0, limit).map(viewOfMessage);
      const hasMore = rows.length > limit;
      return {
        items,
        hasMore,
        next: hasMore ? items.at(-1)!.seq : null,
        prev: after > 0 ? (items[0]?.seq ?? after + 1) : null,
      };
    }
    const rows = await this.messages.before(this.database, roomId, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
    const hasMore = rows.length > limit;
    const items = rows.slice(hasMore ? 1 : 0).map(viewOfMessage);
    return {
      items,
      hasMore,
      next: before === undefined ? null : (items.at(-1)?.seq ?? null),
      prev: hasMore ? items[0]!.seq : null,
    };
  }

  async one(actor: Actor, roomId: number, messageId: number): Promise<MessageView> {
    await this.look(actor, roomId, { messageId });
    const message = await this.messages.one(this.database, roomId, messageId);
    if (!message) throw new Problem('message/not-found');
    return viewOfMessage(message);
  }

  /**
   * The log after a seq, in order and without holes; `after` beyond the newest seq is refused. Access is asked after the range was read:
   * a removal that happened meanwhile refuses the whole answer, a later one has a seq beyond it.
   */
  async events(actor: Actor, roomId: number, after: number, limit: number): Promise<LogRange> {
    const facts = await this.log.after(this.database, roomId, after, limit);
    const { room } = await this.look(actor, roomId, { after, limit });
    if (after > room.lastSeq)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/after', message: `must not be beyond the newest seq ${room.lastSeq}` }],
      });
    return { facts, head: room.lastSeq, more: (facts.at(-1)?.seq ?? after) < room.lastSeq };
  }

  /** The log for a reader whose access is already known, such as the feed. */
  facts(roomId: number, after: number, limit: number): Promise<RoomFact[]> {
    return this.log.after(this.database, roomId, after, limit);
  }

  private async look(actor: Actor, roomId: number, range: object): Promise<RoomInSight> {
    const sight = await this.rooms.access(this.database, actor, roomId, 'read');
    if (!sight.membership && sight.rank >= RANKS.moderator)
      await this.database.write((tx) =>
        audit(tx, { by: actor, action: 'room.read', target: ['room', roomId], after: range }),
      );
    return sight;
  }

  private async around(roomId: number, seq: number, limit: number): Promise<MessagePage> {
    const half = Math.floor(limit / 2);
    const [older, newer] = await Promise.all([
      this.messages.before(this.database, roomId, seq, half + 1),
      this.messages.after(this.database, roomId, seq - 1, limit - half + 1),
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
