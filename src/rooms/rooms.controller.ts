import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ForGuests } from '../accounts/for-guests.decorator.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Limited } from '../platform/limited.decorator.js';
import { Idempotent } from '../platform/idempotent.decorator.js';
import { RoomPage, RoomView } from './room.dto.js';
import { ChangeRoom, CreateRoom, RoomsRequest } from './room-requests.dto.js';
import { RoomsService } from './rooms.service.js';

@ApiTags('rooms')
@ApiBearerAuth()
@Controller('api/v1/rooms')
export class RoomsController {
  constructor(private readonly rooms: RoomsService) {}

  /** Create a room. The caller owns it and is its first member. */
  @Post()
  @HttpCode(201)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'createRoom', summary: 'Create a room' })
  @Idempotent()
  @Limited('create-room')
  @Fails('account/not-found', 'account/blocked', 'room/capacity-too-small', 'auth/busy')
  create(@CurrentActor() actor: Actor, @Body() request: CreateRoom): Promise<RoomView> {
    return this.rooms.create(actor, request);
  }

  /** List rooms: the caller's own, open ones, or all. Each page is a look at this moment; a room with a new message moves to the front of `mine`. */
  @Get()
  @HttpCode(200)
  @TakesKey('rooms')
  @ForGuests()
  @ApiOperation({ operationId: 'listRooms', summary: 'List rooms' })
  @Fails('role/insufficient')
  list(@CurrentActor() actor: Actor, @Query() request: RoomsRequest): Promise<RoomPage> {
    return this.rooms.list(actor, request);
  }

  /** Read one room. */
  @Get(':roomId')
  @HttpCode(200)
  @TakesKey('rooms')
  @ForGuests()
  @ApiOperation({ operationId: 'getRoom', summary: 'Read one room' })
  @Fails('room/not-found', 'account/blocked')
  one(@CurrentActor() actor: Actor, @Param('roomId', IdPipe) roomId: number): Promise<RoomView> {
    return this.rooms.one(actor, roomId);
  }

  /** Change a room. What is not given stays. */
  @Patch(':roomId')
  @HttpCode(200)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'changeRoom', summary: 'Change a room' })
  @Fails(
    'room/not-found',
    'room/not-member',
    'room/forbidden',
    'room/capacity-too-small',
    'room/name-taken',
    'account/blocked',
    'account/personally-blocked',
    'auth/busy',
  )
  change(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Body() request: ChangeRoom,
  ): Promise<RoomView> {
    return this.rooms.change(actor, roomId, request);
  }

  /** Delete a room. From then on nobody finds it. */
  @Delete(':roomId')
  @HttpCode(204)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'deleteRoom', summary: 'Delete a room' })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'account/blocked')
  delete(@CurrentActor() actor: Actor, @Param('roomId', IdPipe) roomId: number): Promise<void> {
    return this.rooms.delete(actor, roomId);
  }
}
