import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { Database } from '../../src/platform/database.js';
import { WorkInFlight } from '../../src/platform/work-in-flight.js';
import { type DatabaseGate, databaseGate } from '../support/database-gate.js';
import { freshDatabase, testServer } from '../support/databases.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';

let app: NestFastifyApplication;
let gate: DatabaseGate;
let http: HttpClient;
let drop: () => Promise<void>;

beforeEach(async () => {
  gate = await databaseGate(testServer());
  const fresh = await freshDatabase();
  drop = fresh.drop;
  const environment = {
    NODE_ENV: 'test',
    BESEDKA_JWT_SECRET: 'a test key that is long enough 0123456789',
    BESEDKA_DATABASE_POOL: '4',
  };
  const { config } = readConfig(environment, '/nonexistent/.env');
  app = await createApp(config, { ...gate.address, database: fresh.name }, false);
  await app.listen(0, '127.0.0.1');
  http = new HttpClient(`http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`);
});
afterEach(async () => {
  gate.set('open');
  await app.close();
  await gate.close();
  await drop();
});

const READY = [200, { status: 'ok', checks: { database: 'ok', migrations: 'ok' } }];
const ready = async () => {
  const { status, body } = await http.get('/health/ready');
  return [status, body] as unknown[];
};
const expectAlive = async () => {
  const { status, body } = await http.get('/health/live');
  expect([status, body]).toEqual([200, { status: 'ok' }]);
};

it.each(['refusing', 'silent'] as const)(
  'is ready with its database, not ready within two seconds when that is %s, and ready again with it',
  async (state) => {
    expect(await ready()).toEqual(READY);
    await expectAlive();

    gate.set(state);
    for (let i = 0; i < 3; i++) {
      const asked = performance.now();
      const problem = expectProblem(await http.get('/health/ready'), 503, 'server/unavailable');
      expect(performance.now() - asked).toBeLessThan(2_000);
      expect(problem).toMatchObject({ retryAfter: 1, checks: { database: 'unavailable' } });
      await expectAlive();
    }

    gate.set('open');
    await eventually(async () => (await ready())[0] === 200, 'readiness', 10_000);
    expect(await ready()).toEqual(READY);
  },
);

describe('a message', () => {
  let roomId: number;
  let token: string;
  let count = 0;
  beforeEach(async () => {
    const password = 'alice: long enough';
    await http.post('/accounts', { username: 'alice', password });
    token = (await http.post('/auth/token', { grant_type: 'password', username: 'alice', password })).body.access_token;
    http = new HttpClient(http.origin, () => token);
    roomId = (await http.post('/rooms', { name: 'vault', preset: 'private' })).body.id as number;
  });
  const send = (clientId = `sent-${++count}`) => http.post(`/rooms/${roomId}/messages`, { text: 'hello', clientId });

  it.each(['refusing', 'silent'] as const)(
    'is refused within two seconds while the database is %s, and stored within one after it is back',
    async (state) => {
      gate.set(state);
      for (let i = 0; i < 3; i++) {
        const asked = performance.now();
        expectProblem(await send('kept'), 503, 'server/unavailable');
        expect(performance.now() - asked).toBeLessThan(2_000);
      }
      gate.set('open');
      const back = performance.now();
      await eventually(async () => (await send('kept')).status === 201, 'the message');
      expect(performance.now() - back).toBeLessThan(1_000);
    },
  );

  it('waits for a slow statement without cutting anybody', async () => {
    const slow = app.get(Database).query<{ done: number }>('SELECT 1 AS done FROM pg_sleep(2.5)');
    await Promise.all([send(), slow]);
    expect(await slow).toEqual([{ done: 1 }]);
  });

  it('is refused within two seconds while no connection is free, and stored as soon as one is', async () => {
    const busy = Array.from({ length: 4 }, () => app.get(Database).query('SELECT pg_sleep(4.8)'));
    const asked = performance.now();
    expectProblem(await send('kept'), 503, 'server/unavailable');
    expect(performance.now() - asked).toBeLessThan(2_000);
    expectProblem(await http.get('/health/ready'), 503, 'server/unavailable');
    await expectAlive();
    await Promise.all(busy);
    expect((await send('kept')).status).toBe(201);
    expect((await ready())[0]).toBe(200);
  });
});

it('is not ready while a migration is missing', async () => {
  const database = app.get(Database);
  const gone = await database.query<{ name: string; timestamp: number }>(
    'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING name, timestamp',
  );
  expect(gone.length).toBe(1);
  const problem = expectProblem(await http.get('/health/ready'), 503, 'server/unavailable');
  expect(problem).toMatchObject({ checks: { database: 'ok', migrations: 'pending' } });

  await database.query('INSERT INTO migrations (name, timestamp) VALUES ($1, $2)', [gone[0]!.name, gone[0]!.timestamp]);
  expect(await ready()).toEqual(READY);
});

it('is alive but not ready from the moment it begins to stop', async () => {
  expect(await ready()).toEqual(READY);
  app.get(WorkInFlight).refuseMore();
  expectProblem(await http.get('/health/ready'), 503, 'server/draining');
  await expectAlive();
});
