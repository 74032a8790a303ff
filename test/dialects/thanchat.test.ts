import { world, type World } from '../support/world.js';
import { type CaseAnswer, CaseRunner } from './case-runner.js';
import { DialectDoor, refusalOf } from './dialect-door.js';

/** The dialect of ThanChat: its documented cases, then what its table promises beyond them. */

const FILE = CaseRunner.read('004_thanchat.yaml');
const REQUIRED = ['This field is required.'];
const FORBIDDEN = 'You do not have permission to perform this action.';
const WRONG = { non_field_errors: ['Unable to log in with provided credentials.'] };
const ROOM = { name: 'lobby', capacity: 3, link: 'anywhere at all' };

let w: World;
let door: DialectDoor;
let tokens: Record<string, string>;

beforeAll(async () => {
  w = await world();
  door = await DialectDoor.open(w, 'thanchat', '004_thanchat.yaml');
});
afterAll(() => w?.close());

const id = (name: string) => door.get(`id.${name}`);
const as = (name: string, method: string, path: string, json?: unknown): Promise<CaseAnswer> =>
  door.ask(method, path, tokens[name], json === undefined ? {} : { json });
const logIn = (json: unknown) => door.ask('POST', '/userauth/token/login/', undefined, { json });
const passwordOf = (name: string) => FILE.setup.users.find(({ key }) => key === name)?.password ?? 'testpass111';
const usernameOf = (name: string) => (name === 'test' ? 'testuser' : name);
const openRoom = async (name: string, more: object = {}): Promise<number> => {
  const made = await as(name, 'POST', '/chatApp/chatRooms/', { ...ROOM, ...more });
  expect(made.status).toBe(201);
  return made.body.id;
};
const say = (name: string, json: object) => as(name, 'POST', '/chatApp/messages/', { message_text: 'hi', ...json });
const textsOf = async (name: string, query = '') =>
  (await as(name, 'GET', `/chatApp/messages/${query}`)).body.map((one: { message_text: string }) => one.message_text);
const bearer = async (name: string) => ({
  headers: { authorization: `Bearer ${(await w.signIn(usernameOf(name), passwordOf(name))).access_token}` },
});

describe('the documented cases', () => {
  it.each(FILE.cases.map((one) => [one.id, one.title, one] as const))('%s %s', async (_id, _title, one) => {
    await door.run(one);
  });
});

