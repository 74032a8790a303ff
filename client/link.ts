import { io, type Socket } from 'socket.io-client';
import { Emitter } from './emitter.js';
import type { Commands, Facts } from './generated/events.js';
import type { Problem, ServerDrainingFact, SessionEndedFact } from './generated/types.js';
import { BesedkaProblem, ConnectionLost, isTemporary } from './problem.js';
import type { Tokens } from './tokens.js';

/** `waiting`: the next attempt is set for `retryAt`. `ended`: the session is over, nothing is tried any more. */
export type LinkState =
  | { state: 'offline' | 'connecting' | 'online' }
  | { state: 'waiting'; retryAt: number }
  | { state: 'ended'; reason: SessionEndedFact['reason'] | 'refused'; problem?: BesedkaProblem };

interface LinkEvents {
  state: LinkState;
  fact: { [Name in keyof Facts]: { name: Name; payload: Facts[Name] } }[keyof Facts];
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 15_000;
/** The service answers every command within five seconds. */
const ACK_MS = 6_000;
/** Reasons after which the same session may connect again. */
const PASSING = new Set<string>(['token_expired', 'slow_consumer', 'draining', 'rate_abuse']);

/** One socket to the service that comes back by itself, with a fresh token each time. */
export class Link extends Emitter<LinkEvents> {
  private now: LinkState = { state: 'offline' };
  private socket: Socket | undefined;
  private attempts = 0;
  private leastWaitMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;

  constructor(
    private readonly url: string,
    private readonly tokens: Tokens,
  ) {
    super();
  }

  get state(): LinkState {
    return this.now;
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    void this.connect();
  }

  stop(): void {
    this.wanted = false;
    this.drop();
    if (this.now.state !== 'ended') this.become({ state: 'offline' });
  }

  /** Tries at once instead of at `retryAt`. */
  tryNow(): void {
    if (this.now.state === 'waiting') void this.connect();
  }

  /** Resolves with the ack; throws BesedkaProblem for a refusal and ConnectionLost when no ack came. */
  async command<Name extends keyof Commands>(
    name: Name,
    request: Commands[Name]['request'],
  ): Promise<Commands[Name]['ack']> {
    const { socket } = this;
    if (!socket?.connected) throw new ConnectionLost('There is no connection.');
    type Answer = Commands[Name]['ack'] | { ok: false; problem: Problem };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const lost = () => reject(new ConnectionLost(`${name} was not answered.`));
      socket.once('disconnect', lost);
      socket.timeout(ACK_MS).emit(name, request, (late: Error | null, ack: Answer) => {
        socket.off('disconnect', lost);
        if (late) lost();
        else resolve(ack);
      });
    });
    if ('problem' in answer) throw new BesedkaProblem(answer.problem);
    return answer;
  }

  private async connect(): Promise<void> {
    this.drop();
    this.become({ state: 'connecting' });
    let token: string;
    try {
      token = await this.tokens.get();
    } catch (error) {
      return this.failed(error);
    }
    if (!this.wanted) return;
    const socket = io(this.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token } });
    this.socket = socket;
    socket.onAny((name: keyof Facts, payload: unknown) => {
      if (this.socket === socket) this.hear(name, payload as never);
    });
    socket.on('connect_error', (error: Error & { data?: Problem }) => {
      if (this.socket !== socket) return;
      if (error.data?.code.startsWith('auth/token-')) this.tokens.refuse(token);
      this.failed(error.data ? new BesedkaProblem(error.data) : error);
    });
    socket.on('disconnect', () => {
      if (this.socket === socket && this.now.state !== 'ended')
        this.failed(new ConnectionLost('The connection was cut.'));
    });
  }

  private hear(name: keyof Facts, payload: never): void {
    if (name === 'session.ready') {
      this.attempts = 0;
      this.become({ state: 'online' });
    } else if (name === 'session.expiring') void this.renew();
    else if (name === 'server.draining') this.leastWaitMs = (payload as ServerDrainingFact).reconnectAfter * 1000;
    else if (name === 'session.ended') {
      const { reason } = payload as SessionEndedFact;
      if (!PASSING.has(reason)) {
        this.become({ state: 'ended', reason });
        this.drop();
      }
    }
    this.emit('fact', { name, payload } as LinkEvents['fact']);
  }

  private async renew(): Promise<void> {
    try {
      await this.command('session.renew', { token: await this.tokens.get() });
    } catch {
      // The socket then ends with its token, and comes back with another.
    }
  }

  private failed(error: unknown): void {
    this.drop();
    if (!this.wanted || this.now.state === 'ended') return;
    const refused = error instanceof BesedkaProblem && !isTemporary(error) && error.code !== 'auth/token-invalid';
    if (refused || (error instanceof BesedkaProblem && error.code === 'auth/token-invalid' && this.attempts > 2)) {
      this.become({ state: 'ended', reason: 'refused', problem: error });
      return;
    }
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts++);
    const asked = error instanceof BesedkaProblem ? (error.retryAfterMs ?? 0) : 0;
    // All clients of a node lose it at once: without chance in the wait they would all come back at once.
    const wait = Math.max(asked, this.leastWaitMs) + most * (0.5 + Math.random() / 2);
    this.leastWaitMs = 0;
    this.become({ state: 'waiting', retryAt: Date.now() + wait });
    this.timer = setTimeout(() => void this.connect(), wait);
  }

  private drop(): void {
    clearTimeout(this.timer);
    const { socket } = this;
    this.socket = undefined;
    socket?.disconnect();
  }

  private become(state: LinkState): void {
    this.now = state;
    this.emit('state', state);
  }
}
