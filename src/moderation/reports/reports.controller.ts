import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { ForGuests } from '../../accounts/for-guests.decorator.js';
import { Fails } from '../../platform/fails.decorator.js';
import { Idempotent } from '../../platform/idempotent.decorator.js';
import { PageRequest } from '../../platform/paging.dto.js';
import { FileReport, ReportPage, ReportView } from './report.dto.js';
import { ReportsService } from './reports.service.js';

@ApiTags('reports')
@ApiBearerAuth()
@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Post()
  @ForGuests()
  @Idempotent()
  @ApiOperation({
    operationId: 'fileReport',
    summary: 'Report a message, a room or a person',
    description:
      'Whoever sees it may report it, also while he is muted; guests report rooms and messages only, and nobody reports himself or his own messages. The moderators get what it says at this moment: ' +
      'editing or deleting it later hides nothing, and a deleted message can still be reported. While your report is open, reporting the same again answers ' +
      'it with status 200 and changes nothing. When it is decided you hear `report.outcome`; who decided, and what became of the other person, is not told.',
  })
  @ApiCreatedResponse({ type: ReportView, description: 'Reported.' })
  @ApiOkResponse({ type: ReportView, description: 'Reported before; this report is open.' })
  @Fails('report/self', 'account/not-found', 'room/not-found', 'room/not-member', 'room/forbidden', 'message/not-found')
  async file(
    @CurrentActor() actor: Actor,
    @Body() request: FileReport,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReportView> {
    const { report, repeated } = await this.reports.file(actor, request);
    if (repeated) void reply.status(200);
    return report;
  }

  /** List what you have reported, newest first, with the outcome of each. */
  @Get()
  @ForGuests()
  @HttpCode(200)
  @ApiOperation({ operationId: 'listReports', summary: 'List my reports' })
  mine(@CurrentActor() actor: Actor, @Query() request: PageRequest): Promise<ReportPage> {
    return this.reports.mine(actor, request);
  }
}
