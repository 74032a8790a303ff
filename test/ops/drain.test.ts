import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { MessagingService } from '../../src/messaging/messaging.service.js';
import { Drain } from '../../src/ops/drain.service.js';
import { WorkInFlight } from '../../src/platform/work-in-flight.js';
import { spreadOf } from '../../src/realtime/connections.js';
import { RawSocket } from '../security/raw-socket.js';
import { eventually, expectProblem } from '../support/expect.js';
import { connectSocket, type ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let here: World;
let lock: pg.Client;
let alice: Person, bob: Person;
let lobby: number;

/** Keeps every send into the room from being committed until the answer is called. */
async function holdRoom(): Promise<() => Promise<unknown>> {
  await lock.query('BEGIN');
  await lock.query('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [lobby]);
  return () => lock.query('COMMIT');
}

const request = (text: string) => ({ roomId: lobby, text, clientId: newClientId() });
const postedBy = (person: Person, text: string) =>
  person.http.post(`/rooms/${lobby}/messages`, { text, clientId: newClientId() });
const drain = () => here.app.get(Drain).run();
const refusalOf = (connecting: Promise<ListeningSocket>) =>
  connecting.then(
    () => 'admitted',
    (error: Error) => error.message,
  );

describe('a node that is to stop', () => {
  beforeEach(async () => {
    here = await world();
    lock = new pg.Client({ connectionString: here.url });
    await lock.connect();
    [alice, bob] = [await here.person('alice'), await here.person('bob')];
    lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id] })).body
      .id as number;
  });
  afterEach(async () => {
    await lock.end();
    await here.close();
  });

  it('answers what is in flight over both doors, refuses what comes later, and then sends its sockets away', async () => {
    const [speaking, listening] = [await alice.socket(), await bob.socket()];
    const release = await holdRoom();
    const posted = postedBy(alice, 'over HTTP');
    const sent = [1, 2, 3].map((number) => speaking.send('message.send', request(`over the socket ${number}`)));
    await eventually(() => here.app.get(WorkInFlight).count === 4, 'four sends in flight');

    let drained = false;
    const draining = drain().then(() => (drained = true));
    expectProblem(await here.http.get('/health/ready'), 503, 'server/draining');
    expect((await here.http.get('/health/live')).status).toBe(200);
    const late = await postedBy(bob, 'too late');
    expect(expectProblem(late, 503, 'server/draining')).toMatchObject({ retryAfter: 1 });
    expect(late.headers.get('connection')).toBe('close');
    expect(await listening.send('message.send', request('too late'))).toMatchObject({
      ok: false,
      problem: { code: 'server/draining', status: 503, retryAfter: 1 },
    });
    expect(await refusalOf(connectSocket(here.origin, { token: bob.token }))).toBe('websocket error');
    expect(drained).toBe(false);
    expect([speaking.closedBecause, listening.closedBecause]).toEqual([undefined, undefined]);

    await release();
    expect(await posted).toMatchObject({ status: 201, body: { text: 'over HTTP' } });
    expect((await posted).headers.get('connection')).toBe('close');
    expect(await Promise.all(sent)).toMatchObject([1, 2, 3].map(() => ({ ok: true, duplicate: false })));
    await draining;
    for (const socket of [speaking, listening]) {
      // For a stock client a lost connection is a reason to come back; to have been disconnected is none.
      await eventually(() => socket.closedBecause === 'transport close', 'a connection that was lost');
      expect(socket.of('message.sent')).toHaveLength(4);
      expect(socket.heard.at(-1)!.event).toBe('server.draining');
    }
    expect(await here.database.query('SELECT text FROM messages')).toHaveLength(4);
  });

  it('answers a command that was on its way when its sender was told', async () => {
    const socket = await alice.socket();
    const draining = drain();
    await socket.hears('server.draining');
    expect(await socket.send('message.send', request('too late'))).toMatchObject({
      ok: false,
      problem: { code: 'server/draining' },
    });
    // What another node commits now is heard by resuming there.
    const sender = { accountId: bob.id, sessionId: undefined };
    await here.app.get(MessagingService).send(sender, lobby, { text: 'behind', clientId: newClientId() });
    expect(socket.closedBecause).toBeUndefined();
    await draining;
    await eventually(() => socket.closedBecause, 'the close');
    expect(socket.heard.at(-1)!.event).toBe('server.draining');
  });

  it('answers what a client said before it took up, late, that it is sent away', async () => {
    const raw = await RawSocket.signedIn(here.origin, alice.token);
    raw.busy = true;
    const draining = drain();
    await eventually(() => raw.heard.at(-1) === '2', 'a ping');
    expect(raw.heard.at(-2)).toContain('server.draining');
    await sleep(500);
    raw.say(`429${JSON.stringify(['message.send', request('too late')])}`);
    raw.say('3');
    await draining;
    const answer = await eventually(() => raw.heard.find((frame) => frame.startsWith('439')), 'an answer');
    expect(answer).toContain('server/draining');
  });

  it('lets a handshake end that has begun, and tells that socket, too', async () => {
    await lock.query('BEGIN');
    await lock.query('LOCK TABLE node_accounts');
    const connecting = alice.socket();
    await eventually(() => here.app.get(WorkInFlight).count === 1, 'a handshake in flight');
    const draining = drain();
    await lock.query('COMMIT');
    const socket = await connecting;
    await draining;
    await eventually(() => socket.closedBecause, 'the close');
    expect(socket.heard.map(({ event }) => event)).toEqual(['session.ready', 'server.draining']);
  });

  it('refuses a handshake on a connection that was open before', async () => {
    const raw = await RawSocket.open(here.origin);
    here.app.get(WorkInFlight).refuseMore();
    raw.say(`40${JSON.stringify({ token: alice.token })}`);
    const refused = await eventually(() => raw.heard.find((frame) => frame.startsWith('44')), 'a refusal');
    expect(JSON.parse(refused.slice(2))).toMatchObject({ message: 'server/draining', data: { status: 503 } });
  });

  it('tells a few sockets to come back soon', async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => alice.socket()));
    await drain();
    for (const socket of sockets) {
      const { reconnectAfter } = await socket.hears('server.draining');
      expect(reconnectAfter).toBeGreaterThanOrEqual(0);
      expect(reconnectAfter).toBeLessThanOrEqual(0.04);
    }
  });

  it('closes within seconds although a peer never closes his side', async () => {
    const { port, hostname } = new URL(here.origin);
    const peer = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    peer.on('error', () => undefined).resume();
    peer.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n');
    peer.write(
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const idle = connect({ port: Number(port), host: hostname });
    idle.on('error', () => undefined).resume();
    await eventually(() => peer.bytesRead > 0 && !idle.connecting, 'two connections');
    const inTime = await Promise.race([here.app.close().then(() => true), sleep(4_000, false)]);
    for (const socket of [peer, idle]) socket.destroy();
    expect(inTime).toBe(true);
  });
});

it('waits for work only as long as it may', async () => {
  const work = new WorkInFlight();
  const [first, second] = [work.begin(), work.begin()];
  first();
  first();
  expect(await work.settled(30)).toBe(1);
  second();
  expect(await work.settled(30)).toBe(0);
  work.refuseMore();
  expect(() => work.begin()).toThrow('This node is being shut down');
  expect(work.count).toBe(0);
});

it('spreads the return of many sockets over more time, and never over more than three seconds', () => {
  expect(spreadOf(10)).toBeLessThan(spreadOf(100));
  expect(spreadOf(100_000)).toBeGreaterThan(2_000);
  expect(spreadOf(100_000)).toBeLessThan(3_000);
});
