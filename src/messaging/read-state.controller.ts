import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ForGuests } from '../accounts/for-guests.decorator.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { ReadMark, ReadStateView, UnreadView } from './message.dto.js';
import { ReadStateService } from './read-state.service.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1')
export class ReadStateController {
  constructor(private readonly states: ReadStateService) {}

  @TakesKey('messages:write')
  @ForGuests()
  @ApiOperation({
    operationId: 'markRead',
    summary: 'Mark a room as read up to a seq',
    description: 'The mark only moves forward; an older `seq` changes nothing.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden')
  @Put('rooms/:roomId/read')
  markRead(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Body() request: ReadMark,
  ): Promise<ReadStateView> {
    return this.states.markRead(actor, roomId, request.seq);
  }

  @TakesKey('messages:write')
  @ForGuests()
  @ApiOperation({
    operationId: 'markUnread',
    summary: 'Mark a room as unread from a seq on',
    description: 'The one way to move the mark backward: `seq` is the first unread one.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden')
  @Put('rooms/:roomId/unread')
  markUnread(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Body() request: ReadMark,
  ): Promise<ReadStateView> {
    return this.states.markUnread(actor, roomId, request.seq);
  }

  @TakesKey('messages:read')
  @ForGuests()
  @ApiOperation({ operationId: 'getUnread', summary: 'Count your unread messages' })
  @Get('unread')
  unread(@CurrentActor() actor: Actor): Promise<UnreadView> {
    return this.states.unread(actor);
  }
}
