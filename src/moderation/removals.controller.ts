import { Body, Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ModeratorGuard, SuperuserGuard } from '../accounts/role.guards.js';
import { MessageView } from '../messaging/message.dto.js';
import { Tombstones } from '../messaging/tombstones.service.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Idempotent } from '../platform/idempotent.decorator.js';
import { DeleteMessages, DeletionView, RemoveMessage } from './deletion.dto.js';
import { DeletionJobs } from './deletion-jobs.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation')
export class RemovalsController {
  constructor(
    private readonly tombstones: Tombstones,
    private readonly deletions: DeletionJobs,
  ) {}

  /** Delete any message, with a reason. A tombstone without text keeps its place. Deleting twice is the same as once. */
  @Delete('messages/:messageId')
  @HttpCode(204)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'removeMessage', summary: 'Delete any message' })
  @Fails('role/insufficient', 'message/not-found', 'room/forbidden', 'account/blocked')
  remove(
    @CurrentActor() actor: Actor,
    @Param('messageId', IdPipe) messageId: number,
    @Body() request: RemoveMessage,
  ): Promise<void> {
    return this.tombstones.delete(actor, messageId, request.reason);
  }

  /** Bring back a message that a moderator deleted within the last 30 days. Sockets hear `message.restored`. For superusers. */
  @Post('messages/:messageId/restore')
  @HttpCode(200)
  @UseGuards(SuperuserGuard)
  @Idempotent()
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'restoreMessage', summary: 'Bring back a deleted message' })
  @Fails('role/insufficient', 'message/not-found', 'message/not-restorable', 'room/forbidden', 'account/blocked')
  restore(@CurrentActor() actor: Actor, @Param('messageId', IdPipe) messageId: number): Promise<MessageView> {
    return this.tombstones.restore(actor, messageId);
  }

  /** Delete what a person sent in a period. The work goes on behind the answer, also over a restart; ask for its progress. */
  @Post('deletions')
  @HttpCode(202)
  @Idempotent()
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'deleteMessagesOf', summary: 'Delete what a person sent in a period' })
  @Fails(
    'role/insufficient',
    'moderation/self',
    'account/not-found',
    'account/blocked',
    'room/not-found',
    'room/not-member',
    'room/forbidden',
  )
  begin(@CurrentActor() actor: Actor, @Body() request: DeleteMessages): Promise<DeletionView> {
    return this.deletions.begin(actor, request);
  }

  /** Read how far a deletion of many messages is. */
  @Get('deletions/:deletionId')
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'getDeletion', summary: 'Read how far a deletion is' })
  @Fails('role/insufficient', 'deletion/not-found')
  one(@Param('deletionId', IdPipe) deletionId: number): Promise<DeletionView> {
    return this.deletions.one(deletionId);
  }
}
