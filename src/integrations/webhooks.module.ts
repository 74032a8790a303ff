/** What servers of integrators hear of, and what they are asked: the feed of events, webhooks, and hooks before sending. */
import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { BeforeSendController } from './before-send.controller.js';
import { BeforeSendHooks } from './before-send.hooks.js';
import { BeforeSendRepository } from './before-send.repository.js';
import { BeforeSendScreen } from './before-send.screen.js';
import { BeforeSend } from './before-send.service.js';
import { EventFeedController } from './event-feed.controller.js';
import { EventFeedRepository } from './event-feed.repository.js';
import { EventFeed } from './event-feed.service.js';
import { IntegrationsModule } from './integrations.module.js';
import { WebhookLaneRepository } from './webhook-lane.repository.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhookSender } from './webhook.sender.js';
import { WebhookWorker } from './webhook.worker.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [AccountsModule, RoomsModule, MessagingModule, IntegrationsModule],
  controllers: [WebhooksController, EventFeedController, BeforeSendController],
  providers: [
    EventFeedRepository,
    EventFeed,
    WebhookRepository,
    WebhookLaneRepository,
    WebhookSender,
    WebhookWorker,
    WebhooksService,
    BeforeSendRepository,
    BeforeSendHooks,
    BeforeSendScreen,
    BeforeSend,
  ],
})
export class WebhooksModule {}
