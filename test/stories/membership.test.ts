import { RoomsService } from '../../src/rooms/rooms.service.js';
import { eventually, expectProblem } from '../support/expect.js';
import type { Answer } from '../support/http.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, carol: Person, mallory: Person, mod: Person, root: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_DATABASE_POOL: '20' });
  [alice, bob, carol, mallory] = (await Promise.all(
    ['alice', 'bob', 'carol', 'mallory'].map((name) => w.person(name)),
  )) as [Person, Person, Person, Person];
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

const post = (person: Person, roomId: number, text = 'hello') =>
  person.http.post(`/rooms/${roomId}/messages`, { text, clientId: crypto.randomUUID() });
const join = (person: Person, roomId: number, password?: string) =>
  person.http.post(`/rooms/${roomId}/join`, password === undefined ? undefined : { password });
const statusesOf = (answers: Answer[]) => answers.map((answer) => answer.status).sort((one, other) => one - other);
const kindsOf = async (roomId: number) =>
  (
    await w.database.query<{ kind: string }>('SELECT kind FROM room_events WHERE room_id = $1 ORDER BY seq', [roomId])
  ).map((event) => event.kind);

async function block(
  person: Person,
  mode: string,
  roomId: number | null,
  interval = '1 hour',
): Promise<() => Promise<unknown>> {
  const [row] = await w.database.query<{ id: number }>(
    `INSERT INTO blocks (account_id, room_id, mode, reason, expires_at) VALUES ($1, $2, $3, 'floods', now() + $4::interval) RETURNING id`,
    [person.id, roomId, mode, interval],
  );
  return () => w.database.query('UPDATE blocks SET lifted_at = now() WHERE id = $1', [row!.id]);
}

/** Waits until this many transactions wait for a lock. */
const waiting = (count: number) =>
  eventually(async () => {
    const [row] = await w.database.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row!.waiting === count;
  }, `${count} waiting transactions`);

/** A transaction of somebody else that holds the lock this statement takes. */
async function transaction(statement: string, values: unknown[]) {
  const runner = w.database.source.createQueryRunner();
  await runner.startTransaction();
  await runner.query(statement, values);
  return {
    query: (sql: string, parameters: unknown[]) => runner.query(sql, parameters) as Promise<unknown>,
    commit: () => runner.commitTransaction().finally(() => runner.release()),
  };
}

/** What must hold of a room after whatever happened in it. */
async function expectSound(roomId: number): Promise<void> {
  const [room] = await w.database.query<{
    last_seq: number;
    member_count: number;
    message_count: number;
    owner_id: number | null;
    capacity: number | null;
  }>('SELECT last_seq, member_count, message_count, owner_id, capacity FROM rooms WHERE id = $1', [roomId]);
  const seqs = await w.database.query<{ seq: number }>(
    'SELECT seq FROM room_events WHERE room_id = $1 UNION ALL SELECT seq FROM messages WHERE room_id = $1 ORDER BY seq',
    [roomId],
  );
  expect(seqs.map((row) => row.seq)).toEqual(Array.from({ length: room!.last_seq }, (_, i) => i + 1));
  const members = (
    await w.database.query<{ account_id: number }>('SELECT account_id FROM members WHERE room_id = $1', [roomId])
  ).map((row) => row.account_id);
  expect(room!.member_count).toBe(members.length);
  if (room!.capacity !== null) expect(members.length).toBeLessThanOrEqual(room!.capacity);
  if (room!.owner_id !== null) expect(members).toContain(room!.owner_id);
  const replayed = new Set<number>();
  for (const event of await w.database.query<{ kind: string; account_id: number }>(
    `SELECT kind, account_id FROM room_events WHERE room_id = $1 AND kind LIKE 'member.%' ORDER BY seq`,
    [roomId],
  )) {
    expect(replayed.has(event.account_id)).toBe(event.kind !== 'member.joined');
    if (event.kind === 'member.joined') replayed.add(event.account_id);
    else replayed.delete(event.account_id);
  }
  expect(replayed).toEqual(new Set(members));
}

