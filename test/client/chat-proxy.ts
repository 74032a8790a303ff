import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** Stands between clients and a node: may lose acknowledgements, cut every connection, refuse new ones, and lead to another node. */
export class ChatProxy {
  /** How many acknowledgements were lost so far. */
  lostAcks = 0;
  /** Which share of the acknowledgements of sends is lost. */
  ackLoss = 0;
  target: string;
  private refusing = false;
  /** Attempts to reach the node that were refused. */
  refused = 0;
  private readonly server: Server;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly pairs = new Set<[WebSocket, WebSocket]>();

  private constructor(target: string) {
    this.target = target;
    this.server = createServer((incoming, answer) => {
      if (this.refusing) return this.refuse(answer.socket);
      const { method, headers, url } = incoming;
      const onward = request(this.target + url, { method, headers }, (reply) => {
        answer.writeHead(reply.statusCode!, reply.headers);
        reply.pipe(answer);
      });
      onward.on('error', () => answer.destroy());
      incoming.pipe(onward);
    });
    // Its answers promise what the service promises of its own connections.
    this.server.keepAliveTimeout = 120_000;
    this.server.on('upgrade', (incoming, socket, head) => {
      if (this.refusing) return this.refuse(socket);
      this.sockets.handleUpgrade(incoming, socket, head, (client) => this.join(client, incoming));
    });
  }

  static async before(target: string): Promise<ChatProxy> {
    const proxy = new ChatProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts every socket; `forGood` also refuses everything until `restore`. */
  cut(forGood = false): void {
    this.refusing = forGood;
    for (const pair of this.pairs) for (const end of pair) end.terminate();
  }

  private refuse(socket: { destroy(): void } | null): void {
    this.refused++;
    socket?.destroy();
  }

  restore(): void {
    this.refusing = false;
  }

  async close(): Promise<void> {
    this.cut(true);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: WebSocket, incoming: IncomingMessage): void {
    const node = new WebSocket(this.target.replace('http', 'ws') + incoming.url, { headers: { origin: this.target } });
    const pair: [WebSocket, WebSocket] = [client, node];
    this.pairs.add(pair);
    const early: string[] = [];
    client.on('message', (data: Buffer) => {
      if (node.readyState === WebSocket.OPEN) node.send(data.toString());
      else early.push(data.toString());
    });
    node.on('open', () => early.forEach((data) => node.send(data)));
    node.on('message', (data: Buffer) => {
      const text = data.toString();
      if (/^43\d*\[\{"ok":true,"message":/.test(text) && Math.random() < this.ackLoss) this.lostAcks++;
      else client.send(text);
    });
    for (const end of pair) {
      end.on('error', () => undefined);
      end.on('close', () => {
        this.pairs.delete(pair);
        for (const other of pair) other.terminate();
      });
    }
  }
}
