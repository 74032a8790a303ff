import { HttpClient } from '../support/http.js';
import { eventually, expectProblem } from '../support/expect.js';
import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

let w: World;
let alice: Person, mod: Person, mona: Person, root: Person, ruth: Person;
let count = 0;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  mod = await w.person('mod', { role: 'moderator' });
  mona = await w.person('mona', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
  ruth = await w.person('ruth', { role: 'superuser' });
});
afterAll(() => w?.close());

const somebody = (name = 'mallory') => w.person(`${name} ${++count}`);
const room = async (members: Person[], more: object = {}): Promise<number> => {
  const ids = members.map(({ id }) => id);
  return (await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: ids, ...more })).body.id;
};
const send = async (person: Person, roomId: number, text: string) =>
  (await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() })).body;
const texts = async (roomId: number) =>
  (await alice.http.get(`/rooms/${roomId}/messages?limit=200`)).body.items.map((one: any) => one.text);
const block = (by: Person, person: Person, more: object = {}) =>
  by.http.post('/moderation/blocks', {
    accountId: person.id,
    reason: 'floods',
    mode: 'mute',
    scope: 'global',
    ...more,
  });
const warn = async (by: Person, person: Person): Promise<number> =>
  (await by.http.post('/moderation/warnings', { accountId: person.id, reason: 'be kind' })).body.id;
const statements = async (person: Person) => (await person.http.get('/accounts/me/sanctions')).body.items as any[];
const newest = async (person: Person) => (await statements(person))[0];
const file = (person: Person, sanctionId: number, text = 'it was not me') =>
  person.http.post('/appeals', { sanctionId, text });
const decide = (by: Person, appealId: number, outcome: string, reason = 'looked at it') =>
  by.http.post(`/moderation/appeals/${appealId}/decision`, { outcome, reason });
const trail = async (query: string) => (await mod.http.get(`/moderation/audit?${query}`)).body.items as any[];
const signIn = (person: Person) =>
  w.http.post('/auth/token', { grant_type: 'password', username: person.username, password: person.password });

/** The appeal of the person's newest sanction. */
async function appealed(person: Person): Promise<number> {
  const filed = await file(person, (await newest(person)).id);
  expect(filed.status).toBe(201);
  return filed.body.id as number;
}

