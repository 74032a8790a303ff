import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { ForServers } from '../../accounts/for-servers.decorator.js';
import { IntegratorDoor } from '../../accounts/integrator.door.js';
import { MOST_ANSWERED } from '../../messaging/direct-messages.service.js';
import { HistoryService } from '../../messaging/history.service.js';
import { MessagingService } from '../../messaging/messaging.service.js';
import { Limited } from '../../platform/limited.decorator.js';
import { Rosters } from '../../rooms/rosters.service.js';
import { ENGLISH } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { type ChatapiChat, type ChatapiMessage, chatOf, type Made, messageOf } from './chatapi.dto.js';

const MOST_USERNAME = 30;
const MOST_NAME = 50;
const MOST_TEXT = 1_000;

@ApiExcludeController()
@ForServers()
@Controller()
export class ChatapiController {
  constructor(
    private readonly integrators: IntegratorDoor,
    private readonly accounts: AccountsService,
    private readonly rosters: Rosters,
    private readonly messaging: MessagingService,
    private readonly history: HistoryService,
  ) {}

  @Post('users/add')
  @HttpCode(200)
  async addUser(@CurrentActor() server: Actor, @Body() body: unknown): Promise<Made> {
    const fields = new Fields(body, ENGLISH);
    const username = fields.name('username', MOST_USERNAME);
    fields.check();
    await this.acting(server, server.accountId, 'users/add');
    return { id: await this.accounts.createWithoutPassword(username) };
  }

  @Post('chats/add')
  @HttpCode(200)
  async addChat(@CurrentActor() server: Actor, @Body() body: unknown): Promise<Made> {
    const fields = new Fields(body, ENGLISH);
    const name = fields.name('name', MOST_NAME);
    const memberIds = fields.ids('users', Number.MAX_SAFE_INTEGER);
    fields.check();
    if (memberIds.length === 0) fields.refuse('users', 'This list may not be empty.').check();
    const actor = await this.acting(server, server.accountId, 'chats/add');
    return { id: await this.rosters.found(actor, name, memberIds) };
  }

  @Post('messages/add')
  @HttpCode(200)
  @Limited('send')
  async addMessage(@CurrentActor() server: Actor, @Body() body: unknown): Promise<Made> {
    const fields = new Fields(body, ENGLISH);
    const [chat, author] = [fields.id('chat'), fields.id('author')];
    const text = fields.text('text', MOST_TEXT);
    fields.check();
    const actor = await this.acting(server, author, 'messages/add');
    const { message } = await this.rosters.tellingApart(chat, () =>
      this.messaging.send(actor, chat, { text, clientId: randomUUID() }),
    );
    return { id: message.id };
  }

  @Post('chats/get')
  @HttpCode(200)
  async chats(@CurrentActor() server: Actor, @Body() body: unknown): Promise<ChatapiChat[]> {
    const fields = new Fields(body, ENGLISH);
    const user = fields.id('user');
    fields.check();
    const rosters = await this.rosters.mine(await this.acting(server, user, 'chats/get'));
    const direct = rosters.filter(({ room }) => room.kind === 'direct').flatMap(({ memberIds }) => memberIds);
    const people = await this.accounts.views(direct);
    return rosters.map((roster) => chatOf(roster, people));
  }

  @Post('messages/get')
  @HttpCode(200)
  async messages(@CurrentActor() server: Actor, @Body() body: unknown): Promise<ChatapiMessage[]> {
    const fields = new Fields(body, ENGLISH);
    const chat = fields.id('chat');
    fields.check();
    const member = await this.acting(server, await this.rosters.spokesman(chat), 'messages/get');
    return (await this.history.transcript(member, chat, MOST_ANSWERED)).map(messageOf);
  }

  private acting(server: Actor, accountId: number, address: string): Promise<Actor> {
    return this.integrators.actorFor(server, accountId, `POST /${address}`);
  }
}
