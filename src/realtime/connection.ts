import type { Socket } from 'socket.io';
import type { Actor } from '../accounts/actor.js';
import { type FactName, type FactPayload } from './events.js';
import { type FactBatch, backlog, encodeFact, sendBatch, sendFacts } from './joined-frames.js';

/** A consumer that lets this much wait is cut; it resumes by seq. */
export const MOST_WAITING_PACKETS = 256;
export const MOST_WAITING_BYTES = 1024 * 1024;

type EndReason = FactPayload<'session.ended'>['reason'];

/** One signed-in socket: who it is, and what it listens to. */
export class Connection {
  ended = false;
  /** Whether it was told who it is: the first fact, before all others. */
  private ready = false;
  /** Whether the last batch had to queue. */
  private queued = false;
  /** How often the role changed: rights that were asked for before no longer count. */
  roleChanges = 0;

  constructor(
    readonly socket: Socket,
    readonly actor: Actor,
    readonly address: string,
    private readonly joined: boolean,
  ) {}

  get accountId(): number {
    return this.actor.accountId;
  }

  /**
   * Tells facts of the room or account logs, in order after all that was told before. Cuts who still lets too much of what came before
   * wait; a long batch alone, such as a page of a catch-up, is no reason to.
   */
  deliver(batch: FactBatch): void {
    if (this.ended || (this.queued && this.cutIfSlow())) return;
    this.queued = sendBatch(this.socket, batch, { joined: this.joined }) === 'queued';
  }

  tell<Name extends FactName>(event: Name, payload: FactPayload<Name>): void {
    if (event === 'session.ready' || event === 'session.ended') this.ready = true;
    if (!this.ended && this.ready) sendFacts(this.socket, [encodeFact(event, payload)], { joined: this.joined });
  }

  private cutIfSlow(): boolean {
    const { packets, bytes } = backlog(this.socket);
    if (packets > MOST_WAITING_PACKETS || bytes > MOST_WAITING_BYTES) this.end('slow_consumer');
    return this.ended;
  }

  /** Whether a catch-up should wait before it sends more. */
  isBusy(): boolean {
    const { packets, bytes } = backlog(this.socket);
    return packets > MOST_WAITING_PACKETS / 4 || bytes > MOST_WAITING_BYTES / 4;
  }

  /** Says why, then closes. Nothing is delivered afterwards. */
  end(reason: EndReason): void {
    if (this.ended) return;
    this.tell('session.ended', { reason });
    this.ended = true;
    this.socket.disconnect(true);
  }
}
