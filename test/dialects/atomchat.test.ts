import { world, type World } from '../support/world.js';
import { type CaseAnswer, CaseRunner } from './case-runner.js';
import { DialectDoor, refusalOf } from './dialect-door.js';

/** The dialect of AtomChat: its documented cases, then what its table promises beyond them. */

const FILE = CaseRunner.read('002_atomchat.yaml');
const REQUIRED = ['This field is required.'];
const FORBIDDEN = 'You do not have permission to perform this action.';

let w: World;
let door: DialectDoor;

beforeAll(async () => {
  w = await world();
  door = await DialectDoor.open(w, 'atomchat', '002_atomchat.yaml');
});
afterAll(() => w?.close());

const tokens = new Map<string, string>();
const token = (name: string) => tokens.get(name) ?? door.get<string>(`tok.${name}`);
const ids = new Map<string, number>();
const id = (name: string) => ids.get(name)!;
const as = (name: string, method: string, path: string, json?: unknown): Promise<CaseAnswer> =>
  door.ask(method, path, token(name), json === undefined ? {} : { json });
const signIn = (username: string, password: string) =>
  door.ask('POST', '/api/auth/tokens/', undefined, { json: { username, password } });

/** A room of these people, the first of whom made it. */
async function roomOf(name: string, ...people: string[]): Promise<number> {
  const made = await as(people[0]!, 'POST', '/api/rooms/', { name, users: people.slice(1).map(id) });
  expect(made.status).toBe(201);
  return made.body.id;
}

const usersOf = async (room: number) => (await as('modera', 'GET', `/api/rooms/${room}/`)).body.users;

describe('the documented cases', () => {
  it.each(FILE.cases.map((one) => [one.id, one.title, one] as const))('%s %s', async (_id, _title, one) => {
    await door.run(one);
  });
});

