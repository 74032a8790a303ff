import { readFileSync } from 'node:fs';
import { HttpClient } from '../support/http.js';
import { connectSocket } from '../support/socket.js';
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

async function room(members: Person[], preset = 'private'): Promise<number> {
  const answer = await alice.http.post('/rooms', { name: 'vault', preset, members: members.map(({ id }) => id) });
  expect(answer.status).toBe(201);
  return answer.body.id as number;
}

const block = (by: Person, person: Person, more: object = {}) =>
  by.http.post('/moderation/blocks', {
    accountId: person.id,
    reason: 'floods',
    mode: 'full',
    scope: 'global',
    ...more,
  });
const lift = (by: Person, id: number) => by.http.delete(`/moderation/blocks/${id}`);
const trail = async (query: string, by = mod) => (await by.http.get(`/moderation/audit?${query}`)).body.items as any[];
const send = (person: Person, roomId: number, text = 'hello') =>
  person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() });

overEveryTransport((t) => {
  it('lets the muted read on, and write again when the mute is lifted', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    expect(await t.send(mallory, vault, { text: 'before' })).toMatchObject({ ok: true });
    const socket = await mallory.socket();
    const blocked = await block(mod, mallory, { mode: 'mute' });
    expect(blocked.status).toBe(201);
    expect(blocked.body).toMatchObject({ account: { id: mallory.id }, mode: 'mute', scope: 'global', active: true });
    expect(await socket.hears('account.blocked')).toMatchObject({
      blockId: blocked.body.id,
      roomId: null,
      expiresAt: null,
    });
    const refused = await t.send(mallory, vault, { text: 'muted' });
    expect(refused).toMatchObject({ ok: false, code: 'account/blocked' });
    expect(refused.problem).toMatchObject({ blockId: blocked.body.id, reason: 'floods', expiresAt: null });
    expect((await mallory.http.get(`/rooms/${vault}/messages`)).status).toBe(200);
    expect(await t.send(alice, vault, { text: 'for all' })).toMatchObject({ ok: true });
    await socket.hears('message.sent', (fact) => fact.text === 'for all');
    expect((await lift(mod, blocked.body.id)).status).toBe(204);
    await socket.hears('account.unblocked');
    expect(await t.send(mallory, vault, { text: 'after' })).toMatchObject({ ok: true });
  });

  it('mutes in one room only where the scope is a room', async () => {
    const mallory = await somebody();
    const [vault, lobby] = [await room([mallory]), await room([mallory], 'open')];
    await block(mod, mallory, { mode: 'mute', scope: vault });
    expect(await t.send(mallory, vault, { text: 'muted' })).toMatchObject({ ok: false, code: 'account/blocked' });
    expect(await t.send(mallory, lobby, { text: 'free' })).toMatchObject({ ok: true });
  });

  it('lets who may only read delete his own and leave, and nothing else', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const own = await t.send(mallory, vault, { text: 'own' });
    await block(mod, mallory, { mode: 'read_only' });
    expect(await t.edit(mallory, vault, own.message.id, 'changed', 1)).toMatchObject({ code: 'account/blocked' });
    expect(await t.delete(mallory, vault, own.message.id)).toMatchObject({ ok: true });
    expectProblem(await mallory.http.patch(`/rooms/${vault}`, { topic: 'tea' }), 403, 'account/blocked');
    expect((await mallory.http.delete(`/rooms/${vault}/members/me`)).status).toBe(204);
  });

  it('ends by itself, by the clock of the database', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const { body } = await block(mod, mallory, { mode: 'mute', expiresAt });
    expect(await t.send(mallory, vault, { text: 'muted' })).toMatchObject({ code: 'account/blocked' });
    await eventually(async () => (await t.send(mallory, vault, { text: 'again' })).ok, 'the end of the block');
    const [row] = await w.database.query<{ early: boolean }>(
      'SELECT min(created_at) < $2::timestamptz AS early FROM messages WHERE author_id = $1',
      [mallory.id, expiresAt],
    );
    expect(row!.early).toBe(false);
    expect((await mod.http.get(`/moderation/blocks/${body.id}`)).body).toMatchObject({
      active: false,
      liftedAt: expiresAt,
    });
    const anew = await block(mod, mallory, { mode: 'mute' });
    expect(anew.status).toBe(201);
    expect(anew.body.id).not.toBe(body.id);
    expectProblem(await mod.http.patch(`/moderation/blocks/${body.id}`, { reason: 'late' }), 409, 'block/over');
  });
});

