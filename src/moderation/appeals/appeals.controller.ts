import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { ModeratorGuard } from '../../accounts/role.guards.js';
import { TakesKey } from '../../accounts/takes-key.decorator.js';
import { Fails } from '../../platform/fails.decorator.js';
import { IdPipe } from '../../platform/id.pipe.js';
import { Idempotent } from '../../platform/idempotent.decorator.js';
import { AppealDetailView, AppealPage, AppealsRequest, AppealView, DecideAppeal } from './appeal.dto.js';
import { AppealsService } from './appeals.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation/appeals')
export class AppealsController {
  constructor(private readonly appeals: AppealsService) {}

  /** List appeals: open ones oldest first, as they wait. Nobody sees his own here. */
  @Get()
  @TakesKey('moderation')
  @HttpCode(200)
  @ApiOperation({ operationId: 'listAppeals', summary: 'List appeals' })
  @Fails('role/insufficient')
  list(@CurrentActor() actor: Actor, @Query() request: AppealsRequest): Promise<AppealPage> {
    return this.appeals.list(actor, request);
  }

  /** Read an appeal with the messages that the sanction is about. Where there are any, the look is written into the audit log. */
  @Get(':appealId')
  @TakesKey('moderation')
  @HttpCode(200)
  @ApiOperation({ operationId: 'getAppeal', summary: 'Read an appeal' })
  @Fails('role/insufficient', 'appeal/not-found', 'moderation/self')
  one(@CurrentActor() actor: Actor, @Param('appealId', IdPipe) appealId: number): Promise<AppealDetailView> {
    return this.appeals.one(actor, appealId);
  }

  @Post(':appealId/decision')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    operationId: 'decideAppeal',
    summary: 'Decide an appeal',
    description:
      'Once, by another one than who decided the sanction or changed the block; a superuser may decide on his own decision where nobody else could. `granted` ' +
      'takes the sanction back together with the answer: the block is lifted, deleted messages are there again, who was removed is a member again unless the ' +
      'room is gone or he is banned from it; where the room is full the decision is refused until there is a place. The person hears `appeal.outcome` with ' +
      'your reason, never your name. Moderators decide about users, superusers about everybody else; no API key is taken, because a person decides.',
  })
  @Fails(
    'role/insufficient',
    'moderation/self',
    'appeal/not-found',
    'appeal/decided',
    'appeal/own-decision',
    'room/full',
  )
  decide(
    @CurrentActor() actor: Actor,
    @Param('appealId', IdPipe) appealId: number,
    @Body() request: DecideAppeal,
  ): Promise<AppealView> {
    return this.appeals.decide(actor, appealId, request);
  }
}
