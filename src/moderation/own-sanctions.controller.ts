import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { type Appellant, AppealTokenToo, CurrentAppellant } from '../accounts/appellant.decorator.js';
import { ForGuests } from '../accounts/for-guests.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { PageRequest } from '../platform/paging.dto.js';
import { SanctionPage, SanctionView } from './sanction.dto.js';
import { SanctionsService } from './sanctions.service.js';

@ApiTags('appeals')
@ApiBearerAuth()
@Controller('api/v1/accounts/me/sanctions')
export class OwnSanctionsController {
  constructor(private readonly sanctions: SanctionsService) {}

  @Get()
  @ForGuests()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'listMySanctions',
    summary: 'List what was decided about me',
    description:
      'A statement of reasons for every block, warning, deletion of my messages and removal from a room by a moderator, newest first: what, where, from when ' +
      'to when, why, what brought it about, which messages it is about, and how to appeal until when.',
  })
  list(@CurrentActor() actor: Actor, @Query() request: PageRequest): Promise<SanctionPage> {
    return this.sanctions.own(actor, request);
  }

  /** Read one statement of reasons, with my appeal against it and what came of it. Takes an `appealToken`, too, for the sanction that it was given for. */
  @Get(':sanctionId')
  @ForGuests()
  @AppealTokenToo()
  @HttpCode(200)
  @ApiOperation({ operationId: 'getMySanction', summary: 'Read a statement of reasons' })
  @Fails('sanction/not-found')
  one(
    @CurrentAppellant() appellant: Appellant,
    @Param('sanctionId', IdPipe) sanctionId: number,
  ): Promise<SanctionView> {
    return this.sanctions.ownOne(appellant, sanctionId);
  }
}
