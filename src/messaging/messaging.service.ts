import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import type { Sender } from '../accounts/token-alone.decorator.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess } from '../rooms/room.access.js';
import type { EditMessage, MessageView } from './message.dto.js';
import { MessageRepository } from './message.repository.js';
import type { NewMessage } from './message.schema.js';
import { type AuthoredMessage, viewOfMessage } from './message.view.js';
import { SendQueue } from './send.queue.js';
import type { SendOutcome } from './send.repository.js';
import { deletionAct, Tombstones } from './tombstones.service.js';

/** Sending, editing and deleting, for every door: HTTP, sockets and dialects. */
@Injectable()
export class MessagingService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomAccess,
    private readonly messages: MessageRepository,
    private readonly queue: SendQueue,
    private readonly tombstones: Tombstones,
  ) {}

  /** Stores the message and resolves after its commit; the same clientId again resolves with the message kept then. */
  async send(
    sender: Sender,
    roomId: number,
    request: NewMessage,
  ): Promise<{ message: MessageView; duplicate: boolean }> {
    const outcome = await this.queue.send({
      authorId: sender.accountId,
      sessionId: sender.sessionId,
      roomId,
      ...request,
      replyTo: request.replyTo,
    });
    if ('message' in outcome) return { message: outcome.message, duplicate: outcome.outcome === 'duplicate' };
    throw refusalOf(outcome);
  }

  /** Changes the text of one's own message, unless it was changed or deleted since the version given. */
  async edit(actor: Actor, roomId: number, messageId: number, request: EditMessage): Promise<MessageView> {
    return this.database.write(async (tx) => {
      await this.authorLock(tx, actor);
      const message = await this.reached(tx, actor, roomId, messageId, 'post');
      if (message.author_id !== actor.accountId) throw new Problem('message/not-yours');
      if (message.deleted_at !== null) throw new Problem('message/deleted');
      await tx.record({ kind: 'message.edited', roomId, actorId: actor.accountId, messageSeq: message.seq });
      if (!(await this.messages.edit(tx, messageId, request.version, request.text))) {
        const now = await this.messages.one(tx, roomId, messageId);
        if (now?.deleted_at) throw new Problem('message/deleted');
        throw new Problem('message/version-stale', { extra: { version: now?.version } });
      }
      return viewOfMessage((await this.messages.one(tx, roomId, messageId))!);
    });
  }

  /** Leaves a tombstone; authors delete their own, moderators any. Deleting twice is the same as once. */
  async delete(actor: Actor, roomId: number, messageId: number): Promise<void> {
    await this.database.write(async (tx) => {
      await this.authorLock(tx, actor);
      const room = await this.rooms.access(tx, actor, roomId, 'read');
      const message = await this.messages.one(tx, roomId, messageId);
      if (!message) throw new Problem('message/not-found');
      if (message.author_id !== actor.accountId && room.rank < RANKS.moderator) throw new Problem('message/not-yours');
      if (message.deleted_at !== null) return;
      if (!(await this.tombstones.leave(tx, actor, message)) || message.author_id === actor.accountId) return;
      await audit(tx, deletionAct(actor, message));
    });
  }

  private async reached(
    tx: Tx,
    actor: Actor,
    roomId: number,
    messageId: number,
    action: 'read' | 'post',
  ): Promise<AuthoredMessage> {
    await this.rooms.access(tx, actor, roomId, action);
    const message = await this.messages.one(tx, roomId, messageId);
    if (!message) throw new Problem('message/not-found');
    return message;
  }

  /** Holds off a block or a removal of the author until this change has committed, as the send function does. */
  private async authorLock(tx: Tx, actor: Actor): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock_shared($1::bigint)', [actor.accountId]);
  }
}

function refusalOf(outcome: Exclude<SendOutcome, { message: MessageView }>): Problem {
  switch (outcome.outcome) {
    case 'session-ended':
      return new Problem('auth/session-ended');
    case 'blocked':
      return new Problem('account/blocked', {
        extra: { blockId: outcome.blockId, reason: outcome.reason, expiresAt: outcome.expiresAt },
      });
    case 'key-reused':
      return new Problem('message/key-reused');
    case 'room-not-found':
      return new Problem('room/not-found');
    case 'room-not-member':
      return new Problem('room/not-member');
    case 'room-forbidden':
      return new Problem('room/forbidden');
    case 'reply-not-found':
      return new Problem('message/not-found', { detail: 'replyTo is no message of this room.' });
  }
}
