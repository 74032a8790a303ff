import { WebSocket } from 'ws';
import { eventually } from '../support/expect.js';

/** Socket.IO by hand over a plain WebSocket: it says whatever it is told to, and remembers each frame it heard. */
export class RawSocket {
  readonly heard: string[] = [];
  /** The close code, once closed. */
  closed: number | undefined;
  private readonly openedAt = Date.now();
  closedAfter: number | undefined;
  private lastId = 0;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (data) => {
      const frame = String(data);
      if (frame === '2') webSocket.send('3');
      else this.heard.push(frame);
    });
    webSocket.on('close', (code) => {
      this.closed = code;
      this.closedAfter = Date.now() - this.openedAt;
    });
    webSocket.on('error', () => undefined);
  }

  /** Opens the transport and says nothing yet. */
  static async open(origin: string): Promise<RawSocket> {
    const raw = new RawSocket(new WebSocket(`${origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`));
    await eventually(() => raw.heard.some((frame) => frame.startsWith('0{')) || raw.closed !== undefined, 'the Engine.IO handshake');
    return raw;
  }

  /** Opens and signs in. */
  static async signedIn(origin: string, token: string): Promise<RawSocket> {
    const raw = await RawSocket.open(origin);
    raw.say(`40${JSON.stringify({ token })}`);
    await eventually(() => raw.heard.some((frame) => frame.startsWith('42["session.ready"')), 'session.ready');
    return raw;
  }

  say(frame: string | Buffer): void {
    if (this.webSocket.readyState === WebSocket.OPEN) this.webSocket.send(frame);
  }

  /** Writes bytes past the WebSocket protocol. */
  write(bytes: Buffer): void {
    (this.webSocket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(bytes);
  }

  /** Sends an event, given as the JSON of its arguments, and answers its ack. */
  ask(json: string, id: number | string = ++this.lastId): Promise<any> {
    this.say(`42${id}[${json}]`);
    return this.ackOf(id);
  }

  async ackOf(id: number | string): Promise<any> {
    const start = `43${id}[`;
    const frame = await eventually(() => this.heard.find((one) => one.startsWith(start)) ?? (this.closed === undefined ? undefined : 'closed'), `the ack ${id}; heard ${this.heard.slice(-3).join(' ').slice(0, 300)}`, 6_000);
    return frame === 'closed' ? 'closed' : (JSON.parse(frame.slice(start.length - 1)) as unknown[])[0];
  }

  /** Whether it is still served: closed, or a command is answered. */
  async fate(): Promise<'closed' | 'served'> {
    const ack = await this.ask('"read.mark",{}', 999_000 + ++this.lastId).catch((error: Error) => error);
    if (ack === 'closed') return 'closed';
    if (ack?.ok === true || ack?.problem?.status < 500) return 'served';
    throw new Error(`neither closed nor served: ${ack instanceof Error ? ack.message : JSON.stringify(ack)}`);
  }

  close(): void {
    this.webSocket.terminate();
  }
}
