import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenForChatapi } from '../../src/dialects/chatapi/chatapi.port.js';
import { Config, readConfig } from '../../src/platform/config.js';
import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { type CaseAnswer, CaseRunner } from './case-runner.js';

/** The dialect of ChatAPI: its documented cases with an API key, then what its table promises beyond them. */

const FILE = CaseRunner.read('001_chatapi.yaml');
let w: World;
let runner: CaseRunner;
let document: any;
let root: Person;
let key: string;

beforeAll(async () => {
  w = await world();
  runner = new CaseRunner(w, FILE);
  document = (await w.http.get('/docs/dialects/chatapi.json')).body;
  root = await w.person('root', { role: 'superuser' });
  key = await makeKey(['act_as']);
});
afterAll(() => w?.close());

const makeKey = async (scopes: string[]) =>
  (await root.http.post('/integrations/keys', { name: 'server', scopes })).body.key as string;

type Request = Parameters<CaseRunner['ask']>[0];

/** Asks with the key, and holds the answer against the document of the dialect. */
async function call(path: string, json: unknown, more: Partial<Request> = {}): Promise<CaseAnswer> {
  const answer = await runner.ask({ method: 'POST', path, auth: { raw: `Bearer ${key}` }, json, ...more });
  hold(path, answer);
  return answer;
}

function hold(path: string, { status, body, headers }: CaseAnswer): void {
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  if (status !== 200) expect(body.status_code).toBe(status);
  if (status === 405) return;
  const { schema } = document.paths[path.replace(/\/$/, '')].post.responses[status].content['application/json'];
  const ajv = new Ajv2020({ strict: false });
  expect(ajv.validate(schema, body) || ajv.errorsText()).toBe(true);
}

const short = ({ status, body }: CaseAnswer) => [status, body.detail];
const user = async (username: string) => (await call('/users/add', { username })).body.id as number;
const chat = async (name: string, users: unknown) => call('/chats/add', { name, users });
const say = (chatId: unknown, author: unknown, text: unknown = 'hi') =>
  call('/messages/add', { chat: chatId, author, text });
const textsOf = async (chatId: unknown) =>
  (await call('/messages/get', { chat: chatId })).body.map(({ text }: { text: string }) => text);

describe('the documented cases', () => {
  it.each(FILE.cases.map((one) => [one.id, one.title, one] as const))('%s %s', async (_id, _title, one) => {
    const answer = await runner.run({ ...one, request: { ...one.request, auth: { raw: `Bearer ${key}` } } });
    hold(one.request.path, answer);
  });
});