describe('joining', () => {
  it('makes a member who reads from now on; joining again changes nothing', async () => {
    const lobby = await roomOf(alice);
    await post(alice, lobby);
    const first = await join(bob, lobby);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ id: lobby, memberCount: 2, headSeq: 3 });
    expect((await join(bob, lobby)).body).toEqual(first.body);
    const members = (await bob.http.get(`/rooms/${lobby}/members`)).body.items as { account: { id: number } }[];
    expect(members.find(({ account }) => account.id === bob.id)).toMatchObject({ readSeq: 3, owner: false });
    const told = await w.database.query(
      `SELECT kind FROM account_events WHERE account_id = $1 AND (data->>'roomId')::bigint = $2`,
      [bob.id, lobby],
    );
    expect(told).toEqual([{ kind: 'room.added' }]);
    await expectSound(lobby);
  });

  it('again needs neither password nor place', async () => {
    const lobby = await roomOf(alice, { capacity: 1, password: 'open sesame' });
    expect((await join(alice, lobby)).status).toBe(200);
    const { body } = await alice.http.put(`/direct/${bob.id}`);
    expect((await join(alice, body.id)).status).toBe(200);
  });

  it('ten at once for the three places that are left gives three of them in', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, (_, i) => w.person(`guest${i}`)));
    for (let trial = 0; trial < 3; trial++) {
      const lobby = await roomOf(alice, { capacity: 4 });
      const answers = await Promise.all(people.map((person) => join(person, lobby)));
      expect(statusesOf(answers)).toEqual([200, 200, 200, ...Array.from({ length: 7 }, () => 409)]);
      for (const answer of answers) if (answer.status !== 200) expectProblem(answer, 409, 'room/full');
      expect((await alice.http.get(`/rooms/${lobby}`)).body.memberCount).toBe(4);
      await expectSound(lobby);
    }
  });

  it('by the same person ten times at once is joining once', async () => {
    const lobby = await roomOf(alice, { capacity: 2 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => join(bob, lobby)));
    expect(new Set(statusesOf(answers))).toEqual(new Set([200]));
    await expectSound(lobby);
    expect(await kindsOf(lobby)).toEqual(['member.joined', 'member.joined']);
  });

  it('a full room is refused without a trace in the account', async () => {
    const lobby = await roomOf(alice, { capacity: 1 });
    const before = await w.database.query('SELECT last_seq FROM accounts WHERE id = $1', [bob.id]);
    expectProblem(await join(bob, lobby), 409, 'room/full');
    expect(await w.database.query('SELECT last_seq FROM accounts WHERE id = $1', [bob.id])).toEqual(before);
  });

  it.each<[string, object]>([
    ['a number as password', { password: 17 }],
    ['null as password', { password: null }],
    ['129 characters as password', { password: 'x'.repeat(129) }],
    ['a wish to own the room', { role: 'owner' }],
  ])('refuses %s', async (_words, request) => {
    expectProblem(await bob.http.post(`/rooms/${await roomOf(alice)}/join`, request), 400, 'request/invalid');
  });
});

