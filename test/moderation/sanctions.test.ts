import { eventually, expectProblem } from '../support/expect.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

let w: World;
let alice: Person, mod: Person, mona: Person, root: Person;
let count = 0;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  mod = await w.person('mod', { role: 'moderator' });
  mona = await w.person('mona', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w?.close());

const somebody = (name = 'mallory') => w.person(`${name} ${++count}`);
const room = async (members: Person[]): Promise<number> =>
  (await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: members.map(({ id }) => id) })).body.id;
const send = async (person: Person, roomId: number, text: string) =>
  (await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() })).body;
const block = (by: Person, person: Person, more: object = {}) =>
  by.http.post('/moderation/blocks', {
    accountId: person.id,
    reason: 'floods',
    mode: 'mute',
    scope: 'global',
    ...more,
  });
const warn = (by: Person, person: Person, more: object = {}) =>
  by.http.post('/moderation/warnings', { accountId: person.id, reason: 'be kind', ...more });
const statements = async (person: Person) => (await person.http.get('/accounts/me/sanctions')).body.items as any[];
const trail = async (query: string) => (await mod.http.get(`/moderation/audit?${query}`)).body.items as any[];

/** Neither who decided nor who reported is named to the person. */
function expectNobodyNamed(view: unknown): void {
  const text = JSON.stringify(view);
  expect(text).not.toMatch(/decidedBy|createdBy|username|mod"|mona"/);
}

describe('a warning', () => {
  it('is told to the person and nobody else, stays on his record and takes nothing away', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const message = await send(mallory, vault, 'rude');
    const [his, others, moderators] = [await mallory.socket(), await bob.socket(), await mod.socket()];
    const warned = await warn(mod, mallory, { messageId: message.id });
    expect(warned.status).toBe(201);
    expect(warned.body).toMatchObject({
      kind: 'warning',
      state: 'in_force',
      account: { id: mallory.id },
      decidedBy: mod.id,
      messageIds: [message.id],
      scope: 'global',
    });
    const fact = await his.hears('account.warned');
    expect(fact).toEqual({
      accountSeq: expect.any(Number),
      sanctionId: warned.body.id,
      reason: 'be kind',
      messageId: message.id,
    });
    await send(mallory, vault, 'still here');
    await others.hears('message.sent', (sent) => sent.text === 'still here');
    for (const socket of [others, moderators]) expect(socket.of('account.warned')).toEqual([]);
    expect(await trail(`target=account:${mallory.id}`)).toEqual([
      expect.objectContaining({ action: 'warning.create', actorId: mod.id, reason: 'be kind' }),
    ]);
    const [statement] = await statements(mallory);
    expect(statement).toMatchObject({
      id: warned.body.id,
      kind: 'warning',
      mode: null,
      reason: 'be kind',
      source: 'own_initiative',
      automatedDetection: false,
      automatedDecision: false,
      messages: [{ id: message.id, roomId: vault, text: 'rude' }],
    });
    expectNobodyNamed(statement);
  });

  it('is refused by rank and written down, whoever tries', async () => {
    const mallory = await somebody();
    const refusals: [Person, Person, number, string][] = [
      [mod, mod, 409, 'moderation/self'],
      [mod, mona, 403, 'role/insufficient'],
      [mod, root, 403, 'role/insufficient'],
      [root, root, 409, 'moderation/self'],
    ];
    for (const [by, person, status, code] of refusals) {
      expectProblem(await warn(by, person), status, code as never);
      const [attempt] = await trail(`actor=${by.id}&target=account:${person.id}&action=warning.create.refused`);
      expect(attempt).toMatchObject({ reason: 'be kind', after: { code } });
      expect(await statements(person)).toEqual([]);
    }
    expectProblem(await warn(alice, mallory), 403, 'role/insufficient');
    expect((await warn(root, mona)).status).toBe(201);
    const ruth = await w.person('ruth', { role: 'superuser' });
    expect((await warn(root, ruth)).status).toBe(201);
  });

  it('is about a message of that person, in a room where the moderator is one', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const his = await send(bob, vault, 'of bob');
    expectProblem(await warn(mod, mallory, { messageId: his.id }), 404, 'message/not-found');
    expectProblem(await warn(mod, mallory, { messageId: 4_000_000 }), 404, 'message/not-found');
    const own = await send(mallory, vault, 'of mallory');
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [vault]);
    expectProblem(await warn(mod, mallory, { messageId: own.id }), 404, 'message/not-found');
    expect(await statements(mallory)).toEqual([]);
  });
});