describe('beyond them', () => {
  beforeAll(async () => {
    const rows = await w.database.query<{ id: number; username: string }>('SELECT id, username FROM accounts');
    for (const row of rows) ids.set(row.username, row.id);
  });

  it('lets a blocked person neither sign in nor act, and his old token live again after the block', async () => {
    expect(refusalOf(await as('masha', 'GET', '/api/rooms/'))).toEqual([401, 'User inactive or deleted.']);
    expect((await signIn('masha', 'user_mas99')).body).toEqual({
      non_field_errors: ['Unable to log in with provided credentials.'],
    });
    const again = await as('modera', 'PUT', `/api/users/${id('masha')}/block`, { is_active: false });
    expect([again.status, again.body]).toEqual([200, { username: 'masha', is_active: false }]);
    for (let i = 0; i < 2; i++) {
      const freed = await as('modera', 'PUT', `/api/users/${id('masha')}/block/`, { is_active: true });
      expect([freed.status, freed.body]).toEqual([200, { username: 'masha', is_active: true }]);
    }
    expect((await as('masha', 'GET', '/api/rooms/')).status).toBe(200);
    expect((await signIn('masha', 'user_mas99')).status).toBe(200);
  });

  it('lets moderators alone block, and nobody himself', async () => {
    const block = (who: string, whom: number | string, json: unknown = { is_active: false }) =>
      as(who, 'PUT', `/api/users/${whom}/block/`, json);
    expect(refusalOf(await block('ivan', id('petya')))).toEqual([403, FORBIDDEN]);
    expect(refusalOf(await block('ivan', 999_999))).toEqual([403, FORBIDDEN]);
    expect(refusalOf(await block('modera', id('modera')))).toEqual([403, FORBIDDEN]);
    for (const unknown of [999_999, 'abc', 0])
      expect(refusalOf(await block('modera', unknown))).toEqual([404, 'Not found.']);
    expect((await block('modera', id('petya'), {})).body).toEqual({ is_active: REQUIRED });
    expect((await block('modera', id('petya'), { is_active: 'perhaps' })).body).toEqual({
      is_active: ['Must be a valid boolean.'],
    });
    expect((await door.ask('PUT', `/api/users/${id('petya')}/block/`)).status).toBe(401);
    expect((await as('petya', 'GET', '/api/rooms/')).status).toBe(200);
    const form = await door.ask('PUT', `/api/users/${id('petya')}/block/`, token('modera'), {
      form: { is_active: '1' },
    });
    expect(form.body).toEqual({ username: 'petya', is_active: true });
  });

  it('refuses a registration by its fields', async () => {
    const register = async (json: unknown) => (await door.ask('POST', '/api/users', undefined, { json })).body;
    expect(await register({})).toEqual({ username: REQUIRED, password: REQUIRED });
    expect(await register({ username: 'ivan', password: 'long enough' })).toEqual({
      username: ['A user with that username already exists.'],
    });
    const fresh = { username: 'fresh', password: 'long enough' };
    expect(await register({ ...fresh, email: 'nowhere' })).toEqual({ email: ['Enter a valid email address.'] });
    expect(await register({ ...fresh, email: 'ivan99@ati.hom' })).toEqual({
      email: ['A user with that email address already exists.'],
    });
    expect(await register({ ...fresh, password: 'short' })).toEqual({
      password: ['This password is too short. It must contain at least 8 characters.'],
    });
    expect(await register({ username: '  ', password: '' })).toEqual({
      username: ['This field may not be blank.'],
      password: ['This field may not be blank.'],
    });
    expect(Object.keys(await register({ username: 'a\u200Bb', password: ['long enough'] }))).toEqual([
      'username',
      'password',
    ]);
    expect(await register({ ...fresh, username: ' fresh ', email: '' })).toEqual({ username: 'fresh', email: '' });
  });

  it('signs in with a fresh token each time, takes password and token in any case of their words, and refuses the rest', async () => {
    const [one, other] = [await signIn('ivan', 'user_iva99'), await signIn('ivan', 'user_iva99')];
    expect(one.body.token).not.toBe(other.body.token);
    const rooms = (raw?: string, headers = {}) =>
      door.ask('GET', '/api/rooms/', undefined, { ...(raw === undefined ? {} : { auth: { raw } }), headers });
    const basic = (word: string, password: string) => `${word} ${Buffer.from(`ivan:${password}`).toString('base64')}`;
    for (const raw of [`tOkEn ${one.body.token}`, basic('Basic', 'user_iva99'), basic('bASIC', 'user_iva99')])
      expect((await rooms(raw)).status).toBe(200);
    for (const [raw, detail] of [
      [undefined, 'Authentication credentials were not provided.'],
      [`Bearer ${one.body.token}`, 'Authentication credentials were not provided.'],
      ['Token', 'Invalid token.'],
      [`Token ${'0'.repeat(40)}`, 'Invalid token.'],
      [basic('Basic', 'wrong'), 'Invalid username/password.'],
      ['Basic', 'Authentication credentials were not provided.'],
    ] as const) {
      const refused = await rooms(raw);
      expect([...refusalOf(refused), refused.headers.get('www-authenticate')]).toEqual([401, detail, 'Token']);
    }
    expect((await rooms(basic('Basic', 'user_iva99'), { origin: 'https://elsewhere.example' })).status).toBe(401);
    expect((await signIn('ivan', 'wrong')).body).toEqual({
      non_field_errors: ['Unable to log in with provided credentials.'],
    });
    expect((await door.ask('POST', '/api/auth/tokens', undefined, { json: {} })).body).toEqual({
      username: REQUIRED,
      password: REQUIRED,
    });
    const get = await door.ask('GET', '/api/auth/tokens/');
    expect([...refusalOf(get), get.headers.get('allow')]).toEqual([405, 'Method "GET" not allowed.', 'POST']);
  });

  it('sends as who shows a password, and shuts him out by a block as well', async () => {
    const room = await roomOf('Пароль', 'ivan', 'petya');
    const auth = { auth: { basic: ['petya', 'user_pet99'] as [string, string] } };
    const path = `/api/rooms/${room}/messages/`;
    const say = () => door.ask('POST', path, undefined, { ...auth, json: { text: 'по паролю' } });
    expect((await say()).body).toMatchObject({ author: id('petya') });
    await as('modera', 'PUT', `/api/users/${id('petya')}/block/`, { is_active: false });
    expect(refusalOf(await say())).toEqual([401, 'User inactive or deleted.']);
    await as('modera', 'PUT', `/api/users/${id('petya')}/block/`, { is_active: true });
    expect((await say()).status).toBe(201);
  });

  it('makes no two rooms of one name, whoever renames which, and lets the native API and others repeat names', async () => {
    const [one, other] = [await roomOf('Одна', 'ivan'), await roomOf('Другая', 'ivan')];
    const taken = [400, { name: ['A room with this name already exists.'] }];
    const seen = ({ status, body }: CaseAnswer) => [status, body];
    expect(seen(await as('petya', 'POST', '/api/rooms/', { name: ' Одна ' }))).toEqual(taken);
    expect(seen(await as('petya', 'POST', '/api/rooms/', { name: 'ОДНА' }))).toEqual(taken);
    expect(seen(await as('ivan', 'PATCH', `/api/rooms/${other}/`, { name: 'Одна' }))).toEqual(taken);
    expect((await as('ivan', 'PATCH', `/api/rooms/${one}/`, { name: 'Одна' })).status).toBe(200);
    const headers = { authorization: `Bearer ${(await w.signIn('ivan', 'user_iva99')).access_token}` };
    const native = await w.http.post('/rooms', { name: 'Одна', preset: 'private' }, { headers });
    expect(native.status).toBe(201);
    expect((await w.http.patch(`/rooms/${other}`, { name: 'Одна' }, { headers })).body.code).toBe('room/name-taken');
    expect((await w.http.patch(`/rooms/${one}`, { name: 'Третья' }, { headers })).status).toBe(200);
    expect((await as('ivan', 'PATCH', `/api/rooms/${other}/`, { name: 'Одна' })).status).toBe(200);
    expect(seen(await as('ivan', 'PUT', `/api/rooms/${native.body.id}/`, { name: 'Третья' }))).toEqual(taken);
    expect((await as('modera', 'DELETE', `/api/rooms/${one}/`)).status).toBe(204);
    expect((await as('ivan', 'POST', '/api/rooms/', { name: 'Третья' })).status).toBe(201);
  });

  it('refuses a room by its fields and makes none then', async () => {
    const before = (await as('ivan', 'GET', '/api/rooms/')).body;
    const create = async (json: unknown) => (await as('ivan', 'POST', '/api/rooms', json)).body;
    expect(await create({})).toEqual({ name: REQUIRED });
    expect(await create({ name: 'x'.repeat(256) })).toEqual({
      name: ['Ensure this field has no more than 255 characters.'],
    });
    expect(await create({ name: 'x', users: 'abc' })).toEqual({
      users: ['Expected a list of items but got type "str".'],
    });
    expect(await create({ name: 'x', users: [999_999] })).toEqual({
      users: ['Invalid pk "999999" - object does not exist.'],
    });
    expect(await create({ name: 'x', users: ['abc'] })).toEqual({
      users: ['Incorrect type. Expected pk value, received str.'],
    });
    expect(await create({ name: 'x', users: null })).toEqual({ users: ['This field may not be null.'] });
    expect((await as('ivan', 'GET', '/api/rooms/')).body).toEqual(before);
  });

  it('takes forms, with repeated users, as it takes JSON', async () => {
    const body = new URLSearchParams([
      ['name', 'Из формы'],
      ['users', String(id('petya'))],
      ['users', String(id('masha'))],
    ]);
    const raw = { raw: body.toString(), content_type: 'application/x-www-form-urlencoded' };
    const made = await door.ask('POST', '/api/rooms/', token('ivan'), raw);
    expect(made.body.users).toEqual([id('ivan'), id('petya'), id('masha')].sort((a, b) => a - b));
    const path = `/api/rooms/${made.body.id}/messages`;
    const sent = await door.ask('POST', path, token('petya'), { multipart: { text: ' по частям ' } });
    expect([sent.status, sent.body.text]).toEqual([201, 'по частям']);
    const broken = await door.ask('POST', path, token('petya'), { raw: '{"text":', content_type: 'application/json' });
    expect(refusalOf(broken)).toEqual([400, expect.stringMatching(/^JSON parse error - /)]);
    const xml = await door.ask('POST', path, token('petya'), { raw: '<a/>', content_type: 'text/xml' });
    expect(refusalOf(xml)).toEqual([415, 'Unsupported media type "text/xml" in request.']);
  });

  it('shows outsiders a 403 where there is a room and a 404 where there is none', async () => {
    const room = await roomOf('Чужая', 'ivan', 'petya');
    const text = { text: 'впустите' };
    for (const [method, path, json] of [
      ['GET', `/api/rooms/${room}/`],
      ['PUT', `/api/rooms/${room}/`, { name: 'Взлом', users: [id('masha')] }],
      ['DELETE', `/api/rooms/${room}/`],
      ['GET', `/api/rooms/${room}/messages/`],
      ['POST', `/api/rooms/${room}/messages/`, text],
    ] as const)
      expect([method, ...refusalOf(await as('masha', method, path, json))]).toEqual([method, 403, FORBIDDEN]);
    expect(refusalOf(await as('masha', 'PATCH', `/api/rooms/${room}/`, { name: 'Взлом' }))).toEqual([
      404,
      'Not found.',
    ]);
    for (const unknown of ['999999', 'abc', '0'])
      for (const who of ['masha', 'modera']) {
        expect((await as(who, 'GET', `/api/rooms/${unknown}/`)).status).toBe(404);
        expect((await as(who, 'POST', `/api/rooms/${unknown}/messages/`, text)).status).toBe(404);
        expect((await as(who, 'PUT', `/api/rooms/${unknown}/`, { name: 'Нет' })).status).toBe(404);
      }
    expect(refusalOf(await as('ivan', 'DELETE', `/api/rooms/${room}/`))).toEqual([403, FORBIDDEN]);
    expect((await as('ivan', 'GET', `/api/rooms/${room}/`)).body.name).toBe('Чужая');
    expect((await as('modera', 'DELETE', `/api/rooms/${room}/`)).status).toBe(204);
    expect((await as('ivan', 'GET', `/api/rooms/${room}/`)).status).toBe(404);
  });

  it('lets members replace the users of a room, one part or all at once', async () => {
    const room = await roomOf('Смена', 'ivan', 'petya');
    const put = (who: string, json: unknown) => as(who, 'PUT', `/api/rooms/${room}/`, json);
    const replaced = await put('petya', { name: 'Смена 2', users: [id('ivan'), id('petya'), id('masha')] });
    expect([replaced.status, replaced.body.name]).toEqual([200, 'Смена 2']);
    expect(replaced.body.users).toEqual(await usersOf(room));
    expect(replaced.body.users).toContain(id('masha'));
    expect((await as('masha', 'GET', '/api/rooms/')).body.map((one: { id: number }) => one.id)).toContain(room);
    expect((await put('petya', { name: 'Смена 3' })).body.users).toEqual(replaced.body.users);
    const renamed = await as('petya', 'PATCH', `/api/rooms/${room}/`, { users: [id('ivan'), id('petya')] });
    expect([renamed.body.name, renamed.body.users]).toEqual(['Смена 3', await usersOf(room)]);
    expect((await as('masha', 'POST', `/api/rooms/${room}/messages/`, { text: 'я здесь?' })).status).toBe(403);
    expect((await put('petya', { users: [id('petya')] })).body).toEqual({ name: REQUIRED });
    expect((await as('ivan', 'PATCH', `/api/rooms/${room}/`, {})).status).toBe(200);
  });

  it('changes nothing at all where one part of a replacement is refused', async () => {
    const room = await roomOf('Целиком', 'ivan', 'petya', 'masha');
    const before = await usersOf(room);
    const withoutOwner = { name: 'Переворот', users: [id('petya'), id('valentin')] };
    expect((await as('petya', 'PUT', `/api/rooms/${room}/`, withoutOwner)).status).toBe(403);
    const { body } = await as('ivan', 'GET', `/api/rooms/${room}/`);
    expect([body.name, body.users]).toEqual(['Целиком', before]);
    expect((await as('valentin', 'GET', `/api/rooms/${room}/`)).status).toBe(403);
    const headers = { authorization: `Bearer ${(await w.signIn('ivan', 'user_iva99')).access_token}` };
    await w.http.patch(`/rooms/${room}`, { capacity: 3 }, { headers });
    const tooMany = { name: 'Тесно', users: [...before, id('valentin')] };
    expect((await as('ivan', 'PUT', `/api/rooms/${room}/`, tooMany)).status).toBe(409);
    expect(await usersOf(room)).toEqual(before);
    const swapped = { name: 'Обмен', users: [id('ivan'), id('petya'), id('valentin')] };
    expect((await as('ivan', 'PUT', `/api/rooms/${room}/`, swapped)).status).toBe(200);
    const left = await as('ivan', 'PUT', `/api/rooms/${room}/`, { name: 'Без меня', users: [id('petya')] });
    expect([left.status, left.body.users]).toEqual([200, [id('petya')]]);
    expect((await as('ivan', 'GET', `/api/rooms/${room}/`)).status).toBe(403);
    const [row] = await w.database.query('SELECT owner_id, member_count FROM rooms WHERE id = $1', [room]);
    expect(row).toEqual({ owner_id: id('petya'), member_count: 1 });
  });

  it('asks the policy of the room for each part, and brings nobody in whom a block keeps out', async () => {
    const root = await w.person('root', { role: 'superuser' });
    ids.set('root', root.id);
    tokens.set('root', (await signIn('root', root.password)).body.token);
    const roster = { name: 'Состав', preset: 'roster', members: [id('ivan')] };
    const room = (await root.http.post('/rooms', roster)).body.id;
    const patch = async (...people: string[]) =>
      (await as('root', 'PATCH', `/api/rooms/${room}/`, { users: people.map(id) })).status;
    expect(await patch('ivan')).toBe(403);
    expect(await patch('root', 'ivan', 'petya')).toBe(200);
    expect((await as('ivan', 'PATCH', `/api/rooms/${room}/`, { users: [id('ivan')] })).status).toBe(403);
    const ban = { accountId: id('petya'), reason: 'шум', mode: 'full', scope: room };
    expect((await root.http.post('/moderation/blocks', ban)).status).toBe(201);
    expect(await patch('root', 'ivan', 'petya', 'masha')).toBe(409);
    expect(await usersOf(room)).toEqual([id('ivan'), id('root')].sort((a, b) => a - b));
  });

  it('tells those who are brought in and taken out, and nobody else', async () => {
    const people = Object.fromEntries(
      await Promise.all(['vera', 'gleb', 'zoya'].map(async (name) => [name, await w.person(name)] as const)),
    );
    for (const [name, person] of Object.entries(people)) {
      ids.set(name, person.id);
      tokens.set(name, (await signIn(name, person.password)).body.token);
    }
    const room = await roomOf('Слухи', 'vera', 'gleb');
    const sockets = await Promise.all(Object.values(people).map((person) => person.socket()));
    const [vera, gleb, zoya] = sockets as [(typeof sockets)[0], (typeof sockets)[0], (typeof sockets)[0]];
    await as('vera', 'PUT', `/api/rooms/${room}/`, { name: 'Слухи', users: [id('vera'), id('zoya')] });
    await zoya.hears('room.added', (fact) => fact.roomId === room || fact.room?.id === room);
    await gleb.hears('room.removed', (fact) => fact.roomId === room);
    await vera.hears('member.joined', (fact) => fact.roomId === room);
    await as('zoya', 'POST', `/api/rooms/${room}/messages/`, { text: 'а Глеба нет' });
    await vera.hears('message.sent', (fact) => fact.text === 'а Глеба нет');
    expect(gleb.of('message.sent')).toEqual([]);
    expect(vera.of('room.removed')).toEqual([]);
  });

  it('takes nothing more from who is taken out, and counts right when many replace at once', async () => {
    const room = await roomOf('Толпа', 'ivan', 'petya', 'masha');
    const path = `/api/rooms/${room}/`;
    const [together, without] = [
      { users: [id('ivan'), id('petya'), id('masha')] },
      { users: [id('ivan'), id('masha')] },
    ];
    for (let i = 0; i < 6; i++) {
      const says = Array.from({ length: 6 }, () => as('petya', 'POST', `${path}messages/`, { text: 'ещё' }));
      const changes = [as('ivan', 'PATCH', path, without), as('masha', 'PATCH', path, without)];
      const later = Promise.all(changes).then(() => as('petya', 'POST', `${path}messages/`, { text: 'поздно' }));
      expect((await Promise.all(changes)).map(({ status }) => status)).toEqual([200, 200]);
      expect((await later).status).toBe(403);
      await Promise.all(says);
      await Promise.all([as('ivan', 'PATCH', path, together), as('masha', 'PATCH', path, together)]);
    }
    const [counted] = await w.database.query(
      `SELECT r.member_count, (SELECT count(*)::int FROM members m WHERE m.room_id = r.id) AS members,
         (SELECT count(*)::int FROM messages s WHERE s.room_id = r.id AND s.author_id = $2 AND (
            SELECT e.kind FROM room_events e WHERE e.room_id = r.id AND e.account_id = $2 AND e.seq < s.seq ORDER BY e.seq DESC LIMIT 1
          ) = 'member.removed') AS late FROM rooms r WHERE r.id = $1`,
      [room, id('petya')],
    );
    expect(counted).toEqual({ member_count: 3, members: 3, late: 0 });
  });

  it('leaves a trace of what moderators do to rooms, and tries to', async () => {
    const room = await roomOf('Надзор', 'ivan', 'petya');
    await as('modera', 'PATCH', `/api/rooms/${room}/`, { users: [id('ivan'), id('masha')] });
    const acts = await w.database.query<{ action: string }>(
      `SELECT action FROM audit_log WHERE target_kind = 'room' AND target_id = $1 ORDER BY id`,
      [room],
    );
    expect(acts.map(({ action }) => action)).toEqual(['member.add', 'member.remove']);
    const sanctions = await w.database.query('SELECT kind FROM sanctions WHERE account_id = $1 AND room_id = $2', [
      id('petya'),
      room,
    ]);
    expect(sanctions).toEqual([{ kind: 'room_removal' }]);
  });

  it('answers the whole list where it is asked for, and a message alone otherwise', async () => {
    const room = await roomOf('Список', 'ivan', 'petya');
    const say = (query: string, text: unknown) => as('ivan', 'POST', `/api/rooms/${room}/messages/${query}`, { text });
    expect((await say('', 'один')).body).toEqual({ text: 'один', created_at: expect.any(String), author: id('ivan') });
    const list = await say('?answer=list', 'два');
    expect([list.status, list.body.map(({ text }: { text: string }) => text)]).toEqual([201, ['один', 'два']]);
    expect((await say('?answer=other', 'три')).body.text).toBe('три');
    expect((await say('', '   ')).body).toEqual({ text: ['This field may not be blank.'] });
    expect((await say('', undefined)).body).toEqual({ text: REQUIRED });
    expect((await say('', 'x'.repeat(16_001))).status).toBe(400);
    expect((await say('', 'a\0b')).status).toBe(400);
    expect((await as('petya', 'GET', `/api/rooms/${room}/messages`)).body).toHaveLength(3);
    await w.database.query(`UPDATE messages SET created_at = date_trunc('second', created_at) WHERE room_id = $1`, [
      room,
    ]);
    for (const { created_at: at } of (await as('petya', 'GET', `/api/rooms/${room}/messages/`)).body)
      expect(at).toMatch(/T\d\d:\d\d:\d\dZ$/);
  });

  it('keeps messages from person to person in the room of the two, which moderators see', async () => {
    const group = await roomOf('Общая', 'ivan', 'masha');
    const send = (who: string, json: unknown) => as(who, 'POST', '/api/messages/', json);
    expect((await send('masha', { text: 'тебе', user_to: String(id('ivan')) })).body).toEqual({
      text: 'тебе',
      created_at: expect.any(String),
    });
    await send('ivan', { text: 'и тебе', user_to: id('masha') });
    expect((await as('ivan', 'GET', `/api/rooms/${group}/messages/`)).body).toEqual([]);
    for (const who of ['ivan', 'masha', 'modera']) {
      const rooms = (await as(who, 'GET', '/api/rooms/')).body as { name: string; id: number; users: number[] }[];
      const direct = rooms.filter(({ name }) => name === 'ivan&masha_private');
      expect(direct.map(({ users }) => users)).toEqual([[id('ivan'), id('masha')].sort((a, b) => a - b)]);
      const history = (await as(who, 'GET', `/api/rooms/${direct[0]!.id}/messages/`)).body;
      expect(history.map(({ text }: { text: string }) => text)).toEqual(['тебе', 'и тебе']);
      if (who === 'ivan') expect((await as('petya', 'GET', `/api/rooms/${direct[0]!.id}/messages/`)).status).toBe(403);
      expect((await as(who, 'DELETE', `/api/rooms/${direct[0]!.id}/`)).status).toBe(403);
    }
    expect((await send('ivan', { text: 'x', user_to: 999_999 })).body).toEqual({
      user_to: ['Invalid pk "999999" - object does not exist.'],
    });
    expect((await send('ivan', {})).body).toEqual({ text: REQUIRED, user_to: REQUIRED });
    expect((await send('ivan', { text: ' ', user_to: id('masha') })).body).toEqual({
      text: ['This field may not be blank.'],
    });
  });

  it('lets who is muted read and not write, and leaves out what is deleted or said by the personally blocked', async () => {
    const room = await roomOf('Тишина', 'ivan', 'petya');
    const path = `/api/rooms/${room}/messages/`;
    await as('petya', 'POST', path, { text: 'слышно' });
    await as('ivan', 'POST', path, { text: 'ненадолго' });
    const modera = { authorization: `Bearer ${(await w.signIn('modera', 'Kraken-7731')).access_token}` };
    const ivan = { authorization: `Bearer ${(await w.signIn('ivan', 'user_iva99')).access_token}` };
    const mute = { accountId: id('petya'), reason: 'шум', mode: 'mute', scope: room };
    expect((await w.http.post('/moderation/blocks', mute, { headers: modera })).status).toBe(201);
    expect((await as('petya', 'POST', path, { text: 'слышно?' })).status).toBe(403);
    expect((await as('petya', 'GET', path)).body).toHaveLength(2);
    const [, own] = (await w.http.get(`/rooms/${room}/messages`, { headers: ivan })).body.items;
    await w.http.delete(`/rooms/${room}/messages/${own.id}`, undefined, { headers: ivan });
    await w.http.put(`/accounts/me/personal-blocks/${id('petya')}`, undefined, { headers: ivan });
    expect((await as('ivan', 'GET', path)).body).toEqual([]);
    expect((await as('petya', 'GET', path)).body.map(({ text }: { text: string }) => text)).toEqual(['слышно']);
    expect((await as('petya', 'POST', '/api/messages/', { text: 'x', user_to: id('ivan') })).status).toBe(403);
    await w.http.delete(`/accounts/me/personal-blocks/${id('petya')}`, undefined, { headers: ivan });
  });

  it('says what else an address takes, and knows no others', async () => {
    for (const [path, allowed] of [
      ['/api/rooms/', ['GET', 'POST']],
      [`/api/rooms/${door.get('room')}/`, ['GET', 'PUT', 'PATCH', 'DELETE']],
      ['/api/messages', ['POST']],
    ] as const) {
      const answer = await door.ask('OPTIONS', path, token('ivan'));
      expect(answer.status).toBe(405);
      for (const method of allowed) expect(answer.headers.get('allow')).toContain(method);
    }
    expect((await w.http.get('/docs/dialects')).text).toContain('/docs/dialects/atomchat.json');
    expect((await signIn('ivan', 'user_iva99')).headers.get('cache-control')).toBe('no-store');
  });
});
