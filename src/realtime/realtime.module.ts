import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { AccountFeed } from './account-feed.js';
import { AccountLogRepository } from './account-log.repository.js';
import { ChatGateway } from './chat.gateway.js';
import { CompanyGateway } from './company.gateway.js';
import { Connections } from './connections.js';
import { DeliveredFeed } from './delivered.feed.js';
import { Departures } from './departures.js';
import { Feed } from './feed.js';
import { Handshake } from './handshake.js';
import { OwnPresence } from './own-presence.js';
import { PresenceBoard } from './presence.board.js';
import { PresenceController } from './presence.controller.js';
import { PresenceRepository } from './presence.repository.js';
import { PresenceService } from './presence.service.js';
import { PresenceWatch } from './presence.watch.js';
import { RateAbuse } from './rate-abuse.js';
import { RawDoor } from './raw-door.js';
import { RawTalk } from './raw-talk.js';
import { RoomFeed } from './room-feed.js';
import { SessionClock } from './session-clock.js';
import { SlowConsumers } from './slow-consumers.js';
import { SocketActors } from './socket-actors.js';
import { TypingService } from './typing.service.js';

@Module({
  imports: [AccountsModule, RoomsModule, MessagingModule],
  controllers: [PresenceController],
  providers: [
    ChatGateway,
    CompanyGateway,
    SocketActors,
    Handshake,
    Connections,
    Departures,
    RawDoor,
    RawTalk,
    Feed,
    RoomFeed,
    AccountFeed,
    AccountLogRepository,
    SessionClock,
    RateAbuse,
    SlowConsumers,
    PresenceRepository,
    PresenceBoard,
    OwnPresence,
    PresenceWatch,
    PresenceService,
    TypingService,
    DeliveredFeed,
  ],
  exports: [Connections],
})
export class RealtimeModule {}
