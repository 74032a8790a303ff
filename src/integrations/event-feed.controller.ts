import { Controller, Get, HttpCode, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { EventPage, EventsRequest } from './event-feed.dto.js';
import { EventFeed } from './event-feed.service.js';

@ApiTags('integrations')
@ApiBearerAuth()
@Controller('api/v1/events')
export class EventFeedController {
  constructor(private readonly feed: EventFeed) {}

  @Get()
  @HttpCode(200)
  @TakesKey('webhooks')
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Read what happened in rooms',
    description:
      'For servers. Everything that happened in the rooms that concern you, in one order: what webhooks deliver, to be fetched. Ask with `after`, keep `next` together ' +
      'with what you did about the items, ask again. Nothing is skipped and nothing comes twice. Events are numbered from the first call, or the first webhook, of any ' +
      'server on and are kept for `BESEDKA_RETENTION_DAYS`.',
  })
  @Fails('key/required', 'event/position-gone')
  list(@CurrentActor() actor: Actor, @Query() request: EventsRequest): Promise<EventPage> {
    return this.feed.read(actor, request);
  }
}
