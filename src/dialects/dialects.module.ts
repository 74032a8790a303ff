import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import type { Config, DialectName } from '../platform/config.js';
import { ModerationModule } from '../moderation/moderation.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { AtomchatAccountsController } from './atomchat/atomchat-accounts.controller.js';
import { AtomchatRoomsController } from './atomchat/atomchat-rooms.controller.js';
import { ChatapiController } from './chatapi/chatapi.controller.js';
import { PychatTokenController } from './pychat/pychat-token.controller.js';
import { PychatController } from './pychat/pychat.controller.js';
import { RoschatAccountsController } from './roschat/roschat-accounts.controller.js';
import { RoschatController } from './roschat/roschat.controller.js';
import { RoschatSocket } from './roschat/roschat.socket.js';
import { ThanchatAccountsController } from './thanchat/thanchat-accounts.controller.js';
import { ThanchatChatController } from './thanchat/thanchat-chat.controller.js';

const CONTROLLERS: Readonly<Record<DialectName, Type[]>> = {
  pychat: [PychatTokenController, PychatController],
  chatapi: [ChatapiController],
  atomchat: [AtomchatAccountsController, AtomchatRoomsController],
  roschat: [RoschatAccountsController, RoschatController],
  thanchat: [ThanchatAccountsController, ThanchatChatController],
};
const PROVIDERS: Readonly<Partial<Record<DialectName, Type[]>>> = { roschat: [RoschatSocket] };

/** Chat APIs of other servers over our services: each only reads, asks a service, and renders. */
@Module({})
export class DialectsModule {
  static with(config: Config): DynamicModule {
    return {
      module: DialectsModule,
      imports: [AccountsModule, RoomsModule, MessagingModule, ModerationModule],
      controllers: config.get('DIALECTS').flatMap((name) => CONTROLLERS[name]),
      providers: config.get('DIALECTS').flatMap((name) => PROVIDERS[name] ?? []),
    };
  }
}
