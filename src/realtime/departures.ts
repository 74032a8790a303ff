import { Injectable, Logger } from '@nestjs/common';
import { metrics } from '../platform/metrics.js';
import { AccountFeed } from './account-feed.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';
import { RoomFeed } from './room-feed.js';
import { SessionClock } from './session-clock.js';

/** What is left to do for a connection whose transport is gone, whatever it was. */
@Injectable()
export class Departures {
  private readonly logger = new Logger('socket');

  constructor(
    private readonly connections: Connections,
    private readonly roomFeed: RoomFeed,
    private readonly accountFeed: AccountFeed,
    private readonly clock: SessionClock,
  ) {}

  leave(connection: Connection, socketId: string, disconnectReason: string | undefined): void {
    connection.ended = true;
    const { accountId } = connection;
    const reason = connection.endedBecause ?? disconnectReason ?? 'unknown';
    metrics.socketsClosed.inc({ reason });
    this.logger.log({ socketId, accountId, reason }, 'disconnected');
    this.clock.stop(connection);
    this.roomFeed.unsubscribe(connection);
    this.connections.remove(connection);
    if (this.connections.of(accountId).length === 0) this.accountFeed.close(accountId);
  }
}
