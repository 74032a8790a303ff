import type { Actor } from '../accounts/actor.js';
import { type FactName, type FactPayload } from './events.js';
import { encodeFact, type FactBatch, joinFacts } from './joined-frames.js';
import type { EndReason, Wire } from './wire.js';

/** A consumer that lets this much wait is cut; it resumes by seq. */
export const MOST_WAITING_PACKETS = 256;
export const MOST_WAITING_BYTES = 1024 * 1024;
/** So is one that has taken nothing for so long although something waits; seen at the third look. */
const STALLED_MS = 2_500;
/** From so many bytes on the peer is asked whether it has read them: the operating system alone takes several million for a peer that does not. */
const ASKED_BYTES = 64 * 1024;
/** For what was said last to be read. Then the connection goes, whatever still waits: a peer that reads nothing would keep it for ever. */
const FAREWELL_MS = 1_000;

/** One signed-in socket: who it is, and what it listens to. */
export class Connection {
  ended = false;
  /** Why this node ended it, if it did. */
  endedBecause: EndReason | undefined;
  /** Whether it was told who it is: the first fact, before all others. */
  private ready = false;
  /** Whether the last batch had to queue. */
  private queued = false;
  /** Whom its owner has blocked personally: their messages are marked for him. */
  personallyBlocked: ReadonlySet<number> = new Set();
  /** How much the peer had taken at the last look, and since when no more. */
  private taken = 0;
  private takenAt = 0;
  /** Up to where the peer is known to have read, and since when it has been asked how far it is. */
  private readUpTo = 0;
  private askedAt: number | undefined;
  /** How often the role changed: rights that were asked for before no longer count. */
  roleChanges = 0;

  constructor(
    readonly wire: Wire,
    readonly actor: Actor,
    readonly address: string,
    /** The one room that it is for, where there is one: it hears no other, and ends when it may hear that one no more. */
    readonly onlyRoom?: number,
  ) {}

  /** Whether the transport is still there. */
  get isOpen(): boolean {
    return this.wire.isOpen;
  }

  get accountId(): number {
    return this.actor.accountId;
  }

  /**
   * Tells facts of the room or account logs, in order after all that was told before. Cuts who still lets too much of what came before
   * wait; a long batch alone, such as a page of a catch-up, is no reason to.
   */
  deliver(batch: FactBatch): void {
    if (this.ended || (this.queued && this.cutIfSlow())) return;
    this.queued = this.wire.send(batch) === 'queued';
  }

  tell<Name extends FactName>(event: Name, payload: FactPayload<Name>): void {
    if (event === 'session.ready' || event === 'session.ended') this.ready = true;
    if (this.ended || !this.ready) return;
    if (event !== 'session.ended' && this.queued && this.cutIfSlow()) return;
    this.queued = this.wire.send(joinFacts([encodeFact(event, payload)])) === 'queued';
  }

  /** Cuts who has taken nothing for a while although something waits, or lets a million bytes wait in the operating system; to be called each second. */
  cutIfStalled(): void {
    const now = performance.now();
    const { given, taken } = this.wire.written();
    if (taken !== this.taken || this.wire.backlog().bytes === 0) [this.taken, this.takenAt] = [taken, now];
    if (now - this.takenAt > STALLED_MS || this.isFarBehind(given, now)) this.end('slow_consumer');
  }

  private isFarBehind(given: number, now: number): boolean {
    if (this.askedAt !== undefined)
      return now - this.askedAt > STALLED_MS && given - this.readUpTo > MOST_WAITING_BYTES;
    if (given - this.readUpTo > ASKED_BYTES) {
      this.askedAt = now;
      this.wire.onceRead(() => {
        this.readUpTo = given;
        this.askedAt = undefined;
      });
    }
    return false;
  }

  /** Whether so much waits that nothing more may be made for it. */
  isOverfull(): boolean {
    const { packets, bytes } = this.wire.backlog();
    return packets > MOST_WAITING_PACKETS || bytes > MOST_WAITING_BYTES;
  }

  /** Tells what may be left out: a socket that lets anything wait for long does not get it. */
  whisper(batch: FactBatch): void {
    if (!this.ended && this.ready && !this.isBusy()) this.wire.send(batch);
  }

  private cutIfSlow(): boolean {
    if (this.isOverfull()) this.end('slow_consumer');
    return this.ended;
  }

  /** Whether a catch-up should wait before it sends more. */
  isBusy(): boolean {
    const { packets, bytes } = this.wire.backlog();
    return packets > MOST_WAITING_PACKETS / 4 || bytes > MOST_WAITING_BYTES / 4;
  }

  /** Says that the node goes, and after how many seconds to come back. Nothing is delivered afterwards; commands are still answered. */
  dismiss(reconnectAfter: number): void {
    if (this.ended) return;
    this.tell('server.draining', { reconnectAfter });
    this.ended = true;
    this.endedBecause = 'draining';
  }

  /** Resolves when the client has taken up all it was told: what it said before that has arrived, and is answered. */
  takenUp(): Promise<void> {
    return new Promise((resolve) => this.wire.onceTakenUp(resolve));
  }

  /** Closes after `dismiss`. */
  drop(): void {
    this.wire.drop();
  }

  /** Takes note that nothing of this room is delivered any more. */
  lost(roomId: number): void {
    if (roomId === this.onlyRoom) this.close('room_lost');
  }

  /** Says why, then closes. Nothing is delivered afterwards. */
  end(reason: FactPayload<'session.ended'>['reason']): void {
    if (this.ended) return;
    this.tell('session.ended', { reason });
    this.close(reason);
  }

  /** Closes without a word. Nothing is delivered afterwards. */
  close(reason: EndReason): void {
    if (this.ended) return;
    this.ended = true;
    this.endedBecause = reason;
    this.wire.close(reason);
    setTimeout(() => this.wire.terminate(), FAREWELL_MS).unref();
  }
}
