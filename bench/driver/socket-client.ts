import { connect, type Socket as TcpSocket } from 'node:net';
import { wire } from './wire.js';

export interface Heard {
  /** Called for each event with the bytes of its JSON array; they are valid only during the call. */
  event?: (bytes: Buffer, start: number, end: number) => void;
  ack?: (id: number, json: string) => void;
  closed?: (reason: string) => void;
}

const handshakeTimeoutMs = 10_000;
const [zero, one, two, three, four, nine] = [0x30, 0x31, 0x32, 0x33, 0x34, 0x39];
const bracket = 0x5b;

// Every chunk is handled before the next one is read, so all connections of the driver share one read buffer.
const readBuffer = Buffer.allocUnsafe(256 * 1024);

/** Socket.IO over a bare TCP WebSocket: so little work a frame that the driver does not become what is measured. */
export class SocketClient {
  private rest: Buffer | undefined;
  private upgraded = false;
  private open = true;
  private readonly tcp: TcpSocket;
  private ready: (error?: Error) => void = () => undefined;

  private constructor(
    url: URL,
    private readonly token: string,
    private readonly heard: Heard,
  ) {
    const read = (length: number, buffer: Uint8Array) => {
      this.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
      return true;
    };
    this.tcp = connect({ host: url.hostname, port: Number(url.port), onread: { buffer: readBuffer, callback: read } });
    this.tcp.setNoDelay(true);
    this.tcp.on('error', (error) => this.end(error.message));
    this.tcp.on('close', () => this.end('connection closed'));
    this.tcp.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
  }

  /** Resolves when the default namespace has accepted the token. */
  static connect(url: string, token: string, heard: Heard): Promise<SocketClient> {
    return new Promise((resolve, reject) => {
      const client = new SocketClient(new URL(url), token, heard);
      const timer = setTimeout(() => client.end('handshake timed out'), handshakeTimeoutMs);
      client.ready = (error) => {
        clearTimeout(timer);
        client.ready = () => undefined;
        if (error) reject(error);
        else resolve(client);
      };
    });
  }

  emit(event: string, ackId: number, payload: unknown): void {
    this.write(0x1, `42${ackId}${JSON.stringify([event, payload])}`);
  }

  /** Reads nothing any more; answers the port under which the server knows this connection. */
  stall(): number {
    this.tcp.pause();
    return this.tcp.localPort ?? 0;
  }

  close(): void {
    this.open = false;
    this.tcp.destroy();
  }

  private end(reason: string): void {
    if (!this.open) return;
    this.close();
    this.ready(new Error(reason));
    this.heard.closed?.(reason);
  }

  // The mask is zero: the bytes stay as they are, and the server still unmasks them.
  private write(opcode: number, text: string): void {
    const length = Buffer.byteLength(text);
    const start = length < 126 ? 6 : length < 65_536 ? 8 : 14;
    const frame = Buffer.alloc(start + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (start === 6 ? length : start === 8 ? 126 : 127);
    if (start === 8) frame.writeUInt16BE(length, 2);
    if (start === 14) frame.writeBigUInt64BE(BigInt(length), 2);
    frame.write(text, start);
    this.tcp.write(frame);
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = this.upgraded ? 0 : this.readUpgrade(bytes);
    while (this.open && this.upgraded && bytes.length - at >= 2) {
      const short = bytes.readUInt8(at + 1);
      const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
      if (start > bytes.length) break;
      const length =
        short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
      if (start + length > bytes.length) break;
      this.readFrame(bytes.readUInt8(at) & 0x0f, bytes, start, start + length);
      at = start + length;
    }
    this.rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }

  private readUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
    if (!status.includes(' 101 ')) this.end(`upgrade refused: ${status}`);
    this.upgraded = true;
    this.write(0x1, `40${JSON.stringify(wire.auth(this.token))}`);
    return end + 4;
  }

  private readFrame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === 0x8) return this.end('closed by the server');
    if (opcode === 0x9) return this.write(0xa, bytes.toString('latin1', start, end));
    if (bytes[start] === two) return this.write(0x1, '3');
    if (bytes[start] !== four) return;
    const type = bytes[start + 1];
    if (type === two && bytes[start + 2] === bracket) this.heard.event?.(bytes, start + 2, end);
    else if (type === three) this.readAck(bytes, start + 2, end);
    else if (type === zero) this.ready();
    else if (type === one) this.end('disconnected by the server');
    else if (type === four) this.end(`refused: ${bytes.toString('utf8', start + 2, end)}`);
  }

  private readAck(bytes: Buffer, start: number, end: number): void {
    let id = 0;
    let at = start;
    for (let digit = bytes[at]; digit !== undefined && digit >= zero && digit <= nine; digit = bytes[++at])
      id = id * 10 + (digit - zero);
    this.heard.ack?.(id, bytes.toString('utf8', at, end));
  }
}