describe('a full block', () => {
  it('closes the sockets with the reason, kills the tokens, and lets them live again when it is lifted', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const sockets = [await mallory.socket(), await mallory.socket()];
    const { body, status } = await block(mod, mallory, { expiresAt: '2099-01-01T00:00:00.000Z' });
    expect(status).toBe(201);
    for (const socket of sockets) {
      await socket.hears('session.ended');
      expect(socket.of('account.blocked')).toEqual([
        expect.objectContaining({ blockId: body.id, reason: 'floods', expiresAt: '2099-01-01T00:00:00.000Z' }),
      ]);
      expect(socket.heard.at(-1)).toEqual({ event: 'session.ended', payload: { reason: 'blocked' } });
      await eventually(() => socket.closedBecause, 'the close');
    }
    expectProblem(await mallory.http.get('/accounts/me'), 401, 'auth/session-ended');
    expectProblem(await send(mallory, vault), 401, 'auth/session-ended');
    await expect(mallory.socket()).rejects.toThrow('auth/session-ended');
    const signIn = (password: string) =>
      w.http.post('/auth/token', { grant_type: 'password', username: mallory.username, password });
    const refused = expectProblem(await signIn(mallory.password), 403, 'account/blocked');
    expect(refused).toMatchObject({ reason: 'floods', expiresAt: '2099-01-01T00:00:00.000Z', blockId: body.id });
    expectProblem(await signIn('not his'), 401, 'auth/credentials-wrong');
    const refresh = () =>
      w.http.post('/auth/token', { grant_type: 'refresh_token', refresh_token: mallory.refreshToken });
    expectProblem(await refresh(), 401, 'auth/session-ended');

    await lift(mod, body.id);
    expect((await mallory.http.get('/accounts/me')).status).toBe(200);
    expect((await send(mallory, vault)).status).toBe(201);
    expect((await refresh()).status).toBe(200);
    const again = await mallory.socket();
    await again.hears('session.ready');
  });

  it('refuses sends over a socket that is still open', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const socket = await mallory.socket();
    await w.database.query(`INSERT INTO blocks (account_id, mode, reason) VALUES ($1, 'full', 'by hand')`, [
      mallory.id,
    ]);
    const ack = await socket.send('message.send', { roomId: vault, text: 'over', clientId: newClientId() });
    expect(ack).toMatchObject({ ok: false, problem: { code: 'auth/session-ended', status: 401 } });
  });

  it('refuses a handshake that is under way', async () => {
    const mallory = await somebody();
    const attempts = Array.from({ length: 8 }, () =>
      connectSocket(w.origin, { token: mallory.token }).then(
        (socket) => socket,
        () => undefined,
      ),
    );
    const blocked = await block(mod, mallory);
    expect(blocked.status).toBe(201);
    for (const socket of await Promise.all(attempts))
      if (socket) await eventually(() => socket.closedBecause, 'the close of a socket that came in between');
    const rows = () => w.database.query('SELECT 1 FROM node_accounts WHERE account_id = $1', [mallory.id]);
    await eventually(async () => (await rows()).length === 0, 'an empty registry');
  });

  it('is one at a time of a mode and scope: repeating it answers the one in force', async () => {
    const mallory = await somebody();
    const answers = await Promise.all([1, 2, 3, 4].map((n) => block(mod, mallory, { reason: `reason ${n}` })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await block(mod, mallory, { mode: 'mute' })).status).toBe(201);
    expect(await trail(`target=account:${mallory.id}`)).toHaveLength(2);
  });
});

