import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { DialectsModule } from './dialects/dialects.module.js';
import { IntegrationsModule } from './integrations/integrations.module.js';
import { WebhooksModule } from './integrations/webhooks.module.js';
import { MessagingModule } from './messaging/messaging.module.js';
import { ModerationModule } from './moderation/moderation.module.js';
import { OpsModule } from './ops/ops.module.js';
import type { Config } from './platform/config.js';
import type { DatabaseAddress } from './platform/data-source.js';
import { PlatformModule } from './platform/platform.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { schema } from './schema.js';

@Module({})
export class AppModule {
  static with(config: Config, address: DatabaseAddress): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(config, address, schema),
        AccountsModule,
        RoomsModule,
        MessagingModule,
        ModerationModule,
        IntegrationsModule,
        WebhooksModule,
        DialectsModule.with(config),
        RealtimeModule,
        OpsModule,
      ],
    };
  }
}
