import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type Scope, SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { HttpClient } from '../support/http.js';
import { newClientId } from '../support/transports.js';
import type { Person, World } from '../support/world.js';

/** Loopback too, but no address that anybody else has: the only one the service under test may ask. */
export const RECEIVER_ADDRESS = '127.7.7.7';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: any;
}

type Answer = (response: ServerResponse, received: Received) => void;

/** A server of an integrator: keeps what was posted to it, and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  answer: Answer = (response) => void response.writeHead(204).end();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { url: path = '', headers } = request;
        const received = { path, headers, body, event: body === '' ? undefined : JSON.parse(body) };
        receiver.received.push(received);
        receiver.answer(response, received);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, RECEIVER_ADDRESS, resolve));
    const receiver = new Receiver(server);
    return receiver;
  }

  url(path = '/'): string {
    return `http://${RECEIVER_ADDRESS}:${(this.server.address() as { port: number }).port}${path}`;
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A server with a key, and what it and its people do. */
export class Shop {
  private constructor(
    private readonly world: () => World,
    readonly http: HttpClient,
    readonly key: { id: number; key: string; integrator: { id: number; accountId: number } },
  ) {}

  static async open(world: () => World, root: Person, scopes: readonly Scope[] = SCOPES): Promise<Shop> {
    const { body: made } = await root.http.post('/integrations/keys', { name: 'shop', scopes });
    return new Shop(world, new HttpClient(world().origin, () => made.key), made);
  }

  /** The same server at a node that has been started anew. */
  again(): Shop {
    return new Shop(this.world, new HttpClient(this.world().origin, () => this.key.key), this.key);
  }

  async person(externalId: string, rooms: number[] = []): Promise<{ id: number; http: HttpClient; token: string }> {
    const { body } = await this.http.post('/integrations/tokens', { externalId, rooms });
    return { id: body.account.id, http: new HttpClient(this.world().origin, () => body.token), token: body.token };
  }

  async room(preset = 'private'): Promise<number> {
    return (await this.http.post('/rooms', { name: `orders ${newClientId()}`, preset })).body.id;
  }

  async webhook(url: string, more: object = {}): Promise<{ id: number; secret: string }> {
    const answer = await this.http.post('/integrations/webhooks', { url, ...more });
    if (answer.status !== 201) throw new Error(`no webhook: ${answer.text}`);
    return answer.body;
  }
}

export const say = (http: HttpClient, roomId: number, text: string, clientId = newClientId()) =>
  http.post(`/rooms/${roomId}/messages`, { text, clientId });
