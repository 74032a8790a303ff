/**
 * One room as this client knows it.
 *
 * Invariants, and what breaks without them:
 * - facts are applied in the order of their seq, each once: a fact beyond `position` + 1 waits until `room.resume` has brought what is
 *   missing, one at or below `position` is dropped: else messages appear twice, or an edit before what it edits;
 * - while a page of history is being read facts wait: the page may have been read before they were committed.
 */
import type { Api } from './api.js';
import { Delivered } from './delivered.js';
import { Emitter } from './emitter.js';
import type { Commands } from './generated/events.js';
import type { MessageView, PublicAccountView, RoomListItem, RoomView } from './generated/types.js';
import type { Outbox, PendingMessage } from './outbox.js';
import { BesedkaProblem, isTemporary } from './problem.js';
import { Typing } from './typing.js';
import { type Counted, Unread } from './unread.js';
import { MessageWindow, type RoomFact, type RoomMessage } from './window.js';

export interface RoomWorld {
  readonly api: Api;
  readonly outbox: Outbox;
  /** The signed-in account, once connected. */
  me(): number | undefined;
  command<Name extends keyof Commands>(name: Name, request: Commands[Name]['request']): Promise<Commands[Name]['ack']>;
}

interface RoomEvents {
  /** Something that `room` shows has changed. */
  change: undefined;
  /** A fact was applied; live ones only, not the pages that are read. */
  fact: RoomFact;
}

const PAGE = 50;
/** Beyond this many missed facts reading the newest page anew is cheaper than catching up. */
const MOST_CAUGHT_UP = 500;

export class Room extends Emitter<RoomEvents> {
  private readonly window = new MessageWindow();
  private readonly ahead = new Map<number, RoomFact>();
  private position: number;
  private reading: Promise<unknown> = Promise.resolve();
  private readers = 0;
  private resuming = false;
  private opened = false;
  private info: RoomView | RoomListItem | undefined;
  private readonly unread = new Unread();
  private isGone = false;
  private live = false;
  private readonly delivered = new Delivered((seq) => this.world.command('delivered.mark', { roomId: this.id, seq }));
  private readonly company = new Typing(
    (typing) => this.world.command(typing ? 'typing.start' : 'typing.stop', { roomId: this.id }),
    () => this.emit('change', undefined),
  );

  constructor(
    readonly id: number,
    headSeq: number,
    private readonly world: RoomWorld,
  ) {
    super();
    this.position = headSeq;
  }

  /** What the service said of the room last; undefined before the first answer. */
  get view(): RoomView | RoomListItem | undefined {
    return this.info;
  }

  /** The loaded part of the history, ascending by seq. */
  get messages(): readonly RoomMessage[] {
    return this.window.messages;
  }

  /** One's own messages that are on their way or were refused. */
  get pending(): readonly PendingMessage[] {
    return this.world.outbox.of(this.id);
  }

  get hasOlder(): boolean {
    return this.window.hasOlder;
  }

  get hasNewer(): boolean {
    return this.window.hasNewer;
  }

  get readSeq(): number {
    return this.unread.readSeq;
  }

  get unreadCount(): number {
    return this.unread.count;
  }

  /** The others who are typing just now. */
  get typists(): readonly PublicAccountView[] {
    return this.company.people;
  }

  /** How many others a message of this seq has reached, in an open room with `deliveredMarks`. */
  deliveredCount(seq: number): number {
    return this.delivered.countAt(seq);
  }

  get isOpen(): boolean {
    return this.opened;
  }

  /** Seq of the last fact that is part of what is shown. */
  get seq(): number {
    return this.position;
  }

  /** Whether it was left, deleted, or its member removed: nothing more is heard. */
  get gone(): boolean {
    return this.isGone;
  }

