import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { RoomAccess, type RoomInSight } from '../rooms/room.access.js';
import type { DeliveredStateView, MemberMarksView } from './delivered.dto.js';
import type { DeliveredMove, ToldMove } from './delivered.move.js';
import { DeliveredRepository, MOST_MARKED } from './delivered.repository.js';

/** How often this node writes and tells the marks it has been given. */
const EVERY_MS = 1_000;

/**
 * Up to where the devices of members have got a room that wants to know. Marks wait on the node, where a later one takes the place of an
 * earlier, and are written and told together; a crash forgets those that waited, and clients say them again.
 */
@Injectable()
export class DeliveredMarks implements BeforeApplicationShutdown {
  private readonly logger = new Logger('delivered');
  private waiting = new Map<string, DeliveredMove>();
  /** Those that are being written. */
  private leaving = new Map<string, DeliveredMove>();
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private wroteAt = -Infinity;
  private closed = false;
  /** Hears which marks have moved and been written; the sockets' side sets it. */
  moved: (moves: readonly ToldMove[]) => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly rooms: RoomAccess,
    private readonly marks: DeliveredRepository,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.writing;
    await this.write();
  }

  /** Moves the mark forward; an older seq changes nothing. Answers before the mark is kept. */
  async mark(actor: Actor, roomId: number, seq: number): Promise<DeliveredStateView> {
    const { room, membership } = await this.marked(actor, roomId);
    const key = keyOf(roomId, actor.accountId);
    const known = Math.max(
      membership.readSeq,
      await this.marks.of(this.database, roomId, actor.accountId),
      this.leaving.get(key)?.deliveredSeq ?? 0,
      this.waiting.get(key)?.deliveredSeq ?? 0,
    );
    const deliveredSeq = Math.max(known, Math.min(seq, room.lastSeq));
    if (deliveredSeq > known) this.reached({ roomId, accountId: actor.accountId, deliveredSeq });
    return { roomId, deliveredSeq };
  }

  /** The marks of the members, as of a second ago. */
  async list(actor: Actor, roomId: number): Promise<MemberMarksView[]> {
    await this.marked(actor, roomId);
    return await this.marks.list(this.database, roomId, actor.accountId);
  }

  /** What was read has been delivered; costs nothing in rooms without delivered marks. */
  read(room: RoomInSight['room'], accountId: number, readSeq: number): void {
    if (wantsMarks(room)) this.reached({ roomId: room.id, accountId, deliveredSeq: readSeq });
  }

  private async marked(actor: Actor, roomId: number) {
    const { room, membership } = await this.rooms.access(this.database, actor, roomId, 'read');
    if (!membership) throw new Problem('room/not-member');
    if (!wantsMarks(room)) throw new Problem('room/delivered-marks-off');
    return { room, membership };
  }

  private reached(move: DeliveredMove): void {
    const key = keyOf(move.roomId, move.accountId);
    if ((this.waiting.get(key)?.deliveredSeq ?? -1) < move.deliveredSeq) this.waiting.set(key, move);
    if (this.timer || this.closed) return;
    this.timer = setTimeout(
      () => (this.writing = this.write()),
      Math.max(0, this.wroteAt + EVERY_MS - performance.now()),
    ).unref();
  }

  private async write(): Promise<void> {
    if (this.waiting.size === 0) return;
    this.leaving = this.waiting;
    this.waiting = new Map();
    let failed: Map<string, DeliveredMove> | undefined;
    try {
      this.moved(await this.marks.keep(this.database, [...this.leaving.values()]));
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'delivered marks could not be written; tried again');
      failed = this.leaving;
    }
    this.leaving = new Map();
    this.wroteAt = performance.now();
    this.timer = undefined;
    for (const move of [...(failed?.values() ?? []), ...this.waiting.values()]) this.reached(move);
  }
}

function keyOf(roomId: number, accountId: number): string {
  return `${roomId} ${accountId}`;
}

function wantsMarks({ deliveredMarks, memberCount }: RoomInSight['room']): boolean {
  return deliveredMarks && memberCount <= MOST_MARKED;
}
