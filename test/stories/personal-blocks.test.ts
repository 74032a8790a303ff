import { eventually, expectProblem } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let carol: Person, mod: Person, root: Person;
let count = 0;

beforeAll(async () => {
  w = await world();
  carol = await w.person('carol');
  mod = await w.person('mod', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w.close());

/** Two people whom nothing is between yet. */
const two = async (): Promise<[alice: Person, bob: Person]> => {
  const n = ++count;
  return [await w.person(`alice ${n}`), await w.person(`bob ${n}`)];
};
const block = async (person: Person, other: Person) => {
  expect((await person.http.put(`/accounts/me/personal-blocks/${other.id}`)).status).toBe(200);
};
const lift = async (person: Person, other: Person) => {
  expect((await person.http.delete(`/accounts/me/personal-blocks/${other.id}`)).status).toBe(204);
};
const say = async (person: Person, roomId: number, text: string) => {
  const answer = await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() });
  expect(answer.status).toBe(201);
  return answer.body;
};
const directOf = async (one: Person, other: Person): Promise<number> =>
  (await one.http.put(`/direct/${other.id}`)).body.id;
const roomOf = async (owner: Person, ...members: Person[]): Promise<number> => {
  const ids = members.map((member) => member.id);
  return (await owner.http.post('/rooms', { name: 'lobby', preset: 'private', members: ids })).body.id;
};
const textsIn = async (person: Person, roomId: number): Promise<string[]> =>
  (await person.http.get(`/rooms/${roomId}/messages?limit=200`)).body.items.map((one: { text: string }) => one.text);
const directRooms = async () =>
  (await w.database.query<{ n: number }>(`SELECT count(*)::int AS n FROM rooms WHERE kind = 'direct'`))[0]!.n;

