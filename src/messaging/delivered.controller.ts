import { Body, Controller, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ForGuests } from '../accounts/for-guests.decorator.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { DeliveredMarks } from './delivered-marks.service.js';
import { DeliveredMark, DeliveredStateView, MemberMarksList } from './delivered.dto.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/rooms/:roomId/delivered')
export class DeliveredController {
  constructor(private readonly marks: DeliveredMarks) {}

  @Put()
  @HttpCode(200)
  @TakesKey('messages:write')
  @ForGuests()
  @ApiOperation({
    operationId: 'markDelivered',
    summary: 'Mark a room as delivered up to a seq',
    description:
      'Says that everything up to `seq` has reached a device of yours; the mark only moves forward, and a read mark moves it too. Only in rooms with ' +
      '`deliveredMarks` and at most 100 members. The answer comes before the mark is kept and told to the other members, which takes a second at most: a ' +
      'crash of the node in between forgets it, so say it again after a reconnect.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'room/delivered-marks-off')
  mark(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Body() request: DeliveredMark,
  ): Promise<DeliveredStateView> {
    return this.marks.mark(actor, roomId, request.seq);
  }

  @Get()
  @HttpCode(200)
  @TakesKey('messages:read')
  @ForGuests()
  @ApiOperation({
    operationId: 'listDelivered',
    summary: 'See how far a room has reached its members',
    description:
      'The delivered and read marks of all members of a room with `deliveredMarks` and at most 100 members, to its members. People whom you have blocked ' +
      'personally, and who have blocked you, are left out. Changes are told by `delivered.marked`.',
  })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'room/delivered-marks-off')
  async list(@CurrentActor() actor: Actor, @Param('roomId', IdPipe) roomId: number): Promise<MemberMarksList> {
    return { items: await this.marks.list(actor, roomId) };
  }
}
