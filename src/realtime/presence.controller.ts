import { Controller, Get, HttpCode, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { PresenceList, PresenceRequest } from './presence.dto.js';
import { PresenceService } from './presence.service.js';

@ApiTags('accounts')
@ApiBearerAuth()
@Controller('api/v1/presence')
export class PresenceController {
  constructor(private readonly presence: PresenceService) {}

  @Get()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'getPresence',
    summary: 'See who is here',
    description:
      'Of up to 200 people, those who share a room with you, and yourself; all others are left out. For changes send `presence.watch` on a socket instead ' +
      'of asking again and again.',
  })
  async look(@CurrentActor() actor: Actor, @Query() { accountIds }: PresenceRequest): Promise<PresenceList> {
    return { items: await this.presence.look(actor, accountIds) };
  }
}
