import type { Socket } from 'socket.io';
import type { Actor } from '../accounts/actor.js';
import { type FactName, type FactPayload } from './events.js';
import {
  type FactBatch,
  backlog,
  encodeFact,
  sendBatch,
  onceRead,
  onceTakenUp,
  sendFacts,
  terminate,
  writtenBytes,
} from './joined-frames.js';

/** A consumer that lets this much wait is cut; it resumes by seq. */
export const MOST_WAITING_PACKETS = 256;
export const MOST_WAITING_BYTES = 1024 * 1024;
/** So is one that has taken nothing for so long although something waits; seen at the third look. */
const STALLED_MS = 2_500;
/** From so many bytes on the peer is asked whether it has read them: the operating system alone takes several million for a peer that does not. */
const ASKED_BYTES = 64 * 1024;
/** For what was said last to be read. Then the connection goes, whatever still waits: a peer that reads nothing would keep it for ever. */
const FAREWELL_MS = 1_000;

type EndReason = FactPayload<'session.ended'>['reason'];

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
    if (this.ended || !this.ready) return;
    if (event !== 'session.ended' && this.queued && this.cutIfSlow()) return;
    this.queued = sendFacts(this.socket, [encodeFact(event, payload)], { joined: this.joined }) === 'queued';
  }

  /** Cuts who has taken nothing for a while although something waits, or lets a million bytes wait in the operating system; to be called each second. */
  cutIfStalled(): void {
    const now = performance.now();
    const { given, taken } = writtenBytes(this.socket);
    if (taken !== this.taken || backlog(this.socket).bytes === 0) [this.taken, this.takenAt] = [taken, now];
    if (now - this.takenAt > STALLED_MS || this.isFarBehind(given, now)) this.end('slow_consumer');
  }

  private isFarBehind(given: number, now: number): boolean {
    if (this.askedAt !== undefined)
      return now - this.askedAt > STALLED_MS && given - this.readUpTo > MOST_WAITING_BYTES;
    if (given - this.readUpTo > ASKED_BYTES) {
      this.askedAt = now;
      onceRead(this.socket, () => {
        this.readUpTo = given;
        this.askedAt = undefined;
      });
    }
    return false;
  }

  /** Whether so much waits that nothing more may be made for it. */
  isOverfull(): boolean {
    const { packets, bytes } = backlog(this.socket);
    return packets > MOST_WAITING_PACKETS || bytes > MOST_WAITING_BYTES;
  }

  /** Tells what may be left out: a socket that lets anything wait for long does not get it. */
  whisper(batch: FactBatch): void {
    if (!this.ended && this.ready && !this.isBusy()) sendBatch(this.socket, batch, { joined: this.joined });
  }

  private cutIfSlow(): boolean {
    if (this.isOverfull()) this.end('slow_consumer');
    return this.ended;
  }

  /** Whether a catch-up should wait before it sends more. */
  isBusy(): boolean {
    const { packets, bytes } = backlog(this.socket);
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
    return new Promise((resolve) => onceTakenUp(this.socket, resolve));
  }

  /** Closes as if the connection were lost: stock clients then come back by themselves, as they would not after being disconnected. */
  drop(): void {
    this.socket.conn.close();
  }

  /** Says why, then closes. Nothing is delivered afterwards. */
  end(reason: EndReason): void {
    if (this.ended) return;
    this.tell('session.ended', { reason });
    this.ended = true;
    this.endedBecause = reason;
    this.socket.disconnect(true);
    setTimeout(() => terminate(this.socket.conn), FAREWELL_MS).unref();
  }
}
