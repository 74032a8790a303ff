import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import type { Role } from '../../src/accounts/actor.js';
import { readConfig } from '../../src/platform/config.js';
import { Database } from '../../src/platform/database.js';
import { freshDatabase } from './databases.js';
import { HttpClient } from './http.js';
import { LIFTED_LIMITS } from './limits.js';
import { connectSocket, type ListeningSocket } from './socket.js';

export interface Person {
  id: number;
  username: string;
  password: string;
  token: string;
  refreshToken: string;
  http: HttpClient;
  /** Opens a socket as this person. */
  socket(): Promise<ListeningSocket>;
}

export interface World {
  app: NestFastifyApplication;
  origin: string;
  /** Nobody: without a token. */
  http: HttpClient;
  database: Database;
  url: string;
  person(name: string, options?: { role?: Role; password?: string }): Promise<Person>;
  signIn(username: string, password: string): Promise<{ access_token: string; refresh_token: string }>;
  close(): Promise<void>;
}

/** A migrated database, and how to let go of it. */
export type OwnDatabase = Pick<Awaited<ReturnType<typeof freshDatabase>>, 'address' | 'url' | 'drop'>;

/** The real application with a database of its own, listening on a free port. */
export async function world(environment: Record<string, string> = {}, own?: OwnDatabase): Promise<World> {
  const fresh = own ?? (await freshDatabase());
  const { config } = readConfig(
    {
      NODE_ENV: 'test',
      BESEDKA_JWT_SECRET: 'a test key that is long enough 0123456789',
      BESEDKA_LOG_LEVEL: 'silent',
      BESEDKA_DATABASE_POOL: '8',
      ...LIFTED_LIMITS,
      DATABASE_URL: fresh.url,
      ...environment,
    },
    '/nonexistent/.env',
  );
  const app = await createApp(config, fresh.address, false);
  await app.listen(0, '127.0.0.1');
  // A busy test would use idle connections in the moment in which they are closed.
  app.getHttpServer().keepAliveTimeout = 120_000;
  const origin = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
  const http = new HttpClient(origin);
  const database = app.get(Database);
  const sockets: ListeningSocket[] = [];

  const signIn = async (username: string, password: string) => {
    const answer = await http.post('/auth/token', { grant_type: 'password', username, password });
    if (answer.status !== 200) throw new Error(`${username} cannot sign in: ${answer.text}`);
    return answer.body as { access_token: string; refresh_token: string };
  };

  const person: World['person'] = async (name, { role = 'user', password = `${name}: long enough` } = {}) => {
    const registered = await http.post('/accounts', { username: name, password });
    if (registered.status !== 201) throw new Error(`${name} cannot register: ${registered.text}`);
    const id = (registered.body as { id: number }).id;
    if (role !== 'user') await database.query('UPDATE accounts SET role = $2 WHERE id = $1', [id, role]);
    const tokens = await signIn(name, password);
    const one: Person = {
      id,
      username: name,
      password,
      token: tokens.access_token,
      refreshToken: tokens.refresh_token,
      http: new HttpClient(origin, () => one.token),
      socket: async () => {
        const socket = await connectSocket(origin, { token: one.token });
        sockets.push(socket);
        return socket;
      },
    };
    return one;
  };

  return {
    app,
    origin,
    http,
    database,
    url: fresh.url,
    person,
    signIn,
    close: async () => {
      for (const socket of sockets) socket.close();
      await app.close();
      await fresh.drop();
    },
  };
}