describe('a block', () => {
  it('has a statement of reasons; changed it is a new decision, lifted it is over', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const socket = await mallory.socket();
    const { body } = await block(mod, mallory, { scope: vault, expiresAt: '2099-01-01T00:00:00.000Z' });
    const told = await socket.hears('account.blocked');
    const [first] = await statements(mallory);
    expect(first).toMatchObject({
      id: told.sanctionId,
      kind: 'block',
      mode: 'mute',
      scope: vault,
      state: 'in_force',
      blockId: body.id,
      expiresAt: '2099-01-01T00:00:00.000Z',
      reason: 'floods',
      redress: { possible: true, address: '/api/v1/appeals' },
      appeal: null,
    });
    expectNobodyNamed(first);
    const months = (Date.parse(first.redress.until) - Date.parse(first.decidedAt)) / 86_400_000;
    expect(months).toBeGreaterThan(180);
    expect(months).toBeLessThan(186);
    const patch = (changes: object) => mod.http.patch(`/moderation/blocks/${body.id}`, changes);
    expect((await patch({ reason: 'floods', expiresAt: '2099-01-01T03:00:00+03:00' })).status).toBe(200);
    expect(await statements(mallory)).toHaveLength(1);
    expect((await patch({ expiresAt: null })).status).toBe(200);
    const [second, former] = await statements(mallory);
    expect(former).toMatchObject({ id: first.id, state: 'superseded', redress: { possible: false } });
    expect(second).toMatchObject({ state: 'in_force', expiresAt: null, reason: 'floods', blockId: body.id });
    await socket.hears('account.blocked', (fact) => fact.sanctionId === second.id);
    await mod.http.delete(`/moderation/blocks/${body.id}`);
    const [lifted] = await statements(mallory);
    expect(lifted).toMatchObject({ id: second.id, state: 'lifted', redress: { possible: false } });
    expect((await statements(mallory)).map((one) => one.state)).toEqual(['lifted', 'superseded']);
  });

  it('that runs out by itself leaves a statement that says so', async () => {
    const mallory = await somebody();
    await block(mod, mallory, { expiresAt: new Date(Date.now() + 1_000).toISOString() });
    await eventually(async () => (await statements(mallory))[0].state === 'expired', 'the end of the block');
    await block(mod, mallory);
    expect((await statements(mallory)).map((one) => one.state)).toEqual(['in_force', 'expired']);
  });

  it('laid again while it is in force is no second sanction', async () => {
    const mallory = await somebody();
    await Promise.all([1, 2, 3].map((n) => block(mod, mallory, { reason: `reason ${n}` })));
    expect(await statements(mallory)).toHaveLength(1);
  });
});

overEveryTransport((t) => {
  it('tells whose message a moderator deleted why, with the text of that time; deleting his own tells nothing', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob, mod]);
    const { message } = await t.send(mallory, vault, { text: 'first' });
    await t.edit(mallory, vault, message.id, 'as it was', 1);
    const [his, others] = [await mallory.socket(), await bob.socket()];
    expect(await t.delete(mod, vault, message.id)).toMatchObject({ ok: true });
    expect(await t.delete(mod, vault, message.id)).toMatchObject({ ok: true });
    const fact = await his.hears('account.sanctioned');
    expect(fact).toMatchObject({ kind: 'message_deletion', roomId: vault });
    const mine = await statements(mallory);
    expect(mine).toEqual([
      expect.objectContaining({
        id: fact.sanctionId,
        kind: 'message_deletion',
        scope: vault,
        reason: null,
        messageCount: 1,
        messages: [{ id: message.id, roomId: vault, text: 'as it was' }],
      }),
    ]);
    expectNobodyNamed(mine);
    const own = await t.send(mallory, vault, { text: 'own' });
    expect(await t.delete(mallory, vault, own.message.id)).toMatchObject({ ok: true });
    const modsOwn = await t.send(mod, vault, { text: 'own' });
    expect(await t.delete(mod, vault, modsOwn.message.id)).toMatchObject({ ok: true });
    await others.hears('message.deleted', (deleted) => deleted.messageId === modsOwn.message.id);
    expect(others.of('account.sanctioned')).toEqual([]);
    expect(await statements(mallory)).toHaveLength(1);
    expect(await statements(mod)).toEqual([]);
  });
});