overEveryTransport((t) => {
  it('keeps the two of a direct room from writing to each other until the block is lifted', async () => {
    const [alice, bob] = await two();
    const direct = await directOf(bob, alice);
    const hears = await alice.socket();
    const [his, hers] = [await t.send(bob, direct, { text: 'hello' }), await t.send(alice, direct, { text: 'hi' })];
    expect([his.ok, hers.ok]).toEqual([true, true]);
    await block(alice, bob);
    expect(await t.send(bob, direct, { text: 'why?' })).toMatchObject({ code: 'room/forbidden' });
    expect(await t.edit(bob, direct, his.message.id, 'why?', 1)).toMatchObject({ code: 'room/forbidden' });
    expect(await t.send(alice, direct, { text: 'because' })).toMatchObject({ code: 'account/personally-blocked' });
    expect(await t.edit(alice, direct, hers.message.id, 'because', 1)).toMatchObject({
      code: 'account/personally-blocked',
    });
    for (const person of [alice, bob]) expect(await textsIn(person, direct)).toEqual(['hello', 'hi']);
    await lift(alice, bob);
    expect(await t.send(bob, direct, { text: 'again' })).toMatchObject({ ok: true });
    expect(await t.edit(bob, direct, his.message.id, 'hello!', 1)).toMatchObject({ ok: true });
    expect(await t.send(alice, direct, { text: 'yes' })).toMatchObject({ ok: true });
    await hears.hears('message.sent', (fact) => fact.text === 'yes');
    expect(hears.of('message.sent').map((fact) => fact.text)).toEqual(['hello', 'hi', 'again', 'yes']);
    expect(hears.of('message.edited').map((fact) => fact.message.text)).toEqual(['hello!']);
  });

  it('leaves the direct room readable, its read mark movable and own messages deletable', async () => {
    const [alice, bob] = await two();
    const direct = await directOf(alice, bob);
    const { message } = await t.send(bob, direct, { text: 'hello' });
    await block(alice, bob);
    expect(await t.markRead(bob, direct, message.seq)).toMatchObject({ ok: true });
    expect(await t.delete(bob, direct, message.id)).toMatchObject({ ok: true });
    for (const person of [alice, bob]) {
      expect((await person.http.get(`/rooms/${direct}`)).status).toBe(200);
      expect((await person.http.get('/rooms')).body.items.map((room: { id: number }) => room.id)).toEqual([direct]);
    }
  });

  it('answers a repetition of what was stored before the block', async () => {
    const [alice, bob] = await two();
    const direct = await directOf(alice, bob);
    const clientId = newClientId();
    const { message } = await t.send(bob, direct, { text: 'hello', clientId });
    await block(alice, bob);
    expect(await t.send(bob, direct, { text: 'hello', clientId })).toMatchObject({
      ok: true,
      duplicate: true,
      message: { id: message.id },
    });
  });

  it('tells each of two who have blocked each other of his own block only', async () => {
    const [alice, bob] = await two();
    const direct = await directOf(alice, bob);
    const [hers, his] = [await t.send(alice, direct, { text: 'hi' }), await t.send(bob, direct, { text: 'hello' })];
    await block(alice, bob);
    await block(bob, alice);
    for (const [person, own] of [
      [alice, hers],
      [bob, his],
    ] as const) {
      expect(await t.send(person, direct, { text: 'x' })).toMatchObject({ code: 'account/personally-blocked' });
      expect(await t.edit(person, direct, own.message.id, 'x', 1)).toMatchObject({
        code: 'account/personally-blocked',
      });
    }
    await lift(bob, alice);
    expect(await t.send(bob, direct, { text: 'x' })).toMatchObject({ code: 'room/forbidden' });
    expect(await t.send(alice, direct, { text: 'x' })).toMatchObject({ code: 'account/personally-blocked' });
  });

  it('is between these two only: others write to both, and a moderator in the room of the two', async () => {
    const [alice, bob] = await two();
    const direct = await directOf(alice, bob);
    await block(alice, bob);
    for (const person of [alice, bob]) await block(person, mod);
    expect(await t.send(mod, direct, { text: 'be nice' })).toMatchObject({ ok: true });
    expect(await t.send(carol, await directOf(carol, alice), { text: 'tea?' })).toMatchObject({ ok: true });
    expect(await t.send(bob, await directOf(bob, carol), { text: 'tea?' })).toMatchObject({ ok: true });
    expect(await t.send(bob, await directOf(bob, bob), { text: 'sugar' })).toMatchObject({ ok: true });
    expect(await t.send(alice, await directOf(alice, alice), { text: 'sugar' })).toMatchObject({ ok: true });
  });

  it('takes nothing from a shared room', async () => {
    const [alice, bob] = await two();
    const lobby = await roomOf(alice, bob);
    await block(alice, bob);
    const { message } = await t.send(bob, lobby, { text: 'hello' });
    expect(await t.send(alice, lobby, { text: 'hi' })).toMatchObject({ ok: true });
    expect(await t.edit(bob, lobby, message.id, 'hello!', 1)).toMatchObject({ ok: true });
    expect(await textsIn(alice, lobby)).toEqual(['hello!', 'hi']);
  });
});

it('refuses in the words of any other rule of a room', async () => {
  const [alice, bob] = await two();
  const direct = await directOf(alice, bob);
  await block(alice, bob);
  const sent = await bob.http.post(`/rooms/${direct}/messages`, { text: 'why?', clientId: newClientId() });
  const changed = await bob.http.patch(`/rooms/${direct}`, { topic: 'why?' });
  const opened = await bob.http.put(`/direct/${alice.id}`);
  const bare = (answer: typeof sent) => ({ ...expectProblem(answer, 403, 'room/forbidden'), requestId: undefined });
  expect(bare(sent)).toEqual(bare(changed));
  expect(bare(opened)).toEqual(bare(changed));
});

describe('opening a direct room', () => {
  it('with somebody who has blocked the caller is refused and makes none, and so it is for the blocker', async () => {
    const [alice, bob] = await two();
    await block(alice, bob);
    const before = await directRooms();
    expectProblem(await bob.http.put(`/direct/${alice.id}`), 403, 'room/forbidden');
    expectProblem(await alice.http.put(`/direct/${bob.id}`), 409, 'account/personally-blocked');
    expect(await directRooms()).toBe(before);
    await lift(alice, bob);
    expect((await bob.http.put(`/direct/${alice.id}`)).status).toBe(200);
    expect(await directRooms()).toBe(before + 1);
  });

  it('that is there is refused to the blocked one, who reads it by its id, and answered to the blocker', async () => {
    const [alice, bob] = await two();
    const direct = await directOf(alice, bob);
    await block(alice, bob);
    expectProblem(await bob.http.put(`/direct/${alice.id}`), 403, 'room/forbidden');
    expect((await bob.http.get(`/rooms/${direct}/messages`)).status).toBe(200);
    expect(await directOf(alice, bob)).toBe(direct);
  });

  it('and blocking at once leave no direct room that was opened behind the block', async () => {
    for (let n = 0; n < 10; n++) {
      const [alice, bob] = await two();
      const [opened] = await Promise.all([bob.http.put(`/direct/${alice.id}`), block(alice, bob)]);
      expectProblem(await bob.http.put(`/direct/${alice.id}`), 403, 'room/forbidden');
      if (opened.status === 200) continue;
      expectProblem(opened, 403, 'room/forbidden');
      expectProblem(await alice.http.put(`/direct/${bob.id}`), 409, 'account/personally-blocked');
    }
  });
});