describe('a room password', () => {
  it('is asked for, and only the right one opens', async () => {
    const lobby = await roomOf(alice, { password: 'сезам' });
    expectProblem(await join(bob, lobby), 403, 'room/password-wrong');
    expectProblem(await join(bob, lobby, ''), 403, 'room/password-wrong');
    expectProblem(await join(bob, lobby, 'Сезам'), 403, 'room/password-wrong');
    expect((await join(bob, lobby, 'сезам')).status).toBe(200);
  });

  it('changed, the old one is void at once', async () => {
    const lobby = await roomOf(alice, { password: 'first' });
    await alice.http.patch(`/rooms/${lobby}`, { password: 'second' });
    expectProblem(await join(bob, lobby, 'first'), 403, 'room/password-wrong');
    expect((await join(bob, lobby, 'second')).status).toBe(200);
    await alice.http.patch(`/rooms/${lobby}`, { password: null });
    expect((await join(carol, lobby)).status).toBe(200);
  });

  it('changed while somebody joins with the old one, lets him in before the change or not at all', async () => {
    for (let trial = 0; trial < 5; trial++) {
      const lobby = await roomOf(alice, { password: 'first' });
      const [changed, joined] = await Promise.all([
        alice.http.patch(`/rooms/${lobby}`, { password: 'second' }),
        join(bob, lobby, 'first'),
      ]);
      expect(changed.status).toBe(200);
      const kinds = await kindsOf(lobby);
      if (joined.status === 200) expect(kinds).toEqual(['member.joined', 'member.joined', 'room.changed']);
      else {
        expectProblem(joined, 403, 'room/password-wrong');
        expect(kinds).toEqual(['member.joined', 'room.changed']);
      }
    }
  });

  it('guessed wrong five times is not looked at any more, for this person and room', async () => {
    const [lobby, other] = [
      await roomOf(alice, { password: 'open sesame' }),
      await roomOf(alice, { password: 'open sesame' }),
    ];
    for (let guess = 0; guess < 5; guess++)
      expectProblem(await join(mallory, lobby, `guess ${guess}`), 403, 'room/password-wrong');
    const answer = await join(mallory, lobby, 'open sesame');
    const { retryAfter } = expectProblem(answer, 429, 'room/too-many-attempts');
    expect(retryAfter).toBeGreaterThan(14 * 60);
    expect(retryAfter).toBeLessThanOrEqual(15 * 60);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
    expect((await join(bob, lobby, 'open sesame')).status).toBe(200);
    expect((await join(mallory, other, 'open sesame')).status).toBe(200);
  });

  it('guessed at all at once is looked at five times', async () => {
    const lobby = await roomOf(alice, { password: 'open sesame' });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => join(mallory, lobby, `guess ${i}`)));
    expect(statusesOf(answers)).toEqual([
      ...Array.from({ length: 5 }, () => 403),
      ...Array.from({ length: 7 }, () => 429),
    ]);
  });

  it('forgotten or right is no guess', async () => {
    const lobby = await roomOf(alice, { password: 'open sesame' });
    for (let i = 0; i < 8; i++) expectProblem(await join(carol, lobby), 403, 'room/password-wrong');
    for (let i = 0; i < 8; i++) {
      expect((await join(carol, lobby, 'open sesame')).status).toBe(200);
      expect((await carol.http.delete(`/rooms/${lobby}/members/me`)).status).toBe(204);
    }
  });

  it('is not asked from whom a member adds', async () => {
    const vault = await roomOf(alice, { preset: 'private', password: 'open sesame' });
    expect((await alice.http.put(`/rooms/${vault}/members/${bob.id}`)).status).toBe(200);
  });
});

describe('leaving', () => {
  it('ends the membership at once, and joining again begins a new one', async () => {
    const lobby = await roomOf(alice, { members: [bob.id] });
    expect((await bob.http.delete(`/rooms/${lobby}/members/me`)).status).toBe(204);
    expect((await bob.http.get('/rooms?limit=200')).body.items.map((room: { id: number }) => room.id)).not.toContain(
      lobby,
    );
    expectProblem(await bob.http.delete(`/rooms/${lobby}/members/me`), 403, 'room/not-member');
    expect((await join(bob, lobby)).status).toBe(200);
    expect(await kindsOf(lobby)).toEqual(['member.joined', 'member.joined', 'member.left', 'member.joined']);
    await expectSound(lobby);
  });

  it('a private room makes it vanish', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id] });
    expect((await bob.http.delete(`/rooms/${vault}/members/${bob.id}`)).status).toBe(204);
    for (const answer of [
      await bob.http.get(`/rooms/${vault}`),
      await post(bob, vault),
      await bob.http.delete(`/rooms/${vault}/members/me`),
    ])
      expectProblem(answer, 404, 'room/not-found');
    const told = await w.database.query(
      `SELECT kind, data->>'reason' AS reason FROM account_events WHERE account_id = $1 AND (data->>'roomId')::bigint = $2 ORDER BY seq`,
      [bob.id, vault],
    );
    expect(told).toEqual([
      { kind: 'room.added', reason: null },
      { kind: 'room.removed', reason: 'left' },
    ]);
  });

  it('passes an owned room to its longest-standing member', async () => {
    const lobby = await roomOf(alice);
    await join(carol, lobby);
    await join(bob, lobby);
    await alice.http.delete(`/rooms/${lobby}/members/me`);
    expect((await bob.http.get(`/rooms/${lobby}`)).body).toMatchObject({ ownerId: carol.id, memberCount: 2 });
    expect((await kindsOf(lobby)).slice(-2)).toEqual(['member.left', 'room.changed']);
    expect((await carol.http.patch(`/rooms/${lobby}`, { topic: 'mine now' })).status).toBe(200);
    await join(alice, lobby);
    expectProblem(await alice.http.patch(`/rooms/${lobby}`, { topic: 'mine again' }), 403, 'room/forbidden');
    await expectSound(lobby);
  });

  it('the last member leaves an empty room', async () => {
    const lobby = await roomOf(alice);
    await alice.http.delete(`/rooms/${lobby}/members/me`);
    expect((await bob.http.get(`/rooms/${lobby}`)).body).toMatchObject({ ownerId: null, memberCount: 0 });
    expect((await join(bob, lobby)).body).toMatchObject({ ownerId: null, memberCount: 1 });
    await expectSound(lobby);
  });

  it('is not for direct rooms and rosters', async () => {
    const roster = await roomOf(alice, { preset: 'roster', members: [bob.id] });
    expectProblem(await bob.http.delete(`/rooms/${roster}/members/me`), 403, 'room/forbidden');
    const { body } = await alice.http.put(`/direct/${bob.id}`);
    expectProblem(await bob.http.delete(`/rooms/${body.id}/members/me`), 403, 'room/forbidden');
  });
});

