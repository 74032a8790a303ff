import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ForGuests } from '../accounts/for-guests.decorator.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { PageRequest } from '../platform/paging.dto.js';
import { MemberPage, MemberView } from './member.dto.js';
import { MemberGuard } from './member.guard.js';
import { MembersService } from './members.service.js';
import { RoomView } from './room.dto.js';
import { JoinRoom } from './room-requests.dto.js';

@ApiTags('members')
@ApiBearerAuth()
@Controller('api/v1/rooms/:roomId')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  /** Join a room. Joining again changes nothing. After five wrong passwords within 15 minutes no further one is looked at. */
  @Post('join')
  @HttpCode(200)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'joinRoom', summary: 'Join a room' })
  @Fails(
    'room/not-found',
    'room/forbidden',
    'room/password-wrong',
    'room/full',
    'room/too-many-attempts',
    'account/blocked',
    'auth/busy',
  )
  join(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Body() request: JoinRoom,
  ): Promise<RoomView> {
    return this.members.join(actor, roomId, request.password);
  }

  /** Leave a room. An owner's room passes to its longest-standing member. */
  @Delete('members/me')
  @HttpCode(204)
  @TakesKey('rooms')
  @ForGuests()
  @ApiOperation({ operationId: 'leaveRoom', summary: 'Leave a room' })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'account/blocked')
  leave(@CurrentActor() actor: Actor, @Param('roomId', IdPipe) roomId: number): Promise<void> {
    return this.members.leave(actor, roomId);
  }

  /** List the members of a room, by account id. */
  @Get('members')
  @HttpCode(200)
  @UseGuards(MemberGuard)
  @TakesKey('rooms')
  @ForGuests()
  @ApiOperation({ operationId: 'listMembers', summary: 'List the members of a room' })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'account/blocked')
  list(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Query() page: PageRequest,
  ): Promise<MemberPage> {
    return this.members.list(actor, roomId, page);
  }

  /** Add an account to a room, without its password. Adding a member changes nothing. */
  @Put('members/:accountId')
  @HttpCode(200)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'addMember', summary: 'Add an account to a room' })
  @Fails(
    'room/not-found',
    'room/not-member',
    'room/forbidden',
    'room/full',
    'account/not-found',
    'account/blocked',
    'member/blocked',
  )
  add(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Param('accountId', IdPipe) accountId: number,
  ): Promise<MemberView> {
    return this.members.add(actor, roomId, accountId);
  }

  /** Remove a member from a room; removing oneself is leaving. When the call returns, no message of his is accepted any more. */
  @Delete('members/:accountId')
  @HttpCode(204)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'removeMember', summary: 'Remove a member from a room' })
  @Fails('room/not-found', 'room/not-member', 'room/forbidden', 'member/not-found', 'account/blocked')
  remove(
    @CurrentActor() actor: Actor,
    @Param('roomId', IdPipe) roomId: number,
    @Param('accountId', IdPipe) accountId: number,
  ): Promise<void> {
    return this.members.remove(actor, roomId, accountId);
  }
}
