import { type ClientOptions, WebSocket } from 'ws';
import { eventually } from '../support/expect.js';

/** A plain WebSocket that remembers what it heard, and how it was refused or closed. */
export class RawClient {
  readonly heard: any[] = [];
  closedWith: number | undefined;
  refusedWith: { status: number; headers: Record<string, unknown>; body: string } | undefined;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (frame: Buffer) => this.heard.push(JSON.parse(frame.toString())));
    webSocket.on('close', (code) => (this.closedWith = code));
    webSocket.on('error', () => undefined);
    webSocket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => {
        this.refusedWith = { status: response.statusCode!, headers: response.headers, body };
        webSocket.terminate();
      });
    });
  }

  /** Resolves when it is open or refused. */
  static async open(
    address: string,
    headers: Record<string, string> = {},
    options: ClientOptions = {},
  ): Promise<RawClient> {
    const client = new RawClient(new WebSocket(address.replace(/^http/, 'ws'), { headers, ...options }));
    await eventually(() => client.isOpen || client.refusedWith !== undefined, 'the socket to be open or refused');
    return client;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  /** The refusal, in short. */
  get refusal(): [status: number, body: any] | undefined {
    return this.refusedWith && [this.refusedWith.status, JSON.parse(this.refusedWith.body)];
  }

  say(what: unknown): void {
    this.webSocket.send(typeof what === 'string' ? what : JSON.stringify(what));
  }

  get texts(): string[] {
    return this.heard.map(({ message }: { message: string }) => message);
  }

  /** The first frame that has this message, heard by now or within five seconds. */
  hears(message: string): Promise<any> {
    return eventually(
      () => this.heard.find((frame) => frame.message === message),
      `${message}; heard: ${JSON.stringify(this.heard).slice(0, 600)}`,
    );
  }

  closed(): Promise<number> {
    return eventually(() => this.closedWith, 'the socket to close');
  }

  close(): void {
    this.webSocket.terminate();
  }
}