  /** Loads the newest messages and keeps them up to date from then on. */
  async open(): Promise<void> {
    if (this.opened) return;
    this.opened = true;
    const wasLive = this.live;
    await this.exclusively(async () => {
      if (!wasLive) {
        this.info = await this.world.api.call('getRoom', { path: { roomId: this.id } });
        this.position = Math.max(this.position, this.info.headSeq);
      }
      await this.readNewest();
    }).catch((error: unknown) => {
      this.opened = false;
      throw error;
    });
    // A room that one has not joined is live only for those who ask.
    if (!wasLive) await this.resume();
    void this.learnDelivered();
  }

  async loadOlder(limit = PAGE): Promise<void> {
    await this.exclusively(async () => {
      const before = this.window.messages[0]?.seq;
      if (!this.window.hasOlder || before === undefined) return;
      const page = await this.page({ before, limit });
      this.window.putBefore(page.items, page.hasMore);
    });
  }

  async loadNewer(limit = PAGE): Promise<void> {
    await this.exclusively(async () => {
      const after = this.window.messages.at(-1)?.seq;
      if (!this.window.hasNewer || after === undefined) return;
      const page = await this.page({ after, limit });
      this.window.putAfter(page.items, page.hasMore);
    });
  }

  /** Shows the messages around this seq instead of the newest. */
  async loadAround(seq: number, limit = PAGE): Promise<void> {
    await this.exclusively(async () => {
      const { items, prev, next } = await this.page({ around: seq, limit });
      this.window.replace(items, prev !== null, next !== null);
    });
  }

  loadNewest(): Promise<void> {
    return this.exclusively(() => this.readNewest());
  }

  /** Keeps only `most` messages at one end of what is loaded. */
  trim(most: number, keep: 'newest' | 'oldest'): void {
    this.window.trim(most, keep);
  }

  /** Puts the message on its way and answers at once; `pending` and `messages` tell what became of it. */
  send(text: string, replyTo?: number): PendingMessage {
    this.company.sent();
    return this.world.outbox.add(this.id, text, replyTo);
  }

  /** Lets the others know that one is typing; to be called at every key, it is told every three seconds. */
  typing(): void {
    this.company.say();
  }

  /** Lets the others know that one has stopped without sending. */
  stopTyping(): void {
    this.company.unsay();
  }

  retry(clientId: string): void {
    this.world.outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.world.outbox.discard(clientId);
  }

  async edit(message: RoomMessage, text: string): Promise<void> {
    await this.world.command('message.edit', {
      roomId: this.id,
      messageId: message.id,
      text,
      version: message.version,
    });
  }

  async delete(messageId: number): Promise<void> {
    await this.world.command('message.delete', { roomId: this.id, messageId });
  }

  /** Marks everything up to this seq as read, on all devices. */
  async markRead(seq = this.position): Promise<void> {
    if (seq <= this.readSeq && this.unreadCount === 0) return;
    const { state } = await this.world.command('read.mark', { roomId: this.id, seq });
    this.readUpTo(state);
  }

  /** For the client that owns the room: what the service says of it. */
  describe(info: RoomView | RoomListItem): void {
    this.info = info;
    if ('readSeq' in info)
      this.unread.take({ readSeq: info.readSeq ?? 0, unreadCount: info.unreadCount ?? 0, headSeq: info.headSeq });
    this.noteReached();
    this.emit('change', undefined);
  }

  /** For the client that owns the room: its newest message, as the list shows it, unless a newer one is there. */
  showLast(message: MessageView): void {
    if (!this.info || !('lastMessage' in this.info) || (this.info.lastMessage?.seq ?? 0) > message.seq) return;
    this.info = { ...this.info, lastMessage: message };
  }

  /** For the client that owns the room: somebody else's message. */
  countUnread(seq: number): void {
    this.unread.hear(seq);
  }

  readUpTo(counted: Counted): void {
    this.unread.take(counted);
    this.emit('change', undefined);
  }

  hearTyping(account: PublicAccountView, typing: boolean): void {
    if (typing) this.company.started(account);
    else this.company.stopped(account.id);
  }

  hearDelivered(accountId: number, seq: number): void {
    if (accountId === this.world.me()) return;
    this.delivered.hear(accountId, seq);
    this.emit('change', undefined);
  }

