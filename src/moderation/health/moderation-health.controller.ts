import { Controller, Get, HttpCode, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ModeratorGuard } from '../../accounts/role.guards.js';
import { Fails } from '../../platform/fails.decorator.js';
import { Limited } from '../../platform/limited.decorator.js';
import { ModerationHealthRequest, ModerationHealthView } from './moderation-health.dto.js';
import { ModerationHealth } from './moderation-health.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation/health')
export class ModerationHealthController {
  constructor(private readonly health: ModerationHealth) {}

  @Get()
  @HttpCode(200)
  @Limited('search')
  @ApiOperation({
    operationId: 'getModerationHealth',
    summary: 'Read how moderation is doing',
    description:
      'How many cases were opened and decided hour by hour and how long that took, how much is written minute by minute, and which nodes there are. ' +
      'It is counted from the database at each call: ask again every half minute rather than every second.',
  })
  @Fails('role/insufficient')
  look(@Query() request: ModerationHealthRequest): Promise<ModerationHealthView> {
    return this.health.look(request);
  }
}