describe('beyond them', () => {
  beforeAll(async () => {
    const made: [string, string][] = [];
    for (const name of ['test', 'tiger', 'penguin'])
      made.push([name, (await logIn({ username: usernameOf(name), password: passwordOf(name) })).body.auth_token]);
    tokens = Object.fromEntries(made);
  });

  it('registers with what is optional or without, and refuses by fields', async () => {
    const register = async (json: unknown) => (await door.ask('POST', '/userauth/users', undefined, { json })).body;
    expect(await register({})).toEqual({ email: REQUIRED, username: REQUIRED, password: REQUIRED });
    const fresh = { email: 'zebra@chatapp.com', username: 'zebra', password: 'testpass111' };
    expect(await register({ ...fresh, email: 'LION@chatapp.com' })).toEqual({
      email: ['A user with that email address already exists.'],
    });
    expect(await register({ ...fresh, username: 'TestUser' })).toEqual({
      username: ['A user with that username already exists.'],
    });
    expect(await register({ ...fresh, email: 'zebra', password: 'x' })).toEqual({
      email: ['Enter a valid email address.'],
      password: ['This password is too short. It must contain at least 8 characters.'],
    });
    expect(Object.keys(await register({ ...fresh, first_name: 'x'.repeat(65), phone: 'a\nb' }))).toEqual([
      'first_name',
      'phone',
    ]);
    expect(await register({ ...fresh, phone: null, last_name: ' Zoo ' })).toEqual({
      id: expect.any(Number),
      email: 'zebra@chatapp.com',
      username: 'zebra',
      first_name: '',
      last_name: 'Zoo',
      phone: null,
      address: null,
    });
  });

  it('signs in and out by the token that is shown, and says the same of all who may not', async () => {
    const [one, other] = [
      (await logIn({ username: 'tiger', password: passwordOf('tiger') })).body.auth_token as string,
      (await logIn({ username: 'tiger', password: passwordOf('tiger') })).body.auth_token as string,
    ];
    expect(one).toMatch(/^[0-9a-f]{40}$/);
    expect(one).not.toBe(other);
    const rooms = (raw: string) => door.ask('GET', '/chatApp/chatRooms', undefined, { auth: { raw } });
    expect((await rooms(`toKEN ${one}`)).status).toBe(200);
    expect((await door.ask('POST', '/userauth/token/logout/', one)).status).toBe(204);
    expect(refusalOf(await rooms(`Token ${one}`))).toEqual([401, 'Invalid token.']);
    expect((await rooms(`Token ${other}`)).status).toBe(200);
    for (const wrong of [
      {},
      { username: 'tiger' },
      { username: 'tiger', password: 'x' },
      { username: 'a\0', password: 'x' },
    ])
      expect((await logIn(wrong)).status).toBe(400);
    expect((await logIn({ username: 'tiger', password: 'wrong' })).body).toEqual(WRONG);
    expect((await logIn({ username: 'nobody', password: 'wrong' })).body).toEqual(WRONG);
    expect((await logIn({})).body).toEqual(WRONG);
    const get = await door.ask('GET', '/userauth/token/login');
    expect([...refusalOf(get), get.headers.get('allow')]).toEqual([405, 'Method "GET" not allowed.', 'POST']);
  });

  it('names Basic in every 401, and takes it at every call', async () => {
    const auth = { auth: { basic: ['tiger', passwordOf('tiger')] as [string, string] } };
    for (const [method, path] of [
      ['GET', '/chatApp/chatRooms/'],
      ['GET', `/chatApp/chatRooms/${door.get('lobby')}`],
      ['GET', '/chatApp/messages/'],
      ['POST', '/userauth/token/logout'],
    ] as const) {
      const refused = await door.ask(method, path);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="api"']);
      expect((await door.ask(method, path, undefined, auth)).status).toBeLessThan(300);
    }
    const wrong = { auth: { basic: ['tiger', 'wrong'] as [string, string] } };
    expect(refusalOf(await door.ask('GET', '/chatApp/messages', undefined, wrong))).toEqual([
      401,
      'Invalid username/password.',
    ]);
    const foreign = { ...auth, headers: { origin: 'https://elsewhere.example' }, json: { message_text: 'x' } };
    expect((await door.ask('POST', '/chatApp/messages', undefined, foreign)).status).toBe(401);
  });

  it('refuses a room by its fields', async () => {
    const create = async (json: unknown) => (await as('test', 'POST', '/chatApp/chatRooms', json)).body;
    expect(await create({})).toEqual({ name: REQUIRED, capacity: REQUIRED, link: REQUIRED });
    expect(await create({ name: 'x'.repeat(21), capacity: 0, link: 'x'.repeat(51), password: 'x'.repeat(21) })).toEqual(
      {
        name: ['Ensure this field has no more than 20 characters.'],
        capacity: ['Ensure this value is greater than or equal to 1.'],
        link: ['Ensure this field has no more than 50 characters.'],
        password: ['Ensure this field has no more than 20 characters.'],
      },
    );
    expect(await create({ name: ' ', capacity: 'many', link: '' })).toEqual({
      name: ['This field may not be blank.'],
      capacity: ['A valid integer is required.'],
      link: ['This field may not be blank.'],
    });
    for (const capacity of [1.5, true, null, [], '1e3', 10 ** 12, '9'.repeat(1500)])
      expect(Object.keys(await create({ ...ROOM, capacity }))).toEqual(['capacity']);
    const form = { name: 'lobby', capacity: '7', link: 'l', password: '' };
    const made = await door.ask('POST', '/chatApp/chatRooms/', tokens['test'], { form });
    expect(made.body).toMatchObject({ name: 'lobby', capacity: 7, password: null });
  });

  it('lets owner and moderator alone change and delete a room that everybody sees', async () => {
    const room = await openRoom('test', { password: 's3cret' });
    const path = `/chatApp/chatRooms/${room}/`;
    for (const [method, json] of [['PUT', ROOM], ['PATCH', { name: 'mine' }], ['DELETE']] as const)
      expect(refusalOf(await as('tiger', method, path, json))).toEqual([403, FORBIDDEN]);
    expect((await as('tiger', 'GET', path)).body).toMatchObject({ name: 'lobby', password: null });
    expect((await as('test', 'PUT', path, { name: 'only a name' })).body).toEqual({
      capacity: REQUIRED,
      link: REQUIRED,
    });
    expect((await as('test', 'PATCH', path, { name: 'renamed' })).body).toMatchObject({ name: 'renamed', capacity: 3 });
    expect((await as('test', 'PUT', path, { ...ROOM, capacity: '5' })).body).toMatchObject({
      name: 'lobby',
      capacity: 5,
    });
    const hasPassword = async () => (await w.http.get(`/rooms/${room}`, await bearer('tiger'))).body.hasPassword;
    expect(await hasPassword()).toBe(true);
    await as('test', 'PATCH', path, { password: null });
    expect(await hasPassword()).toBe(false);
    await w.database.query(`UPDATE accounts SET role = 'moderator' WHERE id = $1`, [id('penguin')]);
    expect((await as('penguin', 'PATCH', path, { name: 'moderated' })).body.name).toBe('moderated');
    expect((await as('penguin', 'DELETE', path)).status).toBe(204);
    await w.database.query(`UPDATE accounts SET role = 'user' WHERE id = $1`, [id('penguin')]);
    expect(refusalOf(await as('test', 'GET', path))).toEqual([404, 'Not found.']);
    for (const unknown of ['999999', 'abc', '0'])
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
        expect(
          (await as('test', method, `/chatApp/chatRooms/${unknown}/`, method === 'GET' ? undefined : ROOM)).status,
        ).toBe(404);
  });

  it('lets capacity and password govern joining, and nothing else', async () => {
    const room = await openRoom('test', { capacity: 1, password: 's3cret' });
    expect((await say('tiger', { chat_room_receiver: room })).status).toBe(201);
    expect(await textsOf('penguin', `?chat_room_id=${room}`)).toEqual(['hi']);
    const tiger = await bearer('tiger');
    const join = async (password?: string) => {
      const { status, body } = await w.http.post(
        `/rooms/${room}/join`,
        password === undefined ? {} : { password },
        tiger,
      );
      return [status, body.code];
    };
    expect(await join()).toEqual([403, 'room/password-wrong']);
    expect(await join('s3cret')).toEqual([409, 'room/full']);
    await as('test', 'PATCH', `/chatApp/chatRooms/${room}`, { capacity: 2 });
    expect(await join('s3cret')).toEqual([200, undefined]);
    const tooSmall = await as('test', 'PATCH', `/chatApp/chatRooms/${room}`, { capacity: 1 });
    expect(tooSmall.status).toBe(409);
    expect((await as('test', 'GET', `/chatApp/chatRooms/${room}`)).body.capacity).toBe(2);
  });

  it('takes exactly one receiver, and knows no other rooms than groups in sight', async () => {
    const room = await openRoom('test');
    const one = ['Exactly one of user_receiver and chat_room_receiver must be provided.'];
    for (const receivers of [{}, { user_receiver: id('tiger'), chat_room_receiver: room }, { user_receiver: '' }])
      expect((await say('test', receivers)).body).toEqual({ non_field_errors: one });
    for (const [field, value] of Object.entries({ user_receiver: 999_999, chat_room_receiver: 999_999 }))
      expect((await say('test', { [field]: value })).body).toEqual({
        [field]: ['Invalid pk "999999" - object does not exist.'],
      });
    const hidden = await w.http.post('/rooms', { name: 'vault', preset: 'private' }, await bearer('tiger'));
    const direct = await w.http.put(`/direct/${id('tiger')}`, undefined, await bearer('test'));
    for (const [who, where] of [
      ['test', hidden.body.id],
      ['test', direct.body.id],
    ] as const) {
      expect((await say(who, { chat_room_receiver: where })).status).toBe(400);
      expect(await textsOf(who, `?chat_room_id=${where}`)).toEqual([]);
      expect((await as(who, 'GET', `/chatApp/chatRooms/${where}/`)).status).toBe(404);
    }
    expect((await say('tiger', { chat_room_receiver: hidden.body.id })).status).toBe(201);
    const listed = async (who: string) =>
      (await as(who, 'GET', '/chatApp/chatRooms/')).body.map((r: { id: number }) => r.id);
    expect(await listed('tiger')).toEqual(expect.arrayContaining([room, hidden.body.id]));
    expect(await listed('test')).not.toContain(hidden.body.id);
    expect(await listed('test')).toEqual((await listed('test')).toSorted((a: number, b: number) => a - b));
    const form = { message_text: ' form ', user_receiver: '', chat_room_receiver: String(room) };
    for (const body of [{ form }, { multipart: form }]) {
      const sent = await door.ask('POST', '/chatApp/messages', tokens['tiger'], body);
      expect(sent.body).toMatchObject({ message_text: 'form', user_receiver: null, chat_room_receiver: room });
    }
    expect(await textsOf('tiger', `?chat_room_id=${room}`)).toEqual(['form', 'form']);
  });

  it('refuses texts that are too long, blank or none', async () => {
    const room = await openRoom('test');
    const send = async (message_text: unknown) => (await say('test', { message_text, chat_room_receiver: room })).body;
    expect(await send('x'.repeat(501))).toEqual({
      message_text: ['Ensure this field has no more than 500 characters.'],
    });
    expect(await send('  ')).toEqual({ message_text: ['This field may not be blank.'] });
    expect(await send(undefined)).toEqual({ message_text: REQUIRED });
    expect(await send({})).toEqual({ message_text: ['Not a valid string.'] });
    expect((await send('я'.repeat(500))).message_text).toHaveLength(500);
    expect(await textsOf('test', `?chat_room_id=${room}`)).toHaveLength(1);
  });

  it('reads a room by any number, and one’s own mail without', async () => {
    await say('penguin', { message_text: 'to tiger', user_receiver: id('tiger') });
    await say('tiger', { message_text: 'from tiger', user_receiver: id('penguin') });
    await say('tiger', { message_text: 'note', user_receiver: id('tiger') });
    const own = (await as('tiger', 'GET', '/chatApp/messages')).body;
    expect(own.map((one: { user_receiver: number }) => one.user_receiver)).toEqual(own.map(() => id('tiger')));
    expect(await textsOf('tiger')).toEqual(expect.arrayContaining(['to tiger', 'note']));
    expect(await textsOf('tiger')).not.toContain('from tiger');
    expect(await textsOf('test')).not.toContain('to tiger');
    for (const unknown of ['999999', '0', '-5', '99999999999999999999'])
      expect(await textsOf('test', `?chat_room_id=${unknown}`)).toEqual([]);
    for (const wrong of ['abc', '', '1.5'])
      expect((await as('test', 'GET', `/chatApp/messages/?chat_room_id=${wrong}`)).body).toEqual({
        chat_room_id: ['A valid integer is required.'],
      });
    const last = await as('test', 'GET', `/chatApp/messages/?chat_room_id=abc&chat_room_id=${door.get('lobby')}`);
    expect(last.status).toBe(200);
  });

  it('heeds blocks: who is blocked is nobody, who is muted reads', async () => {
    const room = await openRoom('test');
    const root = await w.person('root', { role: 'superuser' });
    const block = async (mode: string) => {
      const asked = { accountId: id('penguin'), reason: 'splashes', mode, scope: 'global' };
      const laid = await root.http.post('/moderation/blocks', asked);
      return () => root.http.delete(`/moderation/blocks/${laid.body.id}`);
    };
    const unmute = await block('mute');
    expect(refusalOf(await say('penguin', { chat_room_receiver: room }))).toEqual([403, FORBIDDEN]);
    expect((await say('penguin', { user_receiver: id('tiger') })).status).toBe(403);
    expect(await textsOf('penguin', `?chat_room_id=${room}`)).toEqual([]);
    await unmute();
    const admit = await block('full');
    const credentials = { username: 'penguin', password: passwordOf('penguin') };
    expect(refusalOf(await say('penguin', { chat_room_receiver: room }))).toEqual([401, 'User inactive or deleted.']);
    expect((await logIn(credentials)).body).toEqual(WRONG);
    const auth = { auth: { basic: ['penguin', passwordOf('penguin')] as [string, string] } };
    expect((await door.ask('GET', '/chatApp/messages/', undefined, auth)).status).toBe(401);
    await admit();
    expect((await say('penguin', { chat_room_receiver: room })).status).toBe(201);
    expect((await logIn(credentials)).status).toBe(200);
    const banned = { accountId: id('penguin'), reason: 'splashes', mode: 'full', scope: room };
    await root.http.post('/moderation/blocks', banned);
    expect((await say('penguin', { chat_room_receiver: room })).status).toBe(400);
    expect(await textsOf('penguin', `?chat_room_id=${room}`)).toEqual([]);
    expect((await as('penguin', 'GET', `/chatApp/chatRooms/${room}`)).status).toBe(404);
    expect(await textsOf('tiger', `?chat_room_id=${room}`)).toEqual(['hi']);
  });

  it('is described apart from the native API, and reads broken bodies as such', async () => {
    expect((await w.http.get('/docs/dialects')).text).toContain('/docs/dialects/thanchat.json');
    const main = (await w.http.get('/docs/openapi.json')).body as { paths: object };
    expect(
      Object.keys(main.paths).filter((path) => !path.startsWith('/api/v1') && /chatApp|userauth/.test(path)),
    ).toEqual([]);
    const xml = await door.ask('POST', '/chatApp/messages', tokens['test'], { raw: '<a/>', content_type: 'text/xml' });
    expect(refusalOf(xml)).toEqual([415, 'Unsupported media type "text/xml" in request.']);
    const list = await door.ask('POST', '/chatApp/messages', tokens['test'], { json: [] });
    expect(list.body).toEqual({ non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] });
  });
});