describe('a ban from a room', () => {
  it('removes the member and keeps him out: he can neither join nor be added nor read', async () => {
    const mallory = await somebody();
    const lobby = await room([mallory], 'open');
    const [socket, others] = [await mallory.socket(), await alice.socket()];
    const { body } = await block(mod, mallory, { scope: lobby });
    await others.hears('member.removed', (fact) => fact.roomId === lobby && fact.account.id === mallory.id);
    await socket.hears('room.removed', (fact) => fact.roomId === lobby);
    await send(alice, lobby, 'behind his back');
    await others.hears('message.sent', (fact) => fact.text === 'behind his back');
    expectProblem(await mallory.http.post(`/rooms/${lobby}/join`, {}), 403, 'account/blocked');
    expectProblem(await alice.http.put(`/rooms/${lobby}/members/${mallory.id}`), 409, 'member/blocked');
    expectProblem(await mallory.http.get(`/rooms/${lobby}/messages`), 404, 'room/not-found');
    expect(await socket.send('room.resume', { roomId: lobby, after: 0 })).toMatchObject({ ok: false });
    expect(socket.of('message.sent').map((fact) => fact.text)).not.toContain('behind his back');
    expect(socket.closedBecause).toBeUndefined();
    await lift(mod, body.id);
    expect((await mallory.http.post(`/rooms/${lobby}/join`, {})).status).toBe(200);
  });

  it('reaches who has left and who was never there, also while he listens from outside', async () => {
    const [mallory, eve] = [await somebody(), await somebody('eve')];
    const lobby = await room([mallory], 'open');
    await mallory.http.delete(`/rooms/${lobby}/members/me`);
    const socket = await eve.socket();
    expect(await socket.send('room.resume', { roomId: lobby, after: 0 })).toMatchObject({ ok: true });
    await send(alice, lobby, 'heard outside');
    await socket.hears('message.sent', (fact) => fact.text === 'heard outside');
    for (const person of [mallory, eve]) {
      expect((await block(mod, person, { scope: lobby })).status).toBe(201);
      expectProblem(await person.http.post(`/rooms/${lobby}/join`, {}), 403, 'account/blocked');
    }
    const others = await alice.socket();
    await send(alice, lobby, 'not for eve');
    await others.hears('message.sent', (fact) => fact.text === 'not for eve');
    await socket.send('read.mark', { roomId: lobby, seq: 1 });
    expect(socket.of('message.sent').map((fact) => fact.text)).not.toContain('not for eve');
  });

  it('is not laid on a direct room, nor where a moderator has no rank', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const { id: direct } = (await mallory.http.put(`/direct/${bob.id}`)).body;
    expectProblem(await block(mod, mallory, { scope: direct }), 403, 'room/forbidden');
    expect((await block(mod, mallory, { scope: direct, mode: 'mute' })).status).toBe(201);
    const lobby = await room([mallory], 'open');
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [lobby]);
    expectProblem(await block(mod, mallory, { scope: lobby }), 403, 'room/forbidden');
    expectProblem(await block(mod, mallory, { scope: 4_000_000 }), 404, 'room/not-found');
  });
});

describe('the hierarchy', () => {
  it('lets nobody act against himself, moderators only against users, and writes every attempt down', async () => {
    const refusals: [Person, Person, number, string][] = [
      [mod, mod, 409, 'moderation/self'],
      [root, root, 409, 'moderation/self'],
      [mod, mona, 403, 'role/insufficient'],
      [mod, root, 403, 'role/insufficient'],
    ];
    for (const [by, person, status, code] of refusals) {
      const before = (await trail(`actor=${by.id}&target=account:${person.id}&action=block.create.refused`)).length;
      expectProblem(await block(by, person), status, code as never);
      const attempts = await trail(`actor=${by.id}&target=account:${person.id}&action=block.create.refused`);
      expect(attempts.length - before).toBe(1);
      expect(attempts[0].after).toMatchObject({ mode: 'full', scope: 'global', code });
    }
    expectProblem(await block(alice, mod), 403, 'role/insufficient');
    expectProblem(
      await mod.http.post('/moderation/deletions', { accountId: mona.id, reason: 'x' }),
      403,
      'role/insufficient',
    );
    expect((await mod.http.get('/accounts/me')).status).toBe(200);
    const closed = await room([], 'closed').catch(() => undefined);
    expectProblem(await mod.http.put(`/rooms/${closed}/members/${mona.id}`), 403, 'room/forbidden');
    expect(await trail(`actor=${mod.id}&target=room:${closed}&action=member.add.refused`)).toHaveLength(1);
  });

  it('lets superusers block moderators and each other, of two at once only one', async () => {
    const [ruth, rita] = [await somebody('ruth'), await somebody('rita')];
    for (const { id } of [ruth, rita]) await root.http.put(`/accounts/${id}/role`, { role: 'superuser' });
    const answers = await Promise.all([block(ruth, rita), block(rita, ruth)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 401]);
    const { body } = answers.find(({ status }) => status === 201)!;
    expect((await lift(root, body.id)).status).toBe(204);
    const blocked = await block(root, mona);
    expect(blocked.status).toBe(201);
    expectProblem(await mona.http.get('/moderation/blocks'), 401, 'auth/session-ended');
    await lift(root, blocked.body.id);
  });

  it('sees a moderator as he is now: whoever was demoted blocks nobody any more', async () => {
    const [mallory, former] = [await somebody(), await w.person('former', { role: 'moderator' })];
    await root.http.put(`/accounts/${former.id}/role`, { role: 'user' });
    expectProblem(await block(former, mallory), 403, 'role/insufficient');
    expect(await trail(`target=account:${former.id}&action=role.change`)).toEqual([
      expect.objectContaining({ actorId: root.id, before: { role: 'moderator' }, after: { role: 'user' } }),
    ]);
  });
});

