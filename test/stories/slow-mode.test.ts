import { SendRepository, type OutgoingMessage } from '../../src/messaging/send.repository.js';
import { eventually, expectProblem } from '../support/expect.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, mod: Person, root: Person;

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  mod = await w.person('mod', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w.close());

/** A room of alice, with bob and mallory in it. */
const slowRoom = async (slowModeSeconds = 30, preset = 'open'): Promise<number> => {
  const request = { name: 'lobby', preset, slowModeSeconds, members: [bob.id, mallory.id] };
  return (await alice.http.post('/rooms', request)).body.id as number;
};
const textsIn = async (roomId: number): Promise<string[]> =>
  (await root.http.get(`/rooms/${roomId}/messages`)).body.items.map((message: { text: string }) => message.text);
const setSlow = (person: Person, roomId: number, slowModeSeconds: number) =>
  person.http.patch(`/rooms/${roomId}`, { slowModeSeconds });
/** Lets seconds pass in this room, as the database sees it. */
const pass = (roomId: number, seconds: number) =>
  w.database.query('UPDATE slow_mode_sends SET last_at = last_at - make_interval(secs => $2) WHERE room_id = $1', [
    roomId,
    seconds,
  ]);
const audited = (roomId: number) =>
  w.database.query<{ actor_id: number; action: string; before: object | null; after: object }>(
    `SELECT actor_id, action, before, after FROM audit_log WHERE target_kind = 'room' AND target_id = $1 AND action LIKE 'room.slow-mode%' ORDER BY id`,
    [roomId],
  );

overEveryTransport((t) => {
  it('lets one person write once in its seconds, says how long to wait, and leaves the others alone', async () => {
    const lobby = await slowRoom(60);
    const hears = await alice.socket();
    expect(await t.send(bob, lobby, { text: 'one' })).toMatchObject({ ok: true });
    const refused = await t.send(bob, lobby, { text: 'two' });
    expect(refused).toMatchObject({ ok: false, code: 'room/slow-mode', problem: { status: 429 } });
    expect(Number.isInteger(refused.problem.retryAfter)).toBe(true);
    expect(refused.problem.retryAfter).toBeGreaterThan(30);
    expect(refused.problem.retryAfter).toBeLessThanOrEqual(60);
    expect(await t.send(mallory, lobby, { text: 'three' })).toMatchObject({ ok: true });
    await hears.hears('message.sent', (fact) => fact.roomId === lobby && fact.text === 'three');
    expect(hears.of('message.sent').map((fact) => fact.text)).not.toContain('two');
    expect(await textsIn(lobby)).toEqual(['one', 'three']);
    await pass(lobby, 40);
    const { problem } = await t.send(bob, lobby, { text: 'early' });
    expect(problem.code).toBe('room/slow-mode');
    expect(problem.retryAfter).toBeGreaterThan(0);
    expect(problem.retryAfter).toBeLessThanOrEqual(20);
    await pass(lobby, 20);
    expect(await t.send(bob, lobby, { text: 'four' })).toMatchObject({ ok: true });
  });

  it('holds people up in their own room only, and not where nothing is slow', async () => {
    const [lobby, other, fast] = [await slowRoom(30), await slowRoom(30), await slowRoom(0)];
    for (const roomId of [lobby, other, fast, fast, fast])
      expect(await t.send(bob, roomId, { text: 'tea' })).toMatchObject({ ok: true });
    expect(await t.send(bob, lobby, { text: 'tea' })).toMatchObject({ code: 'room/slow-mode' });
  });

  it('does not count what was refused, for whatever reason', async () => {
    const lobby = await slowRoom(30);
    expect(await t.send(bob, lobby, { text: 'to nothing', replyTo: 2 ** 40 })).toMatchObject({
      code: 'message/not-found',
    });
    expect(await t.send(bob, lobby, { text: 'one' })).toMatchObject({ ok: true });
    await pass(lobby, 10);
    for (let n = 0; n < 3; n++) {
      const { problem } = await t.send(bob, lobby, { text: 'again' });
      expect(problem).toMatchObject({ code: 'room/slow-mode' });
      expect(problem.retryAfter).toBeLessThanOrEqual(20);
    }
  });

  it('answers a repetition with the message kept, and another text under its key as such', async () => {
    const lobby = await slowRoom(30);
    const clientId = newClientId();
    const first = await t.send(bob, lobby, { text: 'one', clientId });
    expect(await t.send(bob, lobby, { text: 'one', clientId })).toMatchObject({
      ok: true,
      duplicate: true,
      message: { id: first.message.id },
    });
    expect(await t.send(bob, lobby, { text: 'another', clientId })).toMatchObject({ code: 'message/key-reused' });
    const refused = newClientId();
    expect(await t.send(bob, lobby, { text: 'two', clientId: refused })).toMatchObject({ code: 'room/slow-mode' });
    await pass(lobby, 30);
    expect(await t.send(bob, lobby, { text: 'two', clientId: refused })).toMatchObject({ ok: true, duplicate: false });
  });

  it('is not shortened by deleting the last message, nor by leaving and coming back', async () => {
    const lobby = await slowRoom(30);
    const { message } = await t.send(bob, lobby, { text: 'one' });
    expect(await t.delete(bob, lobby, message.id)).toMatchObject({ ok: true });
    expect(await t.send(bob, lobby, { text: 'two' })).toMatchObject({ code: 'room/slow-mode' });
    expect((await bob.http.delete(`/rooms/${lobby}/members/me`)).status).toBe(204);
    expect(await t.send(bob, lobby, { text: 'as a guest' })).toMatchObject({ code: 'room/slow-mode' });
    expect((await bob.http.post(`/rooms/${lobby}/join`, {})).status).toBe(200);
    expect(await t.send(bob, lobby, { text: 'back' })).toMatchObject({ code: 'room/slow-mode' });
  });

  it('does not hold up the owner, moderators and superusers, unless the room is not moderated', async () => {
    const lobby = await slowRoom(30);
    const vault = await slowRoom(30);
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [vault]);
    for (const person of [alice, mod, root]) {
      for (const text of ['one', 'two']) expect(await t.send(person, lobby, { text })).toMatchObject({ ok: true });
      expect(await t.send(person, vault, { text: 'one' })).toMatchObject({ ok: true });
      expect(await t.send(person, vault, { text: 'two' })).toMatchObject(
        person === alice ? { ok: true } : { code: 'room/slow-mode' },
      );
    }
  });

  it('leaves edits alone', async () => {
    const lobby = await slowRoom(30);
    const { message } = await t.send(bob, lobby, { text: 'one' });
    expect(await t.edit(bob, lobby, message.id, 'one, better', 1)).toMatchObject({ ok: true });
  });
});