describe('content', () => {
  it('deleted with a reason is a sanction with it, withdrawn when the message is restored', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const message = await send(mallory, vault, 'rude');
    const remove = () => mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'insult' });
    const answers = await Promise.all([remove(), remove(), remove()]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await statements(mallory)).toEqual([expect.objectContaining({ reason: 'insult', state: 'in_force' })]);
    await root.http.post(`/moderation/messages/${message.id}/restore`);
    expect((await statements(mallory))[0]).toMatchObject({ state: 'withdrawn', redress: { possible: false } });
    await remove();
    expect((await statements(mallory)).map((one) => one.state)).toEqual(['in_force', 'withdrawn']);
  });

  it('of a period is one sanction about all of it, and none where there was nothing', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    for (let n = 1; n <= 60; n++) await send(mallory, vault, `spam ${n}`);
    const { body } = await block(mod, mallory, { scope: vault, deleteMessages: '1h' });
    const [socket] = [await mallory.socket()];
    const deletion = await eventually(
      async () => {
        const [one] = await statements(mallory);
        return one.messageCount === 60 && one;
      },
      'the end of the deletion',
      15_000,
    );
    expect(deletion).toMatchObject({ kind: 'message_deletion', reason: 'floods', scope: vault });
    expect(deletion.messages).toHaveLength(50);
    expect(deletion.messages[0].text).toBe('spam 1');
    expect((await statements(mallory)).map((one) => one.kind)).toEqual(['message_deletion', 'block']);
    const before = socket.of('account.sanctioned').length;
    const nothing = await mod.http.post('/moderation/deletions', { accountId: bob.id, reason: 'x' });
    await eventually(
      async () => (await mod.http.get(`/moderation/deletions/${nothing.body.id}`)).body.state === 'done',
      'the end of the other deletion',
    );
    expect(await statements(bob)).toEqual([]);
    expect(socket.of('account.sanctioned')).toHaveLength(before);
    expect(body.deletionId).toEqual(expect.any(Number));
  });
});

describe('a removal from a room', () => {
  it('is a sanction where a moderator did it, and none where the owner did', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const [his, others] = [await mallory.socket(), await bob.socket()];
    expect((await mod.http.delete(`/rooms/${vault}/members/${mallory.id}`)).status).toBe(204);
    expect(await his.hears('account.sanctioned')).toMatchObject({ kind: 'room_removal', roomId: vault });
    await his.hears('room.removed');
    expect(await statements(mallory)).toEqual([
      expect.objectContaining({ kind: 'room_removal', scope: vault, reason: null, messageCount: 0 }),
    ]);
    expect((await alice.http.delete(`/rooms/${vault}/members/${bob.id}`)).status).toBe(204);
    await others.hears('room.removed');
    expect(others.of('account.sanctioned')).toEqual([]);
    expect(await statements(bob)).toEqual([]);
  });
});

describe('the record', () => {
  it('is read by the person himself and by moderators, page by page; texts are only for the author', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory]);
    const message = await send(mallory, vault, 'a private word');
    const [first, second] = [
      (await warn(mod, mallory, { messageId: message.id })).body,
      (await warn(mona, mallory)).body,
    ];
    const page = (await mallory.http.get('/accounts/me/sanctions?limit=1')).body;
    expect(page).toMatchObject({ hasMore: true, items: [{ id: second.id }] });
    const rest = (await mallory.http.get(`/accounts/me/sanctions?limit=1&cursor=${page.next}`)).body;
    expect(rest).toMatchObject({ hasMore: false, items: [{ id: first.id }] });
    expect((await mallory.http.get(`/accounts/me/sanctions/${first.id}`)).body).toEqual(rest.items[0]);
    expectProblem(await bob.http.get(`/accounts/me/sanctions/${first.id}`), 404, 'sanction/not-found');
    expectProblem(await mod.http.get(`/accounts/me/sanctions/${first.id}`), 404, 'sanction/not-found');
    const record = await mod.http.get(`/moderation/accounts/${mallory.id}/sanctions`);
    expect(record.body.items.map((one: any) => [one.id, one.decidedBy, one.messageIds])).toEqual([
      [second.id, mona.id, []],
      [first.id, mod.id, [message.id]],
    ]);
    expect(record.text).not.toContain('a private word');
    expectProblem(await bob.http.get(`/moderation/accounts/${mallory.id}/sanctions`), 403, 'role/insufficient');
    expectProblem(await mod.http.get('/moderation/accounts/4000000/sanctions'), 404, 'account/not-found');
  });

  it('goes with the act: when the connection dies before the commit, there is neither', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const message = await send(mallory, vault, 'stays');
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(25189, 2)');
    const acts = [
      () => warn(mod, mallory),
      () => mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'x' }),
      () => mod.http.delete(`/rooms/${vault}/members/${mallory.id}`),
      () => block(mod, mallory),
    ];
    for (const act of acts) {
      const acting = act();
      const waiting = await eventually(async () => {
        const [found] = await w.database.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%audit_append%'`,
        );
        return found?.pid;
      }, 'the waiting act');
      await w.database.query('SELECT pg_terminate_backend($1)', [waiting]);
      expect((await acting).status).toBe(503);
    }
    await holder.query('SELECT pg_advisory_unlock(25189, 2)');
    await holder.release();
    expect(await statements(mallory)).toEqual([]);
    expect((await mallory.http.get(`/rooms/${vault}/messages/${message.id}`)).body.text).toBe('stays');
    for (const act of acts) expect((await act()).status).toBeLessThan(300);
    expect((await statements(mallory)).map((one) => one.kind)).toEqual([
      'block',
      'room_removal',
      'message_deletion',
      'warning',
    ]);
  });
});
