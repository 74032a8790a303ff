import { Agent, request as httpRequest } from 'node:http';
import { io, type Socket } from 'socket.io-client';

export interface Credentials {
  id: number;
  token: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 });

/** A plain request, unchecked: here many are sent a second. */
export function call(
  origin: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: any }> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    };
    const request = httpRequest(`${origin}/api/v1${path}`, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, body: text === '' ? null : JSON.parse(text) }));
    });
    request.once('error', reject).end(payload);
  });
}

let number = 0;

/**
 * Somebody who sends without a pause over eight doors at once, four HTTP and four sockets, half of them at each node, and goes on when he is
 * refused. What his sockets hear is remembered.
 */
export class Victim {
  /** Ids of all messages heard, by all sockets. */
  readonly heard = new Set<number>();
  accepted = 0;
  /** Sends begun after `returned` that were accepted all the same. */
  acceptedAfter = 0;
  refused = 0;
  /** When the call that took his rights away returned. */
  returned = Infinity;
  private sockets: Socket[] = [];
  private running: Promise<void>[] = [];
  private active = false;

  constructor(
    private readonly origins: readonly [string, string],
    readonly account: Credentials,
    readonly roomId: number,
  ) {}

  /** Opens four sockets, where they are closed, and begins to send over all doors. */
  async start(): Promise<void> {
    this.active = true;
    this.accepted = this.refused = 0;
    this.returned = Infinity;
    this.heard.clear();
    const open = this.sockets.filter((socket) => socket.connected);
    this.sockets = open.length === 4 ? open : await this.connect(open);
    const [first, second] = this.origins;
    this.running = [
      ...this.sockets.map((socket) => this.loop((text, clientId) => overSocket(socket, this.roomId, text, clientId))),
      ...[first, second, first, second].map((origin) =>
        this.loop(async (text, clientId) => {
          const { status } = await call(origin, this.account.token, 'POST', `/rooms/${this.roomId}/messages`, {
            text,
            clientId,
          });
          return status === 201;
        }),
      ),
    ];
  }

  /** Ends sending; resolves when every send was answered. */
  async stop(): Promise<void> {
    this.active = false;
    await Promise.all(this.running);
  }

  close(): void {
    for (const socket of this.sockets) socket.disconnect();
  }

  get connected(): number {
    return this.sockets.filter((socket) => socket.connected).length;
  }

  private async connect(open: readonly Socket[]): Promise<Socket[]> {
    for (const socket of open) socket.disconnect();
    return await Promise.all([...this.origins, ...this.origins].map((origin) => this.open(origin)));
  }

  private open(origin: string): Promise<Socket> {
    const socket = io(origin, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token: this.account.token },
    });
    socket.on('message.sent', ({ id }: { id: number }) => this.heard.add(id));
    return new Promise((resolve, reject) => {
      socket.once('session.ready', () => resolve(socket));
      socket.once('connect_error', reject);
    });
  }

  private async loop(send: (text: string, clientId: string) => Promise<boolean | undefined>): Promise<void> {
    while (this.active) {
      const began = performance.now();
      const stored = await send('flood', `flood-${process.pid}-${++number}`);
      if (stored) {
        this.accepted++;
        if (began > this.returned) this.acceptedAfter++;
      } else {
        this.refused++;
        if (stored === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }
}

/** Whether the message was stored; undefined when the socket closed instead of answering. */
function overSocket(socket: Socket, roomId: number, text: string, clientId: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    if (!socket.connected) return resolve(undefined);
    const closed = () => resolve(undefined);
    socket.once('disconnect', closed);
    socket.emit('message.send', { roomId, text, clientId }, (ack: { ok: boolean }) => {
      socket.off('disconnect', closed);
      resolve(ack.ok);
    });
  });
}