it('lets exactly one of many pass that one person sends at once', async () => {
  const lobby = await slowRoom(30);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      bob.http.post(`/rooms/${lobby}/messages`, { text: 'tea', clientId: newClientId() }),
    ),
  );
  const refused = answers.filter((answer) => answer.status !== 201);
  expect(refused).toHaveLength(19);
  for (const answer of refused) {
    const { retryAfter } = expectProblem(answer, 429, 'room/slow-mode');
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
  }
});

it('gives the turn to the first acceptable message within one batch, and numbers the others without a hole', async () => {
  const [lobby, other, fast] = [await slowRoom(30), await slowRoom(30), await slowRoom(0)];
  const send = (person: Person, roomId: number, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
    authorId: person.id,
    sessionId: undefined,
    roomId,
    clientId: newClientId(),
    text: 'tea',
    replyTo: undefined,
    ...more,
  });
  const kept = send(bob, fast);
  const repository = w.app.get(SendRepository, { strict: false });
  await repository.send([kept]);
  const outcomes = await repository.send([
    send(bob, lobby, { replyTo: 2 ** 40 }),
    send(mallory, lobby),
    send(bob, lobby),
    send(alice, lobby),
    send(bob, lobby),
    send(bob, other),
    kept,
    send(bob, fast),
    send(mallory, lobby),
    send(alice, lobby),
    send(bob, fast),
  ]);
  expect(outcomes.map((outcome) => outcome.outcome)).toEqual([
    'reply-not-found',
    'accepted',
    'accepted',
    'accepted',
    'room-slow-mode',
    'accepted',
    'duplicate',
    'accepted',
    'room-slow-mode',
    'accepted',
    'accepted',
  ]);
  expect(outcomes[4]).toEqual({ outcome: 'room-slow-mode', retryAfter: 30 });
  const { items, head } = (await root.http.get(`/rooms/${lobby}/events?after=0`)).body;
  expect(items.map((item: { seq: number }) => item.seq)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  expect(await textsIn(lobby)).toHaveLength(4);
  expect(await textsIn(fast)).toHaveLength(3);
});

it('is over when the seconds have passed by the clock of the database, and whoever waits may go on', async () => {
  const lobby = await slowRoom(1);
  const send = () => bob.http.post(`/rooms/${lobby}/messages`, { text: 'tea', clientId: newClientId() });
  expect((await send()).status).toBe(201);
  await eventually(async () => (await send()).status === 201, 'the end of the wait');
  const [gap] = await w.database.query<{ seconds: number }>(
    'SELECT extract(epoch FROM max(created_at) - min(created_at))::float AS seconds FROM messages WHERE room_id = $1',
    [lobby],
  );
  expect(gap!.seconds).toBeGreaterThanOrEqual(1);
});

it('makes nobody wait for hours when the clock of the database was set back', async () => {
  const lobby = await slowRoom(30);
  const send = () => bob.http.post(`/rooms/${lobby}/messages`, { text: 'tea', clientId: newClientId() });
  expect((await send()).status).toBe(201);
  await pass(lobby, -3600);
  expect((await send()).status).toBe(201);
  expectProblem(await send(), 429, 'room/slow-mode');
});

