import { expectProblem } from '../support/expect.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, mod: Person, root: Person;

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = (await Promise.all(['alice', 'bob', 'mallory'].map((name) => w.person(name)))) as [
    Person,
    Person,
    Person,
  ];
  mod = await w.person('mod', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w.close());

const NOWHERE = 9_007_199_254_740_991;

async function roomOf(person: Person, request: object = {}): Promise<number> {
  const answer = await person.http.post('/rooms', { name: 'lobby', preset: 'open', ...request });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function say(person: Person, roomId: number, text: string): Promise<{ id: number; seq: number }> {
  const answer = await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: crypto.randomUUID() });
  expect(answer.status).toBe(201);
  return answer.body;
}

async function mine(person: Person, roomId: number) {
  const { body } = await person.http.get('/rooms?limit=200');
  return body.items.find((room: { id: number }) => room.id === roomId);
}

const eventsOf = (roomId: number) =>
  w.database.query<{ seq: number; kind: string; actor_id: number | null; account_id: number | null }>(
    'SELECT seq, kind, actor_id, account_id FROM room_events WHERE room_id = $1 ORDER BY seq',
    [roomId],
  );
const tellsOf = (person: Person, roomId: number) =>
  w.database.query<{ kind: string; data: { reason?: string } }>(
    `SELECT kind, data FROM account_events WHERE account_id = $1 AND (data->>'roomId')::bigint = $2 ORDER BY seq`,
    [person.id, roomId],
  );
const roomCount = async () =>
  (await w.database.query<{ count: number }>('SELECT count(*)::int AS count FROM rooms'))[0]!.count;