describe('an appeal', () => {
  it('is filed once for each sanction by the person himself, and moderators hear of it', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    await block(mod, mallory);
    const { id: sanctionId } = await newest(mallory);
    const sockets = { mod: await mod.socket(), root: await root.socket() };
    const [his, bobs] = [await mallory.socket(), await bob.socket()];
    expectProblem(await file(bob, sanctionId), 404, 'sanction/not-found');
    expectProblem(await file(mod, sanctionId), 404, 'sanction/not-found');
    const filed = await file(mallory, sanctionId);
    expect(filed.status).toBe(201);
    expect(filed.body).toMatchObject({ sanctionId, text: 'it was not me', state: 'open', outcome: null, reason: null });
    const again = await file(mallory, sanctionId);
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: filed.body });
    expectProblem(await file(mallory, sanctionId, 'something else'), 409, 'appeal/exists');
    for (const socket of Object.values(sockets))
      expect(await socket.hears('appeal.opened', (fact) => fact.appealId === filed.body.id)).toMatchObject({
        sanctionId,
        kind: 'block',
        account: { id: mallory.id },
      });
    await warn(mod, mallory);
    await his.hears('account.warned');
    await warn(mod, bob);
    await bobs.hears('account.warned');
    for (const socket of [his, bobs]) expect(socket.of('appeal.opened')).toEqual([]);
    expect(sockets.mod.of('appeal.opened').filter((fact) => fact.appealId === filed.body.id)).toHaveLength(1);
    expect((await newest(mallory)).kind).toBe('warning');
    expect((await statements(mallory))[1]).toMatchObject({ appeal: filed.body, redress: { possible: false } });
    const several = await somebody();
    await warn(mod, several);
    const { id: other } = await newest(several);
    const filings = await Promise.all(['one', 'two', 'three', 'four'].map((text) => file(several, other, text)));
    expect(filings.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
  });

  it('is refused when the time is over, and when nothing is left to appeal against', async () => {
    const mallory = await somebody();
    const late = await warn(mod, mallory);
    await w.database.query('UPDATE sanctions SET appeal_until = now() WHERE id = $1', [late]);
    expect(await newest(mallory)).toMatchObject({ id: late, redress: { possible: false } });
    expectProblem(await file(mallory, late), 409, 'appeal/too-late');
    const { body } = await block(mod, mallory);
    const first = await newest(mallory);
    await mod.http.patch(`/moderation/blocks/${body.id}`, { reason: 'floods and insults' });
    expectProblem(await file(mallory, first.id), 409, 'sanction/over');
    const second = await newest(mallory);
    await mod.http.delete(`/moderation/blocks/${body.id}`);
    expectProblem(await file(mallory, second.id), 409, 'sanction/over');
    expect((await mona.http.get('/moderation/appeals?state=open')).body.items).not.toContainEqual(
      expect.objectContaining({ sanction: expect.objectContaining({ account: { id: mallory.id } }) }),
    );
  });

  it('is decided by another moderator; the person learns what and why, and not who', async () => {
    const mallory = await somebody();
    await block(mod, mallory);
    const appealId = await appealed(mallory);
    const [his, moderators, alices] = [await mallory.socket(), await mod.socket(), await alice.socket()];
    const upheld = await decide(mona, appealId, 'upheld', 'it was you');
    expect(upheld.status).toBe(200);
    expect(upheld.body).toMatchObject({
      id: appealId,
      state: 'decided',
      outcome: 'upheld',
      reason: 'it was you',
      decidedBy: { id: mona.id, username: 'mona' },
      sanction: { state: 'in_force', account: { id: mallory.id }, decidedBy: mod.id, appealOutcome: 'upheld' },
    });
    const { id: sanctionId } = await newest(mallory);
    const told = await his.hears('appeal.outcome');
    expect(told).toEqual({
      accountSeq: expect.any(Number),
      appealId,
      sanctionId,
      outcome: 'upheld',
      reason: 'it was you',
    });
    expect(await moderators.hears('appeal.decided', (fact) => fact.appealId === appealId)).toMatchObject({
      outcome: 'upheld',
      decidedBy: { id: mona.id, username: 'mona' },
      decidedAt: upheld.body.decidedAt,
    });
    await warn(mod, mallory);
    await his.hears('account.warned');
    expect(his.of('appeal.decided')).toEqual([]);
    expect(moderators.of('appeal.outcome')).toEqual([]);
    await warn(mod, alice);
    await alices.hears('account.warned');
    expect([...alices.of('appeal.outcome'), ...alices.of('appeal.decided')]).toEqual([]);
    const read = await mallory.http.get(`/accounts/me/sanctions/${sanctionId}`);
    expect(read.body).toMatchObject({
      state: 'in_force',
      appeal: { state: 'decided', outcome: 'upheld', reason: 'it was you' },
    });
    expect(read.text).not.toMatch(/mona|mod"|decidedBy/);
    const again = expectProblem(await decide(root, appealId, 'granted'), 409, 'appeal/decided');
    expect(again).toMatchObject({
      decidedBy: { id: mona.id, username: 'mona' },
      decidedAt: upheld.body.decidedAt,
      decision: 'upheld',
    });
    expect(await trail(`target=account:${mallory.id}&action=appeal.decide`)).toEqual([
      expect.objectContaining({
        actorId: mona.id,
        reason: 'it was you',
        after: { appealId, sanctionId, outcome: 'upheld' },
      }),
    ]);
    expect(await trail(`target=account:${mallory.id}&action=appeal.decide.refused`)).toEqual([
      expect.objectContaining({ actorId: root.id, after: { appealId, outcome: 'granted', code: 'appeal/decided' } }),
    ]);
  });

  it('is listed by state and page, and read with the messages in question, which is written down', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory]);
    const message = await send(mallory, vault, 'rude');
    await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'insult' });
    const first = await appealed(mallory);
    await warn(mod, bob);
    const second = await appealed(bob);
    const ids = async (query: string) =>
      (await mona.http.get(`/moderation/appeals?limit=200&${query}`)).body.items.map((one: any) => one.id) as number[];
    const open = await ids('state=open');
    expect(open.slice(-2)).toEqual([first, second]);
    expect(open).toEqual(open.toSorted((a, b) => a - b));
    await decide(mona, first, 'upheld');
    expect(await ids('state=open')).not.toContain(first);
    const decided = await ids('state=decided');
    expect(decided[0]).toBe(first);
    expect(decided).not.toContain(second);
    expect((await ids('')).slice(0, 2)).toEqual([second, first]);
    const page = (await mona.http.get('/moderation/appeals?limit=1')).body;
    const next = (await mona.http.get(`/moderation/appeals?limit=1&cursor=${page.next}`)).body;
    expect([page.items[0].id, next.items[0].id]).toEqual([second, first]);
    const oldest = (await mona.http.get('/moderation/appeals?limit=1&state=open')).body;
    const younger = (await mona.http.get(`/moderation/appeals?limit=1&state=open&cursor=${oldest.next}`)).body;
    expect(younger.items[0]?.id ?? Infinity).toBeGreaterThan(oldest.items[0].id);
    const one = await mona.http.get(`/moderation/appeals/${first}`);
    expect(one.body).toMatchObject({
      text: 'it was not me',
      messages: [{ id: message.id, roomId: vault, text: 'rude' }],
      sanction: { kind: 'message_deletion', reason: 'insult' },
    });
    expect(await trail(`target=account:${mallory.id}&action=appeal.read`)).toEqual([
      expect.objectContaining({ actorId: mona.id, after: { appealId: first } }),
    ]);
    await mona.http.get(`/moderation/appeals/${second}`);
    expect(await trail(`target=account:${bob.id}&action=appeal.read`)).toEqual([]);
    expectProblem(await mona.http.get('/moderation/appeals/4000000'), 404, 'appeal/not-found');
    expectProblem(await decide(mona, 4_000_000, 'upheld'), 404, 'appeal/not-found');
    expectProblem(await mona.http.get('/moderation/appeals?state=old'), 400, 'request/invalid');
    expectProblem(await decide(mona, second, 'perhaps'), 400, 'request/invalid');
    expectProblem(await decide(mona, second, 'granted', ''), 400, 'request/invalid');
    expectProblem(await file(bob, second, ''), 400, 'request/invalid');
    expectProblem(await file(bob, second, 'x'.repeat(4097)), 400, 'request/invalid');
  });
});

