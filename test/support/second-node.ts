import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { connectSocket, type ListeningSocket } from './socket.js';
import { HttpClient } from './http.js';
import { LIFTED_LIMITS } from './limits.js';
import type { Person, World } from './world.js';

/** One more node of the service on the database of a world. */
export interface Node {
  app: NestFastifyApplication;
  origin: string;
  /** The API of this node as that person. */
  as(person: Pick<Person, 'token'>): HttpClient;
  /** A socket of that person on this node. */
  socket(person: Pick<Person, 'token'>): Promise<ListeningSocket>;
  close(): Promise<void>;
}

export async function secondNode(world: World, environment: Record<string, string> = {}): Promise<Node> {
  const { config } = readConfig(
    {
      NODE_ENV: 'test',
      BESEDKA_JWT_SECRET: 'a test key that is long enough 0123456789',
      BESEDKA_LOG_LEVEL: 'silent',
      BESEDKA_DATABASE_POOL: '8',
      ...LIFTED_LIMITS,
      DATABASE_URL: world.url,
      ...environment,
    },
    '/nonexistent/.env',
  );
  const app = await createApp(config, { url: world.url }, false);
  await app.listen(0, '127.0.0.1');
  // A busy test would use idle connections in the moment in which they are closed.
  app.getHttpServer().keepAliveTimeout = 120_000;
  const origin = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
  const sockets: ListeningSocket[] = [];
  return {
    app,
    origin,
    as: ({ token }) => new HttpClient(origin, () => token),
    socket: async ({ token }) => {
      const socket = await connectSocket(origin, { token });
      sockets.push(socket);
      await socket.hears('session.ready');
      return socket;
    },
    close: async () => {
      for (const socket of sockets) socket.close();
      await app.close();
    },
  };
}