describe('beyond them', () => {
  let alice: number, bob: number, mallory: number;
  let room: number;

  beforeAll(async () => {
    [alice, bob, mallory] = [await user('alice'), await user('bob'), await user('mallory')];
    room = (await chat('vault', [alice, String(bob)])).body.id as number;
  });

  it('is off for strangers and people, and says how to turn it on', async () => {
    for (const path of Object.keys(document.paths)) {
      const answer = await call(path, {}, { auth: {} });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(answer.body.detail).toMatch(/act_as.*CHATAPI_TRUSTED=true/);
    }
    for (const raw of [`Bearer ${root.token}`, `Bearer ${key.slice(0, -1)}x`, `Token ${'0'.repeat(40)}`, `Basic eDp5`])
      expect((await call('/users/add', { username: 'eve' }, { auth: { raw } })).status).toBe(401);
    const weak = { auth: { raw: `Bearer ${await makeKey(['users', 'rooms', 'messages:write'])}` } };
    expect((await call('/users/add', { username: 'eve' }, weak)).status).toBe(403);
    const page = { headers: { origin: 'https://evil.example' } };
    expect((await call('/users/add', { username: 'eve' }, page)).status).toBe(403);
    expect((await call('/users/add', { username: 'eve' }, { auth: {}, headers: { 'x-api-key': key } })).status).toBe(
      200,
    );
  });

  it('makes users of at most 30 characters, each name once', async () => {
    expect(short(await call('/users/add', { username: 'ALICE' }))).toEqual([
      409,
      'A user with that username already exists.',
    ]);
    expect((await call('/users/add', { username: 'root' })).status).toBe(409);
    expect(short(await call('/users/add', {}))).toEqual([400, 'username: This field is required.']);
    for (const username of ['', '  ', null, 'x'.repeat(31), ['x'], 'a\0b', 'a\u202eb'])
      expect((await call('/users/add/', { username })).status).toBe(400);
    expect((await call('/users/add', { username: 'x'.repeat(30) })).status).toBe(200);
    expect(
      (await w.http.post('/auth/token', { grant_type: 'password', username: 'alice', password: 'password1' })).status,
    ).toBe(401);
  });

  it('makes chats of exactly these users, of any number, and nothing when one is unknown', async () => {
    expect(short(await chat('Vault', [alice]))).toEqual([409, 'A room with this name already exists.']);
    for (const users of [[], 'x', null, {}, 7, ['x'], [null], [[1]]])
      expect((await chat('nook', users)).status).toBe(400);
    for (const name of ['', '  ', null, 'x'.repeat(51)]) expect((await chat(name as string, [alice])).status).toBe(400);
    expect(short(await chat('nook', [alice, 999_999]))).toEqual([404, 'User not found.']);
    const made = await chat('nook', [alice, alice, String(alice)]);
    expect(made.status).toBe(200);
    const [listed] = (await call('/chats/get', { user: alice })).body;
    expect(listed).toEqual({
      id: made.body.id,
      name: 'nook',
      users: [alice],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/),
    });
    const many = await w.database.query<{ id: number }>(
      `INSERT INTO accounts (username, username_key) SELECT 'many ' || n, 'many ' || n FROM generate_series(1, 1200) n RETURNING id`,
    );
    const crowd = await chat(
      'crowd',
      many.map(({ id }) => id),
    );
    expect(crowd.status).toBe(200);
    expect((await call('/chats/get', { user: many[0]!.id })).body[0].users).toHaveLength(1_200);
  });

  it('writes for members alone', async () => {
    expect((await say(room, alice)).status).toBe(200);
    expect(short(await say(room, mallory))).toEqual([403, 'This user is not in the chat.']);
    expect(short(await say(999_999, alice))).toEqual([404, 'Chat not found.']);
    expect(short(await say(room, 999_999))).toEqual([404, 'User not found.']);
    for (const text of ['', '  ', null, 'x'.repeat(1_001), 'a\0b'])
      expect((await say(room, alice, text)).status).toBe(400);
    expect((await say('x', 'y', 'z')).body.detail).toMatch(/^chat: .*author: /);
    expect((await say(String(room), String(bob), ' x '.padEnd(1_002))).status).toBe(200);
    expect(await textsOf(String(room))).toEqual(['hi', 'x']);
  });

  it('lists chats newest last message first, those without one last and newest first', async () => {
    const carol = await user('carol');
    const made: Record<string, number> = {};
    for (const name of ['one', 'two', 'three', 'four'])
      made[name] = (await chat(`${name} of hers`, [carol])).body.id as number;
    for (const name of ['three', 'one']) await say(made[name], carol);
    const names = async () =>
      (await call('/chats/get', { user: carol })).body.map(({ name }: { name: string }) => name.split(' ')[0]);
    expect(await names()).toEqual(['one', 'three', 'four', 'two']);
    await say(made['two'], carol);
    expect(await names()).toEqual(['two', 'one', 'three', 'four']);
    expect((await call('/chats/get', { user: 999_999 })).status).toBe(404);
    expect((await call('/messages/get', { chat: 999_999 })).status).toBe(404);
    expect(await textsOf(made['four'])).toEqual([]);
  });

  it('takes JSON by POST and nothing else', async () => {
    const get = await runner.ask({ method: 'GET', path: '/users/add', auth: { raw: `Bearer ${key}` } });
    expect([...short(get), get.headers.get('allow')]).toEqual([405, 'Method "GET" not allowed.', 'POST']);
    const send = (body: Partial<Request>) => call('/users/add', undefined, body);
    expect((await send({ form: { username: 'eve' } })).status).toBe(415);
    expect((await send({ multipart: { username: 'eve' } })).status).toBe(415);
    expect((await send({ raw: '<a/>', content_type: 'text/xml' })).status).toBe(415);
    const broken = await send({ raw: '{', content_type: 'application/json' });
    expect([broken.status, broken.body.detail]).toEqual([400, expect.stringMatching(/^JSON parse error - /)]);
    for (const raw of ['[]', '"x"', 'null', `{"a":${'['.repeat(20)}${']'.repeat(20)}}`])
      expect((await send({ raw, content_type: 'application/json' })).status).toBe(400);
    expect((await send({ raw: `"${'x'.repeat(70_000)}"`, content_type: 'application/json' })).status).toBe(413);
  });

  it('passes no block, and is written into the audit log with key and person', async () => {
    const block = { accountId: bob, reason: 'spam', mode: 'mute', scope: 'global' };
    const { id } = (await root.http.post('/moderation/blocks', block)).body as { id: number };
    expect((await say(room, bob)).status).toBe(403);
    await root.http.delete(`/moderation/blocks/${id}`);
    const pair = (await chat('pair', [bob, mallory])).body.id as number;
    const full = (await root.http.post('/moderation/blocks', { ...block, mode: 'full' })).body as { id: number };
    expect(short(await say(room, bob))).toEqual([403, 'This user is blocked.']);
    expect((await call('/chats/get', { user: bob })).status).toBe(403);
    // For the other one, although the blocked one is the first.
    expect((await call('/messages/get', { chat: pair })).status).toBe(200);
    await root.http.delete(`/moderation/blocks/${full.id}`);
    expect((await say(room, bob, 'audited')).status).toBe(200);
    const [row] = await w.database.query<{ action: string; actor_id: number; key_id: number; after: any }>(
      `SELECT action, actor_id, key_id, after FROM audit_log WHERE action LIKE 'key.act%' ORDER BY id DESC LIMIT 1`,
    );
    expect(row).toMatchObject({ action: 'key.act', actor_id: bob, after: { operation: 'POST /messages/add' } });
    expect(row!.key_id).toEqual(expect.any(Number));
  });

  it('shares its chats with every other door', async () => {
    const dora = await w.person('dora');
    const shared = (await chat('shared', [dora.id, alice])).body.id as number;
    await say(shared, dora.id, 'from the server');
    await dora.http.post(`/rooms/${shared}/messages`, { text: 'from dora', clientId: 'dora-1' });
    expect(await textsOf(shared)).toEqual(['from the server', 'from dora']);
    const { items } = (await dora.http.get(`/rooms/${shared}/messages`)).body;
    expect(items.map(({ text }: { text: string }) => text)).toEqual(['from the server', 'from dora']);
    await dora.http.put(`/accounts/me/personal-blocks/${alice}`);
    await say(shared, alice, 'to whom it may concern');
    expect(await textsOf(shared)).toContain('to whom it may concern');
  });
});

