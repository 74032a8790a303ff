import { Emitter } from './emitter.js';
import type {
  DeliveredMarkedFact,
  MessageEditedFact,
  MessageView,
  ReadStateView,
  SessionReadyFact,
  TypingStartedFact,
} from './generated/types.js';
import { Room, type RoomWorld } from './room.js';
import type { RoomFact } from './window.js';

interface RoomsEvents {
  change: undefined;
}

const PAGE = 100;
const SETTLE_MS = 200;

/** The rooms of the signed-in account, newest last message first, and whatever other rooms were asked for. */
export class Rooms extends Emitter<RoomsEvents> {
  private readonly known = new Map<number, Room>();
  private order: number[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private loading = false;
  private overtaken = false;
  private accountId = 0;

  constructor(private readonly world: RoomWorld) {
    super();
  }

  /** One's own rooms in the order of the list. */
  get list(): readonly Room[] {
    return this.order.map((id) => this.known.get(id)!);
  }

  /** The one object of this room, known before or not. */
  get(roomId: number): Room {
    return this.known.get(roomId) ?? this.add(roomId, 0);
  }

  /** Reads the list anew; calls that come close together are one. */
  refresh(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, SETTLE_MS);
  }

  async load(): Promise<void> {
    if (this.loading) return this.refresh();
    this.loading = true;
    this.overtaken = false;
    try {
      const order: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await this.world.api.call('listRooms', {
          query: { view: 'mine', limit: PAGE, ...(cursor ? { cursor } : {}) },
        });
        for (const item of page.items) {
          (this.known.get(item.id) ?? this.add(item.id, item.headSeq)).describe(item);
          order.push(item.id);
        }
        cursor = page.next ?? undefined;
      } while (cursor);
      this.order = order;
    } catch {
      // The next connection reads it again.
    } finally {
      this.loading = false;
    }
    // Read before the mark moved, told after it: nobody knows which of the two is the later.
    if (this.overtaken) this.refresh();
    this.emit('change', undefined);
  }

  async ready({ accountId, rooms }: SessionReadyFact): Promise<void> {
    this.accountId = accountId;
    const heads = new Map(rooms.map(({ roomId, headSeq }) => [roomId, headSeq]));
    for (const [roomId, headSeq] of heads) if (!this.known.has(roomId)) this.add(roomId, headSeq);
    for (const room of this.known.values()) {
      const head = heads.get(room.id);
      if (head !== undefined) void room.goLive(head);
      else if (room.isOpen) void room.resume();
    }
    await this.load();
  }

  added(roomId: number, headSeq: number): void {
    void (this.known.get(roomId) ?? this.add(roomId, headSeq)).goLive(headSeq);
    this.refresh();
  }

  removed(roomId: number): void {
    this.known.get(roomId)?.leave();
    this.order = this.order.filter((id) => id !== roomId);
    this.emit('change', undefined);
  }

  hearTyping({ roomId, account }: TypingStartedFact, typing: boolean): void {
    if (account.id !== this.accountId) this.known.get(roomId)?.hearTyping(account, typing);
  }

  hearDelivered({ roomId, accountId, deliveredSeq }: DeliveredMarkedFact): void {
    this.known.get(roomId)?.hearDelivered(accountId, deliveredSeq);
  }

  goOffline(): void {
    for (const room of this.known.values()) room.goOffline();
  }

  readUpTo(state: ReadStateView): void {
    this.overtaken = true;
    this.get(state.roomId).readUpTo(state);
  }

  hear(roomId: number, fact: RoomFact): void {
    this.known.get(roomId)?.hear(fact);
  }

  changed(roomId: number): void {
    this.known.get(roomId)?.refresh();
  }

  /** A message of one's own was acknowledged: its fact may still be on its way. */
  stored(message: MessageView): void {
    this.known.get(message.roomId)?.stored(message);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private add(roomId: number, headSeq: number): Room {
    const room = new Room(roomId, headSeq, this.world);
    this.known.set(roomId, room);
    room.on('fact', (fact) => this.note(room, fact));
    return room;
  }

  /** What a fact means for the list; only what no fact can tell makes the list be read again. */
  private note(room: Room, { event, data, seq }: RoomFact): void {
    if (event === 'message.sent') {
      const message = data as unknown as MessageView;
      room.showLast(message);
      if (message.author.id !== this.accountId) room.countUnread(seq);
      if (this.order.includes(room.id)) this.order = [room.id, ...this.order.filter((id) => id !== room.id)];
    } else if (event === 'message.edited') room.showLast((data as unknown as MessageEditedFact).message);
    // Whether a deleted message was unread, and how many members there now are, the service counts.
    else if (event !== 'room.changed') this.refresh();
    this.emit('change', undefined);
  }
}
