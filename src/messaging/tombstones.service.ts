import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { type Act, audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { type Ground, sanctionAndTell, withdrawDeletionOf } from '../platform/sanctions.js';
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
    await this.database.write((tx) => this.deleteIn(tx, actor, messageId, reason));
  }

  /** Deletes any message within the caller's transaction, which has not yet locked a room; answers whether it was still there. */
  async deleteIn(tx: Tx, actor: Actor, messageId: number, reason: string, ground?: Ground): Promise<boolean> {
    const found = await this.messages.anywhere(tx, messageId);
    await tx.holdAuthors(found ? [found.author_id] : [], [actor.accountId]);
    const message = await this.reached(tx, actor, messageId);
    if (message.deleted_at !== null) return false;
    await this.remove(tx, actor, message, reason, ground);
    return true;
  }

  /** Deletes a message that is there, as a moderator does, within a transaction that holds its author and has not yet locked a room. */
  async remove(tx: Tx, actor: Actor, message: AuthoredMessage, reason?: string, ground?: Ground): Promise<void> {
    const { id, room_id: roomId, author_id: accountId } = message;
    if (accountId !== actor.accountId) {
      const messageIds = [id];
      await sanctionAndTell(tx, { accountId, kind: 'message_deletion', by: actor, reason, ground, roomId, messageIds });
    }
    if (!(await this.leave(tx, actor, message))) throw new Error('remove: somebody deletes without holding the author');
    await audit(tx, deletionAct(actor, message, reason));
  }

  /** Brings a message back that a moderator deleted within the last 30 days. */
  async restore(actor: Actor, messageId: number): Promise<MessageView> {
    return await this.database.write((tx) => this.restoreIn(tx, actor, messageId));
  }

  /** Brings a message back within the caller's transaction, which has not yet locked a room. */
  async restoreIn(tx: Tx, actor: Actor, messageId: number, reason?: string): Promise<MessageView> {
    await tx.holdAuthors([], [actor.accountId]);
    const message = await this.reached(tx, actor, messageId);
    const { room_id: roomId, seq: messageSeq } = message;
    await tx.record({ kind: 'message.restored', roomId, actorId: actor.accountId, messageSeq });
    if (!(await this.messages.restore(tx, message))) throw new Problem('message/not-restorable');
    await withdrawDeletionOf(tx, messageId);
    const restored = (await this.messages.one(tx, actor.accountId, roomId, messageId))!;
    const after = { roomId, authorId: message.author_id };
    await audit(tx, { by: actor, action: 'message.restore', target: ['message', messageId], after, reason });
    return viewOfMessage(restored);
  }

  /** The messages of a person in a period that moderators may delete. */
  async idsOf(sql: Sql, period: SentInPeriod): Promise<number[]> {
    return await this.messages.idsOf(sql, period);
  }

  /** Deletes those of these messages that are there, and answers their ids. Locks rooms, then memberships. */
  async deleteAll(tx: Tx, by: number, messageIds: readonly number[]): Promise<number[]> {
    const places = await this.messages.deleteAll(tx, messageIds, by);
    await tx.recordAll(
      places.map(({ roomId, seq }) => ({ kind: 'message.deleted', roomId, actorId: by, messageSeq: seq })),
    );
    return places.map((place) => place.id);
  }

  /** Brings those of these messages back that others than their author deleted, however long ago; answers how many. Locks rooms, then memberships. */
  async restoreAll(tx: Tx, by: number, messageIds: readonly number[]): Promise<number> {
    const places = await this.messages.restoreAll(tx, messageIds);
    await tx.recordAll(
      places.map(({ roomId, seq }) => ({ kind: 'message.restored', roomId, actorId: by, messageSeq: seq })),
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

  /** The message, when the actor has a moderator's rank in its room. */
  async reached(tx: Tx, actor: Actor, messageId: number): Promise<AuthoredMessage> {
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
function deletionAct(by: Actor, message: AuthoredMessage, reason?: string): Act {
  const before = { roomId: message.room_id, authorId: message.author_id, version: message.version };
  return { by, action: 'message.delete', target: ['message', message.id], before, reason };
}