describe('the members of a room', () => {
  it('are listed by id in pages to those who may read it', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
    const { body: first } = await bob.http.get(`/rooms/${vault}/members?limit=2`);
    const { body: second } = await bob.http.get(`/rooms/${vault}/members?limit=2&cursor=${first.next}`);
    expect([first.hasMore, second.hasMore, second.next]).toEqual([true, false, null]);
    expect([...first.items, ...second.items]).toEqual(
      [alice, bob, carol]
        .toSorted((one, other) => one.id - other.id)
        .map((person) => ({
          account: { id: person.id, username: person.username, firstName: '', lastName: '' },
          owner: person === alice,
          joinedAt: expect.any(String),
          readSeq: expect.any(Number),
        })),
    );
    expect((await mod.http.get(`/rooms/${vault}/members`)).body.items).toHaveLength(3);
    expectProblem(await mallory.http.get(`/rooms/${vault}/members`), 404, 'room/not-found');
    expectProblem(await bob.http.get(`/rooms/${vault}/members?cursor=bm9uc2Vuc2U`), 400, 'request/invalid');
  });
});

describe('adding', () => {
  it('by whom the policy lets makes a member, and again changes nothing', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id] });
    const { status, body } = await bob.http.put(`/rooms/${vault}/members/${carol.id}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      account: { id: carol.id, username: 'carol', firstName: '', lastName: '' },
      owner: false,
      joinedAt: expect.any(String),
      readSeq: 3,
    });
    expect((await bob.http.put(`/rooms/${vault}/members/${carol.id}`)).body).toEqual(body);
    expect((await carol.http.get(`/rooms/${vault}`)).body.memberCount).toBe(3);
    const [event] = await w.database.query(
      'SELECT actor_id, account_id FROM room_events WHERE room_id = $1 AND seq = 3',
      [vault],
    );
    expect(event).toEqual({ actor_id: bob.id, account_id: carol.id });
    await expectSound(vault);
  });

  it('is for superusers in every group, and for nobody in direct rooms', async () => {
    for (const preset of ['open', 'private', 'closed', 'roster']) {
      const room = await roomOf(alice, { preset });
      expect((await root.http.put(`/rooms/${room}/members/${bob.id}`)).status).toBe(200);
    }
    const { body } = await alice.http.put(`/direct/${bob.id}`);
    for (const person of [alice, mod, root])
      expectProblem(await person.http.put(`/rooms/${body.id}/members/${carol.id}`), 403, 'room/forbidden');
  });

  it('to a closed room is for superusers only, not for its owner nor moderators', async () => {
    const closed = await roomOf(alice, { preset: 'closed', members: [bob.id] });
    for (const person of [alice, bob, mod]) {
      expectProblem(await person.http.put(`/rooms/${closed}/members/${carol.id}`), 403, 'room/forbidden');
      expectProblem(
        await person.http.delete(`/rooms/${closed}/members/${person === bob ? alice.id : bob.id}`),
        403,
        'room/forbidden',
      );
    }
    expectProblem(await mallory.http.put(`/rooms/${closed}/members/${mallory.id}`), 404, 'room/not-found');
  });

  it('to an open room is not for outsiders, and membership would not be enough', async () => {
    const lobby = await roomOf(alice, { members: [bob.id] });
    expectProblem(await mallory.http.put(`/rooms/${lobby}/members/${carol.id}`), 403, 'room/forbidden');
    expectProblem(await bob.http.put(`/rooms/${lobby}/members/${carol.id}`), 403, 'room/forbidden');
  });

  it('stops at the capacity, also for superusers', async () => {
    const vault = await roomOf(alice, { preset: 'private', capacity: 2 });
    const answers = await Promise.all(
      [bob, carol, mallory].map((person) => alice.http.put(`/rooms/${vault}/members/${person.id}`)),
    );
    expect(statusesOf(answers)).toEqual([200, 409, 409]);
    const outside = (await membersOf(vault)).includes(bob.id) ? carol : bob;
    expectProblem(await root.http.put(`/rooms/${vault}/members/${outside.id}`), 409, 'room/full');
    await expectSound(vault);
  });

  it('the same person by two at once makes one membership', async () => {
    for (let trial = 0; trial < 5; trial++) {
      const vault = await roomOf(alice, { preset: 'private', members: [bob.id] });
      const answers = await Promise.all(
        [alice, bob, alice, bob].map((person) => person.http.put(`/rooms/${vault}/members/${carol.id}`)),
      );
      expect(statusesOf(answers)).toEqual([200, 200, 200, 200]);
      await expectSound(vault);
    }
  });

  it('nobody there is refused', async () => {
    const vault = await roomOf(alice, { preset: 'private' });
    expectProblem(await alice.http.put(`/rooms/${vault}/members/${NOWHERE}`), 404, 'account/not-found');
    expectProblem(await alice.http.put(`/rooms/${vault}/members/0`), 400, 'request/invalid');
  });
});

async function membersOf(roomId: number): Promise<number[]> {
  return (
    await w.database.query<{ account_id: number }>('SELECT account_id FROM members WHERE room_id = $1', [roomId])
  ).map((row) => row.account_id);
}

describe('removing', () => {
  it('ends everything the member could do, at once', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
    expect((await post(carol, vault)).status).toBe(201);
    expect((await bob.http.delete(`/rooms/${vault}/members/${carol.id}`)).status).toBe(204);
    for (const answer of [
      await carol.http.get(`/rooms/${vault}`),
      await carol.http.get(`/rooms/${vault}/messages`),
      await carol.http.get(`/rooms/${vault}/members`),
      await post(carol, vault),
      await join(carol, vault),
      await carol.http.patch(`/rooms/${vault}`, { topic: 'tea' }),
      await carol.http.put(`/rooms/${vault}/members/${carol.id}`),
    ])
      expectProblem(answer, 404, 'room/not-found');
    expect((await carol.http.get('/rooms?limit=200')).body.items.map((room: { id: number }) => room.id)).not.toContain(
      vault,
    );
    expectProblem(await bob.http.delete(`/rooms/${vault}/members/${carol.id}`), 404, 'member/not-found');
    const told = await w.database.query(
      `SELECT data FROM account_events WHERE account_id = $1 AND kind = 'room.removed' AND (data->>'roomId')::bigint = $2`,
      [carol.id, vault],
    );
    expect(told).toEqual([{ data: { roomId: vault, reason: 'removed' } }]);
    await expectSound(vault);
  });

  it('an owner is not for those below him', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
    expectProblem(await bob.http.delete(`/rooms/${vault}/members/${alice.id}`), 403, 'room/forbidden');
    expect((await mod.http.delete(`/rooms/${vault}/members/${alice.id}`)).status).toBe(204);
    expect((await bob.http.get(`/rooms/${vault}`)).body.ownerId).toBe(bob.id);
    await expectSound(vault);
  });

  it('is for superusers where the policy says so, and then also of the owner', async () => {
    const closed = await roomOf(alice, { preset: 'closed', members: [bob.id] });
    expect((await root.http.delete(`/rooms/${closed}/members/${alice.id}`)).status).toBe(204);
    expect((await bob.http.get(`/rooms/${closed}`)).body.ownerId).toBe(bob.id);
  });

  it('who is not a member is refused', async () => {
    const lobby = await roomOf(alice);
    expectProblem(await alice.http.delete(`/rooms/${lobby}/members/${bob.id}`), 404, 'member/not-found');
    expectProblem(await alice.http.delete(`/rooms/${lobby}/members/${NOWHERE}`), 404, 'member/not-found');
  });

  it('from a direct room is for nobody', async () => {
    const { body } = await alice.http.put(`/direct/${bob.id}`);
    for (const person of [alice, mod, root])
      expectProblem(await person.http.delete(`/rooms/${body.id}/members/${bob.id}`), 403, 'room/forbidden');
  });

  it('while he talks leaves no message of his behind the removal', async () => {
    for (let trial = 0; trial < 5; trial++) {
      const vault = await roomOf(alice, { preset: 'private', members: [bob.id] });
      const talk = Array.from({ length: 25 }, (_, i) => post(bob, vault, `word ${i}`));
      await talk[trial];
      const removed = await alice.http.delete(`/rooms/${vault}/members/${bob.id}`);
      const after = await post(bob, vault, 'still here?');
      expect(removed.status).toBe(204);
      expectProblem(after, 404, 'room/not-found');
      for (const answer of await Promise.all(talk)) expect([201, 404]).toContain(answer.status);
      const late = await w.database.query(
        `SELECT m.seq FROM messages m JOIN room_events e ON e.room_id = m.room_id AND e.kind = 'member.removed' WHERE m.room_id = $1 AND m.seq > e.seq`,
        [vault],
      );
      expect(late).toEqual([]);
      await expectSound(vault);
    }
  });

  it('somebody by two at once removes him once', async () => {
    for (let trial = 0; trial < 5; trial++) {
      const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
      const answers = await Promise.all(
        [alice, bob, mod].map((person) => person.http.delete(`/rooms/${vault}/members/${carol.id}`)),
      );
      expect(statusesOf(answers)).toEqual([204, 404, 404]);
      await expectSound(vault);
    }
  });

  it('somebody while the owner leaves is done before the room passes to him, or not at all', async () => {
    for (let trial = 0; trial < 20; trial++) {
      const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
      const leave = () => alice.http.delete(`/rooms/${vault}/members/me`);
      const remove = () => carol.http.delete(`/rooms/${vault}/members/${bob.id}`);
      const [left, removed] =
        trial % 2 ? await Promise.all([leave(), remove()]) : (await Promise.all([remove(), leave()])).reverse();
      expect(left!.status).toBe(204);
      const changes = (await kindsOf(vault)).slice(3);
      const { ownerId } = (await carol.http.get(`/rooms/${vault}`)).body;
      if (removed!.status === 204) {
        expect(changes).toEqual(['member.removed', 'member.left', 'room.changed']);
        expect(ownerId).toBe(carol.id);
      } else {
        expectProblem(removed!, 403, 'room/forbidden');
        expect(changes).toEqual(['member.left', 'room.changed']);
        expect(ownerId).toBe(bob.id);
      }
      await expectSound(vault);
    }
  });

  it('each other at once, one of the two is removed and the other stays', async () => {
    for (let trial = 0; trial < 10; trial++) {
      const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
      const answers = await Promise.all([
        bob.http.delete(`/rooms/${vault}/members/${carol.id}`),
        carol.http.delete(`/rooms/${vault}/members/${bob.id}`),
      ]);
      expect(statusesOf(answers)).toEqual([204, 404]);
      await expectSound(vault);
    }
  });
});

describe('a block', () => {
  it('that mutes leaves reading, joining and adding', async () => {
    const [lobby, vault] = [await roomOf(alice), await roomOf(alice, { preset: 'private', members: [bob.id] })];
    const lift = await block(bob, 'mute', null);
    expect((await join(bob, lobby)).status).toBe(200);
    expect((await bob.http.get(`/rooms/${lobby}/members`)).status).toBe(200);
    expect((await bob.http.put(`/rooms/${vault}/members/${carol.id}`)).status).toBe(200);
    expect(expectProblem(await post(bob, lobby), 403, 'account/blocked').reason).toBe('floods');
    await lift();
    expect((await post(bob, lobby)).status).toBe(201);
  });

  it('that lets only read leaves reading and leaving', async () => {
    const [lobby, vault] = [await roomOf(alice), await roomOf(alice, { preset: 'private', members: [bob.id] })];
    const lift = await block(bob, 'read_only', null);
    expect((await bob.http.get(`/rooms/${vault}`)).status).toBe(200);
    const { expiresAt } = expectProblem(await join(bob, lobby), 403, 'account/blocked');
    expect(Date.parse(String(expiresAt))).toBeGreaterThan(Date.now());
    expectProblem(await bob.http.put(`/rooms/${vault}/members/${carol.id}`), 403, 'account/blocked');
    expectProblem(await bob.http.delete(`/rooms/${vault}/members/${alice.id}`), 403, 'account/blocked');
    expectProblem(await bob.http.patch(`/rooms/${vault}`, { topic: 'tea' }), 403, 'account/blocked');
    expect((await bob.http.delete(`/rooms/${vault}/members/me`)).status).toBe(204);
    await lift();
    expect((await join(bob, lobby)).status).toBe(200);
  });

  it('in one room keeps out of this room and no other, over HTTP and on sockets, and ends with its time', async () => {
    const [vault, other] = [await roomOf(alice, { preset: 'private', members: [bob.id] }), await roomOf(alice)];
    const lift = await block(bob, 'full', vault);
    await block(bob, 'full', other, '-1 second');
    expectProblem(await bob.http.get(`/rooms/${vault}`), 404, 'room/not-found');
    expectProblem(await bob.http.get(`/rooms/${vault}/members`), 404, 'room/not-found');
    expectProblem(await bob.http.patch(`/rooms/${vault}`, { topic: 'tea' }), 403, 'account/blocked');
    expect((await bob.http.get('/rooms?limit=200')).body.items.map((room: { id: number }) => room.id)).not.toContain(
      vault,
    );
    expect((await join(bob, other)).status).toBe(200);
    const gone = await roomOf(bob);
    await bob.http.delete(`/rooms/${gone}`);
    const { rooms } = await (await bob.socket()).hears('session.ready');
    const heard = rooms.map((room: { roomId: number }) => room.roomId);
    expect(heard).toContain(other);
    expect(heard).not.toContain(vault);
    expect(heard).not.toContain(gone);
    await lift();
    expect((await bob.http.get(`/rooms/${vault}`)).status).toBe(200);
  });

  it('everywhere leaves no room in sight, even of a door that let the person in', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [carol.id] });
    const actor = { accountId: carol.id, username: 'carol', role: 'user', sessionId: undefined } as const;
    const rooms = w.app.get(RoomsService);
    const inSight = async () => [
      (await rooms.list(actor, { view: 'mine' })).items.some((room) => room.id === vault),
      (await rooms.list(actor, { view: 'open' })).items.length > 0,
      (await rooms.roomsOf(w.database, carol.id)).some((room) => room.roomId === vault),
      await rooms.viewFor(w.database, actor, vault).then(
        () => true,
        () => false,
      ),
    ];
    expect(await inSight()).toEqual([true, true, true, true]);
    const lift = await block(carol, 'full', null);
    expect(await inSight()).toEqual([false, false, false, false]);
    await lift();
  });

  it('says nothing of rooms that the person could not see anyway', async () => {
    const vault = await roomOf(alice, { preset: 'private' });
    const lift = await block(mallory, 'read_only', null);
    for (const answer of [await join(mallory, vault), await mallory.http.put(`/rooms/${vault}/members/${mallory.id}`)])
      expectProblem(answer, 404, 'room/not-found');
    await lift();
  });
});

describe('whatever many people do at once', () => {
  it('waits for a removal under way, and is then refused', async () => {
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
    const holder = await transaction('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [vault]);
    const removal = alice.http.delete(`/rooms/${vault}/members/${bob.id}`);
    await waiting(1);
    const acts = [
      bob.http.patch(`/rooms/${vault}`, { topic: 'tea' }),
      bob.http.put(`/rooms/${vault}/members/${mallory.id}`),
      bob.http.delete(`/rooms/${vault}/members/${carol.id}`),
      post(bob, vault),
    ];
    await waiting(1 + acts.length);
    await holder.commit();
    expect((await removal).status).toBe(204);
    for (const answer of await Promise.all(acts)) expectProblem(answer, 404, 'room/not-found');
    expect((await kindsOf(vault)).at(-1)).toBe('member.removed');
    await expectSound(vault);
  });

  it('waits for a block under way, and is then refused', async () => {
    const [lobby, own] = [await roomOf(alice), await roomOf(bob)];
    const vault = await roomOf(alice, { preset: 'private', members: [bob.id, carol.id] });
    const holder = await transaction('SELECT pg_advisory_xact_lock($1)', [bob.id]);
    await holder.query(`INSERT INTO blocks (account_id, mode, reason) VALUES ($1, 'read_only', 'floods')`, [bob.id]);
    const acts = [
      bob.http.post('/rooms', { name: 'lobby', preset: 'open' }),
      bob.http.put(`/direct/${root.id}`),
      join(bob, lobby),
      bob.http.patch(`/rooms/${vault}`, { topic: 'tea' }),
      bob.http.put(`/rooms/${vault}/members/${mallory.id}`),
      bob.http.delete(`/rooms/${vault}/members/${carol.id}`),
      bob.http.delete(`/rooms/${own}`),
      post(bob, vault),
    ];
    await waiting(acts.length);
    await holder.commit();
    for (const answer of await Promise.all(acts)) expectProblem(answer, 403, 'account/blocked');
    await w.database.query('UPDATE blocks SET lifted_at = now() WHERE account_id = $1 AND lifted_at IS NULL', [bob.id]);
  });

  it('leaves every log without a hole, every count right and every membership explained by the log', async () => {
    const people = [alice, bob, carol, mallory, mod, root];
    const rooms = [
      await roomOf(alice, { capacity: 4, members: [bob.id] }),
      await roomOf(bob, { preset: 'private', members: [alice.id, carol.id] }),
      await roomOf(carol, { preset: 'open' }),
    ];
    let seed = 20_261_120;
    const pick = <T>(list: readonly T[]): T =>
      list[(seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % list.length]!;
    const acts: ((person: Person, roomId: number) => Promise<Answer>)[] = [
      (person, roomId) => post(person, roomId),
      (person, roomId) => post(person, roomId),
      (person, roomId) => join(person, roomId),
      (person, roomId) => join(person, roomId),
      (person, roomId) => person.http.delete(`/rooms/${roomId}/members/me`),
      (person, roomId) => person.http.put(`/rooms/${roomId}/members/${pick(people).id}`),
      (person, roomId) => person.http.delete(`/rooms/${roomId}/members/${pick(people).id}`),
      (person, roomId) => person.http.patch(`/rooms/${roomId}`, { topic: 'tea' }),
      (person, roomId) => person.http.patch(`/rooms/${roomId}`, { capacity: pick([3, 4, 5, null]) }),
    ];
    const statuses = new Map<number, number>();
    for (let round = 0; round < 25; round++) {
      const answers = await Promise.all(Array.from({ length: 16 }, () => pick(acts)(pick(people), pick(rooms))));
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].filter((status) => ![200, 201, 204, 403, 404, 409].includes(status))).toEqual([]);
    for (const status of [200, 201, 204, 403, 404, 409]) expect(statuses.get(status) ?? 0).toBeGreaterThan(3);
    for (const roomId of rooms) await expectSound(roomId);
    for (const person of people) {
      const [account] = await w.database.query<{ last_seq: number }>('SELECT last_seq FROM accounts WHERE id = $1', [
        person.id,
      ]);
      const events = await w.database.query<{ seq: number }>(
        'SELECT seq FROM account_events WHERE account_id = $1 ORDER BY seq',
        [person.id],
      );
      expect(events.map((event) => event.seq)).toEqual(Array.from({ length: account!.last_seq }, (_, i) => i + 1));
    }
    const wrong = await w.database.query(
      `SELECT m.room_id, m.account_id FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.room_id = ANY ($1)
         AND r.message_count - m.unread_base <> (SELECT count(*) FROM messages x WHERE x.room_id = m.room_id AND x.seq > m.read_seq AND x.author_id <> m.account_id)`,
      [rooms],
    );
    expect(wrong).toEqual([]);
  });
});
