/**
 * What is unread in a room.
 *
 * Invariant: a message counts once, though its count may come with the list of rooms, with a read mark, and as the message itself, in any order.
 * Each answer says up to which seq it counted, so only messages heard beyond that are added to it.
 */
import type { ReadStateView } from './generated/types.js';

export type Counted = Pick<ReadStateView, 'readSeq' | 'unreadCount' | 'headSeq'>;

export class Unread {
  private counted: Counted = { readSeq: 0, unreadCount: 0, headSeq: 0 };
  private heard: number[] = [];

  get readSeq(): number {
    return this.counted.readSeq;
  }

  get count(): number {
    const { readSeq, unreadCount, headSeq } = this.counted;
    const from = Math.max(readSeq, headSeq);
    return unreadCount + this.heard.filter((seq) => seq > from).length;
  }

  take(counted: Counted): void {
    this.counted = counted;
    this.heard = this.heard.filter((seq) => seq > counted.headSeq);
  }

  /** Somebody else's message. */
  hear(seq: number): void {
    if (seq > this.counted.headSeq) this.heard.push(seq);
  }
}