describe('a service that trusts strangers', () => {
  let trusting: World;
  let server: Server | undefined;
  beforeAll(async () => {
    trusting = await world({ CHATAPI_TRUSTED: 'true', CHATAPI_PORT: '0' });
    server = await listenForChatapi(trusting.app.getHttpAdapter().getInstance(), trusting.app.get(Config));
  });
  afterAll(async () => {
    server?.close().closeAllConnections();
    await trusting?.close();
  });

  const post = async (path: string, body: object, headers: Record<string, string> = {}, origin = trusting.origin) => {
    const answer = await fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as any };
  };

  it('takes calls without a key, as one integrator whose key can be revoked', async () => {
    const made = await Promise.all(['eve', 'ivan', 'olga'].map((username) => post('/users/add', { username })));
    expect(made.map(({ status }) => status)).toEqual([200, 200, 200]);
    const users = made.map(({ body }) => body.id as number);
    const { body } = await post('/chats/add', { name: 'nook', users });
    expect((await post('/messages/add', { chat: body.id, author: users[0], text: 'hi' })).status).toBe(200);
    expect((await post('/users/add', { username: 'x' }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post('/users/add', { username: 'x' }, { authorization: 'Bearer nonsense' })).status).toBe(401);
    const boss = await trusting.person('root', { role: 'superuser' });
    const keys = (await boss.http.get('/integrations/keys')).body.items as any[];
    expect(keys.map(({ name, scopes }) => [name, scopes])).toEqual([['chatapi, built in', ['act_as']]]);
    await boss.http.delete(`/integrations/keys/${keys[0].id}`);
    await eventually(async () => (await post('/users/add', { username: 'y' })).status === 401, 'the end of the key');
  });

  it('answers on a port of its own, where nothing else does', async () => {
    const { address, port } = server!.address() as AddressInfo;
    expect(address).toBe('127.0.0.1');
    const own = `http://127.0.0.1:${port}`;
    expect((await post('/messages/get', { chat: 1 }, {}, own)).status).toBe(401);
    const elsewhere = await post('/api/v1/accounts', { username: 'x', password: 'long enough' }, {}, own);
    expect(elsewhere).toEqual({ status: 404, body: { detail: 'Not found.', status_code: 404 } });
  });

  it('warns of it at start', () => {
    const warningsOf = (environment: Record<string, string>) => readConfig(environment, '/nonexistent/.env').warnings;
    expect(warningsOf({ CHATAPI_TRUSTED: 'true' })).toEqual([
      expect.stringMatching(/^CHATAPI_TRUSTED .* without a key/),
    ]);
    expect(warningsOf({ CHATAPI_PORT: '9000', DIALECTS: 'pychat' })).toEqual([expect.stringMatching(/do nothing/)]);
    expect(warningsOf({ CHATAPI_PORT: '9000' })).toEqual([]);
  });
});
