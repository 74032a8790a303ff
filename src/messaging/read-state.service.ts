import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { RoomAccess } from '../rooms/room.access.js';
import { DeliveredMarks } from './delivered-marks.service.js';
import type { ReadStateView, UnreadView } from './message.dto.js';
import { ReadStateRepository } from './read-state.repository.js';

/** Read marks of members. Every move of a mark is told to all sockets of that person. */
@Injectable()
export class ReadStateService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomAccess,
    private readonly states: ReadStateRepository,
    private readonly delivered: DeliveredMarks,
  ) {}

  /** Moves the mark forward; an older seq changes nothing. */
  async markRead(actor: Actor, roomId: number, seq: number): Promise<ReadStateView> {
    return this.move(actor, roomId, (state) => (Math.min(seq, state.headSeq) > state.readSeq ? seq : undefined));
  }

  /** Sets the mark just before `seq`, also backward. */
  async markUnread(actor: Actor, roomId: number, seq: number): Promise<ReadStateView> {
    return this.move(actor, roomId, (state) => {
      const mark = Math.max(0, Math.min(seq, state.headSeq + 1) - 1);
      return mark === state.readSeq ? undefined : mark;
    });
  }

  async unread(actor: Actor): Promise<UnreadView> {
    const rooms = await this.states.unread(this.database, actor.accountId);
    return {
      total: rooms.reduce((sum, room) => sum + room.unreadCount, 0),
      mentions: rooms.reduce((sum, room) => sum + room.mentionCount, 0),
      rooms,
    };
  }

  private async move(
    actor: Actor,
    roomId: number,
    target: (state: ReadStateView) => number | undefined,
  ): Promise<ReadStateView> {
    const { state: before } = await this.state(this.database, actor, roomId);
    if (target(before) === undefined) return before;
    const { room, former, now } = await this.database.write(async (tx) => {
      await this.states.lock(tx, actor.accountId, roomId);
      const { room, state } = await this.state(tx, actor, roomId);
      const mark = target(state);
      if (mark === undefined) return { room, former: state, now: state };
      const moved = await this.states.set(tx, actor.accountId, roomId, mark);
      await tx.recordFor([{ kind: 'read.marked', accountId: actor.accountId, data: { ...moved } }]);
      return { room, former: state, now: moved };
    });
    // Also where the mark moved backward: what was read once was delivered.
    this.delivered.read(room, actor.accountId, Math.max(former.readSeq, now.readSeq));
    return now;
  }

  private async state(sql: Database | Tx, actor: Actor, roomId: number) {
    const { room } = await this.rooms.access(sql, actor, roomId, 'read');
    const state = await this.states.of(sql, actor.accountId, roomId);
    if (!state) throw new Problem('room/not-member');
    return { room, state };
  }
}
