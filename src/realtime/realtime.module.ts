import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { AccountFeed } from './account-feed.js';
import { AccountLogRepository } from './account-log.repository.js';
import { ChatGateway } from './chat.gateway.js';
import { Connections } from './connections.js';
import { Feed } from './feed.js';
import { Handshake } from './handshake.js';
import { RoomFeed } from './room-feed.js';
import { SessionClock } from './session-clock.js';

@Module({
  imports: [AccountsModule, RoomsModule, MessagingModule],
  providers: [ChatGateway, Handshake, Connections, Feed, RoomFeed, AccountFeed, AccountLogRepository, SessionClock],
  exports: [Connections],
})
export class RealtimeModule {}