describe('a fully blocked person', () => {
  it('gets a token at the refused sign-in to read and appeal, and learns the outcome there', async () => {
    const mallory = await somebody();
    const warned = await warn(mod, mallory);
    await block(mod, mallory, { mode: 'full' });
    const answer = await signIn(mallory);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const refused = expectProblem(answer, 403, 'account/blocked');
    expect(refused).toMatchObject({ reason: 'floods', appealTokenExpiresIn: 900, appeal: null });
    const sanctionId = refused.sanctionId as number;
    const http = new HttpClient(w.origin, () => refused.appealToken as string);
    expect((await http.get(`/accounts/me/sanctions/${sanctionId}`)).body).toMatchObject({
      id: sanctionId,
      kind: 'block',
      mode: 'full',
      redress: { possible: true },
    });
    expectProblem(await http.get(`/accounts/me/sanctions/${warned}`), 404, 'sanction/not-found');
    expectProblem(await http.post('/appeals', { sanctionId: warned, text: 'nor this' }), 404, 'sanction/not-found');
    const filed = await http.post('/appeals', { sanctionId, text: 'not me' });
    expect(filed.status).toBe(201);
    expect(expectProblem(await signIn(mallory), 403, 'account/blocked').appeal).toEqual({
      id: filed.body.id,
      outcome: null,
      reason: null,
      decidedAt: null,
    });
    expect((await decide(mona, filed.body.id, 'upheld', 'it was you')).status).toBe(200);
    const later = expectProblem(await signIn(mallory), 403, 'account/blocked');
    expect(later.appeal).toMatchObject({ id: filed.body.id, outcome: 'upheld', reason: 'it was you' });
    expect((await http.get(`/accounts/me/sanctions/${sanctionId}`)).body.appeal).toMatchObject({ outcome: 'upheld' });
    const wrong = await w.http.post('/auth/token', {
      grant_type: 'password',
      username: mallory.username,
      password: 'not his',
    });
    expectProblem(wrong, 401, 'auth/credentials-wrong');
    expect(wrong.text).not.toMatch(/appeal|sanction/);
  });

  it('is free the moment his appeal is granted, and his tokens live again', async () => {
    const mallory = await somebody();
    await block(mod, mallory, { mode: 'full' });
    const refused = expectProblem(await signIn(mallory), 403, 'account/blocked');
    const http = new HttpClient(w.origin, () => refused.appealToken as string);
    const filed = await http.post('/appeals', { sanctionId: refused.sanctionId, text: 'not me' });
    expectProblem(await mallory.http.get('/accounts/me'), 401, 'auth/session-ended');
    const granted = await decide(mona, filed.body.id, 'granted', 'sorry');
    expect(granted.body).toMatchObject({ outcome: 'granted', sanction: { state: 'withdrawn' } });
    expect((await mallory.http.get('/accounts/me')).status).toBe(200);
    expect((await signIn(mallory)).status).toBe(200);
    expect(await newest(mallory)).toMatchObject({
      state: 'withdrawn',
      appeal: { outcome: 'granted', reason: 'sorry' },
    });
    expect((await trail(`target=account:${mallory.id}`)).map((row) => [row.action, row.actorId])).toEqual([
      ['appeal.decide', mona.id],
      ['block.lift', mona.id],
      ['block.create', mod.id],
    ]);
  });
});

