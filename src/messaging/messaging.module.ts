import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { DeliveredController } from './delivered.controller.js';
import { DeliveredMarks } from './delivered-marks.service.js';
import { DeliveredRepository } from './delivered.repository.js';
import { DirectMessages } from './direct-messages.service.js';
import { ForeignMessageRepository } from './foreign-message.repository.js';
import { ForeignMessages } from './foreign-messages.service.js';
import { HistoryService } from './history.service.js';
import { MentionRepository } from './mention.repository.js';
import { MentionsService } from './mentions.service.js';
import { MessageScreens } from './message-screens.js';
import { MessageRepository } from './message.repository.js';
import { MessageSearchRepository } from './message-search.repository.js';
import { MessagesController } from './messages.controller.js';
import { MessagingService } from './messaging.service.js';
import { RawSockets } from './raw-sockets.js';
import { ReadStateController } from './read-state.controller.js';
import { ReadStateRepository } from './read-state.repository.js';
import { ReadStateService } from './read-state.service.js';
import { RoomLogRepository } from './room-log.repository.js';
import { SendQueue } from './send.queue.js';
import { SendRepository } from './send.repository.js';
import { Tombstones } from './tombstones.service.js';

@Module({
  imports: [AccountsModule, RoomsModule],
  controllers: [MessagesController, ReadStateController, DeliveredController],
  providers: [
    MessagingService,
    DirectMessages,
    MessageScreens,
    RawSockets,
    HistoryService,
    ReadStateService,
    SendQueue,
    SendRepository,
    MessageRepository,
    MessageSearchRepository,
    ReadStateRepository,
    RoomLogRepository,
    Tombstones,
    MentionRepository,
    MentionsService,
    DeliveredRepository,
    DeliveredMarks,
    ForeignMessageRepository,
    ForeignMessages,
  ],
  exports: [
    MessagingService,
    DirectMessages,
    MessageScreens,
    RawSockets,
    HistoryService,
    ReadStateService,
    Tombstones,
    DeliveredMarks,
    ForeignMessages,
  ],
})
export class MessagingModule {}
