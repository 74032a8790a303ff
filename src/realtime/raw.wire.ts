import { WebSocket } from 'ws';
import {
  bytesWrittenTo,
  type EncodedFact,
  type FactBatch,
  joinedWriteLimit,
  onceReadBy,
  type Road,
} from './joined-frames.js';
import type { EndReason, Wire } from './wire.js';

/** RFC 6455 §7.4: whoever must not come back as he is, and what else ends a socket. */
const REFUSED = 1008;
const CLOSE_CODES: Partial<Record<EndReason, number>> = {
  binary: 1003,
  unreadable: 1011,
  draining: 1012,
  slow_consumer: 1013,
};

/** A plain WebSocket, which hears of the facts only what its API has words for. */
export class RawWire implements Wire {
  private webSocket: WebSocket | undefined;
  private waiting = 0;

  constructor(private readonly frameOf: (fact: EncodedFact) => string | undefined) {}

  /** From now on it carries. */
  carryBy(webSocket: WebSocket): void {
    this.webSocket = webSocket;
  }

  get isOpen(): boolean {
    return this.webSocket?.readyState === WebSocket.OPEN;
  }

  send({ facts }: FactBatch): Road {
    if (!this.isOpen) return 'closed';
    for (const fact of facts) {
      const frame = this.frameOf(fact);
      if (frame !== undefined) this.say(frame);
    }
    return this.backlog().bytes > joinedWriteLimit ? 'queued' : 'joined';
  }

  /** Sends a frame that is no fact, behind all that was sent before. */
  say(frame: string): void {
    if (!this.webSocket) return;
    this.waiting++;
    this.webSocket.send(frame, () => this.waiting--);
  }

  backlog(): { packets: number; bytes: number } {
    return { packets: this.waiting, bytes: this.webSocket?.bufferedAmount ?? 0 };
  }

  written(): { given: number; taken: number } {
    return bytesWrittenTo(this.webSocket);
  }

  onceRead(read: () => void): void {
    onceReadBy(this.webSocket, read);
  }

  /** Pings are answered beneath the client's own code, which cannot be asked. */
  onceTakenUp(takenUp: () => void): void {
    if (!this.webSocket || !this.isOpen) return takenUp();
    this.webSocket.once('close', takenUp);
    onceReadBy(this.webSocket, takenUp);
  }

  close(reason: EndReason): void {
    this.webSocket?.close(CLOSE_CODES[reason] ?? REFUSED, reason);
  }

  drop(): void {
    this.close('draining');
  }

  terminate(): void {
    this.webSocket?.terminate();
  }
}
