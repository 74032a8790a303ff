import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../accounts/actor.js';
import { AccountDirectory } from '../accounts/account.directory.js';
import { Authenticator } from '../accounts/authenticator.js';
import type { Sender } from '../accounts/token-alone.decorator.js';
import { Database } from '../platform/database.js';
import { Limits } from '../platform/limits.js';
import { Problem } from '../platform/problems.js';
import { inSpan } from '../platform/tracing.js';
import type { Tx } from '../platform/tx.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess } from '../rooms/room.access.js';
import type { EditMessage, MessageView } from './message.dto.js';
import { MessageRepository } from './message.repository.js';
import type { NewMessage } from './message.schema.js';
import { MessageScreens, type Screening } from './message-screens.js';
import { viewOfMessage } from './message.view.js';
import { SendQueue } from './send.queue.js';
import { type OutgoingMessage, type SendOutcome, SendRepository } from './send.repository.js';
import { Tombstones } from './tombstones.service.js';

const GUEST = { username: '', role: 'user' as const };

/** Sending, editing and deleting, for every door: HTTP, sockets and dialects. */
@Injectable()
export class MessagingService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomAccess,
    private readonly messages: MessageRepository,
    private readonly queue: SendQueue,
    private readonly sending: SendRepository,
    private readonly tombstones: Tombstones,
    private readonly limits: Limits,
    private readonly screens: MessageScreens,
    private readonly authenticator: Authenticator,
    private readonly accounts: AccountDirectory,
  ) {}

  /**
   * Stores the message and resolves after its commit; the same clientId again resolves with the message kept then. Takes from the sender's
   * budget, whichever door he came through.
   */
  send(sender: Sender, roomId: number, request: NewMessage): Promise<{ message: MessageView; duplicate: boolean }> {
    return inSpan('message.send', {}, () => this.store(sender, roomId, request));
  }

  private async store(
    sender: Sender,
    roomId: number,
    request: NewMessage,
  ): Promise<{ message: MessageView; duplicate: boolean }> {
    this.limits.take('send', sender.accountId);
    // What is said to be open to everybody is closed to guests, of whom the write path knows nothing.
    if (sender.guest) await this.rooms.access(this.database, { ...GUEST, ...sender }, roomId, 'post');
    const { text, clientId, replyTo } = request;
    const said = this.screens.look({ author: sender, roomId, text, replyTo, of: { clientId } });
    // Only what has to be waited for is: most messages are queued at once.
    const screening = said instanceof Promise ? await said : said;
    if (screening) await this.heed(sender, screening);
    const outcome = await this.queue.send({
      authorId: sender.accountId,
      sessionId: sender.sessionId,
      roomId,
      clientId,
      text: screening?.message.text ?? text,
      replyTo,
    });
    if (!('message' in outcome)) {
      // Without a session only a full block is left as the reason.
      if (sender.sessionId === undefined && outcome.outcome === 'session-ended') throw new Problem('account/blocked');
      throw refusalOf(outcome);
    }
    for (const { settle } of screening?.notes ?? []) settle();
    return { message: outcome.message, duplicate: outcome.outcome === 'duplicate' };
  }

  /** Stores a message for its author as part of the caller's transaction, under the same rules; the screens are not asked. */
  async sendIn(tx: Tx, message: Omit<OutgoingMessage, 'sessionId'>): Promise<MessageView> {
    const outcome = await this.sending.sendIn(tx, { ...message, sessionId: undefined });
    if ('message' in outcome) return outcome.message;
    throw refusalOf(outcome);
  }

  /** Changes the text of one's own message, unless it was changed or deleted since the version given. */
  async edit(actor: Actor, roomId: number, messageId: number, request: EditMessage): Promise<MessageView> {
    const { text, version } = request;
    const screening = await this.screens.look({ author: actor, roomId, text, replyTo: undefined, of: { messageId } });
    const edited = await this.database.write(async (tx) => {
      await this.authorLock(tx, actor);
      const sight = await this.rooms.access(tx, actor, roomId, 'post');
      const message = await this.messages.one(tx, actor.accountId, roomId, messageId);
      if (!message) throw new Problem('message/not-found');
      if (message.author_id !== actor.accountId) throw new Problem('message/not-yours');
      if (message.deleted_at !== null) throw new Problem('message/deleted');
      if (message.version !== version) throw staleAt(message.version);
      const problem = await screening?.stop?.(tx, screening.message, { actor, sight });
      if (problem) throw problem;
      for (const { note } of screening?.notes ?? []) await note(tx, screening!.message, actor);
      await tx.record({ kind: 'message.edited', roomId, actorId: actor.accountId, messageSeq: message.seq });
      if (!(await this.messages.edit(tx, messageId, version, screening?.message.text ?? text))) {
        const now = await this.messages.one(tx, actor.accountId, roomId, messageId);
        if (now?.deleted_at) throw new Problem('message/deleted');
        throw staleAt(now?.version);
      }
      return viewOfMessage((await this.messages.one(tx, actor.accountId, roomId, messageId))!);
    });
    for (const { settle } of screening?.notes ?? []) settle();
    return edited;
  }

  /** Leaves a tombstone; authors delete their own, moderators any. Deleting twice is the same as once. */
  async delete(actor: Actor, roomId: number, messageId: number): Promise<void> {
    await this.database.write(async (tx) => {
      const found = await this.messages.one(tx, actor.accountId, roomId, messageId);
      const asModerator = found && found.author_id !== actor.accountId && hasRole(actor, 'moderator');
      await tx.holdAuthors(asModerator ? [found.author_id] : [], [actor.accountId]);
      const room = await this.rooms.access(tx, actor, roomId, 'read');
      const message = await this.messages.one(tx, actor.accountId, roomId, messageId);
      if (!message) throw new Problem('message/not-found');
      if (message.author_id !== actor.accountId && room.rank < RANKS.moderator) throw new Problem('message/not-yours');
      if (message.deleted_at !== null) return;
      if (message.author_id === actor.accountId) await this.tombstones.leave(tx, actor, message);
      else await this.tombstones.remove(tx, actor, message);
    });
  }

  /** Acts on what the screens say of a new message; throws what they refuse it with. A message that is stored already passes: its repetition is answered. */
  private async heed(sender: Sender, { message, stop, notes }: Screening): Promise<void> {
    const actor = await this.actorOf(sender);
    const problem = await this.database.write(async (tx) => {
      // Waits for a first attempt that is being written, on whatever node.
      await tx.holdAuthors([sender.accountId]);
      if ('clientId' in message.of && (await this.messages.isKnown(tx, sender.accountId, message.of.clientId)))
        return undefined;
      if (stop) {
        const sight = await this.rooms.access(tx, actor, message.roomId, 'post');
        const refusal = await stop(tx, message, { actor, sight });
        if (refusal) return refusal;
      }
      for (const { note } of notes) await note(tx, message, actor);
      return undefined;
    });
    if (problem) throw problem;
  }

  private async actorOf({ accountId, sessionId, guest }: Sender): Promise<Actor> {
    if (sessionId !== undefined) return await this.authenticator.actorOfSession(sessionId, accountId);
    return { ...(await this.accounts.actorOf(this.database, accountId)), ...(guest && { guest }) };
  }

  /** Holds off a block or a removal of the author until this change has committed, as the send function does. */
  private async authorLock(tx: Tx, actor: Actor): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock_shared($1::bigint)', [actor.accountId]);
  }
}

function staleAt(version: number | undefined): Problem {
  return new Problem('message/version-stale', { extra: { version } });
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
    case 'room-slow-mode':
      return new Problem('room/slow-mode', { retryAfter: outcome.retryAfter });
    case 'personally-blocked':
      return new Problem('account/personally-blocked');
    case 'reply-not-found':
      return new Problem('message/not-found', { detail: 'replyTo is no message of this room.' });
  }
}
