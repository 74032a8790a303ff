import { MentionsService } from '../../src/messaging/mentions.service.js';
import { namesMentioned } from '../../src/messaging/mention.text.js';
import { eventually } from '../support/expect.js';
import { type Node, secondNode } from '../support/second-node.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, john: Person, johnSmith: Person, ivan: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '100' });
  const names = ['alice', 'bob', 'mallory', 'John', 'John Smith', 'Иван'];
  [alice, bob, mallory, john, johnSmith, ivan] = (await Promise.all(names.map((name) => w.person(name)))) as [
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
}, 60_000);
afterAll(() => w.close());

let count = 0;
const room = async (members: Person[]) =>
  (
    await alice.http.post('/rooms', {
      name: `vault ${++count}`,
      preset: 'private',
      members: members.map((person) => person.id),
    })
  ).body.id as number;
/** All mentions that were due have been found. */
const found = () =>
  eventually(async () => (await w.database.query('SELECT 1 FROM mention_work')).length === 0, 'all mentions');
const mentionsOf = async (person: Person, roomId: number) => {
  await found();
  const listed = (await person.http.get('/rooms?limit=200')).body.items.find((one: any) => one.id === roomId);
  const { rooms } = (await person.http.get('/unread')).body;
  const unread = rooms.find((one: any) => one.roomId === roomId)?.mentionCount ?? 0;
  expect(listed.mentionCount).toBe(unread);
  return unread as number;
};
const told = (socket: ListeningSocket, roomId: number) =>
  socket.heard
    .filter(({ event, payload }) => event.startsWith('mention.') && payload.roomId === roomId)
    .map(({ event, payload }) => `${event.slice(8)} ${payload.messageSeq}: ${payload.mentionCount}`);

