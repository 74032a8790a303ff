import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Person, world, type World } from '../support/world.js';
import { type CaseAnswer, CaseRunner } from './case-runner.js';
import { RawClient } from './raw-client.js';

/** The dialect of RosChat: its documented cases, then what its table promises beyond them. Its sockets have a test of their own. */

const FILE = CaseRunner.read('003_roschat.yaml');
const ADDRESSES: [RegExp, string][] = [
  [/^\/api\/chat\/[^/]+\/message\/$/, '/api/chat/{chat_id}/message'],
  [/^\/api\/chat\/[^/]+\/user\/[^/]+\/$/, '/api/chat/{chat_id}/user/{user_id}/'],
];
let w: World;
let runner: CaseRunner;
let document: any;

beforeAll(async () => {
  w = await world();
  runner = new CaseRunner(w, FILE);
  await runner.setUp();
  document = (await w.http.get('/docs/dialects/roschat.json')).body;
});
afterAll(() => w?.close());

type Request = Parameters<CaseRunner['ask']>[0];

/** Asks, and holds the answer against the document of the dialect. */
async function ask(method: string, path: string, more: Partial<Request> = {}): Promise<CaseAnswer> {
  const answer = await runner.ask({ method, path, ...more });
  holdAgainstDocument(method, path, answer);
  return answer;
}

function holdAgainstDocument(method: string, path: string, { status, body, headers }: CaseAnswer): void {
  const address = `${path.split('?')[0]!.replace(/\/$/, '')}/`;
  const described = ADDRESSES.find(([form]) => form.test(address))?.[1] ?? address;
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  if (status === 405) return;
  const { schema } = document.paths[described][method.toLowerCase()].responses[status].content['application/json'];
  const ajv = new Ajv2020({ strict: false });
  expect(ajv.validate(schema, body) || ajv.errorsText()).toBe(true);
}

const short = ({ status, body }: CaseAnswer) => [status, body.error ?? body.detail ?? body];

describe('the documented cases', () => {
  it.each(FILE.cases.map((one) => [one.id, one.title, one] as const))('%s %s', async (_id, _title, one) => {
    if (one.ws) return runner.play(one);
    const answer = await runner.run(one);
    holdAgainstDocument(one.request.method, one.request.path, answer);
  });
});

