import { Injectable, Logger } from '@nestjs/common';
import { AccountLogRepository, type AccountEvent } from './account-log.repository.js';
import type { Hint } from '../platform/hints.js';
import type { Role } from '../accounts/actor.js';
import { RoomAccess } from '../rooms/room.access.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { Database } from '../platform/database.js';
import { ThisNode } from '../platform/node.js';
import { Problem } from '../platform/problems.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';
import type { FactName, FactPayload } from './events.js';
import { RoomFeed } from './room-feed.js';

interface AccountStream {
  delivered: number;
  wanted: number;
  reading: Promise<void> | undefined;
}

/** Changes addressed to an account, acted upon and told on all its sockets of this node: added to rooms, signed out, marks moved. */
@Injectable()
export class AccountFeed {
  private readonly streams = new Map<number, AccountStream>();
  /** Asks for a look at the database: notices may have passed before a stream existed. */
  check: () => void = () => undefined;
  private readonly logger = new Logger('feed');

  constructor(
    private readonly database: Database,
    private readonly log: AccountLogRepository,
    private readonly rooms: RoomsService,
    private readonly access: RoomAccess,
    private readonly connections: Connections,
    private readonly roomFeed: RoomFeed,
    private readonly node: ThisNode,
  ) {}

  /**
   * Begins to listen for an account whose log the caller has read up to `position`. Answers false when this node has already acted on later
   * events: the caller's knowledge is out of date, he must look again.
   */
  open(accountId: number, position: number): boolean {
    const known = this.streams.get(accountId);
    if (known) return known.delivered <= position;
    this.streams.set(accountId, { delivered: position, wanted: position, reading: undefined });
    this.node.acted(accountId, position);
    this.check();
    return true;
  }

  close(accountId: number): void {
    this.streams.delete(accountId);
  }

  offer(hints: readonly Hint[]): void {
    for (const hint of hints) {
      const stream = hint.stream === 'account' ? this.streams.get(hint.id) : undefined;
      if (!stream || hint.seq <= stream.wanted) continue;
      stream.wanted = hint.seq;
      void this.read(hint.id, stream);
    }
  }

  /** Resolves when everything that the logs held at the call was acted on. */
  async catchUp(): Promise<void> {
    const heads = await this.log.heads(this.database, [...this.streams.keys()]);
    await Promise.all(
      heads.map(async ({ id, last_seq: seq }) => {
        const stream = this.streams.get(id);
        if (!stream || seq <= stream.delivered) return;
        stream.wanted = Math.max(stream.wanted, seq);
        await this.read(id, stream);
        if (this.streams.get(id) === stream && stream.delivered < seq)
          throw new Error('an account log could not be read');
      }),
    );
  }

  places(): Map<number, number> {
    return new Map([...this.streams].map(([accountId, stream]) => [accountId, stream.delivered]));
  }

  private read(accountId: number, stream: AccountStream): Promise<void> {
    return (stream.reading ??= this.readAll(accountId, stream).finally(() => {
      stream.reading = undefined;
      if (stream.wanted > stream.delivered && this.streams.get(accountId) === stream) void this.read(accountId, stream);
    }));
  }

  private async readAll(accountId: number, stream: AccountStream): Promise<void> {
    try {
      while (stream.delivered < stream.wanted && this.streams.get(accountId) === stream) {
        const events = await this.log.after(this.database, accountId, stream.delivered);
        if (events.length === 0) stream.wanted = stream.delivered;
        for (const event of events) {
          await this.act(accountId, event);
          stream.delivered = event.seq;
          if (event.kind === 'account.blocked') this.node.acted(accountId, event.seq);
        }
      }
    } catch (error) {
      this.logger.warn(
        { accountId, error: (error as Error).message },
        'the account log could not be read; the sweep tries again',
      );
      stream.wanted = stream.delivered;
    }
  }

  private async act(accountId: number, event: AccountEvent): Promise<void> {
    const accountSeq = event.seq;
    switch (event.kind) {
      case 'room.added': {
        const roomId = event.data.roomId as number;
        const room = (await this.rooms.roomsOf(this.database, accountId)).find((one) => one.roomId === roomId);
        if (!room) return;
        for (const connection of this.connections.of(accountId)) {
          connection.tell('room.added', { accountSeq, roomId, headSeq: room.lastSeq });
          this.roomFeed.subscribe(connection, roomId, room.lastSeq);
        }
        return;
      }
      case 'session.ended': {
        const { sessionIds, reason } = event.data as {
          sessionIds: number[] | null;
          reason: FactPayload<'session.ended'>['reason'];
        };
        this.endSessions(
          accountId,
          reason,
          (connection) => sessionIds === null || sessionIds.includes(connection.actor.sessionId!),
        );
        return;
      }
      case 'account.blocked': {
        const { mode, roomId } = event.data as { mode: string; roomId: number | null };
        for (const connection of this.connections.of(accountId)) {
          connection.tell('account.blocked', { accountSeq, ...event.data } as FactPayload<'account.blocked'>);
          if (mode !== 'full') continue;
          if (roomId === null) connection.end('blocked');
          else this.roomFeed.silence(connection, roomId);
        }
        return;
      }
      case 'personal-block.added':
      case 'personal-block.removed': {
        const other = event.data.accountId as number;
        for (const connection of this.connections.of(accountId)) {
          const blocked = new Set(connection.personallyBlocked);
          if (event.kind === 'personal-block.added') blocked.add(other);
          else blocked.delete(other);
          connection.personallyBlocked = blocked;
          connection.tell(event.kind, { accountSeq, accountId: other });
        }
        return;
      }
      default:
        for (const connection of this.connections.of(accountId)) {
          if (event.kind === 'role.changed') await this.dropUnreadable(connection, event.data.role as Role);
          connection.tell(event.kind as FactName, { accountSeq, ...event.data });
        }
    }
  }

  /** A role lets people listen to rooms they are not in; when it goes, so does what they hear by it. */
  private async dropUnreadable(connection: Connection, role: Role): Promise<void> {
    connection.roleChanges++;
    for (const [roomId, subscription] of this.roomFeed.subscriptionsOf(connection)) {
      try {
        await this.access.access(this.database, { ...connection.actor, role }, roomId, 'read');
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        subscription.stream.drop(subscription);
      }
    }
  }

  private endSessions(
    accountId: number,
    reason: FactPayload<'session.ended'>['reason'],
    concerns: (connection: Connection) => boolean,
  ): void {
    for (const connection of this.connections.of(accountId)) if (concerns(connection)) connection.end(reason);
  }
}
