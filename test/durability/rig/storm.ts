import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { TcpProxy } from './tcp-proxy.js';

export interface StormOptions {
  /** Between the clients and the service: their connections are cut here. */
  proxy: TcpProxy;
  /** One a socket; several may be of the same person. */
  tokens: readonly string[];
  /** All of them listen here. */
  roomId: number;
  /** Says something there while they are away, and answers the seq of the last. */
  say: () => Promise<number>;
  /** Called when the connections have been cut, and when all are back. */
  onCut?: () => void;
  longestMs: number;
}

export interface StormFigures {
  sockets: number;
  /** From the cut until each had heard everything, in milliseconds, ascending; who did not is missing. */
  back: number[];
  /** Handshakes, upgrades and resumes that were answered by a 5xx. */
  serverErrors: number;
  /** Attempts that were answered otherwise than by letting in. */
  otherRefusals: number;
  /** Sockets whose facts had a hole, came twice, or came in another order. */
  wrong: number;
}

const AT_ONCE = 50;
const AGAIN_MS = 200;
const HANDSHAKE_MS = 20_000;

/** Cuts all connections at the same moment and lets every client come back at once, without any pause, resuming by seq. */
export async function storm(options: StormOptions): Promise<StormFigures> {
  const { proxy, tokens, say, longestMs } = options;
  const figures: StormFigures = { sockets: tokens.length, back: [], serverErrors: 0, otherRefusals: 0, wrong: 0 };
  const clients = tokens.map((token) => new StormClient(proxy.port, token, options.roomId, figures));
  try {
    for (let from = 0; from < clients.length; from += AT_ONCE)
      await Promise.all(clients.slice(from, from + AT_ONCE).map((client) => client.open()));
    const cutAt = performance.now();
    proxy.cut();
    options.onCut?.();
    const last = await say();
    while (!clients.every((client) => client.seq >= last) && performance.now() < cutAt + longestMs) await sleep(10);
    for (const { caughtUpAt, seq } of clients) if (seq >= last) figures.back.push(caughtUpAt(last) - cutAt);
    figures.back.sort((a, b) => a - b);
    figures.wrong = clients.filter(({ wrong }) => wrong).length;
    return figures;
  } finally {
    for (const client of clients) client.close();
  }
}

class StormClient {
  seq = 0;
  wrong = false;
  private known = false;
  private socket: Socket | undefined;
  private closed = false;
  /** When each seq was heard since the cut. */
  private readonly heardAt = new Map<number, number>();

  constructor(
    private readonly port: number,
    private readonly token: string,
    private readonly roomId: number,
    private readonly figures: StormFigures,
  ) {}

  readonly caughtUpAt = (seq: number): number => this.heardAt.get(seq) ?? Number.NaN;

  /** Resolves when it is in for the first time; from then on it comes back by itself. */
  open(): Promise<void> {
    return new Promise((resolve) => this.connect(resolve));
  }

  close(): void {
    this.closed = true;
    this.socket?.disconnect();
  }

  private connect(onReady: () => void = () => undefined): void {
    if (this.closed) return;
    const socket = io(`http://127.0.0.1:${this.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      timeout: HANDSHAKE_MS,
      auth: { token: this.token },
    });
    this.socket = socket;
    let resumed = false;
    socket.once('session.ready', ({ rooms }: { rooms: { roomId: number; headSeq: number }[] }) => {
      if (this.known) return this.resume(socket, () => (resumed = true));
      this.known = resumed = true;
      this.seq = rooms.find(({ roomId }) => roomId === this.roomId)!.headSeq;
      onReady();
    });
    socket.on('message.sent', ({ roomId, seq }: { roomId: number; seq: number }) => {
      // What comes before the answer of the resume stands in that answer too.
      if (roomId === this.roomId && resumed) this.hear(seq);
    });
    socket.once('disconnect', () => this.connect(onReady));
    socket.once(
      'connect_error',
      (error: Error & { data?: { status?: number }; description?: { message?: string } }) => {
        const answered = error.data?.status ?? Number(/response: (\d{3})/.exec(error.description?.message ?? '')?.[1]);
        this.refused(answered);
        socket.close();
        setTimeout(() => this.connect(onReady), AGAIN_MS);
      },
    );
  }

  private resume(socket: Socket, done: () => void): void {
    const request = { roomId: this.roomId, after: this.seq };
    type Answer = { ok: boolean; problem?: { status: number }; events: { data: { seq: number } }[]; head: number };
    socket.emit('room.resume', request, ({ ok, problem, events }: Answer) => {
      if (!ok) {
        this.refused(problem!.status);
        return void setTimeout(() => socket.connected && this.resume(socket, done), AGAIN_MS);
      }
      done();
      for (const { data } of events) this.hear(data.seq);
    });
  }

  private hear(seq: number): void {
    if (seq !== this.seq + 1) this.wrong = true;
    this.seq = Math.max(this.seq, seq);
    this.heardAt.set(seq, performance.now());
  }

  private refused(status: number): void {
    if (status >= 500) this.figures.serverErrors++;
    else this.figures.otherRefusals++;
  }
}
