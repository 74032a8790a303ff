import { setTimeout as sleep } from 'node:timers/promises';
import { ThisNode } from '../../src/platform/node.js';
import { RedisLink } from '../../src/platform/redis.js';
import { OwnPresence } from '../../src/realtime/own-presence.js';
import { eventually } from '../support/expect.js';
import { hasRedisServer, RedisServer } from '../support/redis-server.js';
import { type Node, secondNode } from '../support/second-node.js';
import type { ListeningSocket } from '../support/socket.js';
import { type Person, type World, world } from '../support/world.js';

/** Who is here, and who is typing, over two nodes. What may not be known is unknown, never false. */
const withRedis = hasRedisServer ? describe : describe.skip;
process.stderr.write(`\npresence: ${hasRedisServer ? 'with a redis-server of the test' : 'WITHOUT Redis'}\n`);

const MANY = { BESEDKA_SOCKETS_PER_ACCOUNT: '100' };
let first: World;
let second: Node;
let alice: Person, bob: Person, carol: Person, mallory: Person;

async function people(): Promise<void> {
  [alice, bob, carol, mallory] = (await Promise.all(
    ['alice', 'bob', 'carol', 'mallory'].map((name) => first.person(name)),
  )) as [Person, Person, Person, Person];
  const members = [bob.id, carol.id];
  await alice.http.post('/rooms', { name: 'vault', preset: 'private', members });
}
async function vault(): Promise<number> {
  return (await alice.http.get('/rooms')).body.items[0].id as number;
}
const stateOf = async (person: Person, from = alice.http) =>
  (await from.get(`/presence?accountIds=${person.id}`)).body.items[0].state as string;
const states = (socket: ListeningSocket, person: Person) =>
  socket
    .of('presence.changed')
    .flatMap(({ people: told }) => told)
    .filter(({ accountId }) => accountId === person.id)
    .map(({ state }) => state as string);

describe('without Redis', () => {
  beforeAll(async () => {
    first = await world(MANY);
    second = await secondNode(first, MANY);
    await people();
  }, 60_000);
  afterAll(async () => {
    await second?.close();
    await first?.close();
  });

  it('one node knows everything, and of several each only who is online at it', async () => {
    const watcher = await alice.socket();
    await watcher.send('presence.watch', { accountIds: [bob.id, carol.id] });
    const his = await bob.socket();
    expect([await stateOf(bob), await stateOf(carol)]).toEqual(['online', 'offline']);
    await second.socket(mallory);
    await sleep(1_100);
    expect([await stateOf(bob), await stateOf(carol)]).toEqual(['online', 'unknown']);
    expect([await stateOf(bob, second.as(alice)), await stateOf(carol, second.as(alice))]).toEqual([
      'unknown',
      'unknown',
    ]);
    await his.send('presence.set', { state: 'away' });
    expect(await stateOf(bob)).toBe('unknown');
    await eventually(() => states(watcher, carol).includes('unknown'), 'the word that it is not known', 12_000);
    expect(states(watcher, carol)).toEqual(['unknown']);
  }, 30_000);
});