describe('a block that is looked after', () => {
  it('is changed, listed by person and state, and found again', async () => {
    const mallory = await somebody();
    const mute = (await block(mod, mallory, { mode: 'mute' })).body;
    const full = (await block(mod, mallory)).body;
    await lift(mod, full.id);
    const changed = await mod.http.patch(`/moderation/blocks/${mute.id}`, {
      reason: 'worse',
      expiresAt: '2098-01-01T00:00:00+03:00',
    });
    expect(changed.body).toMatchObject({ reason: 'worse', expiresAt: '2097-12-31T21:00:00.000Z' });
    expect((await mod.http.patch(`/moderation/blocks/${mute.id}`, { expiresAt: null })).body).toMatchObject({
      reason: 'worse',
      expiresAt: null,
    });
    const ids = async (query: string) =>
      (await mod.http.get(`/moderation/blocks?accountId=${mallory.id}${query}`)).body.items.map((one: any) => one.id);
    expect(await ids('')).toEqual([full.id, mute.id]);
    expect(await ids('&active=true')).toEqual([mute.id]);
    expect(await ids('&active=false')).toEqual([full.id]);
    const page = (await mod.http.get(`/moderation/blocks?accountId=${mallory.id}&limit=1`)).body;
    expect(page).toMatchObject({ hasMore: true, items: [{ id: full.id }] });
    expect(await ids(`&limit=1&cursor=${page.next}`)).toEqual([mute.id]);
    expectProblem(await mod.http.get('/moderation/blocks/4000000'), 404, 'block/not-found');
    expect((await lift(mod, full.id)).status).toBe(204);
  });

  it('refuses what cannot be', async () => {
    const mallory = await somebody();
    for (const more of [
      { reason: '' },
      { reason: 'x'.repeat(513) },
      { mode: 'loud' },
      { scope: 0 },
      { scope: 'room' },
      { scope: '17' },
      { scope: null },
      { expiresAt: '2001-01-01T00:00:00.000Z' },
      { expiresAt: 'tomorrow' },
      { expiresAt: '2099-01-01' },
      { deleteMessages: '2h' },
      { expiresAt: '+275760-01-01T00:00:00Z' },
      { accountId: '18' },
      { more: 1 },
    ])
      expectProblem(await block(mod, mallory, more), 400, 'request/invalid');
    expectProblem(
      await mod.http.post('/moderation/blocks', { accountId: 4_000_000, reason: 'x', mode: 'full', scope: 'global' }),
      404,
      'account/not-found',
    );
  });
});

