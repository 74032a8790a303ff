import { Module } from '@nestjs/common';
import { RoomsModule } from '../rooms/rooms.module.js';
import { HistoryService } from './history.service.js';
import { MessageRepository } from './message.repository.js';
import { MessagesController } from './messages.controller.js';
import { MessagingService } from './messaging.service.js';
import { ReadStateController } from './read-state.controller.js';
import { ReadStateRepository } from './read-state.repository.js';
import { ReadStateService } from './read-state.service.js';
import { RoomLogRepository } from './room-log.repository.js';
import { SendQueue } from './send.queue.js';
import { SendRepository } from './send.repository.js';
import { Tombstones } from './tombstones.service.js';

@Module({
  imports: [RoomsModule],
  controllers: [MessagesController, ReadStateController],
  providers: [
    MessagingService,
    HistoryService,
    ReadStateService,
    SendQueue,
    SendRepository,
    MessageRepository,
    ReadStateRepository,
    RoomLogRepository,
    Tombstones,
  ],
  exports: [MessagingService, HistoryService, ReadStateService, Tombstones],
})
export class MessagingModule {}
