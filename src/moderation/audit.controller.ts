import { Controller, Get, HttpCode, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ModeratorGuard } from '../accounts/role.guards.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { AuditPage, AuditRequest } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation/audit')
export class AuditController {
  constructor(private readonly log: AuditService) {}

  /** Read what moderators did and tried, newest first. Addresses are shown to superusers. */
  @Get()
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'listAuditLog', summary: 'Read the audit log' })
  @Fails('role/insufficient')
  list(@CurrentActor() actor: Actor, @Query() request: AuditRequest): Promise<AuditPage> {
    return this.log.list(actor, request);
  }
}