describe('creating a room', () => {
  it('answers the room; the creator owns it and joined first', async () => {
    const request = {
      name: 'Зал',
      topic: 'чай\nи сахар',
      preset: 'open',
      capacity: 9,
      link: 'https://example.org/lobby',
      password: 'open sesame',
      members: [bob.id],
    };
    const { status, body } = await alice.http.post('/rooms', request);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      kind: 'group',
      name: 'Зал',
      topic: 'чай\nи сахар',
      preset: 'open',
      capacity: 9,
      link: 'https://example.org/lobby',
      hasPassword: true,
      slowModeSeconds: 0,
      deliveredMarks: false,
      memberCount: 2,
      ownerId: alice.id,
      headSeq: 2,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      moderated: true,
      policy: {
        see: 'user',
        read: 'user',
        post: 'user',
        join: 'user',
        add: 'owner',
        remove: 'owner',
        leave: 'member',
        edit: 'owner',
        delete: 'owner',
      },
    });
    expect(await eventsOf(body.id)).toEqual([
      { seq: 1, kind: 'member.joined', actor_id: alice.id, account_id: alice.id },
      { seq: 2, kind: 'member.joined', actor_id: alice.id, account_id: bob.id },
    ]);
    expect(await tellsOf(bob, body.id)).toMatchObject([{ kind: 'room.added' }]);
  });

  it('keeps the room password as a hash only', async () => {
    const roomId = await roomOf(alice, { password: 'open sesame' });
    const [row] = await w.database.query<{ secret_hash: string }>('SELECT secret_hash FROM rooms WHERE id = $1', [
      roomId,
    ]);
    expect(row!.secret_hash).toMatch(/^\$argon2id\$/);
    expect((await alice.http.get(`/rooms/${roomId}`)).text).not.toContain('argon2');
  });

  it('does not count the creator twice when he names himself', async () => {
    const { body } = await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [alice.id, bob.id] });
    expect(body.memberCount).toBe(2);
  });

  it('lets two rooms have one name', async () => {
    expect(await roomOf(alice, { name: 'twins' })).not.toBe(await roomOf(bob, { name: 'twins' }));
  });

  it.each(['open', 'private', 'closed', 'roster'])(
    'lets everybody signed in make a room of the preset %s',
    async (preset) => {
      const { status, body } = await mallory.http.post('/rooms', { name: 'vault', preset });
      expect([status, body.preset, body.ownerId, body.memberCount]).toEqual([201, preset, mallory.id, 1]);
    },
  );

  it('refuses unknown members and then creates nothing and tells nobody', async () => {
    const before = [await roomCount(), (await bob.http.get('/rooms?limit=200')).body.items.length];
    expectProblem(
      await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id, NOWHERE] }),
      404,
      'account/not-found',
    );
    expect([await roomCount(), (await bob.http.get('/rooms?limit=200')).body.items.length]).toEqual(before);
  });

  it('refuses a capacity that its first members exceed', async () => {
    expectProblem(
      await alice.http.post('/rooms', { name: 'lobby', preset: 'open', capacity: 1, members: [bob.id] }),
      409,
      'room/capacity-too-small',
    );
  });

  it.each<[string, object]>([
    ['an empty name', { name: '' }],
    ['no name', { name: null }],
    ['a number as name', { name: 17 }],
    ['256 characters as name', { name: 'x'.repeat(256) }],
    ['a name that turns the writing direction', { name: 'lob\u202Eby' }],
    ['a name with NUL', { name: 'lob\u0000by' }],
    ['a name that begins with a blank', { name: ' lobby' }],
    ['1001 characters as topic', { topic: 'x'.repeat(1001) }],
    ['null as topic', { topic: null }],
    ['a lone surrogate in the topic', { topic: 'a\uD800b' }],
    ['the preset of direct rooms', { preset: 'direct' }],
    ['an unknown preset', { preset: 'secret' }],
    ['no preset', { preset: undefined }],
    ['a list of presets', { preset: ['open'] }],
    ['a capacity of 0', { capacity: 0 }],
    ['a capacity of 1 000 001', { capacity: 1_000_001 }],
    ['a broken capacity', { capacity: 1.5 }],
    ['a capacity in a string', { capacity: '9' }],
    ['256 characters as link', { link: 'x'.repeat(256) }],
    ['an empty password', { password: '' }],
    ['129 characters as password', { password: 'x'.repeat(129) }],
    ['a name as members', { members: 'bob' }],
    ['a member twice', { members: [1, 1] }],
    ['a member in a string', { members: ['1'] }],
    ['a member 0', { members: [0] }],
    ['a member 1e20', { members: [1e20] }],
    ['201 members', { members: Array.from({ length: 201 }, (_, i) => i + 1) }],
    ['another owner', { ownerId: 1 }],
    ['an id', { id: 1 }],
    ['an unmoderated room', { moderated: false }],
    ['a policy', { policy: { see: 'user' } }],
  ])('refuses %s and names the field', async (_words, change) => {
    const problem = expectProblem(
      await alice.http.post('/rooms', { name: 'lobby', preset: 'open', ...change }),
      400,
      'request/invalid',
    );
    expect(problem.errors?.map((error) => error.pointer)).toEqual([`#/${Object.keys(change)[0]}`]);
  });

  it('takes everything at its limit', async () => {
    const request = {
      name: '𝒳'.repeat(255),
      topic: '𝒳'.repeat(1000),
      link: 'x'.repeat(255),
      capacity: 1_000_000,
      password: 'x'.repeat(128),
      preset: 'open',
    };
    const { status, body } = await alice.http.post('/rooms', request);
    expect([status, body.name, body.topic, body.capacity]).toEqual([201, request.name, request.topic, 1_000_000]);
  });

  it('is not for whom a block keeps from writing everywhere', async () => {
    const eve = await w.person('eve');
    const [block] = await w.database.query<{ id: number }>(
      `INSERT INTO blocks (account_id, mode, reason) VALUES ($1, 'read_only', 'floods') RETURNING id`,
      [eve.id],
    );
    const before = await roomCount();
    expect(
      expectProblem(await eve.http.post('/rooms', { name: 'lobby', preset: 'open' }), 403, 'account/blocked'),
    ).toMatchObject({ reason: 'floods', expiresAt: null });
    expectProblem(await eve.http.put(`/direct/${alice.id}`), 403, 'account/blocked');
    expect(await roomCount()).toBe(before);
    await w.database.query('UPDATE blocks SET lifted_at = now() WHERE id = $1', [block!.id]);
    expect((await eve.http.post('/rooms', { name: 'lobby', preset: 'open' })).status).toBe(201);
    expect((await eve.http.put(`/direct/${alice.id}`)).status).toBe(200);
  });
});

