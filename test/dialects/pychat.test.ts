import { Ajv2020 } from 'ajv/dist/2020.js';
import { world, type World } from '../support/world.js';
import { type CaseAnswer, CaseRunner } from './case-runner.js';

/** The dialect of PyChat: its documented cases, then what its table promises beyond them. */

const FILE = CaseRunner.read('000_pychat.yaml');
let w: World;
let runner: CaseRunner;
let document: any;
let tokens: Record<string, string>;

beforeAll(async () => {
  w = await world();
  runner = new CaseRunner(w, FILE);
  await runner.setUp();
  document = (await w.http.get('/docs/dialects/pychat.json')).body;
});
afterAll(() => w?.close());

const id = (name: string) => runner.captured.get(`id.${name}`) as number;
const passwordOf = (name: string) => FILE.setup.users.find((user) => user.key === name)!.password;

type Request = Parameters<CaseRunner['ask']>[0];

/** Asks, and holds the answer against the document of the dialect. */
async function ask(method: string, path: string, more: Partial<Request> = {}): Promise<CaseAnswer> {
  const answer = await runner.ask({ method, path, ...more });
  holdAgainstDocument(method, path, answer);
  return answer;
}

function holdAgainstDocument(method: string, path: string, { status, body, headers }: CaseAnswer): void {
  const address = `${path.split('?')[0]!.replace(/\/$/, '')}/`.replace(/users\/[^/]+\//, 'users/{id}/');
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  if (status === 405) return;
  const described = document.paths[address][method.toLowerCase()].responses[status];
  const ajv = new Ajv2020({ strict: false });
  expect(ajv.validate(described.content['application/json'].schema, body) || ajv.errorsText()).toBe(true);
}

const as = (name: string) => ({ auth: { raw: `Token ${tokens[name]}` } });
const detailOf = ({ status, body }: CaseAnswer) => [status, body.detail];
const signIn = async (name: string, more: Partial<Request> = {}) =>
  ask('POST', '/chat/token/', { auth: { basic: [name, passwordOf(name)] }, ...more });
const say = (name: string, to: string, text: unknown = 'hi', from = name) =>
  ask('POST', '/chat/messages/', { ...as(name), json: { sender: id(from), receiver: id(to), text } });
const textsOf = async (name: string, query: string) =>
  (await ask('GET', `/chat/messages/${query}`, as(name))).body.map(({ text }: { text: string }) => text);

describe('the documented cases', () => {
  it.each(FILE.cases.map((one) => [one.id, one.title, one] as const))('%s %s', async (_id, _title, one) => {
    const answer = await runner.run(one);
    holdAgainstDocument(one.request.method, one.request.path, answer);
  });
});

describe('beyond them', () => {
  beforeAll(async () => {
    const made: [string, string][] = [];
    for (const { key } of FILE.setup.users) made.push([key, (await signIn(key)).body.token as string]);
    tokens = Object.fromEntries(made);
  });

  it('signs in with and without the slash, and refuses what is no credential', async () => {
    const auth = { basic: ['cap', passwordOf('cap')] as [string, string] };
    const answer = await ask('POST', '/chat/token', { auth });
    expect(answer.body.token).toMatch(/^[0-9a-f]{40}$/);
    const wrong = await ask('POST', '/chat/token/', { auth: { basic: ['cap', 'Kraken-0000'] } });
    expect(detailOf(wrong)).toEqual([401, 'Недопустимые имя пользователя или пароль.']);
    expect(wrong.headers.get('www-authenticate')).toBe('Basic realm="api"');
    const poison = await ask('POST', '/chat/token/', { auth: { basic: ['cap\0', 'Kraken-0000'] } });
    expect(poison.status).toBe(401);
    for (const raw of [undefined, 'Token abc', 'Bearer abc', 'Basic !', '!'])
      expect(detailOf(await ask('POST', '/chat/token/', raw === undefined ? {} : { auth: { raw } }))).toEqual([
        401,
        'Учетные данные не были предоставлены.',
      ]);
    const get = await ask('GET', '/chat/token/');
    expect(detailOf(get)).toEqual([405, 'Метод "GET" не разрешен.']);
    expect(get.headers.get('allow')).toBe('POST');
  });

  it('gives a fresh token at each sign-in, and ends all earlier ones with refresh=true alone', async () => {
    const own = await w.http.post('/auth/token', {
      grant_type: 'password',
      username: 'cap',
      password: passwordOf('cap'),
    });
    const [one, other] = [
      (await signIn('cap')).body.token,
      (await signIn('cap', { form: { refresh: 'false' } })).body.token,
    ];
    expect(one).not.toBe(other);
    const users = (token: string) => ask('GET', '/chat/users/', { auth: { raw: `tOKEN ${token}` } });
    expect([(await users(one)).status, (await users(other)).status]).toEqual([200, 200]);
    expect((await signIn('cap', { form: { refresh: 'maybe' } })).body).toEqual({
      refresh: ['Требуется логическое значение.'],
    });
    const fresh = (await signIn('cap', { form: { refresh: 'true' } })).body.token;
    expect(detailOf(await users(one))).toEqual([401, 'Недопустимый токен.']);
    expect([(await users(other)).status, (await users(tokens['cap']!)).status]).toEqual([401, 401]);
    expect((await users(fresh)).status).toBe(200);
    expect((await users(tokens['thanos']!)).status).toBe(200);
    const native = await w.http.get('/accounts/me', { headers: { authorization: `Bearer ${own.body.access_token}` } });
    expect(native.status).toBe(200);
    tokens['cap'] = fresh;
  });

  it('keeps no token in the database, and lets the native API know nothing of them', async () => {
    const token = tokens['cap']!;
    for (const table of ['dialect_tokens', 'sessions', 'account_events']) {
      const [row] = await w.database.query<{ all: string | null }>(`SELECT json_agg(t)::text AS all FROM ${table} t`);
      expect(row!.all ?? '').not.toContain(token);
    }
    const headers = { authorization: `Token ${token}` };
    expect((await w.http.get('/accounts/me', { headers })).status).toBe(401);
    expect((await w.http.get('/accounts/me', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  });

  it('refuses a missing, a wrong and a foreign credential with its header', async () => {
    const { body } = await w.http.post('/auth/token', {
      grant_type: 'password',
      username: 'cap',
      password: passwordOf('cap'),
    });
    const nothing = await ask('GET', '/chat/users/');
    expect(detailOf(nothing)).toEqual([401, 'Учетные данные не были предоставлены.']);
    expect(nothing.headers.get('www-authenticate')).toBe('Token');
    for (const raw of [
      'Token',
      `Token ${'0'.repeat(40)}`,
      `Token ${tokens['cap']} x`,
      `Token ${tokens['cap']!.slice(1)}`,
    ])
      expect(detailOf(await ask('GET', '/chat/users/', { auth: { raw } }))).toEqual([401, 'Недопустимый токен.']);
    const basic = `Basic ${Buffer.from(`cap:${passwordOf('cap')}`).toString('base64')}`;
    for (const raw of [`Bearer ${body.access_token}`, basic, tokens['cap']!])
      expect((await ask('GET', '/chat/users/', { auth: { raw } })).status).toBe(401);
  });

  it('shuts out who is blocked, and lets the same token live again after the block', async () => {
    const root = (await w.signIn('admin', passwordOf('admin'))).access_token;
    const headers = { authorization: `Bearer ${root}` };
    const block = await w.http.post(
      '/moderation/blocks',
      { accountId: id('thanos'), reason: 'snaps', mode: 'full', scope: 'global' },
      { headers },
    );
    expect(block.status).toBe(201);
    expect(detailOf(await ask('GET', '/chat/users/', as('thanos')))).toEqual([
      401,
      'Пользователь неактивен или удален.',
    ]);
    expect(detailOf(await signIn('thanos'))).toEqual([401, 'Пользователь неактивен или удален.']);
    expect((await say('thanos', 'cap')).status).toBe(401);
    await w.http.delete(`/moderation/blocks/${block.body.id}`, undefined, { headers });
    expect((await ask('GET', '/chat/users/', as('thanos'))).status).toBe(200);
  });

  it('lets who is muted read and not write', async () => {
    const root = (await w.signIn('admin', passwordOf('admin'))).access_token;
    const headers = { authorization: `Bearer ${root}` };
    const mute = { accountId: id('thanos'), reason: 'snaps', mode: 'mute', scope: 'global' };
    const block = await w.http.post('/moderation/blocks', mute, { headers });
    expect((await say('thanos', 'cap')).status).toBe(403);
    expect((await say('thanos', 'admin')).status).toBe(403);
    expect((await ask('GET', '/chat/messages/', as('thanos'))).status).toBe(200);
    await w.http.delete(`/moderation/blocks/${block.body.id}`, undefined, { headers });
  });

  it('ends a token with its session, and tells the session list of it', async () => {
    const token = (await signIn('cap')).body.token as string;
    const { access_token: own } = await w.signIn('cap', passwordOf('cap'));
    const headers = { authorization: `Bearer ${own}` };
    const before = (await w.http.get('/auth/sessions', { headers })).body.items.length;
    expect(before).toBeGreaterThanOrEqual(3);
    await w.http.post('/auth/logout-all', undefined, { headers });
    expect((await ask('GET', '/chat/users/', { auth: { raw: `Token ${token}` } })).status).toBe(401);
    tokens['cap'] = (await signIn('cap')).body.token;
  });

  it('prolongs by use the life of a token that would end soon', async () => {
    const endOf = async () => {
      const [row] = await w.database.query<{ soon: boolean }>(
        `SELECT max(s.expires_at) < now() + interval '2 days' AS soon FROM sessions s JOIN dialect_tokens t ON t.session_id = s.id WHERE s.account_id = $1 AND s.ended_at IS NULL`,
        [id('cap')],
      );
      return row!.soon;
    };
    await w.database.query(`UPDATE sessions SET expires_at = now() + interval '1 day' WHERE account_id = $1`, [
      id('cap'),
    ]);
    expect(await endOf()).toBe(true);
    expect((await ask('GET', '/chat/users/', as('cap'))).status).toBe(200);
    expect(await endOf()).toBe(false);
  });

  it('shows one account, and 404 for what is none', async () => {
    const one = await ask('GET', `/chat/users/${id('admin')}/`, as('cap'));
    expect(one.body).toEqual({ id: id('admin'), username: 'admin', first_name: 'Сергей', last_name: 'Лебидко' });
    expect((await ask('GET', `/chat/users/${id('admin')}`, as('cap'))).body).toEqual(one.body);
    for (const unknown of ['999999', 'abc', '0', '-1', '99999999999999999999'])
      expect(detailOf(await ask('GET', `/chat/users/${unknown}/`, as('cap')))).toEqual([404, 'Не найдено.']);
    const post = await ask('POST', '/chat/users/', as('cap'));
    expect([post.status, post.headers.get('allow')]).toEqual([405, expect.stringContaining('GET')]);
  });

  it('takes JSON, both kinds of forms, ids in digits, and cuts blanks', async () => {
    const fields = { sender: String(id('cap')), receiver: ` ${id('thanos')} `, text: '  Привет, мир  ' };
    for (const body of [{ json: fields }, { form: fields }, { multipart: fields }]) {
      const sent = await ask('POST', '/chat/messages', { ...as('cap'), ...body });
      expect([sent.status, sent.body.text, sent.body.receiver_name]).toEqual([201, 'Привет, мир', 'thanos']);
      expect(sent.text).toContain('Привет');
    }
    expect(await textsOf('thanos', `?user=${id('cap')}&user=${id('thanos')}`)).toHaveLength(3);
  });

  it('refuses each field with its mistake, and stores nothing then', async () => {
    const before = await textsOf('cap', '');
    const send = async (json: unknown) => (await ask('POST', '/chat/messages/', { ...as('cap'), json })).body;
    const [sender, receiver] = [id('cap'), id('admin')];
    const required = ['Это поле обязательно.'];
    expect(await send({})).toEqual({ sender: required, receiver: required, text: required });
    expect(await send({ sender, receiver, text: '   ' })).toEqual({ text: ['Это поле не может быть пустым.'] });
    expect(await send({ sender, receiver, text: null })).toEqual({ text: ['Это поле не может быть null.'] });
    expect(await send({ sender, receiver, text: ['x'] })).toEqual({ text: ['Требуется строка.'] });
    expect(Object.keys(await send({ sender, receiver, text: 'a\0b' }))).toEqual(['text']);
    expect(Object.keys(await send({ sender, receiver, text: 'x'.repeat(16_001) }))).toEqual(['text']);
    expect(await send({ sender, receiver: 999_999, text: 'x' })).toEqual({
      receiver: ['Недопустимый первичный ключ "999999" - объект не существует.'],
    });
    expect(await send({ sender: 'cap', receiver: true, text: 'x' })).toEqual({
      sender: ['Некорректный тип. Ожидалось значение первичного ключа, получен str.'],
      receiver: ['Некорректный тип. Ожидалось значение первичного ключа, получен bool.'],
    });
    expect(Object.keys(await send([]))).toEqual(['non_field_errors']);
    expect(await textsOf('cap', '')).toEqual(before);
  });

  it('refuses bodies that it cannot read', async () => {
    const send = (raw: string | undefined, type?: string) =>
      ask('POST', '/chat/messages/', { ...as('cap'), raw, content_type: type });
    const broken = await send('{"sender":', 'application/json');
    expect([broken.status, broken.body.detail]).toEqual([400, expect.stringMatching(/^JSON parse error - /)]);
    expect((await send('"text"', 'application/json')).body).toHaveProperty('non_field_errors');
    expect(detailOf(await send('text=%FF', 'application/x-www-form-urlencoded'))).toEqual([400, 'Искаженный запрос.']);
    expect((await send('nothing', 'multipart/form-data; boundary=x')).body.detail).toMatch(
      /^Multipart form parse error/,
    );
    expect((await send('nothing', 'multipart/form-data')).status).toBe(400);
    expect((await send(`{"text":"${'x'.repeat(70_000)}"}`, 'application/json')).status).toBe(413);
    expect(detailOf(await send('<a/>', 'text/xml'))).toEqual([
      415,
      'Неподдерживаемый тип данных "text/xml" в запросе.',
    ]);
    expect((await send(undefined)).status).toBe(400);
  });

  it('lets nobody write for another, or read others, but moderators read', async () => {
    expect(detailOf(await say('cap', 'admin', 'forged', 'ironman'))).toEqual([
      403,
      'У вас нет прав для выполнения этой операции.',
    ]);
    const others = `?user=${id('admin')}&user=${id('ironman')}`;
    expect((await ask('GET', `/chat/messages/${others}`, as('cap'))).status).toBe(403);
    expect((await ask('GET', `/chat/messages/?user=${id('admin')}`, as('cap'))).status).toBe(403);
    await say('ironman', 'ironman', 'a note of his own');
    expect(await textsOf('cap', `${others}&user=${id('cap')}`)).not.toContain('a note of his own');
    expect(await textsOf('ironman', others)).toContain('a note of his own');
    const pair = `?user=${id('cap')}&user=${id('thanos')}`;
    expect(await textsOf('admin', pair)).toEqual(await textsOf('cap', pair));
    const looks = await w.database.query(`SELECT 1 FROM audit_log WHERE action = 'room.read' AND actor_id = $1`, [
      id('admin'),
    ]);
    expect(looks.length).toBeGreaterThan(0);
  });

  it('keeps notes to oneself, and shows all of one’s own dialogues when nobody is named', async () => {
    const note = await say('cap', 'cap', 'a note');
    expect(note.body).toMatchObject({ sender: id('cap'), receiver: id('cap'), receiver_name: 'Стив Роджерс' });
    expect(await textsOf('cap', `?user=${id('cap')}`)).toEqual(['a note']);
    await say('admin', 'cap', 'to the captain');
    const all = await textsOf('cap', '');
    expect(all).toEqual(expect.arrayContaining(['a note', 'to the captain', 'Привет, мир']));
    expect(all).not.toContain('Привет!');
    for (const query of ['?user=abc', '?user=', '?user=1&user=0'])
      expect((await ask('GET', `/chat/messages/${query}`, as('cap'))).body).toEqual({
        user: ['Требуется целочисленное значение.'],
      });
  });

  it('shows what others show: the native API reads what was sent here, and the other way round', async () => {
    const { access_token: own } = await w.signIn('cap', passwordOf('cap'));
    const headers = { authorization: `Bearer ${own}` };
    const room = (await w.http.put(`/direct/${id('admin')}`, undefined, { headers })).body.id as number;
    const sent = (await say('cap', 'admin', 'one')).body;
    const [native] = (await w.http.get(`/rooms/${room}/messages?limit=1`, { headers })).body.items;
    expect(native).toMatchObject({ id: sent.id, text: 'one' });
    expect(Date.parse(sent.dt)).toBe(Date.parse(native.createdAt));
    const back = await w.http.post(`/rooms/${room}/messages`, { text: 'two', clientId: 'native-1' }, { headers });
    expect(await textsOf('admin', `?user=${id('cap')}&user=${id('admin')}`)).toContain('two');
    await w.http.delete(`/rooms/${room}/messages/${back.body.id}`, undefined, { headers });
    expect(await textsOf('admin', `?user=${id('cap')}&user=${id('admin')}`)).not.toContain('two');
  });

  it('heeds a personal block', async () => {
    const { access_token: own } = await w.signIn('cap', passwordOf('cap'));
    const headers = { authorization: `Bearer ${own}` };
    await say('thanos', 'cap', 'inevitable');
    const pair = `?user=${id('cap')}&user=${id('thanos')}`;
    expect(
      (await w.http.put(`/accounts/me/personal-blocks/${id('thanos')}`, undefined, { headers })).status,
    ).toBeLessThan(300);
    expect((await say('thanos', 'cap')).status).toBe(403);
    expect(await textsOf('cap', pair)).not.toContain('inevitable');
    expect(await textsOf('thanos', pair)).toContain('inevitable');
  });

  it('lets a server send for others by a key that may act for them, and do nothing else', async () => {
    const { access_token: root } = await w.signIn('admin', passwordOf('admin'));
    const headers = { authorization: `Bearer ${root}` };
    const keyWith = async (...scopes: string[]) =>
      (await w.http.post('/integrations/keys', { name: 'bridge', scopes }, { headers })).body.key as string;
    const [key, without] = [await keyWith('act_as'), await keyWith('users')];
    const json = { sender: id('cap'), receiver: id('ironman'), text: 'for the captain' };
    const send = (more: Partial<Request>) => ask('POST', '/chat/messages/', { json, ...more });
    for (const by of [{ auth: { raw: `Bearer ${key}` } }, { headers: { 'x-api-key': key } }])
      expect(await send(by)).toMatchObject({ status: 201, body: { sender: id('cap'), text: 'for the captain' } });
    expect(await textsOf('ironman', `?user=${id('cap')}&user=${id('ironman')}`)).toContain('for the captain');
    const [row] = await w.database.query<any>(
      `SELECT actor_id, key_id, after FROM audit_log WHERE action = 'key.act' ORDER BY id DESC LIMIT 1`,
    );
    expect(row).toMatchObject({ actor_id: id('cap'), after: { operation: 'POST /chat/messages' } });
    expect((await send({ auth: { raw: `Bearer ${without}` } })).status).toBe(403);
    expect((await send({ auth: { raw: `Bearer ${key.slice(0, -1)}x` } })).status).toBe(401);
    expect((await ask('GET', '/chat/users/', { headers: { 'x-api-key': key } })).status).toBe(401);
    const block = { accountId: id('cap'), reason: 'rest', mode: 'mute', scope: 'global' };
    const { body } = await w.http.post('/moderation/blocks', block, { headers });
    expect((await send({ headers: { 'x-api-key': key } })).status).toBe(403);
    await w.http.delete(`/moderation/blocks/${body.id}`, undefined, { headers });
    expect((await send({ ...as('thanos') })).status).toBe(403);
  });

  it('leaves the native API to JSON', async () => {
    const { access_token: own } = await w.signIn('cap', passwordOf('cap'));
    const room = await w.http.post(
      '/rooms',
      { name: 'vault', preset: 'private' },
      { headers: { authorization: `Bearer ${own}` } },
    );
    for (const body of [new URLSearchParams({ text: 'x' }), new FormData()]) {
      const answer = await fetch(`${w.origin}/api/v1/rooms/${room.body.id}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${own}` },
        body,
      });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        415,
        'request/unsupported-media-type',
      ]);
    }
  });
});

