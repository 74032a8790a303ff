import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { CurrentSender, type Sender, TokenAlone } from '../accounts/token-alone.decorator.js';
import { ForGuests } from '../accounts/for-guests.decorator.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Limited } from '../platform/limited.decorator.js';
import { SchemaPipe } from '../platform/schema.pipe.js';
import {
  EditMessage,
  EventsRequest,
  HistoryRequest,
  MessagePage,
  MessageSearchPage,
  MessageView,
  RoomEventPage,
  SearchRequest,
  SendMessage,
} from './message.dto.js';
import { HistoryService } from './history.service.js';
import { newMessage, type NewMessage } from './message.schema.js';
import { MessagingService } from './messaging.service.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/rooms/:roomId')
export class MessagesController {
  constructor(
    private readonly messaging: MessagingService,
    private readonly reading: HistoryService,
  ) {}

  @TakesKey('messages:write')
  @ForGuests()
  @ApiOperation({
    operationId: 'sendMessage',
    summary: 'Send a message',
    description:
      'Answers after the message is stored for good. When no answer arrives, repeat the request with the same `clientId`: it is stored at most once, ' +
      'for ever, and the repetition is answered with the message kept, status 200 and `Idempotency-Replayed: true`. ' +
      'In a room with slow mode one person writes once in `slowModeSeconds`, counted from his last stored message, whatever became of it; its owner, moderators ' +
      'and superusers write as they like. In a direct room nobody writes while one of the two has blocked the other personally.',
  })
  @ApiBody({ type: SendMessage })
  @ApiCreatedResponse({ type: MessageView, description: 'Stored.' })
  @ApiOkResponse({ type: MessageView, description: 'Stored before, under the same `clientId`.' })
  @Fails(
    'room/not-found',
    'room/not-member',
    'room/forbidden',
    'room/slow-mode',
    'account/blocked',
    'account/personally-blocked',
    'message/not-found',
    'message/key-reused',
    'message/filtered',
    'message/refused',
    'message/unscreened',
    'message/held',
  )
  @TokenAlone()
  @Limited('send')
  @Post('messages')
  async send(
    @CurrentSender() sender: Sender,
    @Param('roomId', IdPipe) roomId: number,
    @Body(new SchemaPipe(newMessage)) request: NewMessage,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageView> {
    const { message, duplicate } = await this.messaging.send(sender, roomId, request);
    if (duplicate) void reply.status(200).header('idempotency-replayed', 'true');
    return message;
  }

  @TakesKey('messages:read')
  @ForGuests()
  @ApiOperation({
    operationId: 'listMessages',
    summary: 'Read the history of a room',
    description:
      'Messages in the order of their `seq`, oldest first. Without `before`, `after` or `around`: the newest page. Deleted messages stay as tombstones.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden')
  @Get('messages')
  history(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Query() request: HistoryRequest,
  ): Promise<MessagePage> {
    return this.reading.history(actor, roomId, request);
  }

  @TakesKey('messages:read')
  @ForGuests()
  @ApiOperation({
    operationId: 'searchMessages',
    summary: 'Search the messages of a room',
    description:
      'Hits newest first. One request looks at some thousand messages: while `hasMore`, pass `prev` as `before` to look further back, also where it had no hits. ' +
      'Deleted messages and those of people whom you have blocked are not found.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden')
  @Limited('search')
  @Get('messages/search')
  search(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Query() request: SearchRequest,
  ): Promise<MessageSearchPage> {
    return this.reading.search(actor, roomId, request);
  }

  @TakesKey('messages:read')
  @ForGuests()
  @ApiOperation({ operationId: 'getMessage', summary: 'Read one message' })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'message/not-found')
  @Get('messages/:messageId')
  one(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Param('messageId', IdPipe) messageId: number,
  ): Promise<MessageView> {
    return this.reading.one(actor, roomId, messageId);
  }

  @TakesKey('messages:write')
  @ForGuests()
  @ApiOperation({
    operationId: 'editMessage',
    summary: 'Change the text of your message',
    description: 'Give the `version` you have seen: a change or deletion that came first is never overwritten.',
  })
  @Fails(
    'room/not-found',
    'room/not-member',
    'room/forbidden',
    'account/blocked',
    'account/personally-blocked',
    'message/not-found',
    'message/not-yours',
    'message/deleted',
    'message/version-stale',
    'message/filtered',
    'message/refused',
    'message/unscreened',
  )
  @Patch('messages/:messageId')
  edit(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Param('messageId', IdPipe) messageId: number,
    @Body() request: EditMessage,
  ): Promise<MessageView> {
    return this.messaging.edit(actor, roomId, messageId, request);
  }

  @TakesKey('messages:write')
  @ForGuests()
  @ApiOperation({
    operationId: 'deleteMessage',
    summary: 'Delete a message',
    description:
      'Authors delete their own messages, moderators any. A tombstone without text keeps its place. Deleting twice is the same as once.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'message/not-found', 'message/not-yours')
  @Delete('messages/:messageId')
  @HttpCode(204)
  delete(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Param('messageId', IdPipe) messageId: number,
  ): Promise<void> {
    return this.messaging.delete(actor, roomId, messageId);
  }

  @TakesKey('messages:read')
  @ForGuests()
  @ApiOperation({
    operationId: 'listRoomEvents',
    summary: 'Read the log of a room',
    description:
      'Everything that happened in the room after a `seq`, in order and without holes: the same facts that sockets hear. ' +
      'Facts show the present: an edited message carries its latest text, a deleted one none.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden')
  @Get('events')
  async events(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Query() request: EventsRequest,
  ): Promise<RoomEventPage> {
    const { facts, head, more } = await this.reading.events(actor, roomId, request.after, request.limit ?? 50);
    const items = facts.map(({ seq, event, payload }) => ({ seq, event, data: { ...payload } }));
    return { items, hasMore: more, next: more ? (items.at(-1)?.seq ?? null) : null, prev: null, head };
  }
}