describe('content', () => {
  const texts = async (person: Person, roomId: number) =>
    ((await person.http.get(`/rooms/${roomId}/messages?limit=200`)).body.items as any[]).map((one) => one.text);
  const finished = async (id: number) =>
    await eventually(
      async () => {
        const { body } = await mod.http.get(`/moderation/deletions/${id}`);
        return body.state === 'done' && body;
      },
      'the end of the deletion',
      15_000,
    );

  it('is deleted with a reason and restored by a superuser, live for the readers', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const message = (await send(mallory, vault, 'rude')).body;
    const socket = await bob.socket();
    const unread = async () => (await bob.http.get('/unread')).body.total;
    expect(await unread()).toBe(1);
    expect((await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'insult' })).status).toBe(204);
    expect((await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'again' })).status).toBe(204);
    expect(await socket.hears('message.deleted')).toMatchObject({ messageId: message.id, deletedBy: mod.id });
    expect(await texts(bob, vault)).toEqual(['']);
    expect(await unread()).toBe(0);
    expect(await trail(`target=message:${message.id}`)).toEqual([
      expect.objectContaining({ action: 'message.delete', reason: 'insult', actorId: mod.id }),
    ]);
    expectProblem(await mod.http.post(`/moderation/messages/${message.id}/restore`), 403, 'role/insufficient');
    const restored = await root.http.post(`/moderation/messages/${message.id}/restore`);
    expect(restored.status).toBe(200);
    expect(await socket.hears('message.restored')).toMatchObject({ roomId: vault, message: restored.body });
    expect(await texts(bob, vault)).toEqual(['rude']);
    expect(await unread()).toBe(1);
    expectProblem(await root.http.post(`/moderation/messages/${message.id}/restore`), 409, 'message/not-restorable');
    await mallory.http.delete(`/rooms/${vault}/messages/${message.id}`);
    expectProblem(await root.http.post(`/moderation/messages/${message.id}/restore`), 409, 'message/not-restorable');
    const old = (await send(mallory, vault, 'old')).body;
    await mod.http.delete(`/rooms/${vault}/messages/${old.id}`);
    await w.database.query(`UPDATE messages SET deleted_at = now() - interval '31 days' WHERE id = $1`, [old.id]);
    expectProblem(await root.http.post(`/moderation/messages/${old.id}/restore`), 409, 'message/not-restorable');
    expectProblem(await mod.http.delete('/moderation/messages/4000000', { reason: 'x' }), 404, 'message/not-found');
  });

  it('of a person and a period is deleted with the block, in its scope', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const [vault, lobby] = [await room([mallory, bob]), await room([mallory, bob])];
    for (const text of ['old', 'fresh 1', 'fresh 2']) await send(mallory, vault, text);
    await send(mallory, lobby, 'elsewhere');
    await send(bob, vault, 'of bob');
    await w.database.query(
      `UPDATE messages SET created_at = now() - interval '2 hours' WHERE text = 'old' AND author_id = $1`,
      [mallory.id],
    );
    const socket = await bob.socket();
    const { body } = await block(mod, mallory, { mode: 'mute', scope: vault, deleteMessages: '1h' });
    expect(await finished(body.deletionId)).toMatchObject({ total: 2, done: 2, blockId: body.id, roomId: vault });
    expect(await texts(bob, vault)).toEqual(['old', '', '', 'of bob']);
    expect(await texts(bob, lobby)).toEqual(['elsewhere']);
    await eventually(() => socket.of('message.deleted').length === 2, 'both facts');
    expect((await bob.http.get('/unread')).body.rooms.find((one: any) => one.roomId === vault).unreadCount).toBe(1);
    const [act] = await trail(`target=account:${mallory.id}&action=message.delete`);
    expect(act).toMatchObject({
      actorId: mod.id,
      reason: 'floods',
      after: { deletionId: body.deletionId, deleted: 2 },
    });
  });

  it('of thousands is deleted in steps that a restart does not double or lose', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    await w.database.query(
      `WITH room AS (UPDATE rooms SET last_seq = last_seq + 1500, message_count = message_count + 1500 WHERE id = $1 RETURNING last_seq - 1500 AS before)
       INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text) SELECT $1, before + n, $2, 'bulk-' || n, '\\x00', 'bulk' FROM room, generate_series(1, 1500) n`,
      [vault, mallory.id],
    );
    const begun = await mod.http.post('/moderation/deletions', {
      accountId: mallory.id,
      roomId: vault,
      reason: 'bulk',
    });
    expect(begun.status).toBe(202);
    // The room is locked in the middle of the work, and the connection that waits for it dies, as with its process.
    const done = async () => (await mod.http.get(`/moderation/deletions/${begun.body.id}`)).body.done as number;
    await eventually(async () => (await done()) > 0, 'the first step');
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.startTransaction();
    await holder.query('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [vault]);
    const waiting = await eventually(async () => {
      const [found] = await w.database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM rooms%'`,
      );
      return found?.pid;
    }, 'a step that waits for the room');
    const before = await done();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(1500);
    await w.database.query('SELECT pg_terminate_backend($1)', [waiting]);
    const other = await restarted();
    await holder.rollbackTransaction();
    await holder.release();
    expect(await finished(begun.body.id)).toMatchObject({ state: 'done', total: 1500, done: 1500 });
    await other.close();
    const [left] = await w.database.query<{ texts: number; facts: number; distinct: number }>(
      `SELECT (SELECT count(*)::int FROM messages WHERE room_id = $1 AND deleted_at IS NULL) AS texts, count(*)::int AS facts,
         count(DISTINCT message_seq)::int AS distinct FROM room_events WHERE room_id = $1 AND kind = 'message.deleted'`,
      [vault],
    );
    expect(left).toEqual({ texts: 0, facts: 1500, distinct: 1500 });
    const [{ holes }] = (await w.database.query(
      `SELECT (max(seq) - count(*))::int AS holes FROM (SELECT seq FROM messages WHERE room_id = $1 UNION ALL SELECT seq FROM room_events WHERE room_id = $1) log`,
      [vault],
    )) as [{ holes: number }];
    expect(holes).toBe(0);
  });

  async function restarted(): Promise<{ close(): Promise<void> }> {
    const { createApp } = await import('../../src/app.js');
    const { readConfig } = await import('../../src/platform/config.js');
    const env = {
      NODE_ENV: 'test',
      BESEDKA_JWT_SECRET: 'a test key that is long enough 0123456789',
      DATABASE_URL: w.url,
      BESEDKA_DATABASE_POOL: '4',
    };
    const app = await createApp(readConfig(env, '/nonexistent/.env').config, { url: w.url }, false);
    return app;
  }
});

