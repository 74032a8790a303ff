import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import type { Config, DialectName } from '../platform/config.js';
import { PychatTokenController } from './pychat/pychat-token.controller.js';
import { PychatController } from './pychat/pychat.controller.js';

const CONTROLLERS: Readonly<Record<DialectName, Type[]>> = { pychat: [PychatTokenController, PychatController] };

/** Chat APIs of other servers over our services: each only reads, asks a service, and renders. */
@Module({})
export class DialectsModule {
  static with(config: Config): DynamicModule {
    return {
      module: DialectsModule,
      imports: [AccountsModule, MessagingModule],
      controllers: config.get('DIALECTS').flatMap((name) => CONTROLLERS[name]),
    };
  }
}
