import { WebSocket } from 'ws';
import type { ProblemView } from '../../src/platform/problems.js';
import { eventually } from '../support/expect.js';

/** What comes back for a packet that asks for an ack. */
export type RawAck = 'closed' | { ok: boolean; problem?: ProblemView; [member: string]: unknown };

/** Socket.IO by hand over a plain WebSocket: it says whatever it is told to, and remembers each frame it heard. */
export class RawSocket {
  readonly heard: string[] = [];
  /** A client whose code is busy leaves pings unanswered; they are remembered then. */
  busy = false;
  /** After how many milliseconds it was closed. */
  closedAfter: number | undefined;
  private readonly openedAt = Date.now();
  private lastId = 0;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (data: Buffer) => {
      const frame = data.toString();
      if (frame === '2' && !this.busy) webSocket.send('3');
      else this.heard.push(frame);
    });
    webSocket.on('close', () => (this.closedAfter = Date.now() - this.openedAt));
    webSocket.on('error', () => undefined);
  }

  /** Opens the transport and says nothing yet. */
  static async open(origin: string): Promise<RawSocket> {
    const address = `${origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
    const raw = new RawSocket(new WebSocket(address));
    await eventually(() => raw.heard.some((frame) => frame.startsWith('0{')) || raw.closed, 'the Engine.IO handshake');
    return raw;
  }

  /** Opens and signs in. */
  static async signedIn(origin: string, token: string): Promise<RawSocket> {
    const raw = await RawSocket.open(origin);
    raw.say(`40${JSON.stringify({ token })}`);
    await eventually(() => raw.heard.some((frame) => frame.startsWith('42["session.ready"')), 'session.ready');
    return raw;
  }

  get closed(): boolean {
    return this.closedAfter !== undefined;
  }

  say(frame: string | Buffer): void {
    if (this.webSocket.readyState === WebSocket.OPEN) this.webSocket.send(frame);
  }

  /** Writes bytes, given in hexadecimal, past the WebSocket protocol. */
  write(hex: string): void {
    (this.webSocket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.from(hex, 'hex'));
  }

  /** Sends an event, given as the JSON of its arguments, and answers its ack. */
  ask(json: string, id: number | string = ++this.lastId): Promise<RawAck> {
    this.say(`42${id}[${json}]`);
    return this.ackOf(id);
  }

  async ackOf(id: number | string): Promise<RawAck> {
    const start = `43${id}[`;
    const frame = await eventually(
      () => this.heard.find((one) => one.startsWith(start)) ?? (this.closed ? 'closed' : undefined),
      `the ack ${id}; heard ${this.heard.slice(-3).join(' ').slice(0, 300)}`,
      6_000,
    );
    return frame === 'closed' ? 'closed' : (JSON.parse(frame.slice(start.length - 1)) as [RawAck])[0];
  }

  /** Whether it is still served: closed, or a command is answered. */
  async fate(): Promise<'closed' | 'served'> {
    const ack = await this.ask('"read.mark",{}', 999_000 + ++this.lastId);
    if (ack === 'closed') return 'closed';
    if (ack.ok || ack.problem!.status < 500) return 'served';
    throw new Error(`neither closed nor served: ${JSON.stringify(ack)}`);
  }

  close(): void {
    this.webSocket.terminate();
  }
}
