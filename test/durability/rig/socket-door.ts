import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { Entrance } from './entrance.js';
import { Line } from './ledger.js';
import type { Person } from './person.js';
import type { Random } from './random.js';

/** One connection, from the first fact on. */
export interface OpenSocket {
  io: Socket;
  line: Line;
  generation: number;
}

export interface SocketUser {
  /** The first fact has come: who is signed in, and where his rooms are. */
  ready(socket: OpenSocket, rooms: { roomId: number; headSeq: number }[]): void;
  fact(event: string, payload: any): void;
  /** The node is about to stop: what is sent now is refused. */
  draining?(): void;
  gone(): void;
}

const HANDSHAKE_MS = 10_000;

/** Keeps a plain socket.io-client connected over kills and expired tokens, until it is closed. */
export class SocketDoor {
  private end: () => void = () => undefined;
  private closed = false;
  /** When a node that stopped said so, and when to come back. */
  private sentAway: { at: number; until: number } | undefined;

  constructor(
    private readonly entrance: Entrance,
    private readonly person: Person,
    private readonly random: Random,
    private readonly user: SocketUser,
    /** Gets how long each absence was that a node asked for. */
    private readonly absences: number[],
    private readonly longestAwayMs = 40,
  ) {}

  /** Resolves after `close`. */
  async open(): Promise<void> {
    while (!this.closed) {
      await this.entrance.up();
      if (this.closed) return;
      const end = await this.connectOnce();
      if (end === 'unauthenticated') await this.person.renew();
      else if (this.sentAway) await sleep(Math.max(0, this.sentAway.until - performance.now()));
      else await sleep(this.random.between(5, this.longestAwayMs));
    }
  }

  /** Drops this connection as a network would; another one follows. */
  drop(): void {
    this.end();
  }

  close(): void {
    this.closed = true;
    this.drop();
  }

  private connectOnce(): Promise<'unauthenticated' | 'ended'> {
    const { token } = this.person;
    const generation = this.entrance.generation;
    const socket = io(`http://127.0.0.1:${this.entrance.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      timeout: HANDSHAKE_MS,
      auth: { token },
    });
    let ready = false;
    return new Promise((resolve) => {
      // A socket that is closed before it was open tells nobody.
      this.end = () => {
        socket.disconnect();
        resolve('ended');
      };
      socket.on('session.ready', ({ rooms }) => {
        ready = true;
        if (this.sentAway) this.absences.push(performance.now() - this.sentAway.at);
        this.sentAway = undefined;
        this.user.ready({ io: socket, line: new Line(), generation }, rooms);
      });
      socket.on('session.expiring', () => void this.renewOn(socket));
      socket.on('server.draining', ({ reconnectAfter }: { reconnectAfter: number }) => {
        this.sentAway = { at: performance.now(), until: performance.now() + reconnectAfter * 1_000 };
        this.user.draining?.();
      });
      socket.onAny((event: string, payload: unknown) => {
        if (!/^(session|server)\./.test(event)) this.user.fact(event, payload);
      });
      socket.on('disconnect', () => {
        if (ready) this.user.gone();
        resolve('ended');
      });
      socket.on('connect_error', (error: Error & { data?: { status?: number } }) =>
        resolve(error.data?.status === 401 ? 'unauthenticated' : 'ended'),
      );
    });
  }

  private async renewOn(socket: Socket): Promise<void> {
    await this.person.renew();
    socket.emit('session.renew', { token: this.person.token }, () => undefined);
  }
}