describe("the moderator's look", () => {
  it('into a room he is not in is one row of the log each, and of members none', async () => {
    const bob = await somebody('bob');
    const vault = await room([bob, mona]);
    const { id, seq } = (await send(bob, vault, 'private')).body;
    const looks = async (by: Person) => await trail(`actor=${by.id}&action=room.read&target=room:${vault}`);
    await mod.http.get(`/rooms/${vault}/messages?after=0&limit=20`);
    await mod.http.get(`/rooms/${vault}/messages/${id}`);
    await mod.http.get(`/rooms/${vault}/events?after=0`);
    const socket = await mod.socket();
    await socket.send('room.resume', { roomId: vault, after: seq });
    const rows = await looks(mod);
    expect(rows.map((row) => row.after)).toEqual([
      { after: seq, limit: 200 },
      { after: 0, limit: 50 },
      { messageId: id },
      { after: 0, limit: 20 },
    ]);
    expect(rows[0].requestId).toMatch(/^socket-/);
    for (const person of [mona, bob]) await person.http.get(`/rooms/${vault}/messages`);
    expect(await looks(mona)).toEqual([]);
    expectProblem(await alice.http.get('/moderation/audit'), 403, 'role/insufficient');
  });
});

describe('the audit log', () => {
  it('has who, what, before, after, reason and request; addresses only for superusers', async () => {
    const mallory = await somebody();
    const answer = await mod.http.post(
      '/moderation/blocks',
      { accountId: mallory.id, reason: 'spam', mode: 'mute', scope: 'global' },
      { headers: { 'x-request-id': 'a-request-of-mod' } },
    );
    await lift(root, answer.body.id);
    const rows = await trail(`target=account:${mallory.id}`);
    expect(rows.map((row) => [row.action, row.actorId])).toEqual([
      ['block.lift', root.id],
      ['block.create', mod.id],
    ]);
    expect(rows[1]).toMatchObject({
      reason: 'spam',
      requestId: 'a-request-of-mod',
      address: null,
      after: { mode: 'mute', scope: 'global', blockId: answer.body.id },
    });
    expect((await trail(`target=account:${mallory.id}`, root))[1].address).toMatch(/127\.0\.0\.1|::1/);
    const [newest, oldest] = rows;
    expect(await trail(`target=account:${mallory.id}&from=${newest.createdAt}`)).toHaveLength(1);
    expect(await trail(`target=account:${mallory.id}&to=${oldest.createdAt}`)).toHaveLength(0);
    const page = (await mod.http.get(`/moderation/audit?target=account:${mallory.id}&limit=1`)).body;
    expect((await trail(`target=account:${mallory.id}&limit=1&cursor=${page.next}`))[0].id).toBe(oldest.id);
    expectProblem(await mod.http.get('/moderation/audit?target=mallory'), 400, 'request/invalid');
  });

  it('takes no change, no deletion, and shows the first row that was changed past it', async () => {
    for (const statement of ['UPDATE audit_log SET reason = NULL', 'DELETE FROM audit_log', 'TRUNCATE audit_log'])
      await expect(w.database.query(statement)).rejects.toThrow('append-only');
    const { verifyAudit } = await import('../../src/platform/audit.js');
    const sound = await verifyAudit(w.database);
    expect(sound).toMatchObject({ broken: undefined });
    expect(sound.rows).toBeGreaterThan(20);
    const tamper = async (statement: string) =>
      await w.database
        .write(async (tx) => {
          await tx.query('ALTER TABLE audit_log DISABLE TRIGGER ALL');
          await tx.query(statement);
          throw Object.assign(new Error('taken back'), { verdict: await verifyAudit(tx) });
        })
        .catch((error: { verdict?: unknown }) => error.verdict);
    expect(await tamper(`UPDATE audit_log SET reason = 'harmless' WHERE id = 7`)).toMatchObject({ broken: 7, rows: 6 });
    expect(
      await tamper(`UPDATE audit_log SET created_at = created_at - interval '1 second' WHERE id = 9`),
    ).toMatchObject({ broken: 9 });
    expect(await tamper('DELETE FROM audit_log WHERE id = 5')).toMatchObject({ broken: 6, rows: 4 });
    expect(await tamper('DELETE FROM audit_log WHERE id = 1')).toMatchObject({ broken: 2, rows: 0 });
    expect(await verifyAudit(w.database)).toEqual(sound);
    const migration = readFileSync('src/platform/migrations/3-moderation.migration.ts', 'utf8');
    expect(migration).toContain('BEFORE TRUNCATE');
  });

  it('goes with the act: when the connection dies before the commit, there is neither', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const rows = async () => (await trail(`target=account:${mallory.id}`)).length;
    // The writer's lock of the log is held elsewhere, so that the act waits with everything but its row behind it.
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(25189, 2)');
    const acting = block(mod, mallory, { mode: 'mute' });
    const waiting = await eventually(async () => {
      const [found] = await w.database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory' AND query LIKE '%audit_append%'`,
      );
      return found?.pid;
    }, 'the waiting act');
    await w.database.query('SELECT pg_terminate_backend($1)', [waiting]);
    expect((await acting).status).toBe(503);
    await holder.query('SELECT pg_advisory_unlock(25189, 2)');
    await holder.release();
    expect(await rows()).toBe(0);
    expect((await mod.http.get(`/moderation/blocks?accountId=${mallory.id}`)).body.items).toEqual([]);
    expect((await send(mallory, vault)).status).toBe(201);
    expect((await block(mod, mallory, { mode: 'mute' })).status).toBe(201);
    expect(await rows()).toBe(1);
  });
});

it('takes the same block twice under one Idempotency-Key', async () => {
  const mallory = await somebody();
  const http = new HttpClient(w.origin, () => mod.token);
  const headers = { 'idempotency-key': 'one-block-of-mallory' };
  const body = { accountId: mallory.id, reason: 'spam', mode: 'mute', scope: 'global' };
  const first = await http.post('/moderation/blocks', body, { headers });
  await lift(mod, first.body.id);
  const again = await http.post('/moderation/blocks', body, { headers });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect((await mod.http.get(`/moderation/blocks?accountId=${mallory.id}&active=true`)).body.items).toEqual([]);
});
