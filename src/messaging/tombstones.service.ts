import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { type Act, audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess } from '../rooms/room.access.js';
import type { MessageView } from './message.dto.js';
import { MessageRepository, type SentInPeriod } from './message.repository.js';
import { type AuthoredMessage, viewOfMessage } from './message.view.js';

/** Takes messages away and brings them back, as moderators do. What is taken away leaves a tombstone; the readers hear it as a fact of the room. */
@Injectable()
export class Tombstones {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomAccess,
    private readonly messages: MessageRepository,
  ) {}

  /** Deletes any message of a moderated room; deleting twice is the same as once. */
  async delete(actor: Actor, messageId: number, reason: string): Promise<void> {
    await this.database.write(async (tx) => {
      await tx.holdAuthors([], [actor.accountId]);
      const message = await this.reached(tx, actor, messageId);
      if (message.deleted_at === null && (await this.leave(tx, actor, message)))
        await audit(tx, deletionAct(actor, message, reason));
    });
  }

  /** Brings a message back that a moderator deleted within the last 30 days. */
  async restore(actor: Actor, messageId: number): Promise<MessageView> {
    return await this.database.write(async (tx) => {
      await tx.holdAuthors([], [actor.accountId]);
      const message = await this.reached(tx, actor, messageId);
      const { room_id: roomId, seq: messageSeq } = message;
      await tx.record({ kind: 'message.restored', roomId, actorId: actor.accountId, messageSeq });
      if (!(await this.messages.restore(tx, message))) throw new Problem('message/not-restorable');
      const restored = (await this.messages.one(tx, roomId, messageId))!;
      const after = { roomId, authorId: message.author_id };
      await audit(tx, { by: actor, action: 'message.restore', target: ['message', messageId], after });
      return viewOfMessage(restored);
    });
  }

  /** The messages of a person in a period that moderators may delete. */
  async idsOf(sql: Sql, period: SentInPeriod): Promise<number[]> {
    return await this.messages.idsOf(sql, period);
  }

  /** Deletes those of these messages that are there; answers how many were. Locks rooms, then memberships. */
  async deleteAll(tx: Tx, by: number, messageIds: readonly number[]): Promise<number> {
    const places = await this.messages.deleteAll(tx, messageIds, by);
    await tx.recordAll(
      places.map(({ roomId, seq }) => ({ kind: 'message.deleted', roomId, actorId: by, messageSeq: seq })),
    );
    return places.length;
  }

  /** Leaves a tombstone in place of the message; answers whether it was still there. */
  async leave(tx: Tx, actor: Actor, message: AuthoredMessage): Promise<boolean> {
    const { room_id: roomId, seq: messageSeq } = message;
    await tx.query('SELECT 1 FROM rooms WHERE id = $1 FOR NO KEY UPDATE', [roomId]);
    if (!(await this.messages.delete(tx, message, actor.accountId))) return false;
    await tx.record({ kind: 'message.deleted', roomId, actorId: actor.accountId, messageSeq });
    return true;
  }

  private async reached(tx: Tx, actor: Actor, messageId: number): Promise<AuthoredMessage> {
    const message = await this.messages.anywhere(tx, messageId);
    if (!message) throw new Problem('message/not-found');
    const { rank } = await this.rooms.access(tx, actor, message.room_id, 'read').catch((error: unknown) => {
      throw error instanceof Problem && error.code === 'room/not-found' ? new Problem('message/not-found') : error;
    });
    if (rank < RANKS.moderator) throw new Problem('room/forbidden');
    return message;
  }
}

/** A moderator's deletion of somebody's message, as it is written down. */
export function deletionAct(by: Actor, message: AuthoredMessage, reason?: string): Act {
  const before = { roomId: message.room_id, authorId: message.author_id, version: message.version };
  return { by, action: 'message.delete', target: ['message', message.id], before, reason };
}
