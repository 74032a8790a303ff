import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DeliveredMarks } from '../messaging/delivered-marks.service.js';
import type { ToldMove } from '../messaging/delivered.move.js';
import { NodeBus } from '../platform/node-bus.js';
import { RoomFeed } from './room-feed.js';

const TOPIC = 'delivered';

/** Delivered marks on their way to the members who listen, at whichever node. */
@Injectable()
export class DeliveredFeed implements OnModuleInit {
  constructor(
    private readonly marks: DeliveredMarks,
    private readonly roomFeed: RoomFeed,
    private readonly bus: NodeBus,
  ) {}

  onModuleInit(): void {
    this.marks.moved = (moves) => {
      for (const move of moves) {
        this.tell(move);
        this.bus.tell(TOPIC, JSON.stringify(move));
      }
    };
    // Who may hear it was read from the database when it was said: what comes late may speak of those who no longer may.
    this.bus.listen(TOPIC, (lines, late) => {
      if (!late) for (const line of lines) this.tell(JSON.parse(line) as ToldMove);
    });
  }

  private tell({ roomId, accountId, deliveredSeq, hearers }: ToldMove): void {
    const may = new Set(hearers);
    this.roomFeed.whisper(roomId, 'delivered.marked', { roomId, accountId, deliveredSeq }, (id) => may.has(id));
  }
}
