import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HistoryService } from '../../src/messaging/history.service.js';
import { ClusterIdentity } from '../../src/platform/cluster-identity.js';
import { Hints } from '../../src/platform/hints.js';
import { NodeBus } from '../../src/platform/node-bus.js';
import { Feed } from '../../src/realtime/feed.js';
import { RoomStream } from '../../src/realtime/room-stream.js';
import { eventually } from '../support/expect.js';
import { hasRedisServer, RedisServer } from '../support/redis-server.js';
import { type Node, secondNode } from '../support/second-node.js';
import { connectSocket, type ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

/** Two nodes on one database. Where there is no redis-server, only what holds without it is shown. */
const withRedis = hasRedisServer ? describe : describe.skip;
process.stderr.write(`\nseveral nodes: ${hasRedisServer ? 'with a redis-server of the test' : 'WITHOUT Redis'}\n`);

let redis: RedisServer | undefined;
let first: World;
let second: Node;
let alice: Person, bob: Person, mallory: Person;
let sweep: Feed['sweep'];

beforeAll(async () => {
  redis = hasRedisServer ? await RedisServer.start() : undefined;
  const environment: Record<string, string> = {
    BESEDKA_SOCKETS_PER_ACCOUNT: '100',
    ...(redis && { REDIS_URL: redis.url }),
  };
  first = await world(environment);
  second = await secondNode(first, environment);
  [alice, bob, mallory] = [await first.person('alice'), await first.person('bob'), await first.person('mallory')];
  sweep = second.app.get(Feed, { strict: false }).sweep;
  if (redis) await eventually(() => connected(), 'both nodes on the bus');
}, 60_000);
afterAll(async () => {
  await second?.close();
  await first?.close();
  await redis?.kill();
});
afterEach(() => {
  second.app.get(Feed, { strict: false }).sweep = sweep;
});

const connected = () => [first.app, second.app].every((app) => app.get(NodeBus).connected);
/** What arrives at the second node now came by a hint. */
const withoutSweep = () => {
  second.app.get(Feed, { strict: false }).sweep = () => Promise.resolve();
};
const room = async (members: Person[]) =>
  (await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: members.map((one) => one.id) })).body
    .id as number;
const say = async (roomId: number, text: string) =>
  (await alice.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() })).body;
const texts = (socket: ListeningSocket, roomId: number) =>
  socket.of('message.sent').flatMap((message) => (message.roomId === roomId ? [message.text] : []));

it('hear each other by the sweep alone', async () => {
  second.app.get(Hints).hear = () => undefined;
  try {
    const vault = await room([bob]);
    const [his, hers] = [await second.socket(bob), await second.socket(mallory)];
    for (let n = 0; n < 5; n++) await say(vault, `by the sweep ${n}`);
    await eventually(() => texts(his, vault).length === 5, 'five messages');
    expect(texts(his, vault)).toEqual([0, 1, 2, 3, 4].map((n) => `by the sweep ${n}`));
    expect(hers.heard.map(({ event }) => event)).toEqual(['session.ready']);
  } finally {
    Reflect.deleteProperty(second.app.get(Hints), 'hear');
  }
});

describe('a fact that waited for those before it', () => {
  it('is read from the log, which knows what became of it', async () => {
    const vault = await room([bob]);
    const [socket, { seq }] = [await second.socket(bob), await say(vault, 'one')];
    await socket.hears('message.sent', (message) => message.roomId === vault);
    const read: number[] = [];
    const history = second.app.get(HistoryService, { strict: false });
    const stream = new RoomStream(
      vault,
      seq,
      (roomId, after, limit) => (read.push(after), history.facts(roomId, after, limit)),
      () => undefined,
      () => true,
    );
    const silent = stream as unknown as { isSilent: () => boolean };
    const secret = await say(vault, 'secret');
    stream.offer(secret.seq, { seq: secret.seq, event: 'message.sent', payload: secret });
    await alice.http.delete(`/rooms/${vault}/messages/${secret.id}`);
    await sleep(1_100);
    silent.isSilent = () => false;
    stream.pump();
    await eventually(() => stream.reached >= secret.seq, 'the fact');
    expect(read[0]).toBe(seq);
  });
});