describe('the documents', () => {
  it('list the dialect apart from the native API', async () => {
    expect((await w.http.get('/docs/dialects')).text).toContain('/docs/dialects/pychat.json');
    const main = (await w.http.get('/docs/openapi.json')).body as { paths: object };
    expect(Object.keys(main.paths).filter((path) => path.startsWith('/chat'))).toEqual([]);
  });

  it('are gone with the dialect that is switched off', async () => {
    const without = await world({ DIALECTS: '' });
    try {
      const gone = [
        await without.http.get('/docs/dialects/pychat.json'),
        await without.http.get(`${without.origin}/chat/users/`),
      ];
      expect(gone.map(({ status, body }) => [status, body.code])).toEqual([
        [404, 'route/not-found'],
        [404, 'route/not-found'],
      ]);
      expect((await without.http.get('/docs/dialects')).text).not.toContain('pychat');
    } finally {
      await without.close();
    }
  });
});

it('counts new direct rooms as the native API does, and known ones not', async () => {
  const limited = await world({ BESEDKA_LIMIT_OPEN_DIRECT: '1/10m' });
  try {
    const here = new CaseRunner(limited, FILE);
    await here.setUp();
    const auth = { basic: ['cap', passwordOf('cap')] as [string, string] };
    const { token } = (await here.ask({ method: 'POST', path: '/chat/token/', auth })).body;
    const to = (name: string) =>
      here.ask({
        method: 'POST',
        path: '/chat/messages/',
        auth: { raw: `Token ${token}` },
        json: { sender: here.captured.get('id.cap'), receiver: here.captured.get(`id.${name}`), text: 'hi' },
      });
    expect((await to('admin')).status).toBe(201);
    const second = await to('thanos');
    expect(detailOf(second)).toEqual([429, 'Запрос был проигнорирован.']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await to('admin')).status).toBe(201);
  } finally {
    await limited.close();
  }
});