describe('a granted appeal', () => {
  it('takes a mute back at once, also one that was changed since', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const { body } = await block(mod, mallory);
    const appealId = await appealed(mallory);
    await mod.http.patch(`/moderation/blocks/${body.id}`, { expiresAt: '2099-01-01T00:00:00.000Z' });
    const socket = await mallory.socket();
    expect((await decide(mona, appealId, 'granted')).status).toBe(200);
    await socket.hears('account.unblocked', (fact) => fact.blockId === body.id);
    expect(await send(mallory, vault, 'free')).toMatchObject({ text: 'free' });
    expect((await statements(mallory)).map((one) => one.state)).toEqual(['lifted', 'withdrawn']);
    expect((await mod.http.get(`/moderation/blocks/${body.id}`)).body).toMatchObject({
      active: false,
      liftedBy: mona.id,
    });
  });

  it('takes a warning back', async () => {
    const mallory = await somebody();
    await warn(mod, mallory);
    await decide(mona, await appealed(mallory), 'granted');
    expect(await newest(mallory)).toMatchObject({ kind: 'warning', state: 'withdrawn' });
  });

  it('brings a message back, however long ago it was deleted, and tells the room', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const message = await send(mallory, vault, 'minutes');
    await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'spam' });
    await w.database.query(`UPDATE messages SET deleted_at = now() - interval '90 days' WHERE id = $1`, [message.id]);
    const socket = await bob.socket();
    const unread = async () => (await bob.http.get('/unread')).body.total;
    expect(await unread()).toBe(0);
    await decide(mona, await appealed(mallory), 'granted');
    expect(await socket.hears('message.restored')).toMatchObject({ roomId: vault, message: { text: 'minutes' } });
    expect(await texts(vault)).toEqual(['minutes']);
    expect(await unread()).toBe(1);
    expect(await newest(mallory)).toMatchObject({ state: 'withdrawn' });
  });

  it('brings back what a deletion of many took, but not what its author or another sanction deleted', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const [vault, lobby] = [await room([mallory, bob]), await room([mallory, bob])];
    for (let n = 1; n <= 5; n++) await send(mallory, n % 2 ? vault : lobby, `said ${n}`);
    const own = await send(mallory, vault, 'own regret');
    await mallory.http.delete(`/rooms/${vault}/messages/${own.id}`);
    const begun = await mod.http.post('/moderation/deletions', { accountId: mallory.id, reason: 'spam' });
    const state = async () => (await mod.http.get(`/moderation/deletions/${begun.body.id}`)).body.state;
    await eventually(async () => (await state()) === 'done', 'the end of the deletion', 15_000);
    const deletion = await newest(mallory);
    expect(deletion).toMatchObject({ kind: 'message_deletion', scope: 'global', messageCount: 5 });
    const again = deletion.messages.find((one: any) => one.text === 'said 1').id;
    await root.http.post(`/moderation/messages/${again}/restore`);
    await mona.http.delete(`/moderation/messages/${again}`, { reason: 'still rude' });
    const appealId = (await file(mallory, deletion.id)).body.id;
    expect((await decide(root, appealId, 'granted')).status).toBe(200);
    expect(await texts(vault)).toEqual(['', 'said 3', 'said 5', '']);
    expect(await texts(lobby)).toEqual(['said 2', 'said 4']);
    const unread = (await bob.http.get('/unread')).body.rooms;
    expect(unread.map((one: any) => [one.roomId, one.unreadCount]).toSorted()).toEqual([
      [vault, 2],
      [lobby, 2],
    ]);
    expect(await trail(`target=account:${mallory.id}&action=appeal.decide`)).toEqual([
      expect.objectContaining({ after: expect.objectContaining({ restored: 4 }) }),
    ]);
  });

  it('stops a deletion that is under way and brings everything back', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    await w.database.query(
      `WITH room AS (UPDATE rooms SET last_seq = last_seq + 900, message_count = message_count + 900 WHERE id = $1 RETURNING last_seq - 900 AS before)
       INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text) SELECT $1, before + n, $2, 'bulk-' || n, '\\x00', 'bulk' FROM room, generate_series(1, 900) n`,
      [vault, mallory.id],
    );
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.startTransaction();
    await holder.query('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [vault]);
    const { body: job } = await mod.http.post('/moderation/deletions', { accountId: mallory.id, reason: 'spam' });
    const waits = (statement: string) =>
      eventually(async () => {
        const found = await w.database.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
          [statement],
        );
        return found.length > 0;
      }, `somebody who waits at ${statement}`);
    await waits('%FROM rooms%');
    const { id: sanctionId } = await newest(mallory);
    // Not filed as usual: the step that waits holds the person.
    const [row] = await w.database.query<{ id: number }>(
      `INSERT INTO appeals (sanction_id, account_id, text) VALUES ($1, $2, 'not spam') RETURNING id`,
      [sanctionId, mallory.id],
    );
    const deciding = decide(mona, row!.id, 'granted');
    await waits('%FROM jobs%');
    await holder.rollbackTransaction();
    await holder.release();
    expect((await deciding).status).toBe(200);
    expect((await mod.http.get(`/moderation/deletions/${job.id}`)).body).toMatchObject({ state: 'done' });
    const [left] = await w.database.query<{ deleted: number; restored: number }>(
      `SELECT (SELECT count(*)::int FROM messages WHERE room_id = $1 AND deleted_at IS NOT NULL) AS deleted,
         (SELECT count(*)::int FROM room_events WHERE room_id = $1 AND kind = 'message.restored') AS restored`,
      [vault],
    );
    expect(left!.deleted).toBe(0);
    expect(left!.restored).toBeGreaterThan(0);
    expect(left!.restored).toBeLessThan(900);
  });

  it('makes a removed person a member again, unless he is banned or the room is gone, and waits for a place', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const removedFrom = async (more: object = {}) => {
      const roomId = await room([mallory], more);
      expect((await mod.http.delete(`/rooms/${roomId}/members/${mallory.id}`)).status).toBe(204);
      return { roomId, appealId: await appealed(mallory) };
    };
    const memberOf = async (roomId: number) =>
      (await alice.http.get(`/rooms/${roomId}/members`)).body.items.some((one: any) => one.account.id === mallory.id);
    const vault = await removedFrom();
    const socket = await mallory.socket();
    expect((await decide(mona, vault.appealId, 'granted')).status).toBe(200);
    await socket.hears('room.added', (fact) => fact.roomId === vault.roomId);
    expect(await memberOf(vault.roomId)).toBe(true);

    const full = await removedFrom({ capacity: 2 });
    await alice.http.put(`/rooms/${full.roomId}/members/${bob.id}`);
    expectProblem(await decide(mona, full.appealId, 'granted'), 409, 'room/full');
    expect(await newest(mallory)).toMatchObject({ state: 'in_force', appeal: { state: 'open' } });
    await alice.http.delete(`/rooms/${full.roomId}/members/${bob.id}`);
    expect((await decide(mona, full.appealId, 'granted')).status).toBe(200);
    expect(await memberOf(full.roomId)).toBe(true);

    const banned = await removedFrom();
    await block(mod, mallory, { mode: 'full', scope: banned.roomId });
    expect((await decide(mona, banned.appealId, 'granted')).status).toBe(200);
    expect(await memberOf(banned.roomId)).toBe(false);
    const gone = await removedFrom();
    await root.http.delete(`/rooms/${gone.roomId}`);
    expect((await decide(mona, gone.appealId, 'granted')).body).toMatchObject({ sanction: { state: 'withdrawn' } });
    const back = await removedFrom();
    await alice.http.put(`/rooms/${back.roomId}/members/${mallory.id}`);
    expect((await decide(mona, back.appealId, 'granted')).status).toBe(200);
    expect(await memberOf(back.roomId)).toBe(true);
  });
});

