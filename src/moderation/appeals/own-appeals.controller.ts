import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Appellant, AppealTokenToo, CurrentAppellant } from '../../accounts/appellant.decorator.js';
import { ForGuests } from '../../accounts/for-guests.decorator.js';
import { Fails } from '../../platform/fails.decorator.js';
import { OwnAppealView } from '../sanction.dto.js';
import { FileAppeal } from './appeal.dto.js';
import { AppealsService } from './appeals.service.js';

@ApiTags('appeals')
@ApiBearerAuth()
@Controller('api/v1/appeals')
export class OwnAppealsController {
  constructor(private readonly appeals: AppealsService) {}

  @Post()
  @ForGuests()
  @AppealTokenToo()
  @ApiOperation({
    operationId: 'fileAppeal',
    summary: 'Appeal against a sanction',
    description:
      'Once for each sanction, within six months of it, while it was neither taken back nor replaced. Somebody else than who decided decides on it; you hear ' +
      '`appeal.outcome`, and the statement of reasons carries the appeal and what came of it. Whoever is fully blocked and cannot sign in gives the ' +
      '`appealToken` of that refusal instead of an access token. The same text again is answered with the appeal that was kept, status 200.',
  })
  @ApiCreatedResponse({ type: OwnAppealView, description: 'Filed.' })
  @ApiOkResponse({ type: OwnAppealView, description: 'Filed before, with the same text.' })
  @Fails('sanction/not-found', 'sanction/over', 'appeal/exists', 'appeal/too-late')
  async file(
    @CurrentAppellant() appellant: Appellant,
    @Body() request: FileAppeal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OwnAppealView> {
    const { appeal, repeated } = await this.appeals.file(appellant, request);
    void reply.status(repeated ? 200 : 201);
    return appeal;
  }
}
