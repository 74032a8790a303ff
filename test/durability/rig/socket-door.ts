import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { Line } from './ledger.js';
import type { Person } from './person.js';
import type { Random } from './random.js';
import type { ServerProcess } from './server-process.js';

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
  gone(): void;
}

const HANDSHAKE_MS = 10_000;

/** Keeps a plain socket.io-client connected over kills and expired tokens, until it is closed. */
export class SocketDoor {
  private end: () => void = () => undefined;
  private closed = false;

  constructor(
    private readonly server: ServerProcess,
    private readonly person: Person,
    private readonly random: Random,
    private readonly user: SocketUser,
    private readonly port: number,
    private readonly longestAwayMs = 40,
  ) {}

  /** Resolves after `close`. */
  async open(): Promise<void> {
    while (!this.closed) {
      await this.server.up();
      if (this.closed) return;
      const end = await this.connectOnce();
      if (end === 'unauthenticated') await this.person.renew();
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
    const generation = this.server.generation;
    const socket = io(`http://127.0.0.1:${this.port}`, {
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
        this.user.ready({ io: socket, line: new Line(), generation }, rooms);
      });
      socket.on('session.expiring', () => void this.renewOn(socket));
      socket.onAny((event: string, payload: unknown) => {
        if (!event.startsWith('session.')) this.user.fact(event, payload);
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
