import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Statement {
  text: string;
  values: (string | null)[];
}

const lengthBytes = 4;

/** Stands between the service and PostgreSQL and notes every statement that the service runs. */
export class StatementTap {
  private seen: Statement[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<StatementTap> {
    const target = new URL(databaseUrl);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tap = new StatementTap(server, url.href);
    server.on('connection', (client) => tap.relay(client, connect(Number(target.port || 5432), target.hostname)));
    return tap;
  }

  /** The statements run since the last call. */
  take(): Statement[] {
    const { seen } = this;
    this.seen = [];
    return seen;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private relay(client: Socket, database: Socket): void {
    const reader = new FrontendReader((statement) => this.seen.push(statement));
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => (this.sockets.delete(from), to.destroy()));
    }
    client.on('data', (chunk) => {
      reader.read(chunk);
      database.write(chunk);
    });
    database.on('data', (chunk) => client.write(chunk));
  }
}

/** Reads Query, Parse and Bind messages of the frontend side of protocol 3. */
class FrontendReader {
  private rest: Buffer = Buffer.alloc(0);
  private started = false;
  private readonly prepared = new Map<string, string>();

  constructor(private readonly note: (statement: Statement) => void) {}

  read(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const start = this.started ? 1 : 0;
      if (this.rest.length < start + lengthBytes) return;
      const end = start + this.rest.readInt32BE(start);
      if (this.rest.length < end) return;
      if (this.started)
        this.message(String.fromCharCode(this.rest.readUInt8(0)), this.rest.subarray(start + lengthBytes, end));
      this.started = true;
      this.rest = this.rest.subarray(end);
    }
  }

  private message(type: string, body: Buffer): void {
    if (type === 'Q') return this.note({ text: textAt(body, 0), values: [] });
    const first = textAt(body, 0);
    const second = textAt(body, Buffer.byteLength(first) + 1);
    if (type === 'P') this.prepared.set(first, second);
    if (type === 'B')
      this.note({
        text: this.prepared.get(second) ?? '',
        values: valuesOf(body, Buffer.byteLength(first) + Buffer.byteLength(second) + 2),
      });
  }
}

function textAt(body: Buffer, start: number): string {
  return body.toString('utf8', start, body.indexOf(0, start));
}

function valuesOf(body: Buffer, start: number): (string | null)[] {
  let at = start + 2 + 2 * body.readInt16BE(start);
  const count = body.readInt16BE(at);
  at += 2;
  return Array.from({ length: count }, () => {
    const length = body.readInt32BE(at);
    at += lengthBytes;
    if (length < 0) return null;
    at += length;
    return body.toString('utf8', at - length, at);
  });
}
