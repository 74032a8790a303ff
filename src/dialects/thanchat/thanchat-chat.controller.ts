import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { TakesDialectToken } from '../../accounts/takes-dialect-token.decorator.js';
import { DirectMessages, MOST_ANSWERED } from '../../messaging/direct-messages.service.js';
import { HistoryService } from '../../messaging/history.service.js';
import { MessagingService } from '../../messaging/messaging.service.js';
import { parseId } from '../../platform/id.pipe.js';
import { Limited } from '../../platform/limited.decorator.js';
import { Problem } from '../../platform/problems.js';
import type { RoomView } from '../../rooms/room.dto.js';
import { type ChangeRoom, type CreateRoom, MOST_CAPACITY } from '../../rooms/room-requests.dto.js';
import { RoomsService } from '../../rooms/rooms.service.js';
import { Rosters } from '../../rooms/rosters.service.js';
import { ENGLISH } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { messageOf, roomOf, type ThanchatMessage, type ThanchatRoom } from './thanchat.dto.js';
import { THANCHAT } from './thanchat.manner.js';

const MOST = { name: 20, link: 50, password: 20, text: 500 };
const ONE_RECEIVER = 'Exactly one of user_receiver and chat_room_receiver must be provided.';

@ApiExcludeController()
@TakesDialectToken(THANCHAT, 'withBasic')
@Controller('chatApp')
export class ThanchatChatController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly rooms: RoomsService,
    private readonly rosters: Rosters,
    private readonly messaging: MessagingService,
    private readonly history: HistoryService,
    private readonly direct: DirectMessages,
  ) {}

  @Get('chatRooms')
  async list(@CurrentActor() actor: Actor): Promise<ThanchatRoom[]> {
    return (await this.rosters.open(actor)).map(roomOf);
  }

  @Get('chatRooms/:id')
  async one(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ThanchatRoom> {
    return roomOf(await this.group(actor, parseId(id)));
  }

  @Post('chatRooms')
  @Limited('create-room')
  async create(@CurrentActor() actor: Actor, @Body() body: unknown): Promise<ThanchatRoom> {
    const properties = propertiesIn(body, 'whole') as Omit<CreateRoom, 'preset'>;
    return roomOf(await this.rooms.create(actor, { ...properties, preset: 'open' }));
  }

  @Put('chatRooms/:id')
  async replace(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: unknown): Promise<ThanchatRoom> {
    const { id: roomId } = await this.group(actor, parseId(id));
    return roomOf(await this.rooms.change(actor, roomId, propertiesIn(body, 'whole')));
  }

  @Patch('chatRooms/:id')
  async change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: unknown): Promise<ThanchatRoom> {
    const { id: roomId } = await this.group(actor, parseId(id));
    return roomOf(await this.rooms.change(actor, roomId, propertiesIn(body, 'part')));
  }

  @Delete('chatRooms/:id')
  @HttpCode(204)
  async delete(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    const { id: roomId } = await this.group(actor, parseId(id));
    await this.rooms.delete(actor, roomId);
  }

  @Get('messages')
  async messages(
    @CurrentActor() actor: Actor,
    @Query('chat_room_id') given?: string | string[],
  ): Promise<ThanchatMessage[]> {
    if (given === undefined)
      return (await this.direct.addressedTo(actor)).map(({ message, receiverId }) => messageOf(message, receiverId));
    const room = await this.known(actor, numberIn([given].flat().at(-1)!));
    if (!room) return [];
    return (await this.history.recent(actor, room.id, MOST_ANSWERED)).map((message) => messageOf(message));
  }

  @Post('messages')
  @Limited('send')
  async send(@CurrentActor() actor: Actor, @Body() body: unknown): Promise<ThanchatMessage> {
    const fields = new Fields(body, ENGLISH);
    const text = fields.text('message_text', MOST.text);
    const [toUser, toRoom] = [fields.isGiven('user_receiver'), fields.isGiven('chat_room_receiver')];
    if (toUser === toRoom) fields.refuse('', ONE_RECEIVER);
    const receiverId = toUser ? fields.id('user_receiver') : 0;
    const roomId = toRoom ? fields.id('chat_room_receiver') : 0;
    if (receiverId > 0 && !(await this.accounts.views([receiverId])).has(receiverId))
      fields.unknown('user_receiver', receiverId);
    if (roomId > 0 && !(await this.known(actor, roomId))) fields.unknown('chat_room_receiver', roomId);
    fields.check();
    if (toUser) {
      const { message } = await this.direct.send(actor, actor.accountId, receiverId, text);
      return messageOf(message, receiverId);
    }
    const { message } = await this.messaging.send(actor, roomId, { text, clientId: randomUUID() });
    return messageOf(message);
  }

  /** A group that the actor may see; direct rooms are unknown here, where one writes to people. */
  private async group(actor: Actor, roomId: number | undefined): Promise<RoomView> {
    const room = roomId === undefined ? undefined : await this.rooms.one(actor, roomId);
    if (room?.kind !== 'group') throw new Problem('room/not-found');
    return room;
  }

  private async known(actor: Actor, roomId: number | undefined): Promise<RoomView | undefined> {
    return await this.group(actor, roomId).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'room/not-found') return undefined;
      throw error;
    });
  }
}

/** What is sent of a room; of the whole everything but the password, which stays what it is when nothing is said about it. */
function propertiesIn(body: unknown, extent: 'whole' | 'part'): ChangeRoom {
  const fields = new Fields(body, ENGLISH);
  const sent = (name: string) => extent === 'whole' || fields.has(name);
  const properties: ChangeRoom = {};
  if (sent('name')) properties.name = fields.name('name', MOST.name);
  if (sent('capacity')) properties.capacity = fields.integer('capacity', 1, MOST_CAPACITY);
  if (sent('link')) properties.link = fields.text('link', MOST.link);
  if (fields.has('password')) properties.password = fields.optionalText('password', MOST.password) || null;
  fields.check();
  return properties;
}

/** An id, if it can be one; whatever is no number at all is a mistake. */
function numberIn(text: string): number | undefined {
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    throw new Problem('request/invalid', { errors: [{ pointer: '#/chat_room_id', message: ENGLISH.noInteger }] });
  return parseId(text.trim().replace(/^\+?0*(?=\d)/, ''));
}
