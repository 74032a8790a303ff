import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { ForServers } from '../../accounts/for-servers.decorator.js';
import { IntegratorDoor } from '../../accounts/integrator.door.js';
import { TakesDialectToken } from '../../accounts/takes-dialect-token.decorator.js';
import { type DirectMessage, DirectMessages } from '../../messaging/direct-messages.service.js';
import { MOST_TEXT } from '../../messaging/message.schema.js';
import { parseId } from '../../platform/id.pipe.js';
import { Limited } from '../../platform/limited.decorator.js';
import { Problem } from '../../platform/problems.js';
import { RUSSIAN } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { messageOf, type PychatMessage, type PychatUser, userOf } from './pychat.dto.js';
import { PYCHAT } from './pychat.manner.js';

const MOST_USERS = 100;

@ApiExcludeController()
@TakesDialectToken(PYCHAT)
@Controller('chat')
export class PychatController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly integrators: IntegratorDoor,
    private readonly messages: DirectMessages,
  ) {}

  @Get('users')
  @Limited('search')
  async users(): Promise<PychatUser[]> {
    return (await this.accounts.everybody()).map(userOf);
  }

  @Get('users/:id')
  async user(@Param('id') id: string): Promise<PychatUser> {
    const person = (await this.accounts.views([parseId(id) ?? 0])).get(parseId(id) ?? 0);
    if (!person) throw new Problem('account/not-found');
    return userOf(person);
  }

  @Get('messages')
  async dialogue(@CurrentActor() actor: Actor, @Query('user') user?: string | string[]): Promise<PychatMessage[]> {
    return this.rendered(await this.messages.among(actor, idsOf(user)));
  }

  @Post('messages')
  @HttpCode(201)
  @ForServers()
  @Limited('send')
  async send(@CurrentActor() caller: Actor, @Body() body: unknown): Promise<PychatMessage> {
    const fields = new Fields(body, RUSSIAN);
    const [sender, receiver] = [fields.id('sender'), fields.id('receiver')];
    const text = fields.text('text', MOST_TEXT);
    const people = await this.accounts.views([sender, receiver]);
    for (const [name, id] of Object.entries({ sender, receiver }))
      if (id > 0 && !people.has(id)) fields.unknown(name, id);
    fields.check();
    const isServer = caller.keyId !== undefined;
    const actor = isServer ? await this.integrators.actorFor(caller, sender, 'POST /chat/messages') : caller;
    const [sent] = await this.rendered([await this.messages.send(actor, sender, receiver, text)]);
    return sent!;
  }

  private async rendered(messages: readonly DirectMessage[]): Promise<PychatMessage[]> {
    const people = await this.accounts.views(messages.map(({ receiverId }) => receiverId));
    return messages.map((message) => messageOf(message, people));
  }
}

/** The ids of a parameter that may come several times. */
function idsOf(given: string | string[] | undefined): number[] {
  const ids = given === undefined ? [] : [...new Set([given].flat())].map((text) => parseId(text.trim()));
  if (ids.length > MOST_USERS || ids.includes(undefined))
    throw new Problem('request/invalid', { errors: [{ pointer: '#/user', message: RUSSIAN.noInteger }] });
  return ids as number[];
}