describe('in a shared room his messages are marked for the blocker, and for nobody else,', () => {
  let alice: Person, bob: Person;
  let lobby: number;
  let sent: { id: number; seq: number };
  beforeEach(async () => {
    [alice, bob] = await two();
    lobby = await roomOf(alice, bob, carol);
    await say(carol, lobby, 'of carol');
    sent = await say(bob, lobby, 'of bob');
    await block(alice, bob);
  });
  const marksIn = (messages: { text: string; hidden?: boolean }[]) =>
    messages.map(({ text, hidden }) => [text, hidden]);
  const UNMARKED = [
    ['of carol', undefined],
    ['of bob', undefined],
  ];
  const MARKED = [
    ['of carol', undefined],
    ['of bob', true],
  ];

  it('in pages of the history, one message, the log, the resumed room and the list of rooms', async () => {
    const looks: [name: string, look: (person: Person) => Promise<unknown>][] = [
      ['newest', async (p) => marksIn((await p.http.get(`/rooms/${lobby}/messages`)).body.items)],
      [
        'before',
        async (p) => marksIn((await p.http.get(`/rooms/${lobby}/messages?before=${sent.seq + 1}`)).body.items),
      ],
      ['after', async (p) => marksIn((await p.http.get(`/rooms/${lobby}/messages?after=0`)).body.items)],
      ['around', async (p) => marksIn((await p.http.get(`/rooms/${lobby}/messages?around=${sent.seq}`)).body.items)],
      ['log', async (p) => marksIn(messagesOf((await p.http.get(`/rooms/${lobby}/events?after=0`)).body.items))],
      [
        'resumed',
        async (p) =>
          marksIn(messagesOf((await (await p.socket()).send('room.resume', { roomId: lobby, after: 0 })).events)),
      ],
    ];
    for (const [name, look] of looks) {
      expect([name, await look(alice)]).toEqual([name, MARKED]);
      for (const other of [bob, carol]) expect([name, await look(other)]).toEqual([name, UNMARKED]);
    }
    const one = async (person: Person) => (await person.http.get(`/rooms/${lobby}/messages/${sent.id}`)).body.hidden;
    const last = async (person: Person) =>
      (await person.http.get('/rooms')).body.items.find((room: { id: number }) => room.id === lobby).lastMessage.hidden;
    for (const look of [one, last])
      expect([await look(alice), await look(bob), await look(carol)]).toEqual([true, undefined, undefined]);
    await lift(alice, bob);
    for (const [name, look] of looks) expect([name, await look(alice)]).toEqual([name, UNMARKED]);
    expect([await one(alice), await last(alice)]).toEqual([undefined, undefined]);
  });

  it('live, on sockets from before the block and after it, whether sent, edited or restored', async () => {
    const [first, others] = [await alice.socket(), [await bob.socket(), await carol.socket()]];
    await lift(alice, bob);
    await first.hears('personal-block.removed');
    await say(bob, lobby, 'in peace');
    await first.hears('message.sent', (fact) => fact.text === 'in peace');
    await block(alice, bob);
    await first.hears('personal-block.added');
    const second = await alice.socket();
    await second.hears('session.ready');
    const mine = [first, second];
    const heard = async (text: string, sockets: ListeningSocket[]) =>
      Promise.all(
        sockets.map(async (socket) => {
          const fits = ({ message = {}, ...fact }: any) => fact.text === text || message.text === text;
          const all = () => [
            ...socket.of('message.sent'),
            ...socket.of('message.edited'),
            ...socket.of('message.restored'),
          ];
          const fact = await eventually(() => all().findLast(fits), text);
          return (fact.message ?? fact).hidden;
        }),
      );
    const message = await say(bob, lobby, 'after the block');
    expect(await heard('after the block', mine)).toEqual([true, true]);
    expect(await heard('after the block', others)).toEqual([undefined, undefined]);
    await bob.http.patch(`/rooms/${lobby}/messages/${message.id}`, { text: 'edited', version: 1 });
    expect(await heard('edited', mine)).toEqual([true, true]);
    expect(await heard('edited', others)).toEqual([undefined, undefined]);
    expect((await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'rude' })).status).toBe(204);
    expect((await root.http.post(`/moderation/messages/${message.id}/restore`)).status).toBe(200);
    for (const socket of [...mine, ...others])
      expect(await socket.hears('message.restored')).toMatchObject({ message: { text: 'edited' } });
    expect(mine.map((socket) => socket.of('message.restored')[0].message.hidden)).toEqual([true, true]);
    expect(others.map((socket) => socket.of('message.restored')[0].message.hidden)).toEqual([undefined, undefined]);
    await say(carol, lobby, 'of carol again');
    expect(await heard('of carol again', [...mine, ...others])).toEqual([undefined, undefined, undefined, undefined]);
    expect(first.of('message.sent').find((fact) => fact.text === 'in peace').hidden).toBeUndefined();
    const seqs = (socket: ListeningSocket) =>
      socket.heard.filter(({ payload }) => payload.roomId === lobby && payload.seq).map(({ payload }) => payload.seq);
    expect(seqs(first)).toEqual(seqs(others[0]!));
  });

  it('in what a socket catches up with behind the answer of its resumption', async () => {
    await w.database.query(
      `INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text)
       SELECT $1::bigint, n, CASE n % 2 WHEN 0 THEN $2::bigint ELSE $3 END, 'bulk-' || $1::bigint || '-' || n, '', 'bulk ' || n FROM generate_series(6, 705) n`,
      [lobby, bob.id, carol.id],
    );
    await w.database.query('UPDATE rooms SET last_seq = 705, message_count = 702 WHERE id = $1', [lobby]);
    for (const [person, mark] of [
      [alice, true],
      [carol, undefined],
    ] as const) {
      const socket = await person.socket();
      const ack = await socket.send('room.resume', { roomId: lobby, after: 5 });
      expect(ack).toMatchObject({ ok: true, more: true });
      await eventually(() => socket.of('message.sent').at(-1)?.seq === 705, 'the end of the log', 10_000);
      const all = [...messagesOf(ack.events), ...socket.of('message.sent')];
      expect(all).toHaveLength(700);
      for (const message of all)
        expect([message.text, message.hidden]).toEqual([message.text, message.author.id === bob.id ? mark : undefined]);
    }
  });

  it('and they count as unread', async () => {
    const unread = async (person: Person) =>
      (await person.http.get('/rooms')).body.items.find((room: { id: number }) => room.id === lobby).unreadCount;
    expect([await unread(alice), await unread(carol)]).toEqual([2, 1]);
    await say(bob, lobby, 'more of bob');
    expect([await unread(alice), await unread(carol)]).toEqual([3, 2]);
  });
});

