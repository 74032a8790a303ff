import type { Send } from '../checker/history.js';
import type { Aftermath } from './aftermath.js';
import type { Composer } from './composer.js';
import { UNANSWERED_MS } from './http-door.js';
import type { Attempt, Ledger, ShownMessage } from './ledger.js';
import type { Random } from './random.js';
import type { OpenSocket, SocketDoor, SocketUser } from './socket-door.js';

type Ack = { ok: true; message: ShownMessage; duplicate: boolean } | { ok: false; problem: Refusal };
interface Refusal {
  status: number;
  code: string;
}

const AGAIN_MS = 40;
const SHARE_THROUGH_BOTH_DOORS = 0.05;

/** Keeps a window of messages under way on one socket; after each reconnect sends again, in order, what has no answer yet. */
export class SocketSender implements SocketUser {
  /** In the order in which they were first sent. */
  private readonly unsettled = new Set<Send>();
  private readonly underWay = new Map<Send, Attempt>();
  private socket: OpenSocket | undefined;
  private ending = false;
  /** Places in the window whose turn comes after a pause. */
  private resting = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly composer: Composer,
    private readonly aftermath: Aftermath,
    private readonly window: number,
    private readonly door: () => SocketDoor,
    /** The longest pause between an answer and the next message in its place. */
    private readonly pauseMs = 0,
  ) {}

  /** Sends nothing new from now on. */
  end(): void {
    this.ending = true;
  }

  get isSettled(): boolean {
    return this.unsettled.size === 0;
  }

  ready(socket: OpenSocket): void {
    this.socket = socket;
    for (const send of this.unsettled) {
      if (send.ambiguous && this.random.chance(SHARE_THROUGH_BOTH_DOORS)) this.aftermath.deliverToo(send);
      this.emit(send);
    }
    this.fill();
  }

  fact(): void {
    // Those who listen are checked apart.
  }

  /** What was sent before is still answered. */
  draining(): void {
    this.socket = undefined;
  }

  gone(): void {
    this.socket = undefined;
    for (const attempt of this.underWay.values()) this.ledger.lose(attempt, 'socket');
    this.underWay.clear();
  }

  /** To be called now and then: an ack that does not come is a broken promise of its own. */
  look(): void {
    const [oldest] = this.underWay.values();
    if (!oldest || performance.now() - oldest.at < UNANSWERED_MS) return;
    this.ledger.unanswered(`message ${oldest.send.clientId} had no ack in ${UNANSWERED_MS} ms on an open socket`);
    this.door().drop();
  }

  private fill(): void {
    while (this.socket && !this.ending && this.unsettled.size + this.resting < this.window) {
      const send = this.composer.next();
      this.unsettled.add(send);
      this.emit(send);
    }
  }

  private emit(send: Send): void {
    const { socket } = this;
    if (!socket || this.underWay.has(send)) return;
    const attempt = this.ledger.attempt(send, socket.line, socket.generation);
    this.underWay.set(send, attempt);
    const { roomId, text, clientId } = send;
    socket.io.emit('message.send', { roomId, text, clientId }, (ack: Ack) => this.answered(attempt, ack));
  }

  private answered(attempt: Attempt, ack: Ack): void {
    const { send } = attempt;
    if (this.underWay.get(send) !== attempt) return;
    this.underWay.delete(send);
    if (ack.ok) this.ledger.accept(attempt, ack.message, ack.duplicate);
    else if (!this.ledger.refuse(attempt, ack.problem.status, ack.problem.code))
      return void setTimeout(() => this.emitIfUnsettled(send), AGAIN_MS);
    this.unsettled.delete(send);
    this.aftermath.consider(send);
    if (this.pauseMs > 0) this.rest();
    else this.fill();
  }

  private rest(): void {
    this.resting++;
    setTimeout(
      () => {
        this.resting--;
        this.fill();
      },
      this.random.between(0, this.pauseMs),
    );
  }

  private emitIfUnsettled(send: Send): void {
    if (this.unsettled.has(send)) this.emit(send);
  }
}
