import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountDirectory } from '../accounts/account.directory.js';
import type { Actor } from '../accounts/actor.js';
import {
  type MessageScreen,
  MessageScreens,
  type MessageToScreen,
  type ScreenAnswer,
} from '../messaging/message-screens.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { RoomAccess } from '../rooms/room.access.js';
import { BeforeSendHooks } from './before-send.hooks.js';
import { BeforeSendRepository } from './before-send.repository.js';

const RETRY_SECONDS = 2;

/**
 * Asks the hooks of the integrators whose room it is. No lock is held meanwhile. They look before the filters do, so that what they make of a
 * message is looked at like anything else; and of messages that would be refused anyway they learn nothing.
 */
@Injectable()
export class BeforeSendScreen implements MessageScreen, OnModuleInit {
  readonly rewrites = true;

  constructor(
    private readonly screens: MessageScreens,
    private readonly hooks: BeforeSendHooks,
    private readonly repository: BeforeSendRepository,
    private readonly database: Database,
    private readonly accounts: AccountDirectory,
    private readonly rooms: RoomAccess,
  ) {}

  onModuleInit(): void {
    this.screens.add(this);
  }

  screen(message: MessageToScreen): ScreenAnswer | Promise<ScreenAnswer> {
    const { count } = this.hooks;
    if (count === undefined)
      throw new Problem('server/unavailable', { detail: 'The hooks have not been read yet.', retryAfter: 1 });
    return count === 0 ? undefined : this.ask(message);
  }

  private async ask(message: MessageToScreen): Promise<ScreenAnswer> {
    const standing = await this.repository.standing(this.database, message);
    if (!standing) return undefined;
    if (standing.rewritten !== null) return { text: standing.rewritten };
    const asked = standing.integratorIds.filter((id) => this.hooks.has(id));
    if (standing.known || asked.length === 0) return undefined;
    const author = await this.mayPost(message);
    if (!author) return undefined;
    let { text } = message;
    for (const integratorId of asked) {
      const said = await this.hooks.ask(integratorId, ...eventOf(message, author, text));
      if (said.action === 'rewrite') text = said.text;
      if (said.action === 'refuse')
        return refusal(new Problem('message/refused', { extra: said.reason ? { reason: said.reason } : {} }));
      if (said.action === 'failed' && said.onFailure === 'refuse')
        return refusal(new Problem('message/unscreened', { retryAfter: RETRY_SECONDS }));
    }
    if (text === message.text) return undefined;
    return { text: isNew(message) ? await this.repository.remember(this.database, message, text) : text };
  }

  private async mayPost({ author, roomId }: MessageToScreen): Promise<Actor | undefined> {
    const account = await this.accounts.actorOf(this.database, author.accountId);
    const actor = { ...account, ...(author.guest && { guest: true }) };
    return await this.rooms.access(this.database, actor, roomId, 'post').then(
      () => actor,
      (error: unknown) => {
        if (error instanceof Problem && error.status < 500) return undefined;
        throw error;
      },
    );
  }
}

const refusal = (problem: Problem): ScreenAnswer => ({ stop: () => Promise.resolve(problem) });

function isNew(message: MessageToScreen): message is MessageToScreen & { of: { clientId: string } } {
  return 'clientId' in message.of;
}

function eventOf({ roomId, replyTo, of }: MessageToScreen, author: Actor, text: string): [type: string, data: object] {
  const data = { roomId, author: { id: author.accountId, username: author.username }, text };
  return 'clientId' in of
    ? ['message.sending', { ...data, clientId: of.clientId, replyTo: replyTo ?? null }]
    : ['message.editing', { ...data, messageId: of.messageId }];
}
