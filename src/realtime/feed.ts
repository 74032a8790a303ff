import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { Hints } from '../platform/hints.js';
import { ThisNode } from '../platform/node.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { AccountFeed } from './account-feed.js';
import { AccountLogRepository } from './account-log.repository.js';
import { RoomFeed } from './room-feed.js';

const SWEEP_MS = 1_000;

/** From the logs to the sockets of this node: hints make it fast, the sweep each second makes it right. */
@Injectable()
export class Feed implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('feed');
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private sweeping = false;
  private again = false;

  constructor(
    private readonly hints: Hints,
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly accountLog: AccountLogRepository,
    private readonly roomFeed: RoomFeed,
    private readonly accountFeed: AccountFeed,
    private readonly node: ThisNode,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.hints.listen((hints) => {
      this.roomFeed.offer(hints);
      this.accountFeed.offer(hints);
    });
    this.roomFeed.check = () => void this.sweep();
    this.accountFeed.check = () => setImmediate(() => void this.sweep());
    this.node.catchUp = () => this.accountFeed.catchUp();
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    this.stopListening?.();
    clearInterval(this.timer);
    this.roomFeed.check = () => undefined;
    this.accountFeed.check = () => undefined;
  }

  /** Looks whether any log with listeners here is ahead of what they were told. */
  async sweep(): Promise<void> {
    this.again = this.sweeping;
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      const rooms = [...this.roomFeed.places()];
      const accounts = [...this.accountFeed.places()];
      if (rooms.length > 0) {
        const heads = await this.rooms.headsOf(
          this.database,
          rooms.map(([roomId]) => roomId),
        );
        this.roomFeed.offer(heads.map(({ roomId, lastSeq }) => ({ stream: 'room', id: roomId, seq: lastSeq })));
      }
      if (accounts.length > 0) {
        const heads = await this.accountLog.heads(
          this.database,
          accounts.map(([accountId]) => accountId),
        );
        this.accountFeed.offer(heads.map(({ id, last_seq: seq }) => ({ stream: 'account', id, seq })));
      }
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'the sweep could not look; it tries again');
    } finally {
      this.sweeping = false;
    }
    if (this.again) setImmediate(() => void this.sweep());
  }
}
