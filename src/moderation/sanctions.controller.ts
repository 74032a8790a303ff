import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ModeratorGuard } from '../accounts/role.guards.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Idempotent } from '../platform/idempotent.decorator.js';
import { PageRequest } from '../platform/paging.dto.js';
import { SanctionRecordPage, SanctionRecordView } from './sanction.dto.js';
import { SanctionsService } from './sanctions.service.js';
import { WarnAccount } from './warning.dto.js';
import { WarningsService } from './warnings.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation')
export class SanctionsController {
  constructor(
    private readonly sanctions: SanctionsService,
    private readonly warnings: WarningsService,
  ) {}

  @Post('warnings')
  @HttpCode(201)
  @Idempotent()
  @TakesKey('moderation')
  @ApiOperation({
    operationId: 'warnAccount',
    summary: 'Warn an account',
    description:
      'Takes nothing away: the person hears `account.warned` and can read why, and the warning stays on his record. With `messageId`, a message of his in a ' +
      'room in which you are a moderator. Moderators warn users, superusers everybody else.',
  })
  @Fails(
    'role/insufficient',
    'moderation/self',
    'account/not-found',
    'message/not-found',
    'room/forbidden',
    'account/blocked',
  )
  warn(@CurrentActor() actor: Actor, @Body() request: WarnAccount): Promise<SanctionRecordView> {
    return this.warnings.warnNow(actor, request);
  }

  /** List what was decided about a person: blocks, warnings, deleted messages and removals from rooms, newest first. Your own you read as everybody does. */
  @Get('accounts/:accountId/sanctions')
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'listSanctionsOf', summary: "List a person's sanctions" })
  @Fails('role/insufficient', 'moderation/self', 'account/not-found')
  record(
    @CurrentActor() actor: Actor,
    @Param('accountId', IdPipe) accountId: number,
    @Query() request: PageRequest,
  ): Promise<SanctionRecordPage> {
    return this.sanctions.record(actor, accountId, request);
  }
}
