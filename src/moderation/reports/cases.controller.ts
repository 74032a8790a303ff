import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { ModeratorGuard } from '../../accounts/role.guards.js';
import { TakesKey } from '../../accounts/takes-key.decorator.js';
import { Fails } from '../../platform/fails.decorator.js';
import { IdPipe } from '../../platform/id.pipe.js';
import { Idempotent } from '../../platform/idempotent.decorator.js';
import { CaseDetailView, CasePage, CaseView } from './case.dto.js';
import { CasesRequest, ClaimCase, DecideCase } from './case-requests.dto.js';
import { CasesService } from './cases.service.js';
import { DecisionsService } from './decisions.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation/reports')
export class CasesController {
  constructor(
    private readonly cases: CasesService,
    private readonly decisions: DecisionsService,
  ) {}

  @Get()
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({
    operationId: 'listCases',
    summary: 'Read the queue of reports',
    description:
      'All open reports of one target are one case, so that it is decided once. Cases about yourself are left out. A case that gets further reports while you ' +
      'turn pages moves forward: read the first page again from time to time.',
  })
  @Fails('role/insufficient')
  list(@CurrentActor() actor: Actor, @Query() request: CasesRequest): Promise<CasePage> {
    return this.cases.list(actor, request);
  }

  @Get(':caseId')
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({
    operationId: 'getCase',
    summary: 'Read a case',
    description:
      'With its reports, the messages around a reported one, and what is known of the account that answers for it. Reading it is a look into the room, which ' +
      'the audit log keeps where you are not a member.',
  })
  @Fails('role/insufficient', 'report/not-found', 'moderation/self')
  one(@CurrentActor() actor: Actor, @Param('caseId', IdPipe) caseId: number): Promise<CaseDetailView> {
    return this.cases.one(actor, caseId);
  }

  @Put(':caseId/claim')
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({
    operationId: 'claimCase',
    summary: 'Claim a case',
    description:
      'Tells the other moderators for 15 minutes that you deal with it; claiming it again begins them anew. It binds nobody: another moderator may take the ' +
      'case over by `takeOver`, and whoever decides first has decided.',
  })
  @Fails('role/insufficient', 'report/not-found', 'report/claimed', 'report/decided', 'moderation/self')
  claim(
    @CurrentActor() actor: Actor,
    @Param('caseId', IdPipe) caseId: number,
    @Body() request: ClaimCase,
  ): Promise<CaseView> {
    return this.cases.claim(actor, caseId, request.takeOver ?? false);
  }

  /** Give up your claim of a case. Where nobody has claimed it nothing happens. */
  @Delete(':caseId/claim')
  @HttpCode(204)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'releaseCase', summary: 'Give up a claim' })
  @Fails('role/insufficient', 'report/not-found', 'report/claimed', 'report/decided', 'moderation/self')
  release(@CurrentActor() actor: Actor, @Param('caseId', IdPipe) caseId: number): Promise<void> {
    return this.cases.release(actor, caseId);
  }

  @Post(':caseId/decision')
  @HttpCode(200)
  @Idempotent()
  @TakesKey('moderation')
  @ApiOperation({
    operationId: 'decideCase',
    summary: 'Decide a case',
    description:
      'Once, for all its reports: of two moderators at once one decides, the other is told who did. The decision and what follows from it happen together or ' +
      'not at all. Acts against the account follow the rules of blocks: moderators act against users, superusers against everybody, nobody about himself. ' +
      'Moderators hear `report.decided`, each reporter `report.outcome`. The next report of the same target begins another case.',
  })
  @Fails(
    'role/insufficient',
    'report/not-found',
    'report/decided',
    'moderation/self',
    'account/not-found',
    'account/last-superuser',
    'account/blocked',
    'room/not-found',
    'room/forbidden',
    'message/not-found',
    'message/not-restorable',
    'message/not-releasable',
  )
  decide(
    @CurrentActor() actor: Actor,
    @Param('caseId', IdPipe) caseId: number,
    @Body() request: DecideCase,
  ): Promise<CaseView> {
    return this.decisions.decide(actor, caseId, request);
  }
}