describe('setting it', () => {
  it('shows in the room, in its log and to its members; what was said just before counts, and off is off', async () => {
    const lobby = await slowRoom(0);
    const [hears, outsider] = [await bob.socket(), await mod.socket()];
    const send = (person: Person) =>
      person.http.post(`/rooms/${lobby}/messages`, { text: 'tea', clientId: newClientId() });
    expect((await send(bob)).status).toBe(201);
    const { status, body } = await setSlow(alice, lobby, 60);
    expect([status, body.slowModeSeconds]).toEqual([200, 60]);
    expect((await bob.http.get(`/rooms/${lobby}`)).body.slowModeSeconds).toBe(60);
    expect(await hears.hears('room.changed', (fact) => fact.roomId === lobby)).toMatchObject({
      room: { slowModeSeconds: 60, name: 'lobby' },
    });
    expectProblem(await send(bob), 429, 'room/slow-mode');
    expect((await send(mallory)).status).toBe(201);
    expect((await setSlow(alice, lobby, 0)).body.slowModeSeconds).toBe(0);
    for (let n = 0; n < 3; n++) expect((await send(bob)).status).toBe(201);
    expect(await w.database.query('SELECT 1 FROM slow_mode_sends WHERE room_id = $1', [lobby])).toEqual([]);
    expect((await alice.http.patch(`/rooms/${lobby}`, { topic: 'tea' })).body.slowModeSeconds).toBe(0);
    expect(outsider.heard.filter((one) => one.payload.roomId === lobby)).toEqual([]);
  });

  it('to longer seconds holds up whoever wrote within them, with what was deleted since counted too', async () => {
    const lobby = await slowRoom(10);
    const said = (await bob.http.post(`/rooms/${lobby}/messages`, { text: 'tea', clientId: newClientId() })).body;
    await bob.http.delete(`/rooms/${lobby}/messages/${said.id}`);
    await pass(lobby, 100);
    await w.database.query(`UPDATE messages SET created_at = created_at - interval '100 s' WHERE id = $1`, [said.id]);
    expect((await setSlow(alice, lobby, 200)).status).toBe(200);
    const { retryAfter } = expectProblem(
      await bob.http.post(`/rooms/${lobby}/messages`, { text: 'more', clientId: newClientId() }),
      429,
      'room/slow-mode',
    );
    expect(retryAfter).toBeGreaterThan(90);
    expect(retryAfter).toBeLessThanOrEqual(100);
  });

  it.each([-1, 21_601, 1.5, '30', null, true, [30]])('refuses %p and names the field', async (slowModeSeconds) => {
    const lobby = await slowRoom(7);
    for (const answer of [
      await alice.http.post('/rooms', { name: 'lobby', preset: 'open', slowModeSeconds }),
      await alice.http.patch(`/rooms/${lobby}`, { slowModeSeconds }),
    ])
      expect(expectProblem(answer, 400, 'request/invalid').errors?.map(({ pointer }) => pointer)).toEqual([
        '#/slowModeSeconds',
      ]);
    expect((await alice.http.get(`/rooms/${lobby}`)).body.slowModeSeconds).toBe(7);
  });

  it('takes six hours', async () => {
    const lobby = await slowRoom(21_600);
    expect((await setSlow(alice, lobby, 21_600)).body.slowModeSeconds).toBe(21_600);
  });

  it('is for whoever may change the room, and for moderators it alone in every group; what those do and try is written down', async () => {
    const lobby = await slowRoom(0);
    const roster = (await root.http.post('/rooms', { name: 'vault', preset: 'roster', members: [bob.id] })).body
      .id as number;
    const direct = (await alice.http.put(`/direct/${bob.id}`)).body.id as number;
    expectProblem(await setSlow(bob, lobby, 5), 403, 'room/forbidden');
    expectProblem(await setSlow(bob, roster, 5), 403, 'room/forbidden');
    expect((await setSlow(alice, lobby, 5)).status).toBe(200);
    expect(await audited(lobby)).toEqual([]);
    for (const [roomId, person, before, after] of [
      [lobby, mod, 5, 6],
      [roster, mod, 0, 7],
      [roster, root, 7, 8],
    ] as const) {
      expect((await setSlow(person, roomId, after)).body.slowModeSeconds).toBe(after);
      expect((await audited(roomId)).at(-1)).toEqual({
        actor_id: person.id,
        action: 'room.slow-mode',
        before: { slowModeSeconds: before },
        after: { slowModeSeconds: after },
      });
    }
    for (const [roomId, change] of [
      [roster, { slowModeSeconds: 9, topic: 'mine' }],
      [direct, { slowModeSeconds: 9 }],
    ] as const) {
      expectProblem(await mod.http.patch(`/rooms/${roomId}`, change), 403, 'room/forbidden');
      expect((await audited(roomId)).at(-1)).toEqual({
        actor_id: mod.id,
        action: 'room.slow-mode.refused',
        before: null,
        after: { slowModeSeconds: 9, code: 'room/forbidden' },
      });
    }
    expectProblem(await mod.http.patch(`/rooms/${roster}`, { topic: 'mine' }), 403, 'room/forbidden');
    expect(await audited(roster)).toHaveLength(3);
    expect((await root.http.get(`/rooms/${roster}`)).body).toMatchObject({ slowModeSeconds: 8, topic: '' });
  });
});
