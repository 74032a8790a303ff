import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Idempotent } from '../platform/idempotent.decorator.js';
import { Limited } from '../platform/limited.decorator.js';
import { DeliveriesRequest, DeliveryPage, ReplayView, ReplayWebhook, WebhookTestView } from './webhook-delivery.dto.js';
import {
  ChangeWebhook,
  CreateWebhook,
  NewWebhookView,
  RotateWebhookSecret,
  WebhookList,
  WebhookView,
} from './webhook.dto.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('integrations')
@ApiBearerAuth()
@Controller('api/v1/integrations/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @TakesKey('webhooks')
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Create a webhook',
    description:
      'For servers, up to 20 each. From now on what happens in your rooms is posted there, after Standard Webhooks: signed with `secret`, which is shown this once, in the ' +
      'headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Events of one room come in order. Answer 2xx within five seconds, whatever you do with them; ' +
      'otherwise they are tried again after 5 seconds up to 12 hours for 72 hours. An event may come twice, under the same `id`. Redirects are not followed; 410 ' +
      'disables the webhook. While no key of yours has the scope `webhooks`, nothing is posted.',
  })
  @Fails('key/required', 'integrator/url-not-allowed', 'webhook/too-many')
  create(@CurrentActor() actor: Actor, @Body() request: CreateWebhook): Promise<NewWebhookView> {
    return this.webhooks.create(actor, request);
  }

  /** List your webhooks. For servers. */
  @Get()
  @HttpCode(200)
  @TakesKey('webhooks')
  @ApiOperation({ operationId: 'listWebhooks', summary: 'List your webhooks' })
  @Fails('key/required')
  list(@CurrentActor() actor: Actor): Promise<WebhookList> {
    return this.webhooks.list(actor);
  }

  /** Read one webhook, with how many events wait for it and how many were given up. For servers. */
  @Get(':webhookId')
  @HttpCode(200)
  @TakesKey('webhooks')
  @ApiOperation({ operationId: 'getWebhook', summary: 'Read one webhook' })
  @Fails('key/required', 'webhook/not-found')
  one(@CurrentActor() actor: Actor, @Param('webhookId', IdPipe) webhookId: number): Promise<WebhookView> {
    return this.webhooks.one(actor, webhookId);
  }

  @Patch(':webhookId')
  @HttpCode(200)
  @TakesKey('webhooks')
  @ApiOperation({
    operationId: 'changeWebhook',
    summary: 'Change a webhook',
    description:
      'For servers. What is not given stays. Events that wait already are posted to the new address, whatever the new filters say. While it is disabled nothing new is ' +
      'queued: replay what you missed, or read it from `GET /api/v1/events`.',
  })
  @Fails('key/required', 'webhook/not-found', 'integrator/url-not-allowed')
  change(
    @CurrentActor() actor: Actor,
    @Param('webhookId', IdPipe) webhookId: number,
    @Body() request: ChangeWebhook,
  ): Promise<WebhookView> {
    return this.webhooks.change(actor, webhookId, request);
  }

  /** Delete a webhook, with everything that waits for it. For servers. */
  @Delete(':webhookId')
  @HttpCode(204)
  @TakesKey('webhooks')
  @ApiOperation({ operationId: 'deleteWebhook', summary: 'Delete a webhook' })
  @Fails('key/required', 'webhook/not-found')
  remove(@CurrentActor() actor: Actor, @Param('webhookId', IdPipe) webhookId: number): Promise<void> {
    return this.webhooks.delete(actor, webhookId);
  }

  @Post(':webhookId/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @TakesKey('webhooks')
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Give a webhook a new secret',
    description:
      'For servers. The answer shows the new secret this once. For `overlapSeconds` both sign, so that `webhook-signature` holds two signatures and you can change over at any moment.',
  })
  @Fails('key/required', 'webhook/not-found')
  rotate(
    @CurrentActor() actor: Actor,
    @Param('webhookId', IdPipe) webhookId: number,
    @Body() request: RotateWebhookSecret,
  ): Promise<NewWebhookView> {
    return this.webhooks.rotate(actor, webhookId, request.overlapSeconds!);
  }

  @Post(':webhookId/test')
  @HttpCode(200)
  @TakesKey('webhooks')
  @Idempotent()
  @Limited('test-webhook')
  @ApiOperation({
    operationId: 'testWebhook',
    summary: 'Post a test event',
    description:
      'For servers. Posts an event `webhook.test` now, also to a disabled webhook, and tells what was answered. It is not repeated.',
  })
  @Fails('key/required', 'webhook/not-found')
  test(@CurrentActor() actor: Actor, @Param('webhookId', IdPipe) webhookId: number): Promise<WebhookTestView> {
    return this.webhooks.test(actor, webhookId);
  }

  /** List what became of events at a webhook, newest first: whether they were delivered, after how many attempts, and when the next one is. For servers. */
  @Get(':webhookId/deliveries')
  @HttpCode(200)
  @TakesKey('webhooks')
  @ApiOperation({ operationId: 'listWebhookDeliveries', summary: 'List the deliveries of a webhook' })
  @Fails('key/required', 'webhook/not-found')
  deliveries(
    @CurrentActor() actor: Actor,
    @Param('webhookId', IdPipe) webhookId: number,
    @Query() request: DeliveriesRequest,
  ): Promise<DeliveryPage> {
    return this.webhooks.deliveries(actor, webhookId, request);
  }

  @Post(':webhookId/replay')
  @HttpCode(200)
  @TakesKey('webhooks')
  @Idempotent()
  @ApiOperation({
    operationId: 'replayWebhook',
    summary: 'Deliver events again',
    description:
      'For servers. Queues one event, or all between two positions that the filters of the webhook let through: delivered, given up, or missed while it was disabled. ' +
      'They keep their ids.',
  })
  @Fails('key/required', 'webhook/not-found')
  replay(
    @CurrentActor() actor: Actor,
    @Param('webhookId', IdPipe) webhookId: number,
    @Body() request: ReplayWebhook,
  ): Promise<ReplayView> {
    return this.webhooks.replay(actor, webhookId, request);
  }
}
