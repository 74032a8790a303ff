/**
 * Whatever happens to two clients on the way, what they show afterwards is what the service has. Sequences of acts and faults are drawn from
 * a seed; the acts of one sequence go to one room, the faults to one client each.
 */
import fc from 'fast-check';
import { setTimeout as pass } from 'node:timers/promises';
import { BesedkaClient, memoryStorage, type Room } from '../../client/index.js';
import { eventually } from '../support/expect.js';
import { type Node, secondNode } from '../support/second-node.js';
import { type Person, world, type World } from '../support/world.js';
import { ChatProxy } from './chat-proxy.js';

const SEED = 20261120;
const SEQUENCES = 10;
const ACTS = {
  send: 10,
  edit: 4,
  delete: 3,
  read: 3,
  cut: 2,
  'lose acks': 2,
  'keep acks': 1,
  'change node': 1,
  'go offline': 1,
  'come back': 2,
  'restart a node': 1,
} as const;
type Act = keyof typeof ACTS;

interface Step {
  who: number;
  act: Act;
  pick: number;
  pauseMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.nat(1),
  act: fc.oneof(...Object.entries(ACTS).map(([act, weight]) => ({ weight, arbitrary: fc.constant(act as Act) }))),
  pick: fc.nat(1_000),
  pauseMs: fc.constantFrom(0, 0, 0, 5, 30),
});

/** One person at one client behind a proxy of its own. */
interface Seat {
  person: Person;
  proxy: ChatProxy;
  client: BesedkaClient;
  room: Room;
}

let w: World;
let second: Node;
let people: Person[];

jest.setTimeout(120_000);

beforeAll(async () => {
  w = await world();
  people = [await w.person('alice'), await w.person('bob')];
  second = await secondNode(w);
});
afterAll(async () => {
  await second?.close();
  await w?.close();
});

it('shows, after any mixture of acts and faults, exactly what the service has, and nothing twice', async () => {
  const done = new Map<Act, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
      for (const { act } of steps) done.set(act, (done.get(act) ?? 0) + 1);
      await play(steps);
    }),
    { seed: SEED, numRuns: SEQUENCES, endOnFailure: true },
  );
  expect([...done.keys()].sort()).toEqual(Object.keys(ACTS).sort());
});

async function play(steps: Step[]): Promise<void> {
  const made = await people[0]!.http.post('/rooms', { name: 'lobby', preset: 'private', members: [people[1]!.id] });
  const roomId = (made.body as { id: number }).id;
  const seats = await Promise.all(people.map((person) => sit(person, roomId)));
  const sent: string[] = [];
  try {
    for (const { who, act, pick, pauseMs } of steps) {
      await take(seats[who]!, act, pick, sent);
      if (pauseMs > 0) await pass(pauseMs);
    }
    for (const { proxy } of seats) {
      proxy.ackLoss = 0;
      proxy.restore();
    }
    await eventually(() => seats.every(isQuiet), 'both clients to have sent everything', 30_000);
    for (const seat of seats) {
      await eventually(async () => shown(seat) === (await kept(seat, roomId)), 'what the service has', 10_000).catch(
        async () => expect(shown(seat)).toBe(await kept(seat, roomId)),
      );
    }
    const ids = seats[0]!.room.messages.map(({ clientId }) => clientId);
    expect(ids.toSorted()).toEqual(sent.toSorted());
    const late = await sit(people[1]!, roomId);
    seats.push(late);
    await eventually(() => shown(late) === shown(seats[1]!), 'a fresh load to show the same', 10_000);
  } finally {
    for (const { client, proxy } of seats) {
      client.stop();
      await proxy.close();
    }
  }
}

async function sit(person: Person, roomId: number): Promise<Seat> {
  const proxy = await ChatProxy.before(w.origin);
  const client = new BesedkaClient({
    url: proxy.origin,
    credentials: { getToken: () => person.token },
    storage: memoryStorage(),
  });
  client.start();
  await eventually(() => client.connection.state === 'online', 'a connection', 20_000);
  const room = client.room(roomId);
  await room.open();
  return { person, proxy, client, room };
}

async function take(seat: Seat, act: Act, pick: number, sent: string[]): Promise<void> {
  const { person, proxy, client, room } = seat;
  const own = room.messages.filter(({ author, deleted }) => author.id === person.id && !deleted);
  const one = own[pick % Math.max(own.length, 1)];
  const refused = () => undefined;
  if (act === 'send') sent.push(room.send(`${person.username} ${sent.length}`).clientId);
  else if (act === 'edit' && one) void room.edit(one, `${one.text} (${pick})`).catch(refused);
  else if (act === 'delete' && one) void room.delete(one.id).catch(refused);
  else if (act === 'read') void room.markRead().catch(refused);
  else if (act === 'cut') proxy.cut();
  else if (act === 'lose acks') proxy.ackLoss = 0.5;
  else if (act === 'keep acks') proxy.ackLoss = 0;
  else if (act === 'go offline') proxy.cut(true);
  else if (act === 'come back') {
    proxy.restore();
    client.tryNow();
  } else if (act === 'change node') {
    proxy.target = proxy.target === w.origin ? second.origin : w.origin;
    proxy.cut();
  } else if (act === 'restart a node') {
    const former = second;
    second = await secondNode(w);
    await former.close();
    if (proxy.target !== w.origin) proxy.target = second.origin;
  }
}

/** Nothing is on its way any more; a proxy that still leads to a node that is gone leads to the present one. */
function isQuiet({ proxy, client, room }: Seat): boolean {
  if (proxy.target !== w.origin) proxy.target = second.origin;
  client.tryNow();
  return client.connection.state === 'online' && room.pending.length === 0;
}

function shown({ room }: Seat): string {
  return JSON.stringify([
    room.messages.map(({ id, seq, text, deleted, version }) => [seq, id, version, deleted, text]),
    room.readSeq,
    room.unreadCount,
  ]);
}

/** The same as the service answers it. */
async function kept({ person }: Seat, roomId: number): Promise<string> {
  const page = await person.http.get(`/rooms/${roomId}/messages?limit=200`);
  const rooms = await person.http.get('/rooms?view=mine&limit=100');
  const { items } = page.body as { items: any[] };
  const room = (rooms.body as { items: any[] }).items.find(({ id }) => id === roomId);
  return JSON.stringify([
    items.map(({ id, seq, text, deletedAt, version }) => [seq, id, version, deletedAt !== null, text]),
    room.readSeq,
    room.unreadCount,
  ]);
}
