import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  ends: readonly [Socket, Socket];
  ways: readonly [Way, Way];
}

/** Passes TCP on to a port of this machine, until told to cut its connections, to hold them up, or to pass nothing. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private delayMs = 0;
  private frozen = false;
  private refusing = false;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (near: Socket) => this.accept(near));
  }

  static async to(target: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new TcpProxy(server, target);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends all connections in the middle of whatever they carry; while `refusing`, new ones end at once too. */
  cut(refusing = false): void {
    this.refusing = refusing;
    for (const pair of this.pairs) this.end(pair);
  }

  /** Everything takes so much longer from now on, in each direction. */
  delay(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  /** Connections stay open and carry nothing. */
  freeze(): void {
    this.frozen = true;
  }

  /** As if nothing had been wrong; what was held arrives in its order. */
  heal(): void {
    this.refusing = false;
    this.frozen = false;
    this.delayMs = 0;
    for (const { ways } of this.pairs) for (const way of ways) way.flow();
  }

  close(): void {
    this.cut(true);
    this.server.close();
  }

  private accept(near: Socket): void {
    near.on('error', () => undefined);
    if (this.refusing) return void near.destroy();
    const far = connect({ host: '127.0.0.1', port: this.target, allowHalfOpen: true, noDelay: true });
    const lag = (): number => (this.frozen ? Number.POSITIVE_INFINITY : this.delayMs);
    const pair: Pair = { ends: [near, far], ways: [new Way(near, far, lag), new Way(far, near, lag)] };
    this.pairs.add(pair);
    for (const end of pair.ends) end.on('error', () => this.end(pair)).on('close', () => this.closed(pair));
  }

  private end(pair: Pair): void {
    this.pairs.delete(pair);
    for (const end of pair.ends) end.resetAndDestroy();
  }

  private closed(pair: Pair): void {
    if (pair.ends.every((end) => end.destroyed)) this.pairs.delete(pair);
    else if (pair.ends.some((end) => end.errored)) this.end(pair);
  }
}

/** One direction of a connection: what comes in goes out in the same order, when it is due. */
class Way {
  private readonly held: { due: number; chunk: Buffer | undefined }[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly lag: () => number,
  ) {
    from.on('data', (chunk: Buffer) => this.take(chunk)).on('end', () => this.take(undefined));
    to.on('drain', () => from.resume());
  }

  flow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const wait = this.lag();
    while (this.held.length > 0 && wait !== Number.POSITIVE_INFINITY) {
      const left = wait === 0 ? 0 : this.held[0]!.due - performance.now();
      if (left > 0) return void (this.timer = setTimeout(() => this.flow(), left));
      this.pass(this.held.shift()!.chunk);
    }
  }

  private take(chunk: Buffer | undefined): void {
    const wait = this.lag();
    if (this.held.length === 0 && wait === 0) return this.pass(chunk);
    this.held.push({ due: performance.now() + (wait === Number.POSITIVE_INFINITY ? 0 : wait), chunk });
    if (!this.timer) this.flow();
  }

  private pass(chunk: Buffer | undefined): void {
    if (this.to.destroyed) return;
    if (chunk === undefined) this.to.end();
    else if (!this.to.write(chunk)) this.from.pause();
  }
}
