import { randomUUID } from 'node:crypto';
import { type Person, world, type World } from '../support/world.js';
import { eventually, expectProblem } from '../support/expect.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, mod: Person;
const make = async (preset: string, members: Person[] = []) => {
  const answer = await alice.http.post('/rooms', { name: 'lobby', preset, members: members.map(({ id }) => id) });
  return (answer.body as { id: number }).id;
};
const say = (person: Person, roomId: number, text = 'hello') =>
  person.http.post(`/rooms/${roomId}/messages`, { text, clientId: randomUUID() });
const freeze = (person: Person, roomId: number, frozen: boolean) => person.http.patch(`/rooms/${roomId}`, { frozen });
const healthFor = async (person: Person, query = '') =>
  (await person.http.get(`/moderation/health${query}`)).body as {
    openCases: number;
    longestWaitSeconds: number | null;
    hours: { at: string; opened: number; decided: number; decisionSeconds: number | null }[];
    minutes: { at: string; messages: number | null }[];
    connectedAccounts: number;
    nodes: { alive: boolean; accounts: number }[];
  };

describe('moderators watch over rooms and their own work', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
    mod = await w.person('mod', { role: 'moderator' });
  });
  afterAll(() => w?.close());

  it('freezes a room: moderators alone write, everybody reads on, and all members hear of it', async () => {
    const lobby = await make('open', [bob]);
    const [socket, outside] = [await bob.socket(), await mallory.socket()];
    expect((await freeze(mod, lobby, true)).body).toMatchObject({ policy: { post: 'moderator', read: 'user' } });
    for (const person of [alice, bob]) expectProblem(await say(person, lobby), 403, 'room/forbidden');
    expect((await say(mod, lobby, 'A pause, please')).status).toBe(201);
    expect((await bob.http.get(`/rooms/${lobby}/messages`)).body).toMatchObject({
      items: [{ text: 'A pause, please' }],
    });
    await socket.hears('room.changed', ({ roomId }) => roomId === lobby);
    expect(outside.of('room.changed')).toEqual([]);
    expect((await freeze(mod, lobby, false)).body).toMatchObject({ policy: { post: 'user' } });
    expect((await say(bob, lobby)).status).toBe(201);
  });

  it('unfreezes a private room to what it was, and writes both down', async () => {
    const vault = await make('private', [bob]);
    for (const frozen of [true, false]) expect((await freeze(mod, vault, frozen)).status).toBe(200);
    expect((await say(bob, vault)).status).toBe(201);
    const { body } = await mod.http.get(`/moderation/audit?target=room:${vault}&action=room.freeze`);
    expect(body).toMatchObject({
      items: [
        { before: { frozen: true }, after: { frozen: false }, actorId: mod.id },
        { before: { frozen: false }, after: { frozen: true }, actorId: mod.id },
      ],
    });
    expect((body as { items: unknown[] }).items).toHaveLength(2);
  });

  it('leaves freezing to moderators, alone and in groups', async () => {
    const vault = await make('private', [bob]);
    for (const person of [alice, bob]) expectProblem(await freeze(person, vault, true), 403, 'room/forbidden');
    const both = await alice.http.patch(`/rooms/${vault}`, { frozen: true, topic: 'Shut' });
    expectProblem(both, 403, 'room/forbidden');
    expectProblem(await mod.http.patch(`/rooms/${vault}`, { frozen: 'yes' }), 400, 'request/invalid');
    const notes = ((await mod.http.put(`/direct/${mod.id}`, {})).body as { id: number }).id;
    expectProblem(await freeze(mod, notes, true), 403, 'room/forbidden');
    expect((await say(bob, vault)).status).toBe(201);
    const { body } = await mod.http.get(`/moderation/audit?target=room:${notes}&action=room.freeze.refused`);
    expect(body).toMatchObject({ items: [{ after: { frozen: true, code: 'room/forbidden' } }] });
  });

  it('counts what waits, what was decided and how long that took', async () => {
    const lobby = await make('open');
    const report = async (text: string) => {
      const { body } = await say(bob, lobby, text);
      const target = { type: 'message', id: (body as { id: number }).id };
      await alice.http.post('/reports', { target, reason: 'spam' });
    };
    const before = await healthFor(mod);
    await report('one');
    await report('two');
    const { items } = (await mod.http.get('/moderation/reports?order=oldest')).body as { items: { id: number }[] };
    const [first] = items;
    await w.database.query(`UPDATE cases SET opened_at = opened_at - interval '90 seconds' WHERE id = $1`, [first!.id]);
    await mod.http.post(`/moderation/reports/${first!.id}/decision`, { action: 'dismiss', reason: 'looked at it' });
    const now = await healthFor(mod);
    const sum = (one: typeof now, of: 'opened' | 'decided') => one.hours.reduce((all, hour) => all + hour[of], 0);
    expect(now.openCases).toBe(before.openCases + 1);
    expect(now.longestWaitSeconds).toBeGreaterThanOrEqual(0);
    expect(sum(now, 'opened')).toBe(sum(before, 'opened') + 2);
    expect(sum(now, 'decided')).toBe(sum(before, 'decided') + 1);
    const medians = now.hours.flatMap(({ decisionSeconds }) => (decisionSeconds === null ? [] : [decisionSeconds]));
    expect(medians).toHaveLength(1);
    expect(medians[0]).toBeGreaterThanOrEqual(90);
    expect(now.hours).toHaveLength(24);
    expect((await healthFor(mod, '?hours=3')).hours).toHaveLength(3);
  });

  it('counts messages by the minute, and who is connected', async () => {
    const lobby = await make('open');
    const total = (one: Awaited<ReturnType<typeof healthFor>>) =>
      one.minutes.reduce((all, { messages }) => all + (messages ?? 0), 0);
    const before = await healthFor(mod);
    for (const text of ['one', 'two', 'three']) await say(alice, lobby, text);
    const after = await healthFor(mod);
    expect(after.minutes).toHaveLength(60);
    expect(total(after)).toBe(total(before) + 3);
    await alice.socket();
    await eventually(async () => (await healthFor(mod)).connectedAccounts >= 1, 'alice to be counted');
    const { nodes } = await healthFor(mod);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({ alive: true });
  });

  it('shows none of that to others, and takes no number of hours that it could not count', async () => {
    expectProblem(await alice.http.get('/moderation/health'), 403, 'role/insufficient');
    for (const hours of ['0', '169', 'all'])
      expectProblem(await mod.http.get(`/moderation/health?hours=${hours}`), 400, 'request/invalid');
  });
});