const messagesOf = (events: { event: string; data: any }[]): any[] =>
  events.filter(({ event }) => event === 'message.sent').map(({ data }) => data);

describe('the list of personal blocks', () => {
  it('has each person once, in pages, for its owner alone; blocking and lifting twice is the same as once', async () => {
    const [alice, bob] = await two();
    const first = (await alice.http.put(`/accounts/me/personal-blocks/${bob.id}`)).body;
    expect(first).toEqual({
      account: { id: bob.id, username: bob.username, firstName: '', lastName: '' },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect((await alice.http.put(`/accounts/me/personal-blocks/${bob.id}`)).body).toEqual(first);
    await block(alice, mod);
    await block(alice, carol);
    const page = (await alice.http.get('/accounts/me/personal-blocks?limit=2')).body;
    expect(page).toMatchObject({ hasMore: true, prev: null });
    const rest = (await alice.http.get(`/accounts/me/personal-blocks?limit=2&cursor=${page.next}`)).body;
    expect(rest).toMatchObject({ hasMore: false, next: null });
    const ids = [...page.items, ...rest.items].map((one: { account: { id: number } }) => one.account.id);
    expect(ids).toEqual([carol.id, mod.id, bob.id].toSorted((a, b) => a - b));
    expect((await bob.http.get('/accounts/me/personal-blocks')).body.items).toEqual([]);
    await lift(alice, bob);
    await lift(alice, bob);
    expect((await alice.http.get('/accounts/me/personal-blocks')).body.items).toHaveLength(2);
  });

  it('takes neither oneself nor nobody', async () => {
    const [alice] = await two();
    expectProblem(await alice.http.put(`/accounts/me/personal-blocks/${alice.id}`), 409, 'personal-block/self');
    expectProblem(await alice.http.put('/accounts/me/personal-blocks/9007199254740991'), 404, 'account/not-found');
    expect((await alice.http.delete('/accounts/me/personal-blocks/9007199254740991')).status).toBe(204);
    expect((await alice.http.get('/accounts/me/personal-blocks')).body.items).toEqual([]);
  });

  it('has a thousand places, also when two are asked for at once', async () => {
    const [alice, bob] = await two();
    await w.database.query(
      `WITH crowd AS (INSERT INTO accounts (username, username_key) SELECT 'crowd ' || n, 'crowd ' || n FROM generate_series(1, 999) n RETURNING id)
       INSERT INTO personal_blocks (account_id, blocked_id) SELECT $1, id FROM crowd`,
      [alice.id],
    );
    const waiting = async () =>
      (
        await w.database.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      )[0]!.n;
    // Both come as far as they can while somebody else holds the account.
    const answers = await w.database
      .write(async (tx) => {
        await tx.query('SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [alice.id]);
        const both = [bob, carol].map(({ id }) => alice.http.put(`/accounts/me/personal-blocks/${id}`));
        await eventually(async () => (await waiting()) === 2, 'two that wait', 10_000);
        return { both };
      })
      .then(({ both }) => Promise.all(both));
    const [taken, refused] = answers.toSorted((a, b) => a.status - b.status);
    expect(taken!.status).toBe(200);
    expectProblem(refused!, 409, 'personal-block/too-many');
    await lift(alice, (answers[0] === taken ? [bob, carol] : [carol, bob])[0]!);
    await block(alice, answers[0] === taken ? carol : bob);
  });

  it('is told on all sockets of the blocker, once for each change, and to nobody else', async () => {
    const [alice, bob] = await two();
    const mine = [await alice.socket(), await alice.socket()];
    const others = [await bob.socket(), await carol.socket()];
    await Promise.all([block(alice, bob), block(alice, bob), block(alice, bob)]);
    await Promise.all([lift(alice, bob), lift(alice, bob)]);
    await block(alice, carol);
    for (const socket of mine) {
      await socket.hears('personal-block.added', (fact) => fact.accountId === carol.id);
      const told = socket.heard.filter(({ event }) => event.startsWith('personal-block.'));
      expect(told.map(({ event, payload }) => [event, payload.accountId])).toEqual([
        ['personal-block.added', bob.id],
        ['personal-block.removed', bob.id],
        ['personal-block.added', carol.id],
      ]);
      const seqs = told.map(({ payload }) => payload.accountSeq);
      expect(seqs).toEqual([seqs[0], seqs[0] + 1, seqs[0] + 2]);
    }
    const lobby = await roomOf(alice, bob, carol);
    for (const socket of others) {
      await socket.hears('room.added', (fact) => fact.roomId === lobby);
      expect(socket.heard.filter(({ event }) => event.startsWith('personal-block.'))).toEqual([]);
    }
  });
});

it('of a moderator holds back his direct messages, and none of his decisions', async () => {
  const [alice] = await two();
  const direct = await directOf(mod, alice);
  await block(alice, mod);
  expectProblem(
    await mod.http.post(`/rooms/${direct}/messages`, { text: 'listen', clientId: newClientId() }),
    403,
    'room/forbidden',
  );
  const hears = await alice.socket();
  const laid = { accountId: alice.id, reason: 'floods', mode: 'mute', scope: 'global' };
  expect((await mod.http.post('/moderation/blocks', laid)).status).toBe(201);
  expect(await hears.hears('account.blocked')).toMatchObject({ reason: 'floods', mode: 'mute' });
});