  /** The socket is gone, and with it everything that is told in passing. */
  goOffline(): void {
    this.delivered.forget();
    this.company.forget();
  }

  hear(fact: RoomFact): void {
    if (fact.seq <= this.position) return;
    this.ahead.set(fact.seq, fact);
    this.drain();
    if (this.ahead.size > 0 && this.readers === 0) void this.resume();
  }

  /** A socket is there again, on which the room is live behind `headSeq`. */
  async goLive(headSeq: number): Promise<void> {
    this.isGone = false;
    this.live = true;
    await this.catchUp(headSeq);
    this.noteReached();
    if (this.opened) void this.learnDelivered();
  }

  private async catchUp(headSeq: number): Promise<void> {
    if (headSeq <= this.position) return;
    if (!this.opened) this.position = headSeq;
    else if (headSeq - this.position <= MOST_CAUGHT_UP || this.window.hasNewer) await this.resume();
    else
      // Where the page cannot be read the position stays: the next fact shows the hole, and asks again.
      await this.exclusively(async () => {
        await this.readNewest();
        this.position = Math.max(this.position, headSeq);
      }).catch(() => undefined);
  }

  leave(): void {
    this.isGone = true;
    this.live = false;
    this.opened = false;
    this.company.forget();
    this.emit('change', undefined);
  }

  stored(message: MessageView): void {
    if (this.opened) this.window.add(message);
  }

  refresh(): void {
    this.emit('change', undefined);
  }

  /** Asks for everything after `position`; the rest of a long answer follows as facts. */
  async resume(): Promise<void> {
    if (this.resuming || this.isGone) return;
    this.resuming = true;
    try {
      const { events } = await this.world.command('room.resume', { roomId: this.id, after: this.position });
      for (const event of events) if (event.seq > this.position) this.ahead.set(event.seq, event);
    } catch (error) {
      // Without an answer the next connection asks again.
      if (error instanceof BesedkaProblem && !isTemporary(error)) this.leave();
    } finally {
      this.resuming = false;
    }
    this.drain();
  }

  private drain(): void {
    if (this.readers > 0) return;
    let applied = false;
    for (let next = this.ahead.get(this.position + 1); next; next = this.ahead.get(this.position + 1)) {
      this.ahead.delete(next.seq);
      this.position = next.seq;
      if (this.opened) this.window.apply(next);
      if (next.event === 'message.sent') {
        const { clientId, author } = next.data as unknown as MessageView;
        this.world.outbox.settle(clientId);
        this.company.stopped(author.id);
      }
      if (next.event === 'room.changed' && this.info)
        this.info = { ...this.info, ...(next.data as { room: object }).room };
      this.emit('fact', next);
      applied = true;
    }
    for (const seq of this.ahead.keys()) if (seq <= this.position) this.ahead.delete(seq);
    if (!applied) return;
    this.noteReached();
    this.emit('change', undefined);
  }

  private noteReached(): void {
    if (this.live && this.info?.deliveredMarks) this.delivered.reached(this.position);
  }

  private async learnDelivered(): Promise<void> {
    if (!this.info?.deliveredMarks) return;
    try {
      const { items } = await this.world.api.call('listDelivered', { path: { roomId: this.id } });
      for (const { accountId, deliveredSeq } of items) this.hearDelivered(accountId, deliveredSeq);
    } catch {
      // The marks that are told from now on are known, the others when the room is live again.
    }
  }

  private async readNewest(): Promise<void> {
    const page = await this.page({ limit: PAGE });
    this.window.replace(page.items, page.hasMore, false);
  }

  private page(query: { before?: number; after?: number; around?: number; limit: number }) {
    return this.world.api.call('listMessages', { path: { roomId: this.id }, query });
  }

  private exclusively(work: () => Promise<void>): Promise<void> {
    this.readers++;
    const run = this.reading.then(work).finally(() => {
      this.readers--;
      this.drain();
      if (this.ahead.size > 0 && this.readers === 0) void this.resume();
      this.emit('change', undefined);
    });
    this.reading = run.catch(() => undefined);
    return run;
  }
}
