import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { TakesDialectToken } from '../../accounts/takes-dialect-token.decorator.js';
import { DirectMessages, MOST_ANSWERED } from '../../messaging/direct-messages.service.js';
import { HistoryService } from '../../messaging/history.service.js';
import { MOST_TEXT } from '../../messaging/message.schema.js';
import { MessagingService } from '../../messaging/messaging.service.js';
import { parseId } from '../../platform/id.pipe.js';
import { Limited } from '../../platform/limited.decorator.js';
import { Problem } from '../../platform/problems.js';
import { MOST_FIRST_MEMBERS } from '../../rooms/room-requests.dto.js';
import { RoomsService } from '../../rooms/rooms.service.js';
import { type Roster, type RosterChange, Rosters } from '../../rooms/rosters.service.js';
import { ENGLISH } from '../drf.texts.js';
import { inFields } from '../field-problems.js';
import { Fields } from '../fields.js';
import { type AtomchatMessage, type AtomchatRoom, messageOf, roomOf } from './atomchat.dto.js';
import { ATOMCHAT } from './atomchat.manner.js';

const MOST_NAME = 255;

@ApiExcludeController()
@TakesDialectToken(ATOMCHAT, 'withBasic')
@Controller('api')
export class AtomchatRoomsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly rooms: RoomsService,
    private readonly rosters: Rosters,
    private readonly messaging: MessagingService,
    private readonly history: HistoryService,
    private readonly direct: DirectMessages,
  ) {}

  @Get('rooms')
  async list(@CurrentActor() actor: Actor): Promise<AtomchatRoom[]> {
    const rosters = await this.rosters.all(actor);
    return await this.rendered(rosters.toSorted((one, other) => one.room.id - other.room.id));
  }

  @Post('rooms')
  @Limited('create-room')
  async create(@CurrentActor() actor: Actor, @Body() body: unknown): Promise<AtomchatRoom> {
    const { name, memberIds = [] } = await this.changeIn(body, 'whole');
    const fresh = { name: name!, preset: 'private' as const, members: [...memberIds] };
    const { id } = await this.named(this.rooms.create(actor, fresh, { uniqueName: true }));
    return await this.renderedOne(await this.rosters.one(actor, id));
  }

  @Get('rooms/:id')
  async one(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<AtomchatRoom> {
    const roomId = idOf(id);
    return await this.renderedOne(await this.rosters.tellingApart(roomId, () => this.rosters.one(actor, roomId)));
  }

  @Put('rooms/:id')
  async replace(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: unknown): Promise<AtomchatRoom> {
    const roomId = idOf(id);
    return await this.rosters.tellingApart(roomId, async () =>
      this.revised(actor, roomId, await this.changeIn(body, 'whole')),
    );
  }

  @Patch('rooms/:id')
  async change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: unknown): Promise<AtomchatRoom> {
    return await this.revised(actor, idOf(id), await this.changeIn(body, 'part'));
  }

  @Delete('rooms/:id')
  @HttpCode(204)
  async delete(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    const roomId = idOf(id);
    await this.rosters.tellingApart(roomId, () => this.rooms.delete(actor, roomId));
  }

  @Get('rooms/:id/messages')
  async messages(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<AtomchatMessage[]> {
    const roomId = idOf(id);
    const messages = await this.rosters.tellingApart(roomId, () => this.history.recent(actor, roomId, MOST_ANSWERED));
    return messages.map(messageOf);
  }

  @Post('rooms/:id/messages')
  @Limited('send')
  async send(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: unknown,
    @Query('answer') answer?: string,
  ): Promise<AtomchatMessage | AtomchatMessage[]> {
    const roomId = idOf(id);
    const fields = new Fields(body, ENGLISH);
    const text = fields.text('text', MOST_TEXT);
    fields.check();
    const { message } = await this.rosters.tellingApart(roomId, () =>
      this.messaging.send(actor, roomId, { text, clientId: randomUUID() }),
    );
    return answer === 'list' ? await this.messages(actor, id) : messageOf(message);
  }

  @Post('messages')
  @Limited('send')
  async sendDirect(@CurrentActor() actor: Actor, @Body() body: unknown): Promise<Omit<AtomchatMessage, 'author'>> {
    const fields = new Fields(body, ENGLISH);
    const [text, receiver] = [fields.text('text', MOST_TEXT), fields.id('user_to')];
    if (receiver > 0 && !(await this.accounts.views([receiver])).has(receiver)) fields.unknown('user_to', receiver);
    fields.check();
    const { message } = await this.direct.send(actor, actor.accountId, receiver, text);
    const { author: _author, ...said } = messageOf(message);
    return said;
  }

  /** Of the whole a name is demanded; users that are not sent stay who they are. */
  private async changeIn(body: unknown, extent: 'whole' | 'part'): Promise<RosterChange> {
    const fields = new Fields(body, ENGLISH);
    const name = extent === 'whole' || fields.has('name') ? fields.name('name', MOST_NAME) : undefined;
    const memberIds = fields.has('users') ? fields.ids('users', MOST_FIRST_MEMBERS) : undefined;
    const people = await this.accounts.views(memberIds ?? []);
    const stranger = memberIds?.find((id) => id > 0 && !people.has(id));
    if (stranger !== undefined) fields.unknown('users', stranger);
    fields.check();
    return { ...(name !== undefined && { name }), ...(memberIds && { memberIds }) };
  }

  private async revised(actor: Actor, roomId: number, change: RosterChange): Promise<AtomchatRoom> {
    return await this.renderedOne(await this.named(this.rosters.revise(actor, roomId, change)));
  }

  private named<T>(work: Promise<T>): Promise<T> {
    return inFields(work, { 'room/name-taken': ['name', ENGLISH.nameTaken] });
  }

  private async rendered(rosters: readonly Roster[]): Promise<AtomchatRoom[]> {
    const direct = rosters.filter(({ room }) => room.kind === 'direct');
    const people = await this.accounts.views(direct.flatMap(({ memberIds }) => memberIds));
    return rosters.map((roster) => roomOf(roster, people));
  }

  private async renderedOne(roster: Roster): Promise<AtomchatRoom> {
    return (await this.rendered([roster]))[0]!;
  }
}

function idOf(text: string): number {
  const id = parseId(text);
  if (id === undefined) throw new Problem('room/not-found');
  return id;
}