describe('the names behind an @', () => {
  it.each([
    ['Hello @bob, how are you?', [['bob']]],
    ['@bob', [['bob']]],
    ['(@BOB)', [['bob']]],
    ['@Иван Петров!', [['иван петров', 'иван']]],
    ['@ﬁona', [['fiona']]],
    ['@bob_smith', [['bob_smith']]],
    ['@bobby', [['bobby']]],
    ['bob@example.org and https://example.org/@bob and @@', []],
    ['@ bob', []],
    ['`@bob` and ```\n@bob\n``` and ```@bob', []],
    ['a ` alone does not hide @bob', [['bob']]],
    ['@one\n@two', [['one'], ['two']]],
    ['@bob'.repeat(5_000), [['bob']]],
    [' @b'.repeat(5_000), Array(50).fill(['b'])],
  ])('stand in text number %#', (text, names) => {
    const keys = namesMentioned(text);
    expect(keys).toHaveLength(names.length);
    for (const [place, some] of names.entries()) expect(keys[place]).toEqual(expect.arrayContaining(some));
    for (const key of keys.flat()) expect(key).toBe(key.trim());
  });

  it('cost no more for a hostile text than for a long one', () => {
    const hostile = [
      ' @a b'.repeat(3_200),
      '`'.repeat(16_000),
      '`a'.repeat(8_000),
      '@'.repeat(16_000),
      ' @'.repeat(8_000),
      '```` '.repeat(3_200),
    ];
    const began = performance.now();
    for (const text of hostile) namesMentioned(text);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

overEveryTransport((transport) => {
  it('count for the members named, on all their devices, and for nobody else', async () => {
    const vault = await room([bob, john, johnSmith, ivan]);
    const [one, two, other, outside] = [
      await bob.socket(),
      await bob.socket(),
      await john.socket(),
      await mallory.socket(),
    ];
    const { message } = await transport.send(alice, vault, {
      text: 'tea, @Bob? @иван, @john smith! @mallory @alice @nobody',
    });
    for (const socket of [one, two])
      expect(await socket.hears('mention.added', ({ roomId }) => roomId === vault)).toEqual({
        accountSeq: expect.any(Number),
        roomId: vault,
        messageId: message.id,
        messageSeq: message.seq,
        mentionCount: 1,
      });
    expect(await Promise.all([alice, bob, john, johnSmith, ivan].map((person) => mentionsOf(person, vault)))).toEqual([
      0, 1, 0, 1, 1,
    ]);
    expect([told(other, vault), told(outside, vault)]).toEqual([[], []]);
    await room([mallory]);
    expect((await mallory.http.get('/unread')).body.mentions).toBe(0);
  });

  it('go and come with the text, and with the message', async () => {
    const vault = await room([bob, john]);
    const his = await bob.socket();
    const { message } = await transport.send(alice, vault, { text: 'hello @john' });
    await transport.send(alice, vault, { text: '@bob first' });
    await eventually(() => told(his, vault).length === 1, 'the first');
    await transport.edit(alice, vault, message.id, 'hello @bob', 1);
    await eventually(() => told(his, vault).length === 2, 'the second');
    expect(await mentionsOf(john, vault)).toBe(0);
    await transport.delete(alice, vault, message.id);
    await eventually(() => told(his, vault).length === 3, 'the deletion');
    const { seq } = message;
    expect(told(his, vault)).toEqual([`added ${seq + 1}: 1`, `added ${seq}: 2`, `removed ${seq}: 1`]);
    expect(await mentionsOf(bob, vault)).toBe(1);
  });

  it('are read with the room, and unread again with it', async () => {
    const vault = await room([bob]);
    const his = await bob.socket();
    const seqs: number[] = [];
    for (let n = 0; n < 3; n++) seqs.push((await transport.send(alice, vault, { text: `@bob ${n}` })).message.seq);
    expect(await mentionsOf(bob, vault)).toBe(3);
    expect((await transport.markRead(bob, vault, seqs[1]!)).state).toMatchObject({ unreadCount: 1, mentionCount: 1 });
    expect(await his.hears('read.marked', ({ roomId }) => roomId === vault)).toMatchObject({ mentionCount: 1 });
    expect((await bob.http.put(`/rooms/${vault}/unread`, { seq: seqs[0] })).body).toMatchObject({
      unreadCount: 3,
      mentionCount: 3,
    });
  });

  it('by somebody whom the mentioned has blocked personally do not count', async () => {
    const vault = await room([bob, john]);
    expect((await bob.http.put(`/accounts/me/personal-blocks/${alice.id}`)).status).toBeLessThan(300);
    try {
      await transport.send(alice, vault, { text: '@bob and @john' });
      expect([await mentionsOf(bob, vault), await mentionsOf(john, vault)]).toEqual([0, 1]);
      await transport.send(john, vault, { text: '@bob' });
      expect(await mentionsOf(bob, vault)).toBe(1);
    } finally {
      await bob.http.delete(`/accounts/me/personal-blocks/${alice.id}`);
    }
  });

  it('of one person in many messages at once all count', async () => {
    const vault = await room([bob]);
    const his = await bob.socket();
    await Promise.all(Array.from({ length: 30 }, (_, n) => transport.send(alice, vault, { text: `@bob ${n} @bob` })));
    await eventually(() => told(his, vault).length === 30, 'thirty mentions');
    expect(new Set(told(his, vault).map((line) => line.split(':')[0])).size).toBe(30);
    expect(await mentionsOf(bob, vault)).toBe(30);
  });
});

it('are found by whichever node comes first after the one that stored the message has crashed', async () => {
  const vault = await room([bob]);
  const service: { work: () => Promise<void> } = w.app.get(MentionsService, { strict: false });
  service.work = () => Promise.resolve();
  let second: Node | undefined;
  try {
    await alice.http.post(`/rooms/${vault}/messages`, { text: 'hello @bob', clientId: newClientId() });
    expect(await w.database.query('SELECT 1 FROM mention_work')).toHaveLength(1);
    second = await secondNode(w);
    expect(await mentionsOf(bob, vault)).toBe(1);
  } finally {
    Reflect.deleteProperty(service, 'work');
    await second?.close();
  }
});

it('are found once by two nodes that look at the same time', async () => {
  const vault = await room([bob]);
  const second = await secondNode(w);
  try {
    const his = await bob.socket();
    const services = [w.app, second.app].map((app): { find: () => void } =>
      app.get(MentionsService, { strict: false }),
    );
    const looking = setInterval(() => services.forEach((service) => service.find()), 1);
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        (n % 2 ? alice.http : second.as(alice)).post(`/rooms/${vault}/messages`, {
          text: `@bob ${n}`,
          clientId: newClientId(),
        }),
      ),
    );
    expect(await mentionsOf(bob, vault)).toBe(60);
    clearInterval(looking);
    await eventually(() => told(his, vault).length >= 60, 'sixty facts');
    expect(new Set(told(his, vault).map((line) => line.split(':')[0])).size).toBe(60);
    expect(told(his, vault)).toHaveLength(60);
  } finally {
    await second.close();
  }
});

it('leave no work where there is no @', async () => {
  const vault = await room([bob]);
  const service: { work: () => Promise<void> } = w.app.get(MentionsService, { strict: false });
  service.work = () => Promise.resolve();
  try {
    const { body } = await alice.http.post(`/rooms/${vault}/messages`, { text: 'hello bob', clientId: newClientId() });
    await alice.http.patch(`/rooms/${vault}/messages/${body.id}`, { text: 'hello, bob', version: 1 });
    await alice.http.delete(`/rooms/${vault}/messages/${body.id}`);
    expect(await w.database.query('SELECT 1 FROM mention_work')).toEqual([]);
  } finally {
    Reflect.deleteProperty(service, 'work');
  }
});