describe('a room', () => {
  it('is seen by those its policy lets see it, and is not there for others', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id] });
    expect((await bob.http.get(`/rooms/${vault}`)).body).toMatchObject({ id: vault, memberCount: 2 });
    expect((await mod.http.get(`/rooms/${vault}`)).status).toBe(200);
    const hidden = expectProblem(await mallory.http.get(`/rooms/${vault}`), 404, 'room/not-found');
    const missing = expectProblem(await mallory.http.get(`/rooms/${NOWHERE}`), 404, 'room/not-found');
    expect({ ...hidden, requestId: '' }).toEqual({ ...missing, requestId: '' });
  });

  it('private to others answers every call of a stranger like a room that does not exist', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id], password: 'open sesame' });
    for (const roomId of [vault, NOWHERE]) {
      const answers = await Promise.all([
        mallory.http.get(`/rooms/${roomId}`),
        mallory.http.patch(`/rooms/${roomId}`, { topic: 'mine' }),
        mallory.http.delete(`/rooms/${roomId}`),
        mallory.http.post(`/rooms/${roomId}/join`, { password: 'open sesame' }),
        mallory.http.delete(`/rooms/${roomId}/members/me`),
        mallory.http.get(`/rooms/${roomId}/members`),
        mallory.http.put(`/rooms/${roomId}/members/${mallory.id}`),
        mallory.http.delete(`/rooms/${roomId}/members/${bob.id}`),
        mallory.http.get(`/rooms/${roomId}/messages`),
        mallory.http.post(`/rooms/${roomId}/messages`, { text: 'hello', clientId: crypto.randomUUID() }),
      ]);
      for (const answer of answers) expectProblem(answer, 404, 'room/not-found');
    }
  });

  it.each(['0', '-1', '1e3', '0x10', '01', '1.5', '9007199254740992', 'me', '%00'])(
    'is not named by %s',
    async (id) => {
      for (const answer of [
        await alice.http.get(`/rooms/${id}`),
        await alice.http.get(`/rooms/${id}/members`),
        await alice.http.put(`/direct/${id}`),
      ])
        expectProblem(answer, 400, 'request/invalid');
    },
  );
});

describe('changing a room', () => {
  it('changes what is given, keeps the rest, and tells it', async () => {
    const lobby = await roomOf(alice, { topic: 'tea', link: 'a', capacity: 5, password: 'open sesame' });
    const { status, body } = await alice.http.patch(`/rooms/${lobby}`, { name: 'Lobby', capacity: null });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Lobby',
      topic: 'tea',
      link: 'a',
      capacity: null,
      hasPassword: true,
      headSeq: 2,
    });
    expect((await alice.http.patch(`/rooms/${lobby}`, { topic: '', link: '', password: null })).body).toMatchObject({
      topic: '',
      link: '',
      hasPassword: false,
    });
    expect((await eventsOf(lobby)).map((event) => [event.kind, event.actor_id])).toEqual([
      ['member.joined', alice.id],
      ['room.changed', alice.id],
      ['room.changed', alice.id],
    ]);
  });

  it('to nothing new is no change', async () => {
    const lobby = await roomOf(alice);
    expect((await alice.http.patch(`/rooms/${lobby}`, {})).body.headSeq).toBe(1);
  });

  it.each([
    { name: null },
    { name: '' },
    { topic: null },
    { link: null },
    { capacity: 0 },
    { password: '' },
    { preset: 'open' },
    { ownerId: 1 },
  ])('refuses %j', async (change) => {
    const lobby = await roomOf(alice);
    expectProblem(await alice.http.patch(`/rooms/${lobby}`, change), 400, 'request/invalid');
    expect(await eventsOf(lobby)).toHaveLength(1);
  });

  it('refuses a capacity below the number of members and keeps everything', async () => {
    const lobby = await roomOf(alice, { members: [bob.id, mallory.id], capacity: 5 });
    expectProblem(
      await alice.http.patch(`/rooms/${lobby}`, { capacity: 2, name: 'small' }),
      409,
      'room/capacity-too-small',
    );
    expect((await alice.http.get(`/rooms/${lobby}`)).body).toMatchObject({ name: 'lobby', capacity: 5, headSeq: 3 });
    expect((await alice.http.patch(`/rooms/${lobby}`, { capacity: 3 })).body.capacity).toBe(3);
  });

  it('and joining at once never leave more members than the capacity', async () => {
    for (let trial = 0; trial < 10; trial++) {
      const lobby = await roomOf(alice, { capacity: 5 });
      const [changed, ...joined] = await Promise.all([
        alice.http.patch(`/rooms/${lobby}`, { capacity: 2 }),
        ...[bob, mallory, mod].map((person) => person.http.post(`/rooms/${lobby}/join`)),
      ]);
      const { body } = await alice.http.get(`/rooms/${lobby}`);
      expect(body.memberCount).toBe(1 + joined.filter((answer) => answer.status === 200).length);
      expect(body.memberCount).toBeLessThanOrEqual(body.capacity);
      expect([200, 409]).toContain(changed.status);
    }
  });
});