describe('who decides', () => {
  it('is never who decided before, nor who changed the block, and every attempt is written down', async () => {
    const mallory = await somebody();
    const { body } = await block(mod, mallory);
    await mona.http.patch(`/moderation/blocks/${body.id}`, { reason: 'floods again' });
    const appealId = await appealed(mallory);
    for (const by of [mod, mona]) {
      expectProblem(await decide(by, appealId, 'granted'), 403, 'appeal/own-decision');
      const [attempt] = await trail(`actor=${by.id}&target=account:${mallory.id}&action=appeal.decide.refused`);
      expect(attempt.after).toEqual({ appealId, outcome: 'granted', code: 'appeal/own-decision' });
    }
    expect(await newest(mallory)).toMatchObject({ state: 'in_force', appeal: { state: 'open' } });
    expect((await decide(root, appealId, 'granted')).status).toBe(200);
  });

  it('is held to the hierarchy as it is now: moderators decide about users, nobody about himself', async () => {
    const mike = await w.person('mike', { role: 'moderator' });
    await warn(root, mike);
    const appealId = await appealed(mike);
    expectProblem(await decide(mona, appealId, 'granted'), 403, 'role/insufficient');
    expectProblem(await decide(mike, appealId, 'granted'), 409, 'moderation/self');
    expectProblem(await mike.http.get(`/moderation/appeals/${appealId}`), 409, 'moderation/self');
    const seen = async (by: Person) =>
      (await by.http.get('/moderation/appeals?limit=200')).body.items.map((one: any) => one.id) as number[];
    expect(await seen(mona)).toContain(appealId);
    expect(await seen(mike)).not.toContain(appealId);
    expectProblem(await mike.http.get(`/moderation/accounts/${mike.id}/sanctions`), 409, 'moderation/self');
    const socket = await mike.socket();
    expect((await decide(ruth, appealId, 'upheld')).status).toBe(200);
    await socket.hears('appeal.outcome');
    const mallory = await somebody();
    await warn(mod, mallory);
    const his = await appealed(mallory);
    await socket.hears('appeal.opened', (fact) => fact.appealId === his);
    expect([...socket.of('appeal.opened'), ...socket.of('appeal.decided')].map((fact) => fact.appealId)).toEqual([his]);
    await root.http.put(`/accounts/${mike.id}/role`, { role: 'user' });
    expectProblem(await decide(mike, his, 'granted'), 403, 'role/insufficient');
  });

  it('may be the superuser who decided himself where nobody else could, and no moderator', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    await warn(root, mallory);
    await warn(mod, bob);
    const [ofRoot, ofMod] = [await appealed(mallory), await appealed(bob)];
    expectProblem(await decide(root, ofRoot, 'upheld'), 403, 'appeal/own-decision');
    const others = await w.database.query<{ id: number; role: string }>(
      `SELECT id, role FROM accounts WHERE role <> 'user' AND id <> ALL ($1::bigint[])`,
      [[root.id, mod.id, ruth.id]],
    );
    const ids = others.map(({ id }) => id);
    await w.database.query(`UPDATE accounts SET role = 'user' WHERE id = ANY ($1::bigint[])`, [ids]);
    await w.database.query(`UPDATE accounts SET role = 'user' WHERE id = $1`, [mod.id]);
    try {
      expectProblem(await decide(root, ofRoot, 'upheld'), 403, 'appeal/own-decision');
      const { body } = await block(root, ruth, { mode: 'full' });
      expect((await decide(root, ofRoot, 'upheld')).status).toBe(200);
      await root.http.delete(`/moderation/blocks/${body.id}`);
      await w.database.query(`UPDATE accounts SET role = 'moderator' WHERE id = $1`, [mod.id]);
      await w.database.query(`UPDATE accounts SET role = 'user' WHERE id = ANY ($1::bigint[])`, [[root.id, ruth.id]]);
      expectProblem(await decide(mod, ofMod, 'upheld'), 403, 'appeal/own-decision');
    } finally {
      await w.database.query(`UPDATE accounts SET role = 'superuser' WHERE id = ANY ($1::bigint[])`, [
        [root.id, ruth.id],
      ]);
      for (const { id, role } of [...others, { id: mod.id, role: 'moderator' }])
        await w.database.query('UPDATE accounts SET role = $2 WHERE id = $1', [id, role]);
    }
    const [act] = await trail(`target=account:${mallory.id}&action=appeal.decide`);
    expect(act.after).toMatchObject({ appealId: ofRoot, ownDecision: true });
  });

  it('is one of those who decide at once: the others learn who was faster', async () => {
    const mike = await w.person('mike too', { role: 'moderator' });
    const judges = [mona, mike, root, ruth];
    for (let trial = 0; trial < 15; trial++) {
      const mallory = await somebody();
      const vault = await room([mallory]);
      const message = await send(mallory, vault, 'minutes');
      await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'spam' });
      const appealId = await appealed(mallory);
      const answers = await Promise.all(
        judges.map((by, n) => decide(by, appealId, (n + trial) % 2 ? 'granted' : 'upheld')),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      const { decidedBy, decidedAt, outcome } = won[0]!.body;
      for (const lost of answers.filter(({ status }) => status !== 200))
        expect(expectProblem(lost, 409, 'appeal/decided')).toMatchObject({ decidedBy, decidedAt, decision: outcome });
      expect(await texts(vault)).toEqual([outcome === 'granted' ? 'minutes' : '']);
      expect(await trail(`target=account:${mallory.id}&action=appeal.decide`)).toHaveLength(1);
      const told = await w.database.query(
        `SELECT 1 FROM account_events WHERE account_id = $1 AND kind = 'appeal.outcome'`,
        [mallory.id],
      );
      expect(told).toHaveLength(1);
    }
  }, 60_000);

  it('decides and does in one: when the connection dies before the commit, there is neither', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    await block(mod, mallory);
    const appealId = await appealed(mallory);
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(25189, 2)');
    const deciding = decide(mona, appealId, 'granted');
    const waiting = await eventually(async () => {
      const [found] = await w.database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%audit_append%'`,
      );
      return found?.pid;
    }, 'the waiting decision');
    await w.database.query('SELECT pg_terminate_backend($1)', [waiting]);
    expect((await deciding).status).toBe(503);
    await holder.query('SELECT pg_advisory_unlock(25189, 2)');
    await holder.release();
    expect(await newest(mallory)).toMatchObject({ state: 'in_force', appeal: { state: 'open', outcome: null } });
    expect((await mallory.http.post(`/rooms/${vault}/messages`, { text: 'no', clientId: newClientId() })).status).toBe(
      403,
    );
    expect(await trail(`target=account:${mallory.id}&action=appeal.decide`)).toEqual([]);
    expect((await decide(mona, appealId, 'granted')).status).toBe(200);
    expect(await send(mallory, vault, 'free')).toMatchObject({ text: 'free' });
  });
});