withRedis('over Redis', () => {
  /** Says something on the bus as a node would that knows this key; the right one when none is given. */
  async function onTheBus(lines: string[], { key, at = Date.now() }: { key?: Buffer; at?: number } = {}) {
    const identity = (await second.app.get(ClusterIdentity).known())!;
    const body = `another-node ${at}\n${lines.join('\n')}`;
    const seal = createHmac('sha256', key ?? identity.keyFor('bus'))
      .update(body)
      .digest('base64url');
    const heardBy = await redis!.ask((client) => client.publish(`besedka:bus:${identity.name}`, `${seal}\n${body}`));
    expect(heardBy).toBe(2);
  }
  const lineOf = (message: { roomId: number; seq: number }, event = 'message.sent') =>
    `hint r ${message.roomId} ${message.seq} ${JSON.stringify({ event, payload: message })}`;

  it('members at the other node hear a message at once and without a look into the log, and nobody else', async () => {
    const vault = await room([bob]);
    const [his, hers] = [await second.socket(bob), await second.socket(mallory)];
    await sleep(50);
    withoutSweep();
    const history = second.app.get(HistoryService, { strict: false });
    const read = jest.spyOn(history, 'facts');
    for (let n = 0; n < 20; n++) await say(vault, `${n}`);
    await eventually(() => texts(his, vault).length === 20, 'twenty messages');
    expect(texts(his, vault)).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
    expect(read.mock.calls.filter(([roomId]) => roomId === vault)).toEqual([]);
    read.mockRestore();
    expect(hers.heard.map(({ event }) => event)).toEqual(['session.ready']);
  });

  it('long messages and other changes come from the log, woken by the hint', async () => {
    const vault = await room([bob]);
    const his = await second.socket(bob);
    withoutSweep();
    const long = await say(vault, 'длинно '.repeat(2_000));
    await his.hears('message.sent', (message) => message.id === long.id && message.text === long.text);
    await alice.http.patch(`/rooms/${vault}/messages/${long.id}`, { text: 'short', version: 1 });
    await his.hears('message.edited', ({ message }) => message.id === long.id && message.text === 'short');
  });

  it('both nodes write into one room, and every socket hears all in one order', async () => {
    const vault = await room([bob]);
    const [hers, his] = [await alice.socket(), await second.socket(bob)];
    const send = (person: Person, http: Person['http'], n: number) =>
      http.post(`/rooms/${vault}/messages`, { text: `${person.username} ${n}`, clientId: newClientId() });
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => [send(alice, alice.http, n), send(bob, second.as(bob), n)]).flat(),
    );
    const seqs = (socket: ListeningSocket) =>
      socket.of('message.sent').flatMap((message) => (message.roomId === vault ? [message.seq] : []));
    for (const socket of [hers, his]) await eventually(() => seqs(socket).length >= 100, 'a hundred messages');
    expect(seqs(his)).toEqual(Array.from({ length: 100 }, (_, n) => n + 3));
    expect(seqs(hers)).toEqual(seqs(his));
  });

  it('a read mark reaches the other devices of its person at the other node at once, and nobody else', async () => {
    const vault = await room([bob]);
    const { seq } = await say(vault, 'read me');
    const [his, hers] = [await second.socket(bob), await second.socket(alice)];
    await sleep(50);
    withoutSweep();
    await bob.http.put(`/rooms/${vault}/read`, { seq });
    await his.hears('read.marked', (fact) => fact.roomId === vault && fact.readSeq === seq && fact.unreadCount === 0);
    expect(hers.of('read.marked')).toEqual([]);
  });

  it('a delivered mark reaches the members at the other node who may hear it, and nobody else', async () => {
    const vault = await room([bob, mallory]);
    const { seq } = await say(vault, 'take me');
    await alice.http.patch(`/rooms/${vault}`, { deliveredMarks: true });
    const [his, hers, apart] = [await second.socket(bob), await second.socket(alice), await second.socket(mallory)];
    await mallory.http.put(`/accounts/me/personal-blocks/${bob.id}`);
    await bob.http.put(`/rooms/${vault}/delivered`, { seq });
    expect(await hers.hears('delivered.marked', (fact) => fact.roomId === vault)).toEqual({
      roomId: vault,
      accountId: bob.id,
      deliveredSeq: seq,
    });
    for (const socket of [his, apart]) await socket.send('presence.set', { state: 'online' });
    expect([his.of('delivered.marked'), apart.of('delivered.marked')]).toEqual([[], []]);
    await mallory.http.delete(`/accounts/me/personal-blocks/${bob.id}`);
  });

  describe('what a node is told is not believed', () => {
    it('without the seal of this database', async () => {
      const vault = await room([bob]);
      const message = await say(vault, 'true');
      const his = await second.socket(bob);
      const forged = { ...message, seq: message.seq + 1, text: 'forged' };
      await onTheBus([lineOf(forged)], { key: Buffer.alloc(32) });
      await redis!.ask(async (client) => {
        const { name } = (await second.app.get(ClusterIdentity).known())!;
        for (const text of ['', 'x', `\n${lineOf(forged)}`, `AAAA\n${lineOf(forged)}`])
          await client.publish(`besedka:bus:${name}`, text);
      });
      await say(vault, 'also true');
      await his.hears('message.sent', (one) => one.text === 'also true');
      expect(texts(his, vault)).toEqual(['also true']);
    });

    it('with a fact of another place, name or form: the log is read', async () => {
      const mistakes: ((message: any) => object)[] = [
        (message) => ({ payload: { ...message, text: 'forged', seq: message.seq + 9 } }),
        (message) => ({ payload: { ...message, text: 'forged', roomId: 1 } }),
        (message) => ({ payload: { ...message, text: 7 } }),
        () => ({ payload: null }),
        () => ({ event: 'room.deleted' }),
        () => ({ event: 7 }),
      ];
      const vault = await room([bob]);
      const his = await second.socket(bob);
      await sleep(50);
      withoutSweep();
      const hide = first.app.get(Hints);
      const { relay } = hide;
      hide.relay = () => undefined;
      try {
        for (const [place, wrong] of mistakes.entries()) {
          const message = await say(vault, `true ${place}`);
          const fact = { event: 'message.sent', payload: { ...message, text: 'forged' }, ...wrong(message) };
          const line = `hint r ${vault} ${message.seq} ${JSON.stringify(fact)}`;
          await onTheBus(['nonsense', 'hint', 'hint r x', `hint r ${vault} ${message.seq} {`, line]);
          await his.hears('message.sent', (one) => one.seq === message.seq);
        }
      } finally {
        hide.relay = relay;
      }
      expect(texts(his, vault)).toEqual(mistakes.map((_, place) => `true ${place}`));
      expect(his.heard.map(({ event }) => event)).not.toContain('room.deleted');
    });

    it('when it comes late: the log is read', async () => {
      const vault = await room([bob]);
      const his = await second.socket(bob);
      await sleep(50);
      withoutSweep();
      const hide = first.app.get(Hints);
      const { relay } = hide;
      hide.relay = () => undefined;
      try {
        const message = await say(vault, 'secret');
        await alice.http.delete(`/rooms/${vault}/messages/${message.id}`);
        await onTheBus([lineOf(message)], { at: Date.now() - 5_000 });
        const heard = await his.hears('message.sent', (one) => one.roomId === vault);
        expect(heard.text).toBe('');
      } finally {
        hide.relay = relay;
      }
    });
  });

  describe.each([
    ['is killed', () => redis!.kill(), () => redis!.start()],
    ['stands still', () => Promise.resolve(redis!.pause()), () => Promise.resolve(redis!.resume())],
  ] as const)('when it %s', (_name, fails, returns) => {
    it('sends are still acknowledged at once, the sweep delivers, and all is fast again when it is back', async () => {
      const vault = await room([bob]);
      const [hers, his] = [await alice.socket(), await second.socket(bob)];
      await fails();
      try {
        const took: number[] = [];
        for (let n = 0; n < 10; n++) {
          const began = performance.now();
          expect(
            await hers.send('message.send', { roomId: vault, text: `${n}`, clientId: newClientId() }),
          ).toMatchObject({ ok: true });
          took.push(performance.now() - began);
          await sleep(20);
        }
        expect(took.toSorted((a, b) => a - b)[5]).toBeLessThan(250);
        const since = performance.now();
        await eventually(() => texts(his, vault).length === 10, 'ten messages');
        expect(performance.now() - since).toBeLessThan(2_500);
      } finally {
        await returns();
      }
      await eventually(connected, 'both nodes on the bus', 10_000);
      withoutSweep();
      await eventually(async () => {
        await say(vault, 'again');
        await sleep(100);
        return texts(his, vault).includes('again');
      }, 'a message over the bus');
      const all = texts(his, vault);
      expect(all.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
    }, 40_000);
  });
});

describe('long polling', () => {
  it('is let in where it is allowed, with the same facts, and elsewhere not', async () => {
    const polling = await secondNode(first, { BESEDKA_TRANSPORTS: 'websocket,polling' });
    try {
      const vault = await room([bob]);
      const by = { transports: ['polling'], upgrade: false };
      await expect(connectSocket(second.origin, { token: bob.token }, by)).rejects.toThrow('xhr poll error');
      const his = await connectSocket(polling.origin, { token: bob.token }, by);
      expect(his.io.io.engine.transport.name).toBe('polling');
      await his.hears('session.ready');
      for (let n = 0; n < 5; n++) await say(vault, `${n}`);
      await eventually(() => texts(his, vault).length === 5, 'five messages');
      expect(texts(his, vault)).toEqual(['0', '1', '2', '3', '4']);
      const answer = { roomId: vault, text: 'by polling', clientId: newClientId() };
      expect(await his.send('message.send', answer)).toMatchObject({ ok: true });
      his.close();
    } finally {
      await polling.close();
    }
  });
});