describe('deleting a room', () => {
  it('makes it unfindable for everybody, as the last event of its log', async () => {
    const lobby = await roomOf(alice, { members: [bob.id] });
    await say(bob, lobby, 'hello');
    await w.database.query(`UPDATE rooms SET name_key = 'lobby-of-delete' WHERE id = $1`, [lobby]);
    expect((await alice.http.delete(`/rooms/${lobby}`)).status).toBe(204);
    for (const person of [alice, bob, mallory, mod, root]) {
      expectProblem(await person.http.get(`/rooms/${lobby}`), 404, 'room/not-found');
      expectProblem(await person.http.get(`/rooms/${lobby}/members`), 404, 'room/not-found');
      expectProblem(await person.http.get(`/rooms/${lobby}/messages`), 404, 'room/not-found');
      expectProblem(await person.http.post(`/rooms/${lobby}/join`), 404, 'room/not-found');
      expectProblem(
        await person.http.post(`/rooms/${lobby}/messages`, { text: 'late', clientId: crypto.randomUUID() }),
        404,
        'room/not-found',
      );
      expectProblem(await person.http.delete(`/rooms/${lobby}`), 404, 'room/not-found');
      expect(await mine(person, lobby)).toBeUndefined();
    }
    expect((await eventsOf(lobby)).at(-1)).toMatchObject({ seq: 4, kind: 'room.deleted', actor_id: alice.id });
    expect((await tellsOf(bob, lobby)).at(-1)).toMatchObject({ kind: 'room.removed', data: { reason: 'deleted' } });
    const [row] = await w.database.query<{ name_key: string | null; last_seq: number }>(
      'SELECT name_key, last_seq FROM rooms WHERE id = $1',
      [lobby],
    );
    expect(row).toEqual({ name_key: null, last_seq: 4 });
  });

  it('and joining at once leave nobody untold and nothing behind the last event', async () => {
    for (let trial = 0; trial < 15; trial++) {
      const lobby = await roomOf(alice);
      const [deleted, ...others] = await Promise.all([
        alice.http.delete(`/rooms/${lobby}`),
        ...[bob, mallory, mod].map((person) => person.http.post(`/rooms/${lobby}/join`)),
        say(alice, lobby, 'hello').catch(() => undefined),
      ]);
      expect(deleted.status).toBe(204);
      for (const answer of others) if (answer && 'status' in answer) expect([200, 404]).toContain(answer.status);
      const events = await eventsOf(lobby);
      expect(events.at(-1)!.kind).toBe('room.deleted');
      const messages = await w.database.query<{ seq: number }>('SELECT seq FROM messages WHERE room_id = $1', [lobby]);
      expect(Math.max(0, ...messages.map((message) => message.seq))).toBeLessThan(events.at(-1)!.seq);
      const members = await w.database.query<{ account_id: number }>(
        'SELECT account_id FROM members WHERE room_id = $1',
        [lobby],
      );
      const told = await w.database.query<{ account_id: number }>(
        `SELECT account_id FROM account_events WHERE kind = 'room.removed' AND (data->>'roomId')::bigint = $1`,
        [lobby],
      );
      expect(new Set(told.map((row) => row.account_id))).toEqual(new Set(members.map((row) => row.account_id)));
    }
  });
});

