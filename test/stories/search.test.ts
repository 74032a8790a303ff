import { expectProblem } from '../support/expect.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, mod: Person;
let lobby: number, vault: number;

const say = async (person: Person, roomId: number, text: string) =>
  (await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() })).body as {
    id: number;
    seq: number;
  };
const search = (person: Person, query: Record<string, string | number>, roomId = lobby) =>
  person.http.get(
    `/rooms/${roomId}/messages/search?${new URLSearchParams(query as Record<string, string>).toString()}`,
  );
const textsOf = async (person: Person, query: string) =>
  (await search(person, { query })).body.items.map(({ text }: { text: string }) => text) as string[];

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  mod = await w.person('mod', { role: 'moderator' });
  const roomWith = async (name: string, members: Person[]) =>
    (await alice.http.post('/rooms', { name, preset: 'private', members: members.map(({ id }) => id) })).body
      .id as number;
  [lobby, vault] = [await roomWith('lobby', [bob]), await roomWith('vault', [])];
  for (const text of ['Два самовара на столе', 'She was walking home', 'Скидка 50% на варенье', 'Скидка 505 рублей'])
    await say(bob, lobby, text);
  await say(alice, lobby, 'Самовар закипел');
  await say(alice, vault, 'Самовар в другой комнате');
});
afterAll(() => w?.close());

it('finds words in all their forms, newest first, in this room alone', async () => {
  expect(await textsOf(bob, 'самоварами')).toEqual(['Самовар закипел', 'Два самовара на столе']);
  expect(await textsOf(bob, 'walk')).toEqual(['She was walking home']);
  expect(await textsOf(bob, 'стол самовар')).toEqual(['Два самовара на столе']);
  expect(await textsOf(bob, 'самовар -стол')).toEqual(['Самовар закипел']);
  expect(await textsOf(bob, 'чайник')).toEqual([]);
});

it('finds parts of texts as they stand, also what is no word', async () => {
  expect(await textsOf(bob, 'закип')).toEqual(['Самовар закипел']);
  expect(await textsOf(bob, '50%')).toContain('Скидка 50% на варенье');
  expect(await textsOf(bob, '0% на в')).toEqual(['Скидка 50% на варенье']);
  expect(await textsOf(bob, ' НА ')).toEqual(['Скидка 50% на варенье', 'Два самовара на столе']);
  expect(await textsOf(bob, '_')).toEqual([]);
  expect(await textsOf(bob, '\\')).toEqual([]);
});

it('does not find what was deleted, nor what somebody wrote whom one has blocked', async () => {
  const { id } = await say(bob, lobby, 'пирожки с капустой');
  expect(await textsOf(alice, 'пирожками')).toEqual(['пирожки с капустой']);
  await alice.http.put(`/accounts/me/personal-blocks/${bob.id}`);
  expect(await textsOf(alice, 'пирожки')).toEqual([]);
  expect(await textsOf(bob, 'пирожки')).toEqual(['пирожки с капустой']);
  await alice.http.delete(`/accounts/me/personal-blocks/${bob.id}`);
  expect(await textsOf(alice, 'пирожки')).toEqual(['пирожки с капустой']);
  await bob.http.delete(`/rooms/${lobby}/messages/${id}`);
  expect(await textsOf(alice, 'пирожки')).toEqual([]);
});

it('looks at a part of a long room at a time, and says where to go on', async () => {
  await say(bob, vault, 'nothing: Bob is no member');
  await say(alice, vault, 'иголка');
  await w.database.query(
    `WITH room AS (UPDATE rooms SET last_seq = last_seq + 10500, message_count = message_count + 10500 WHERE id = $1 RETURNING last_seq - 10500 AS first)
     INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text)
     SELECT $1, room.first + n, $2, 'hay-' || n, decode(md5(n::text), 'hex'), 'сено ' || n FROM room, generate_series(1, 10500) n`,
    [vault, alice.id],
  );
  const first = (await search(alice, { query: 'иголка' }, vault)).body;
  expect(first).toMatchObject({ items: [], hasMore: true, next: null, prev: expect.any(Number) });
  const second = (await search(alice, { query: 'иголка', before: first.prev }, vault)).body;
  expect(second).toMatchObject({ items: [{ text: 'иголка' }], hasMore: false, prev: null });
  const hay = (await search(alice, { query: 'сено', limit: 2 }, vault)).body;
  expect(hay.items.map(({ text }: { text: string }) => text)).toEqual(['сено 10500', 'сено 10499']);
  const more = (await search(alice, { query: 'сено', limit: 1, before: hay.prev }, vault)).body;
  expect(more.items.map(({ text }: { text: string }) => text)).toEqual(['сено 10498']);
});

it('looks at long messages by their size', async () => {
  const roomId = (await alice.http.post('/rooms', { name: 'long', preset: 'private' })).body.id as number;
  await say(alice, roomId, 'иголка');
  await w.database.query(
    `WITH room AS (UPDATE rooms SET last_seq = last_seq + 200, message_count = message_count + 200 WHERE id = $1 RETURNING last_seq - 200 AS first)
     INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text)
     SELECT $1, room.first + n, $2, 'bale-' || n, decode(md5(n::text), 'hex'), repeat('сено ', 3000) FROM room, generate_series(1, 200) n`,
    [roomId, alice.id],
  );
  const found: unknown[] = [];
  let pages = 0;
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; pages++) {
    const { body } = await search(alice, { query: 'иголка', before }, roomId);
    found.push(...body.items);
    expect(body.hasMore).toBe(body.prev !== null);
    before = body.prev as number | null;
  }
  expect(found).toMatchObject([{ text: 'иголка' }]);
  expect(pages).toBe(3);
});

it('is closed to whoever may not read the room, and writes down the look of a moderator', async () => {
  expectProblem(await search(mallory, { query: 'самовар' }), 404, 'room/not-found');
  const looks = () =>
    w.database.query(`SELECT 1 FROM audit_log WHERE action = 'room.read' AND actor_id = $1`, [mod.id]);
  expect((await search(bob, { query: 'самовар' })).status).toBe(200);
  expect(await looks()).toHaveLength(0);
  expect((await search(mod, { query: 'самовар' })).body.items).toHaveLength(2);
  expect(await looks()).toHaveLength(1);
});

it('refuses no words, too many, and what is no text', async () => {
  for (const query of [{}, { query: '' }, { query: 'a'.repeat(201) }, { query: 'a\0' }, { query: 'a', before: 'x' }])
    expectProblem(await search(bob, query as Record<string, string>), 400, 'request/invalid');
  for (const query of ['"', '" -', ':*', '!()&|', 'и', '🫖']) expect((await search(bob, { query })).status).toBe(200);
});