describe('beyond them', () => {
  let root: Person, alice: Person, bob: Person, mallory: Person;
  let tokens: Record<string, string>;
  let chat: number;

  const as = (who: Person, more: Partial<Request> = {}) => ({
    auth: { raw: `Token ${tokens[who.username]}` },
    ...more,
  });
  const login = (username: unknown, password: unknown, more: Partial<Request> = {}) =>
    ask('POST', '/api/accounts/login/', { json: { username, password }, ...more });
  const register = (json: unknown) => ask('POST', '/api/accounts/register/', { json });
  const user = (method: 'PUT' | 'DELETE', by: Person, who: number | string, where: number | string = chat) =>
    ask(method, `/api/chat/${where}/user/${who}/`, as(by));
  const say = (by: Person, content: unknown, where: number | string = chat) =>
    ask('POST', `/api/chat/${where}/message/`, as(by, { json: { content } }));
  const read = (by: Person, where: number | string = chat) => ask('GET', `/api/chat/${where}/message`, as(by));

  beforeAll(async () => {
    root = await w.person('root', { role: 'superuser' });
    [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
    const made: [string, string][] = [];
    for (const { username, password } of [root, alice, bob, mallory])
      made.push([username, (await login(username, password)).body.token as string]);
    tokens = Object.fromEntries(made);
    const room = { name: 'vault', preset: 'closed', members: [alice.id, bob.id] };
    chat = (await root.http.post('/rooms', room)).body.id as number;
  });

  it('registers once, with or without an e-mail address, and says what is missing or taken', async () => {
    const missing = [400, 'Please provide both username and password'];
    for (const json of [{}, { username: 'x' }, { password: 'password1' }, { username: '  ', password: 'password1' }])
      expect(short(await register(json))).toEqual(missing);
    expect(short(await register({ username: null, password: 'password1' }))).toEqual(missing);
    const carol = await register({ username: ' carol ', password: 'password1' });
    expect([carol.status, carol.body.user]).toEqual([
      201,
      { id: expect.any(Number), first_name: '', last_name: '', username: 'carol', email: '' },
    ]);
    expect(short(await register({ username: 'CAROL', password: 'password1' }))).toEqual([
      400,
      'Пользователь с таким именем уже существует.',
    ]);
    const mail = { username: 'dave', password: 'password1', email: 'something2@domain.ru' };
    expect(short(await register(mail))).toEqual([
      400,
      'Пользователь с таким адресом электронной почты уже существует.',
    ]);
    expect((await register({ ...mail, email: 'nowhere' })).body).toEqual({
      email: ['Введите правильный адрес электронной почты.'],
    });
    expect(Object.keys((await register({ ...mail, password: 'short' })).body)).toEqual(['password']);
    expect((await register([])).status).toBe(400);
  });

  it('signs in with forms as well, gives a fresh token each time, and tells nothing of who cannot', async () => {
    const wrong = [400, 'Invalid credentials'];
    for (const [name, password] of [
      ['alice', 'wrong password'],
      ['nobody', 'password1'],
      ['alice', null],
      [undefined, undefined],
      ['', ''],
      ['alice\0', 'password1'],
    ])
      expect(short(await login(name, password))).toEqual(wrong);
    const form = { username: 'alice', password: alice.password };
    const [one, other] = [
      await ask('POST', '/api/accounts/login', { form }),
      await ask('POST', '/api/accounts/login/', { multipart: form }),
    ];
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.body.token).not.toBe(other.body.token);
    const get = await ask('GET', '/api/accounts/login/');
    expect([...short(get), get.headers.get('allow')]).toEqual([405, 'Метод "GET" не разрешен.', 'POST']);
    const broken = await ask('POST', '/api/accounts/login/', { raw: '{', content_type: 'application/json' });
    expect(broken.body.detail).toMatch(/^JSON parse error - /);
    expect((await ask('POST', '/api/accounts/login/', { raw: '<a/>', content_type: 'text/xml' })).status).toBe(415);
  });

  it('takes its own tokens in any spelling of the word, and HTTP Basic', async () => {
    const basic = { auth: { basic: ['alice', alice.password] as [string, string] } };
    expect((await ask('GET', '/api/chat/', basic)).body).toHaveLength(1);
    expect((await ask('GET', '/chat', { auth: { raw: `tOKEN ${tokens['alice']}` } })).body).toHaveLength(1);
    for (const raw of ['', 'Token x', `Bearer ${alice.token}`, `Bearer ${tokens['alice']}`]) {
      const refused = await ask('GET', '/api/chat/', raw === '' ? {} : { auth: { raw } });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Token']);
    }
    const wrong = await ask('GET', '/chat/', { auth: { basic: ['alice', 'wrong password'] } });
    expect(short(wrong)).toEqual([401, 'Недопустимые имя пользователя или пароль.']);
  });

  it('lists chats with their participants, and addresses only to whom they belong and to superusers', async () => {
    await w.database.query(`UPDATE accounts SET email = username || '@example.org' WHERE username IN ('alice', 'bob')`);
    const [own] = (await ask('GET', '/chat/', as(alice))).body;
    const people = (emails: string[]) =>
      [root, alice, bob].map(({ id, username }, n) => ({
        id,
        first_name: '',
        last_name: '',
        username,
        email: emails[n],
      }));
    expect(own).toMatchObject({ id: chat, name: 'vault', participants: people(['', 'alice@example.org', '']) });
    expect((await ask('GET', '/chat/', as(mallory))).body).toEqual([]);
    const all = (await ask('GET', '/api/chat', as(root))).body as any[];
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => a - b));
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['первый', 'второй', 'vault']));
    expect(all.find(({ id }) => id === chat).participants).toEqual(
      people(['', 'alice@example.org', 'bob@example.org']),
    );
  });

  it('lets participants and superusers read, others not, and tells a chat that is not there', async () => {
    const sent = await say(alice, ' hello ');
    expect([sent.status, sent.body]).toEqual([
      201,
      {
        id: expect.any(Number),
        chat,
        user: expect.objectContaining({ id: alice.id, username: 'alice' }),
        content: 'hello',
        timestamp: expect.stringMatching(/\+03:00$/),
      },
    ]);
    expect((await read(bob)).body).toEqual([{ ...sent.body, user: { ...sent.body.user, email: '' } }]);
    const other = await w.person('superuser 2', { role: 'superuser' });
    tokens['superuser 2'] = (await login('superuser 2', other.password)).body.token as string;
    expect((await read(other)).body).toHaveLength(1);
    const noAccess = [403, 'You do not have access to this chat room'];
    expect([short(await read(mallory)), short(await say(mallory, 'x'))]).toEqual([noAccess, noAccess]);
    for (const where of [999_999, 'abc', '0', '1e3'])
      for (const answer of [await read(root, where), await say(root, 'x', where)])
        expect(short(answer)).toEqual([404, 'Chat not found']);
  });

  it('refuses messages that say nothing or too much', async () => {
    const empty = [400, 'Message cannot be empty'];
    for (const content of ['', '   ', null, undefined]) expect(short(await say(alice, content))).toEqual(empty);
    expect((await say(alice, 'x'.repeat(16_001))).body).toEqual({
      content: ['Убедитесь, что в этом поле не больше 16000 символов.'],
    });
    expect(Object.keys((await say(alice, ['x'])).body)).toEqual(['content']);
    expect((await say(alice, 8)).body.content).toBe('8');
    expect((await ask('POST', `/api/chat/${chat}/message`, as(alice, { form: { content: 'form' } }))).status).toBe(201);
  });

  it('is governed by superusers, and left by anybody himself', async () => {
    const forbidden = [403, 'У вас нет прав для выполнения этой операции.'];
    for (const by of [alice, mallory]) expect(short(await user('PUT', by, mallory.id))).toEqual(forbidden);
    expect(short(await user('PUT', mallory, alice.id, 999_999))).toEqual(forbidden);
    expect(short(await user('DELETE', alice, bob.id))).toEqual(forbidden);
    expect((await user('DELETE', mallory, mallory.id)).status).toBe(403);
    expect(short(await user('PUT', root, alice.id))).toEqual([400, 'User is already a participant in this chat']);
    expect(short(await user('DELETE', root, mallory.id))).toEqual([400, 'User is not a participant in this chat']);
    for (const method of ['PUT', 'DELETE'] as const) {
      for (const who of [999_999, 'abc']) expect(short(await user(method, root, who))).toEqual([404, 'User not found']);
      for (const where of [999_999, 'abc'])
        expect(short(await user(method, root, alice.id, where))).toEqual([404, 'Chat not found']);
    }
    const done = await user('PUT', root, mallory.id);
    expect([done.status, done.body]).toEqual([200, { message: 'User mallory added to chat' }]);
    expect((await read(mallory)).status).toBe(200);
    const left = await user('DELETE', mallory, mallory.id);
    expect([left.status, left.body]).toEqual([200, { message: 'User mallory removed from chat' }]);
    expect((await read(mallory)).status).toBe(403);
    await user('PUT', root, mallory.id);
    expect((await user('DELETE', root, mallory.id)).body).toEqual({ message: 'User mallory removed from chat' });
  });

  it('shuts out who is blocked, keeps who is muted from writing, and heeds personal blocks', async () => {
    const block = async (mode: string) =>
      (await root.http.post('/moderation/blocks', { accountId: bob.id, reason: 'spam', mode, scope: 'global' })).body
        .id;
    const mute = await block('mute');
    expect([(await say(bob, 'x')).status, (await read(bob)).status]).toEqual([403, 200]);
    await root.http.delete(`/moderation/blocks/${mute}`);
    const full = await block('full');
    expect(short(await read(bob))).toEqual([401, 'Пользователь неактивен или удален.']);
    expect(short(await login('bob', bob.password))).toEqual([400, 'Invalid credentials']);
    await root.http.delete(`/moderation/blocks/${full}`);
    expect((await say(bob, 'spam')).status).toBe(201);
    await alice.http.put(`/accounts/me/personal-blocks/${bob.id}`);
    const contents = async (who: Person) => (await read(who)).body.map(({ content }: any) => content);
    expect(await contents(alice)).not.toContain('spam');
    expect(await contents(root)).toContain('spam');
    await alice.http.delete(`/accounts/me/personal-blocks/${bob.id}`);
  });

  it('calls dialogues after their people, and lets them be read and written here', async () => {
    const direct = (await alice.http.put(`/direct/${bob.id}`)).body.id as number;
    const chats = (await ask('GET', '/chat/', as(alice))).body as any[];
    expect(chats.find(({ id }) => id === direct).name).toBe('alice&bob_private');
    expect((await say(bob, 'between us', direct)).status).toBe(201);
    const native = await alice.http.get(`/rooms/${direct}/messages`);
    expect(native.body.items.map(({ text }: any) => text)).toEqual(['between us']);
    expect((await read(mallory, direct)).status).toBe(403);
  });

  it('is gone with its sockets when it is switched off', async () => {
    const without = await world({ DIALECTS: 'pychat' });
    try {
      expect((await without.http.get(`${without.origin}/api/chat/`)).body.code).toBe('route/not-found');
      const { refusal } = await RawClient.open(`${without.origin}/ws/api/chat/1/`);
      expect([refusal![0], refusal![1].code]).toEqual([404, 'route/not-found']);
    } finally {
      await without.close();
    }
  });
});