describe('my rooms', () => {
  it('come with the newest last message first, then those without any, newest first', async () => {
    const carol = await w.person('carol');
    const [first, second, third, silent] = [
      await roomOf(carol),
      await roomOf(carol),
      await roomOf(carol),
      await roomOf(carol),
    ];
    await say(carol, second, 'one');
    await say(carol, third, 'two');
    await say(carol, first, 'three');
    const older = await roomOf(carol);
    const { body } = await carol.http.get('/rooms');
    expect(body.items.map((room: { id: number }) => room.id)).toEqual([first, third, second, older, silent]);
    expect(body).toMatchObject({ hasMore: false, next: null, prev: null });
    await carol.http.patch(`/rooms/${silent}`, { topic: 'events are no messages' });
    expect((await carol.http.get('/rooms?view=mine')).body.items[0].id).toBe(first);
  });

  it('come in pages that hold each room once', async () => {
    const dave = await w.person('dave');
    const rooms: number[] = [];
    for (let i = 0; i < 7; i++) rooms.push(await roomOf(dave));
    for (const roomId of rooms.slice(0, 4)) await say(dave, roomId, 'hello');
    const whole = (await dave.http.get('/rooms')).body.items.map((room: { id: number }) => room.id);
    const paged: number[] = [];
    for (let cursor = ''; ;) {
      const { body } = await dave.http.get(`/rooms?limit=2${cursor}`);
      paged.push(...body.items.map((room: { id: number }) => room.id));
      expect(body.hasMore).toBe(body.next !== null);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(paged).toEqual(whole);
    expect(new Set(paged)).toEqual(new Set(rooms));
  });

  it.each([
    'view=theirs',
    'limit=0',
    'limit=201',
    'limit=x',
    'cursor=!!',
    'cursor=bm9uc2Vuc2U',
    'cursor=WzFd',
    'cursor=MTc',
    'offset=5',
    'view=mine&view=open',
  ])('are not asked for with %s', async (query) =>
    expectProblem(await alice.http.get(`/rooms?${query}`), 400, 'request/invalid'),
  );

  it('show the last message, and of a deleted one that it was there', async () => {
    const lobby = await roomOf(alice, { members: [bob.id] });
    expect((await mine(alice, lobby)).lastMessage).toBeNull();
    const message = await say(bob, lobby, 'чай?');
    await alice.http.patch(`/rooms/${lobby}`, { topic: 'tea' });
    expect((await mine(alice, lobby)).lastMessage).toEqual({
      id: message.id,
      seq: message.seq,
      author: { id: bob.id, username: 'bob', firstName: '', lastName: '' },
      text: 'чай?',
      createdAt: expect.any(String),
      editedAt: null,
      deletedAt: null,
    });
    expect((await bob.http.delete(`/rooms/${lobby}/messages/${message.id}`)).status).toBe(204);
    expect((await mine(alice, lobby)).lastMessage).toMatchObject({
      id: message.id,
      text: '',
      deletedAt: expect.any(String),
    });
  });

  it('count what others said since I read, and nothing from before I joined', async () => {
    const lobby = await roomOf(alice, { members: [bob.id] });
    await say(alice, lobby, 'one');
    await say(alice, lobby, 'two');
    await say(bob, lobby, 'three');
    expect([(await mine(alice, lobby)).unreadCount, (await mine(bob, lobby)).unreadCount]).toEqual([1, 2]);
    await mallory.http.post(`/rooms/${lobby}/join`);
    expect(await mine(mallory, lobby)).toMatchObject({ unreadCount: 0, readSeq: 6, headSeq: 6 });
    await say(alice, lobby, 'four');
    expect((await mine(mallory, lobby)).unreadCount).toBe(1);
    const two = (await bob.http.get(`/rooms/${lobby}/messages`)).body.items[1];
    expect((await alice.http.delete(`/rooms/${lobby}/messages/${two.id}`)).status).toBe(204);
    expect((await mine(bob, lobby)).unreadCount).toBe(2);
  });

  it('of 60 take one statement, whatever they hold', async () => {
    const frank = await w.person('frank');
    await w.database.query(
      `WITH fresh AS (
         INSERT INTO rooms (kind, preset, name, owner_id, can_see, can_read, can_post, can_join, can_add, can_remove, can_leave, can_edit, can_delete, member_count, message_count, last_seq)
         SELECT 'group', 'open', 'lobby ' || n, $1, 1, 1, 1, 1, 3, 3, 2, 3, 3, 1, 1, 1 FROM generate_series(1, 60) n RETURNING id
       ), talk AS (
         INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text) SELECT id, 1, $2, 'c' || id, '', 'hello' FROM fresh
       ) INSERT INTO members (room_id, account_id) SELECT id, $1 FROM fresh`,
      [frank.id, alice.id],
    );
    const statements = jest.spyOn(w.database.source, 'query');
    try {
      const { body } = await frank.http.get('/rooms?limit=100');
      expect(body.items).toHaveLength(60);
      expect(
        body.items.every(
          (room: { unreadCount: number; lastMessage: { author: { id: number } } }) =>
            room.unreadCount === 1 && room.lastMessage.author.id === alice.id,
        ),
      ).toBe(true);
      expect(statements.mock.calls.filter(([sql]) => /\b(rooms|members|messages)\b/.test(String(sql)))).toHaveLength(1);
    } finally {
      statements.mockRestore();
    }
  });
});

describe('open rooms', () => {
  it('are listed to everybody signed in, private ones are not, and who is not in sees no messages there', async () => {
    const lobby = await roomOf(alice, { password: 'open sesame' });
    const vault = await roomOf(alice, { preset: 'private' });
    await say(alice, lobby, 'hello');
    const { body } = await mallory.http.get('/rooms?view=open&limit=200');
    const ids = body.items.map((room: { id: number }) => room.id);
    expect(ids).toContain(lobby);
    expect(ids).not.toContain(vault);
    expect(body.items.find((room: { id: number }) => room.id === lobby)).toMatchObject({
      hasPassword: true,
      lastMessage: null,
      unreadCount: null,
      readSeq: null,
      peer: null,
    });
    expect((await alice.http.get('/rooms?view=open&limit=1')).body.items[0]).toMatchObject({
      id: lobby,
      lastMessage: { text: 'hello' },
      unreadCount: 0,
    });
    expectProblem(await w.http.get('/rooms?view=open'), 401, 'auth/required');
  });

  it('come in pages', async () => {
    await roomOf(alice);
    await roomOf(alice);
    const { body: first } = await mallory.http.get('/rooms?view=open&limit=1');
    const { body: second } = await mallory.http.get(`/rooms?view=open&limit=1&cursor=${first.next}`);
    expect(second.items[0].id).toBeLessThan(first.items[0].id);
    expectProblem(await mallory.http.get(`/rooms?view=mine&cursor=${first.next}`), 400, 'request/invalid');
  });

  it('are not listed once deleted, or to whom a block keeps out', async () => {
    const [gone, barred] = [await roomOf(alice), await roomOf(alice)];
    await alice.http.delete(`/rooms/${gone}`);
    await w.database.query(`INSERT INTO blocks (account_id, room_id, mode, reason) VALUES ($1, $2, 'full', 'floods')`, [
      mallory.id,
      barred,
    ]);
    const listed = async (person: Person) =>
      (await person.http.get('/rooms?view=open&limit=200')).body.items.map((room: { id: number }) => room.id);
    expect(await listed(mallory)).not.toContain(barred);
    expect(await listed(bob)).toContain(barred);
    expect(await listed(bob)).not.toContain(gone);
    expectProblem(await mallory.http.get(`/rooms/${barred}`), 404, 'room/not-found');
    expectProblem(await mallory.http.post(`/rooms/${barred}/join`), 403, 'account/blocked');
  });
});

describe('all rooms', () => {
  it('are for moderators and superusers', async () => {
    const vault = await roomOf(alice, { preset: 'private' });
    const notes = (await alice.http.put(`/direct/${alice.id}`)).body.id;
    await say(alice, vault, 'hush');
    for (const person of [mod, root]) {
      const { status, body } = await person.http.get('/rooms?view=all&limit=200');
      expect(status).toBe(200);
      expect(body.items.find((room: { id: number }) => room.id === vault)).toMatchObject({
        lastMessage: null,
        unreadCount: null,
      });
      expect(body.items.find((room: { id: number }) => room.id === notes)).toMatchObject({
        kind: 'direct',
        peer: null,
      });
    }
    expectProblem(await alice.http.get('/rooms?view=all'), 403, 'role/insufficient');
  });

  it('show a moderator nothing of what is said where he is not a member: to read it leaves a row of the audit log a look', async () => {
    const vault = await roomOf(alice, { preset: 'private' });
    const shared = await roomOf(alice, { preset: 'private', members: [mod.id] });
    await say(alice, vault, 'between us');
    await say(alice, shared, 'among us');
    const looks = () =>
      w.database.query<{ actor_id: number; after: object }>(
        `SELECT actor_id, after FROM audit_log WHERE action = 'room.read' AND target_id = ANY ($1::bigint[]) ORDER BY id`,
        [[vault, shared]],
      );
    for (const view of ['all', 'open', 'mine']) {
      const { text } = await mod.http.get(`/rooms?view=${view}&limit=200`);
      expect(text).not.toContain('between us');
      expect(text.includes('among us')).toBe(view !== 'open');
    }
    expect((await mod.http.get(`/rooms/${vault}`)).text).not.toContain('between us');
    expect((await mod.http.get(`/rooms/${shared}/messages`)).text).toContain('among us');
    expect(await looks()).toEqual([]);
    expect((await mod.http.get(`/rooms/${vault}/messages?limit=10`)).text).toContain('between us');
    expect((await mod.http.get(`/rooms/${vault}/events?after=0&limit=10`)).text).toContain('between us');
    expect(await looks()).toEqual([
      { actor_id: mod.id, after: { limit: 10 } },
      { actor_id: mod.id, after: { after: 0, limit: 10 } },
    ]);
  });
});

describe('the direct room', () => {
  it('of two is one room, whoever opens it and however often', async () => {
    const { status, body } = await alice.http.put(`/direct/${bob.id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'direct',
      preset: 'direct',
      name: '',
      capacity: 2,
      memberCount: 2,
      ownerId: null,
      headSeq: 2,
    });
    expect((await bob.http.put(`/direct/${alice.id}`)).body).toEqual(body);
    expect((await alice.http.put(`/direct/${bob.id}`)).body).toEqual(body);
    expect(await tellsOf(bob, body.id)).toMatchObject([{ kind: 'room.added' }]);
  });

  it('shows each of the two the other one', async () => {
    const { body } = await alice.http.put(`/direct/${mallory.id}`);
    expect((await mine(alice, body.id)).peer).toEqual({
      id: mallory.id,
      username: 'mallory',
      firstName: '',
      lastName: '',
    });
    expect((await mine(mallory, body.id)).peer.id).toBe(alice.id);
  });

  it('with oneself is for notes', async () => {
    const { body } = await bob.http.put(`/direct/${bob.id}`);
    expect(body).toMatchObject({ kind: 'direct', memberCount: 1, capacity: 1, headSeq: 1 });
    await say(bob, body.id, 'buy sugar');
    expect(await mine(bob, body.id)).toMatchObject({
      peer: { id: bob.id },
      lastMessage: { text: 'buy sugar' },
      unreadCount: 0,
    });
    expect((await bob.http.put(`/direct/${bob.id}`)).body.id).toBe(body.id);
    expectProblem(await alice.http.get(`/rooms/${body.id}`), 404, 'room/not-found');
  });

  it('with nobody is refused', async () => {
    expectProblem(await alice.http.put(`/direct/${NOWHERE}`), 404, 'account/not-found');
  });

  it('opened by both at once, many times over, is one room with each of them once', async () => {
    const [gina, hugo] = [await w.person('gina'), await w.person('hugo')];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 ? gina.http.put(`/direct/${hugo.id}`) : hugo.http.put(`/direct/${gina.id}`),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const roomId: number = answers[0]!.body.id;
    expect((await gina.http.get(`/rooms/${roomId}`)).body).toMatchObject({ memberCount: 2, headSeq: 2 });
    expect(await eventsOf(roomId)).toHaveLength(2);
    expect(await tellsOf(gina, roomId)).toHaveLength(1);
  });
});
