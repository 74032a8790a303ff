import { connect, type Socket as TcpSocket } from 'node:net';

export interface HttpAnswer {
  status: number;
  body: string;
}

const requestTimeoutMs = 15_000;

/** One keep-alive HTTP/1.1 connection with one request in flight; understands bodies with a Content-Length. */
export class HttpClient {
  private received: Buffer = Buffer.alloc(0);
  private settle: { resolve: (answer: HttpAnswer) => void; reject: (error: Error) => void } | undefined;
  private readonly tcp: TcpSocket;
  private readonly head: string;

  constructor(url: string, token?: string) {
    const { hostname, port, host } = new URL(url);
    this.head = `Host: ${host}\r\nAccept: application/json\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}`;
    this.tcp = connect({ host: hostname, port: Number(port) });
    this.tcp.setNoDelay(true);
    this.tcp.setTimeout(requestTimeoutMs, () => this.fail(new Error('no answer in time')));
    this.tcp.on('data', (chunk) => this.read(chunk));
    this.tcp.on('error', (error) => this.fail(error));
    this.tcp.on('close', () => this.fail(new Error('connection closed')));
  }

  request(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const about = text ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` : '';
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.tcp.write(`${method} ${path} HTTP/1.1\r\n${this.head}${about}\r\n${text}`);
    });
  }

  close(): void {
    this.tcp.destroy();
  }

  private fail(error: Error): void {
    this.tcp.destroy();
    this.settle?.reject(error);
    this.settle = undefined;
  }

  private read(chunk: Buffer): void {
    this.received = this.received.length > 0 ? Buffer.concat([this.received, chunk]) : chunk;
    const headEnd = this.received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) return this.fail(new Error(`an answer without Content-Length: ${head.slice(0, 80)}`));
    const end = headEnd + 4 + length;
    if (this.received.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.received.toString('utf8', headEnd + 4, end) };
    this.received = this.received.subarray(end);
    const { settle } = this;
    this.settle = undefined;
    settle?.resolve(answer);
  }
}