withRedis('over Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
    first = await world({ ...MANY, REDIS_URL: redis.url });
    second = await secondNode(first, { ...MANY, REDIS_URL: redis.url });
    await people();
    await eventually(ready, 'both connections');
  }, 60_000);
  afterAll(async () => {
    await second?.close();
    await first?.close();
    await redis?.kill();
  });
  const ready = () => [first.app, second.app].every((app) => app.get(RedisLink).ready);

  it('a person is what his sockets at all nodes are together', async () => {
    const [watcher, bystander] = [await alice.socket(), await second.socket(mallory)];
    await eventually(async () => (await stateOf(bob)) === 'offline', 'all reports', 15_000);
    await watcher.send('presence.watch', { accountIds: [bob.id, mallory.id] });
    const there = await second.socket(bob);
    await eventually(() => states(watcher, bob).length === 1, 'the news');
    const here = await bob.socket();
    await there.send('presence.set', { state: 'away' });
    await sleep(2_500);
    expect(states(watcher, bob)).toEqual(['online']);
    await here.send('presence.set', { state: 'away' });
    await eventually(() => states(watcher, bob).length === 2, 'the news');
    await there.send('presence.set', { state: 'online' });
    await eventually(() => states(watcher, bob).length === 3, 'the news');
    expect(states(watcher, bob)).toEqual(['online', 'away', 'online']);
    expect([await stateOf(bob), await stateOf(bob, second.as(alice))]).toEqual(['online', 'online']);
    expect(bystander.of('presence.changed')).toEqual([]);
    // He moves to the other node within his twenty seconds.
    there.close();
    here.close();
    await sleep(2_000);
    const back = await bob.socket();
    await sleep(21_000);
    expect(states(watcher, bob)).toEqual(['online', 'away', 'online']);
    back.close();
    bystander.close();
  }, 60_000);

  it('typing is told at the other node, to the room alone, and ends there too', async () => {
    const roomId = await vault();
    const [hers, there, outside] = [await alice.socket(), await second.socket(carol), await second.socket(mallory)];
    const own = await second.socket(alice);
    await hers.send('typing.start', { roomId });
    await there.hears('typing.started', ({ account }) => account.id === alice.id);
    await hers.send('typing.stop', { roomId });
    await there.hears('typing.stopped', ({ account }) => account.id === alice.id);
    for (const socket of [own, outside]) {
      await socket.send('presence.set', { state: 'online' });
      expect(socket.heard.filter(({ event }) => event.startsWith('typing.'))).toEqual([]);
    }
    for (const socket of [hers, there, outside, own]) socket.close();
  });

  it.each([
    ['is killed and comes back empty', () => redis.kill(), () => redis.start()],
    ['stands still', () => Promise.resolve(redis.pause()), () => Promise.resolve(redis.resume())],
  ] as const)(
    'when it %s everybody is unknown, and nobody ever offline who is here',
    async (_what, fails, returns) => {
      const watcher = await alice.socket();
      const there = await second.socket(carol);
      await eventually(async () => (await stateOf(carol)) === 'online', 'her presence', 15_000);
      await watcher.send('presence.watch', { accountIds: [carol.id] });
      await fails();
      const asked: string[] = [];
      try {
        await eventually(() => states(watcher, carol).at(-1) === 'unknown', 'the word that it is not known', 15_000);
        const began = performance.now();
        asked.push(await stateOf(carol), await stateOf(carol, second.as(alice)));
        expect(performance.now() - began).toBeLessThan(1_000);
        expect(asked).toEqual(['unknown', 'unknown']);
        expect(await there.send('presence.set', { state: 'online' })).toEqual({ ok: true });
      } finally {
        await returns();
      }
      await eventually(
        async () => {
          asked.push(await stateOf(carol), await stateOf(carol, second.as(alice)));
          return asked.at(-2) === 'online';
        },
        'her presence',
        20_000,
      );
      await eventually(() => states(watcher, carol).at(-1) === 'online', 'the news of her presence', 15_000);
      expect([...asked, ...states(watcher, carol)]).not.toContain('offline');
      for (const socket of [watcher, there]) socket.close();
    },
    60_000,
  );

  it('while a node does not report, nobody is said to be offline; when it is gone, its people are', async () => {
    const there = await second.socket(carol);
    await eventually(async () => (await stateOf(carol)) === 'online', 'her presence', 15_000);
    const own: { report: () => Promise<void> } = second.app.get(OwnPresence, { strict: false });
    own.report = () => Promise.resolve();
    try {
      await eventually(async () => (await stateOf(carol)) !== 'online', 'the end of what was reported', 25_000);
      expect(await stateOf(carol)).toBe('unknown');
      expect(there.io.connected).toBe(true);
      // As if it had crashed: its heart beats no more.
      const node: { beatSoon: () => void } = second.app.get(ThisNode);
      node.beatSoon = () => undefined;
      await eventually(async () => (await stateOf(carol)) === 'offline', 'what is left of the dead', 40_000);
    } finally {
      Reflect.deleteProperty(own, 'report');
      Reflect.deleteProperty(second.app.get(ThisNode), 'beatSoon');
    }
  }, 120_000);
});
