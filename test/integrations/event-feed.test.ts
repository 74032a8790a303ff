import { Housekeeping } from '../../src/platform/housekeeping.js';
import { eventually, expectProblem } from '../support/expect.js';
import { type Node, secondNode } from '../support/second-node.js';
import { type Person, world, type World } from '../support/world.js';
import { say, Shop } from './receiver.js';

/** The feed of events: whoever asks again and again gets each event once, in order, whatever was committed when. */

let w: World;
let other: Node;
let root: Person;

beforeAll(async () => {
  w = await world();
  other = await secondNode(w);
  root = await w.person('root', { role: 'superuser' });
});
afterAll(async () => {
  await other?.close();
  await w?.close();
});

const shop = () => Shop.open(() => w, root);
const now = async (one: Shop) => (await one.http.get('/events')).body.next as number;

/** Asks from a position on until there is what is expected, or fails. */
async function follow(one: Shop, after: number, most: number, query = ''): Promise<any[]> {
  const seen: any[] = [];
  let next = after;
  await eventually(
    async () => {
      const { body } = await one.http.get(`/events?after=${next}&limit=7${query}`);
      seen.push(...body.items);
      ({ next } = body);
      return seen.length >= most;
    },
    `${most} events`,
    40_000,
  );
  return seen;
}

it('has every event once, in the order of its room, however many are written on two nodes while it is read', async () => {
  const one = await shop();
  const rooms = [await one.room(), await one.room(), await one.room()];
  const alice = await one.person('alice', rooms);
  const begun = await now(one);
  const slow = w.database.write(async (tx) => {
    await tx.record({ kind: 'room.changed', roomId: rooms[0]!, actorId: alice.id });
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  const reading = follow(one, begun, 181);
  for (let round = 0; round < 20; round++)
    await Promise.all(
      rooms.flatMap((roomId) =>
        [w.origin, other.origin, w.origin].map(async (origin, item) => {
          const door = origin === w.origin ? alice.http : other.as(alice);
          expect((await say(door, roomId, `${round} ${item}`)).status).toBe(201);
        }),
      ),
    );
  await slow;
  const seen = await reading;
  expect(seen).toHaveLength(181);
  expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 181 }, (_, item) => begun + 1 + item));
  for (const roomId of rooms) {
    const seqs = seen.filter(({ data }) => data.roomId === roomId).map(({ data }) => data.seq);
    expect(seqs).toEqual(seqs.map((_, item) => seqs[0] + item));
  }
  expect(new Set(seen.map(({ id }) => id)).size).toBe(181);
  const [last] = await w.database.query<{ seq: number }>('SELECT last_seq AS seq FROM rooms WHERE id = $1', [rooms[0]]);
  expect(seen.findLast(({ data }) => data.roomId === rooms[0]).data.seq).toBe(last!.seq);
}, 60_000);

it('holds for each server what concerns it: its rooms and people, also those who have left since, and nothing of others', async () => {
  const [one, stranger] = [await shop(), await shop()];
  const roomId = await one.room();
  const [alice, bob] = [await one.person('alice', [roomId]), await one.person('bob', [roomId])];
  const carol = await stranger.person('carol');
  const mallory = await w.person('mallory');
  const open = (await mallory.http.post('/rooms', { name: 'of mallory', preset: 'open' })).body.id;
  const [begun, begunThere] = [await now(one), await now(stranger)];
  // Nothing is numbered before he is gone again.
  await w.database.write(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('besedka'), hashtext('event-feed'))`);
    await mallory.http.put(`/rooms/${open}/members/${bob.id}`);
    await say(mallory.http, open, 'hello bob');
    await bob.http.delete(`/rooms/${open}/members/me`);
    await say(mallory.http, open, 'he is gone');
  });
  const between = (await alice.http.put(`/direct/${bob.id}`)).body.id;
  const across = (await alice.http.put(`/direct/${carol.id}`)).body.id;
  await say(alice.http, across, 'to somebody else’s');
  await say(alice.http, between, 'among us');
  await say(alice.http, roomId, 'the end');
  const textOf = ({ type, data }: any) => data.text ?? type;
  const seen = await follow(one, begun, 7);
  const said = seen.map(textOf).filter((text) => text !== 'member.joined');
  expect(said).toEqual(['hello bob', 'member.left', 'among us', 'the end']);
  expect((await stranger.http.get(`/events?after=${begunThere}`)).body.items).toEqual([]);
  const readable = await follow(stranger, begunThere, 3, '&rooms=readable&events=message.sent,member.left');
  expect(readable.map(textOf)).toEqual(['hello bob', 'member.left', 'he is gone']);
  expect(readable[0]).toMatchObject({
    id: `evt_${readable[0].position}`,
    type: 'message.sent',
    data: { roomId: open },
  });
});

it('shows things as they are: an edited message its latest text, a deleted one none', async () => {
  const one = await shop();
  const roomId = await one.room();
  const alice = await one.person('alice', [roomId]);
  const begun = await now(one);
  const { body: first } = await say(alice.http, roomId, 'frist');
  await alice.http.patch(`/rooms/${roomId}/messages/${first.id}`, { text: 'first', version: 1 });
  const { body: second } = await say(alice.http, roomId, 'a slip');
  await alice.http.delete(`/rooms/${roomId}/messages/${second.id}`);
  const seen = await follow(one, begun, 4);
  expect(seen.map(({ type, data }) => [type, data.text ?? data.message?.text ?? data.messageId])).toEqual([
    ['message.sent', 'first'],
    ['message.edited', 'first'],
    ['message.sent', ''],
    ['message.deleted', second.id],
  ]);
  expect(seen[0].data).toMatchObject({ author: { id: alice.id }, seq: first.seq });
});

it('says so when a position is ahead, and when what follows it is no longer kept', async () => {
  const one = await shop();
  const roomId = await one.room();
  const begun = await now(one);
  for (const after of [begun + 1_000, -1, 'x'])
    expectProblem(await one.http.get(`/events?after=${after}`), 400, 'request/invalid');
  expectProblem(await one.http.get('/events?after=0&events=nonsense'), 400, 'request/invalid');
  for (const text of ['old', 'new']) await say(one.http, roomId, text);
  const [old, fresh] = await follow(one, begun, 2);
  await w.database.query(`UPDATE event_feed SET at = now() - interval '31 days' WHERE position <= $1`, [old.position]);
  await w.app.get(Housekeeping, { strict: false }).run();
  const gone = expectProblem(await one.http.get(`/events?after=${begun}`), 410, 'event/position-gone');
  expect(gone).toMatchObject({ oldest: old.position });
  expect((await one.http.get(`/events?after=${gone.oldest as number}`)).body.items).toEqual([fresh]);
  expect((await one.http.get('/events?after=0')).body.items).toEqual([fresh]);
  const person = await one.person('alice');
  const asHim = { headers: { 'x-act-as': String(person.id) } };
  expectProblem(await one.http.get('/events', asHim), 403, 'key/required');
});
