import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PublicAccountView } from '../accounts/account.dto.js';
import { AccountDirectory } from '../accounts/account.directory.js';
import type { Actor } from '../accounts/actor.js';
import { Database } from '../platform/database.js';
import { NodeBus } from '../platform/node-bus.js';
import { RoomAccess } from '../rooms/room.access.js';
import { RoomFeed } from './room-feed.js';

const TOPIC = 'typing';
/** Who says nothing more has stopped after so long. */
const LIFE_MS = 6_000;
/** Repeated in between, it is neither checked nor told again. */
const COALESCED_MS = 2_000;
/** More people than this who type in one room are not told. */
const MOST_TOLD = 5;

interface Typing {
  /** When it was last checked here, where the person types at this node. */
  checkedAt: number;
  account: PublicAccountView;
  ends: NodeJS.Timeout;
}

interface Line {
  roomId: number;
  account: PublicAccountView;
  typing: boolean;
}

/** Who is typing where: told to the sockets that listen to the room, never stored, and the first to be left out when somebody reads slowly. */
@Injectable()
export class TypingService implements OnModuleInit {
  private readonly rooms = new Map<number, Map<number, Typing>>();

  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly accounts: AccountDirectory,
    private readonly roomFeed: RoomFeed,
    private readonly bus: NodeBus,
  ) {}

  onModuleInit(): void {
    this.bus.listen(TOPIC, (lines, late) => {
      if (!late) for (const line of lines) this.note(JSON.parse(line) as Line);
    });
  }

  /** Tells the others in the room that the actor, who must be allowed to post there, is typing. */
  async start(actor: Actor, roomId: number): Promise<void> {
    const known = this.rooms.get(roomId)?.get(actor.accountId);
    if (known && performance.now() - known.checkedAt < COALESCED_MS) return;
    await this.access.access(this.database, actor, roomId, 'post');
    const account = (await this.accounts.publicViews(this.database, [actor.accountId])).get(actor.accountId)!;
    const line = { roomId, account, typing: true };
    this.note(line, performance.now());
    this.bus.tell(TOPIC, JSON.stringify(line));
  }

  /** Tells that the actor has stopped. */
  async stop(actor: Actor, roomId: number): Promise<void> {
    await this.access.access(this.database, actor, roomId, 'read');
    this.sent(actor.accountId, roomId);
  }

  /** He has stopped because he has sent it; costs nothing where he was not typing. */
  sent(accountId: number, roomId: number): void {
    const known = this.rooms.get(roomId)?.get(accountId);
    if (!known) return;
    const line = { roomId, account: known.account, typing: false };
    this.note(line);
    this.bus.tell(TOPIC, JSON.stringify(line));
  }

  private note({ roomId, account, typing }: Line, checkedAt = -Infinity): void {
    if (!typing) return this.end(roomId, account);
    const there = this.rooms.get(roomId) ?? new Map<number, Typing>();
    const known = there.get(account.id);
    clearTimeout(known?.ends);
    if (!known && there.size >= MOST_TOLD) return;
    const ends = setTimeout(() => this.end(roomId, account), LIFE_MS).unref();
    this.rooms.set(roomId, there.set(account.id, { checkedAt, account, ends }));
    this.roomFeed.whisper(roomId, 'typing.started', { roomId, account }, (id) => id !== account.id);
  }

  private end(roomId: number, account: PublicAccountView): void {
    const there = this.rooms.get(roomId);
    const known = there?.get(account.id);
    if (!there || !known) return;
    clearTimeout(known.ends);
    there.delete(account.id);
    if (there.size === 0) this.rooms.delete(roomId);
    this.roomFeed.whisper(roomId, 'typing.stopped', { roomId, account }, (id) => id !== account.id);
  }
}
