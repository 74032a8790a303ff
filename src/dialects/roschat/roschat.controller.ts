import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, Param, Post, Put } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { AccountContact } from '../../accounts/account.dto.js';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor, hasRole } from '../../accounts/actor.js';
import { TakesDialectToken } from '../../accounts/takes-dialect-token.decorator.js';
import { MOST_ANSWERED } from '../../messaging/direct-messages.service.js';
import { HistoryService } from '../../messaging/history.service.js';
import type { MessageView } from '../../messaging/message.dto.js';
import { MOST_TEXT } from '../../messaging/message.schema.js';
import { MessagingService } from '../../messaging/messaging.service.js';
import { parseId } from '../../platform/id.pipe.js';
import { Limited } from '../../platform/limited.decorator.js';
import { Problem } from '../../platform/problems.js';
import { MembersService } from '../../rooms/members.service.js';
import { Rosters } from '../../rooms/rosters.service.js';
import { RUSSIAN } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { chatOf, messageOf, type RoschatChat, type RoschatMessage } from './roschat.dto.js';
import { ownError, ROSCHAT } from './roschat.manner.js';

const NO_PARTICIPANT = 'User is not a participant in this chat';

@ApiExcludeController()
@TakesDialectToken(ROSCHAT, 'withBasic')
@Controller()
export class RoschatController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly rosters: Rosters,
    private readonly members: MembersService,
    private readonly history: HistoryService,
    private readonly messaging: MessagingService,
  ) {}

  @Get(['chat', 'api/chat'])
  async chats(@CurrentActor() actor: Actor): Promise<RoschatChat[]> {
    const rosters = hasRole(actor, 'superuser') ? await this.rosters.all(actor) : await this.rosters.mine(actor);
    const people = await this.peopleFor(
      actor,
      rosters.flatMap(({ memberIds }) => memberIds),
    );
    return rosters.map((roster) => chatOf(roster, people)).sort((one, other) => one.id - other.id);
  }

  @Get('api/chat/:chatId/message')
  async messages(@CurrentActor() actor: Actor, @Param('chatId') chat: string): Promise<RoschatMessage[]> {
    const id = idOf(chat, 'room/not-found');
    const messages = await this.rosters.tellingApart(id, () => this.history.recent(actor, id, MOST_ANSWERED));
    return this.rendered(actor, messages);
  }

  @Post('api/chat/:chatId/message')
  @Limited('send')
  async send(
    @CurrentActor() actor: Actor,
    @Param('chatId') chat: string,
    @Body() body: unknown,
  ): Promise<RoschatMessage> {
    const id = idOf(chat, 'room/not-found');
    const fields = new Fields(body, RUSSIAN);
    if (!fields.isGiven('content')) throw ownError('Message cannot be empty');
    const text = fields.text('content', MOST_TEXT);
    fields.check();
    const { message } = await this.rosters.tellingApart(id, () =>
      this.messaging.send(actor, id, { text, clientId: randomUUID() }),
    );
    const [sent] = await this.rendered(actor, [message]);
    return sent!;
  }

  @Put('api/chat/:chatId/user/:userId')
  async add(
    @CurrentActor() actor: Actor,
    @Param('chatId') chat: string,
    @Param('userId') user: string,
  ): Promise<{ message: string }> {
    const { fresh, member } = await this.governing(actor, chat, (roomId) =>
      this.members.bring(actor, roomId, parseId(user) ?? 0),
    );
    if (!fresh) throw ownError('User is already a participant in this chat');
    return { message: `User ${member.account.username} added to chat` };
  }

  @Delete('api/chat/:chatId/user/:userId')
  async remove(
    @CurrentActor() actor: Actor,
    @Param('chatId') chat: string,
    @Param('userId') user: string,
  ): Promise<{ message: string }> {
    const userId = parseId(user) ?? 0;
    const person = (await this.accounts.views([userId])).get(userId);
    try {
      await this.governing(actor, chat, (roomId) => this.members.remove(actor, roomId, userId));
    } catch (error) {
      if (!(error instanceof Problem) || !isNoMember(error, actor)) throw error;
      throw person ? ownError(NO_PARTICIPANT) : new Problem('account/not-found');
    }
    return { message: `User ${person!.username} removed from chat` };
  }

  /** Superusers govern chats; others learn no more of one than that they do not. */
  private async governing<T>(actor: Actor, chat: string, work: (roomId: number) => Promise<T>): Promise<T> {
    const roomId = parseId(chat) ?? 0;
    try {
      return await this.rosters.tellingApart(roomId, () => work(roomId));
    } catch (error) {
      const isUnseen = error instanceof Problem && /^room\/not-(found|member)$/.test(error.code);
      throw isUnseen && !hasRole(actor, 'superuser') ? new Problem('role/insufficient') : error;
    }
  }

  private async rendered(actor: Actor, messages: readonly MessageView[]): Promise<RoschatMessage[]> {
    const people = await this.peopleFor(
      actor,
      messages.map(({ author }) => author.id),
    );
    return messages.map((message) => messageOf(message, people));
  }

  private peopleFor(actor: Actor, ids: readonly number[]): Promise<Map<number, AccountContact>> {
    return this.accounts.contacts(actor, ids);
  }
}

function idOf(text: string, unknown: 'room/not-found'): number {
  const id = parseId(text);
  if (id === undefined) throw new Problem(unknown);
  return id;
}

/** A superuser who is not in the chat himself cannot leave it either. */
function isNoMember({ code }: Problem, actor: Actor): boolean {
  return code === 'member/not-found' || (code === 'room/not-member' && hasRole(actor, 'superuser'));
}
