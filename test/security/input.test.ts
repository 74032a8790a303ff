import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { type OpenApiDocument, operationsOf, type PlacedOperation } from '../../src/ops/openapi-document.js';
import type { ProblemCode } from '../../src/platform/problems.js';
import { expectProblem } from '../support/expect.js';
import { world, type World } from '../support/world.js';
import { ROWS } from './authorization.table.js';
import { type Hostile, hostileRequests, LEAST_REQUESTS } from './generated-requests.js';
import { TEXTS, UNSTORABLE } from './hostile-values.js';
import { faultIn, RawHttp } from './raw-http.js';
import { ValidRequests } from './valid-requests.js';

/** Whatever is sent to an operation, it is answered: never by a failure, a refusal always as a proper problem, what the document forbids always by a refusal. */

const OPERATIONS = [...new Set(ROWS.map((row) => row.target).filter((target) => !target.includes('.')))];
/** Passwords are counted and sessions ended: what comes at the same time is rightly refused. */
const ONE_BY_ONE = new Set(['issueToken', 'changeMyPassword', 'logoutEverywhere']);
/** Rows for it.each whose titles stay short. */
const titled = (spellings: readonly string[]) => spellings.map((one) => [JSON.stringify(one).slice(0, 50), one] as const);
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;

let w: World;
let raw: RawHttp;
let valid: ValidRequests;
let document: OpenApiDocument;
let operations: Map<string, PlacedOperation>;
let ajv: Ajv2020;
let sent = 0;

afterEach(async () => expect((await w.http.get('/health/ready')).status).toBe(200));

beforeAll(async () => {
  w = await world();
  raw = new RawHttp(w.origin);
  valid = await ValidRequests.prepare(w);
  document = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  ajv = new Ajv2020({ strict: false });
  addFormats(ajv);
}, 60_000);

afterAll(async () => {
  process.stderr.write(`\nhostile input: ${sent} generated requests to ${operations?.size} operations\n`);
  raw?.close();
  await w?.close();
});

it('knows every operation', () => {
  expect(OPERATIONS.toSorted()).toEqual([...operations.keys()].sort());
});

describe('hostile input is refused and breaks nothing', () => {
  it.each(OPERATIONS)('%s', async (operationId) => {
    const placed = operations.get(operationId)!;
    const reached = await surprisesIn(placed, { what: 'the valid request', must: 'no failure', request: ({ path, query, body }) => ({ path: `${path}?${query}`, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) }) }, operationId === 'setUp' ? 404 : 299);
    expect(reached).toEqual([]);
    const requests = hostileRequests(document, placed, ajv);
    expect(requests.length).toBeGreaterThanOrEqual(LEAST_REQUESTS);
    const surprises: string[] = [];
    const atOnce = ONE_BY_ONE.has(operationId) ? 1 : 8;
    for (let i = 0; i < requests.length; i += atOnce) surprises.push(...(await Promise.all(requests.slice(i, i + atOnce).map((one) => surprisesIn(placed, one)))).flat());
    expect(surprises).toEqual([]);
  }, 60_000);

  it('and raises nobody', async () => {
    expect(await w.database.query(`SELECT username, role FROM accounts WHERE role <> 'user'`)).toEqual([{ username: 'root', role: 'superuser' }]);
  });
});

describe('texts', () => {
  let room: string;
  beforeAll(() => {
    room = `/rooms/${valid.lobby}/messages`;
  });

  it.each(Object.entries(TEXTS))('with %s come back byte for byte', async (what, text) => {
    const sent = await valid.root.http.post(room, { text, clientId: what.replaceAll(' ', '.') });
    expect(sent).toMatchObject({ status: 201, body: { text } });
    const { id, seq } = sent.body as { id: number; seq: number };
    expect((await valid.root.http.get(`${room}/${id}`)).body).toMatchObject({ text });
    expect((await valid.root.http.get(`${room}?around=${seq}&limit=1`)).body).toMatchObject({ items: [{ text }] });
    expect((await valid.root.http.get(`/rooms/${valid.lobby}/events?after=${seq - 1}`)).body).toMatchObject({ items: [{ seq, data: { text } }] });
    expect((await valid.root.http.patch(`${room}/${id}`, { text: `${text} ${text}`, version: 1 })).body).toMatchObject({ text: `${text} ${text}` });
  });

  it('may be 16 000 code points long, however many bytes that are, and not one more', async () => {
    for (const [index, one] of ['a', 'ж', '😀'].entries()) {
      const longest = one.repeat(16_000);
      expect(await valid.root.http.post(room, { text: longest, clientId: `longest-${index}` })).toMatchObject({ status: 201, body: { text: longest } });
      expectProblem(await valid.root.http.post(room, { text: longest + one, clientId: `longer-${index}` }), 400, 'request/invalid');
    }
  });

  it.each(UNSTORABLE)('that no database keeps are refused everywhere: %j', async (text) => {
    const { http } = valid.root;
    for (const answer of [
      await http.post(room, { text, clientId: 'unstorable' }),
      await http.post(room, { text: 'fine', clientId: `x${text}` }),
      await http.post('/rooms', { name: `x${text}`, preset: 'open' }),
      await http.patch(`/rooms/${valid.lobby}`, { topic: text }),
      await http.patch('/accounts/me', { firstName: text }),
      await w.http.post('/accounts', { username: `x${text}`, password: 'long enough for all' }),
      await w.http.post('/accounts', { username: 'somebody', password: `long enough for all${text}` }),
      await w.http.post('/auth/token', { grant_type: 'password', username: `x${text}`, password: 'whatever' }),
    ])
      expectProblem(answer, 400, 'request/invalid');
    expect(await w.database.query(`SELECT 1 FROM messages WHERE client_id = 'unstorable'`)).toEqual([]);
  });

  it.each(['al\u202eice', 'al\u200bice', 'al\u00adice', 'al\ufeffice', 'al\u2066ice', 'al\nice', 'al\u0007ice', 'al\u034fice', 'al\u3164ice', '\u2800\u200d', ' alice', 'alice ', '\u00a0alice', '', ' '])('that only look like a name are none: %j', async (name) => {
    if (name !== '\u2800\u200d') expectProblem(await valid.root.http.post('/rooms', { name, preset: 'open' }), 400, 'request/invalid');
    expectProblem(await w.http.post('/accounts', { username: name, password: 'long enough for all' }), 400, 'request/invalid');
  });

  it.each(['ROOT', 'Root', 'ｒｏｏｔ', 'ℛoot'])('that spell a taken user name otherwise do not make a new one: %s', async (username) => {
    expectProblem(await w.http.post('/accounts', { username, password: 'long enough for all' }), 409, 'account/username-taken');
  });
});

describe('what a request says of its author', () => {
  it('is refused, and the author is whose token it is', async () => {
    const room = `/rooms/${valid.lobby}/messages`;
    for (const forged of [{ author: { id: 1 } }, { authorId: 1 }, { senderId: 1 }, { seq: 1 }, { id: 1 }, { createdAt: '2020-01-01T00:00:00Z' }, { roomId: 1 }, { version: 7 }])
      expectProblem(await valid.quinn.http.post(room, { text: 'forged', clientId: 'forged', ...forged }), 400, 'request/invalid');
    expect((await valid.quinn.http.post(room, { text: 'mine', clientId: 'mine' })).body).toMatchObject({ author: { id: valid.quinn.id, username: 'quinn' } });
    expect(await w.database.query(`SELECT 1 FROM messages WHERE client_id = 'forged'`)).toEqual([]);
  });

  it('gives no role', async () => {
    for (const raised of ['{"role":"superuser"}', '{"id":1}', '{"__proto__":{"role":"superuser"}}', '{"constructor":{"prototype":{"role":"superuser"}}}', '{"address":"x","isAdmin":true}'])
      expectProblem(await valid.quinn.http.patch('/accounts/me', undefined, { raw: raised, headers: { 'content-type': 'application/json' } }), 400, 'request/invalid');
    expectProblem(await w.http.post('/accounts', { username: 'riser', password: 'long enough for all', role: 'superuser' }), 400, 'request/invalid');
    expect((await valid.quinn.http.get('/accounts/me')).body).toMatchObject({ role: 'user' });
  });
});

describe('addresses', () => {
  it('with a method that they do not take name those they do', async () => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'LINK'];
    const surprises: string[] = [];
    for (const [template, taken] of Object.entries(document.paths)) {
      const path = template.replace(/\{\w+\}/g, '1');
      // An address with a name in place of an id is also one of those with an id.
      const also = Object.entries(document.paths).filter(([other]) => other !== template && new RegExp(`^${other.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)).flatMap(([, more]) => Object.keys(more));
      const allowed = [...new Set([...Object.keys(taken), ...also])].map((method) => method.toUpperCase());
      for (const method of methods.filter((one) => !allowed.includes(one))) {
        const answer = await raw.send({ method, path });
        const allow = (answer.headers.get('allow') ?? '').split(', ').filter((one) => one !== 'HEAD').sort();
        const code = (answer.body as { code?: string } | null)?.code;
        const fault = faultIn(answer);
        if (answer.status !== 405 || code !== 'route/method-not-allowed' || allow.join() !== allowed.sort().join() || fault) surprises.push(`${method} ${path}: ${answer.status} ${code}, Allow ${allow.join()} ${fault ?? ''}`);
      }
    }
    expect(surprises).toEqual([]);
  });

  it.each(titled(['/API/v1/rooms', '/api/v1/ROOMS', '/Api/V1/Rooms', '/api/v1/rooms/1/Messages', '/api/v1//rooms', '/api/v1/rooms%2F1', '/api/v1/rooms;x=1', '/api/v2/rooms', '/api/v1', '/api', '/api/v1/rooms/../accounts', '/api/v1/rooms/%2e%2e/accounts', '/..', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/docs/../package.json', '/docs/..%2fpackage.json', '/docs/static/../../package.json', '/docs/%2e%2e%5c%2e%2e%5cpackage.json', '/problems/room', '/problems/room/nosuch', '/problems/../../x', '/problems/__proto__/constructor', '/\\', '/%00', '/%c0%ae%c0%ae', '/favicon.ico', '/.env', '/.git/config', '/%f0%9f%98%80', `/${'x'.repeat(9_000)}`, '/api/v1/rooms/1/messages/1/1']))('spelled %s are none', async (_title, path) => {
    const answer = await raw.send({ method: 'GET', path, headers: { authorization: `Bearer ${valid.root.token}` } });
    expect({ path, status: answer.status, fault: path.startsWith('/problems/') ? undefined : faultIn(answer) }).toEqual({ path, status: 404, fault: undefined });
  });

  it('may end in a slash', async () => {
    for (const path of ['/api/v1/rooms', `/api/v1/rooms/${valid.lobby}`, `/api/v1/rooms/${valid.lobby}/messages`]) {
      const headers = { authorization: `Bearer ${valid.root.token}` };
      const [bare, slashed] = [await raw.send({ method: 'GET', path, headers }), await raw.send({ method: 'GET', path: `${path}/`, headers })];
      expect(slashed).toMatchObject({ status: 200, text: bare.text });
    }
  });
});

describe('headers', () => {
  const me = (headers: Record<string, string | string[]>) => raw.send({ method: 'GET', path: '/api/v1/accounts/me', headers });

  it.each([
    ['Bearer', 'auth/required'],
    ['Bearer ', 'auth/required'],
    ['Bearer  \t ', 'auth/required'],
    ['bearer x', 'auth/token-invalid'],
    ['BEARER x.y.z', 'auth/token-invalid'],
    ['Basic cm9vdDpyb290', 'auth/required'],
    ['Bearer null', 'auth/token-invalid'],
    ['Bearer ..', 'auth/token-invalid'],
    ['Bearer {}', 'auth/token-invalid'],
    [`Bearer ${'x'.repeat(8_000)}`, 'auth/token-invalid'],
    [`Bearer ${'x'.repeat(4_000)}.${'y'.repeat(4_000)}.`, 'auth/token-invalid'],
    [`Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"1"}').toString('base64url')}.`, 'auth/token-invalid'],
    ['Bearer é', 'auth/token-invalid'],
  ])('that authorize nobody, number %#, sign nobody in', async (authorization, code) => {
    const answer = await me({ authorization });
    expectProblem(answer, 401, code as ProblemCode);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(faultIn(answer)).toBeUndefined();
  });

  it('with two authorizations count by the first', async () => {
    expect((await me({ authorization: [`Bearer ${valid.quinn.token}`, `Bearer ${valid.root.token}`] })).body).toMatchObject({ username: 'quinn' });
    expectProblem(await me({ authorization: ['Bearer x', `Bearer ${valid.root.token}`] }), 401, 'auth/token-invalid');
  });

  it('name the request in at most 64 plain characters, or it gets a name', async () => {
    expect((await me({ 'x-request-id': 'mine-1.2:3' })).headers.get('x-request-id')).toBe('mine-1.2:3');
    for (const odd of ['x'.repeat(65), 'a b', '<x>', 'é', '../x', '']) expect((await me({ 'x-request-id': odd })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('may be a hundred', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-header-${index}`, 'x'.repeat(50)]));
    expect((await me({ ...many, authorization: `Bearer ${valid.root.token}` })).status).toBe(200);
  });
});

describe('what is hardly HTTP', () => {
  const post = (headers: string, body: string) => `POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;

  it.each([
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3', '{}')],
    ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n')],
    ['a negative length', post('Content-Length: -1', '{}')],
    ['a length that is a word', post('Content-Length: two', '{}')],
    ['a broken chunk', post('Transfer-Encoding: chunked', 'zz\r\n{}\r\n0\r\n\r\n')],
    ['an unknown encoding', post('Transfer-Encoding: x', '{}')],
    ['chunks of too many bytes', post('Transfer-Encoding: chunked', `${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n0\r\n\r\n`)],
    ['20 KB of headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['20 KB of address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'],
    ['NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n'],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n'],
    ['an unknown method', 'FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/7.7\r\nHost: x\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('16030100f8010000f40303', 'hex')],
    ['an address with a blank', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an unmet expectation', 'GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n'],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an upgrade elsewhere', 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'],
    ['an upgrade to nothing known', 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['an upgrade without a key', 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ])('is refused or closed: %s', async (_what, bytes) => {
    const heard = await raw.exchange(bytes, 1_500);
    expect(heard).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    if (/\{/.test(heard)) expect(heard).toMatch(/application\/problem\+json[^]*"code":"\w+\/[\w-]+"/);
  });

  it('is served where it is allowed after all: an absolute address, two requests at once, lower-case names', async () => {
    const { host } = new URL(w.origin);
    expect(await raw.exchange(`GET http://${host}/health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (200|404) /);
    const two = await raw.exchange('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\nGET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(two.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });
});

async function surprisesIn(placed: PlacedOperation, { what: whole, must, request }: Hostile, most?: number): Promise<string[]> {
  const what = whole.slice(0, 60);
  const { token, ...one } = await valid.of(placed);
  const { path = `${one.path}?${one.query}`, headers = {}, body } = request(one);
  sent++;
  try {
    const authorization: Record<string, string> = placed.operation.security?.length === 0 ? {} : { authorization: `Bearer ${token}` };
    const answer = await raw.send({ method: placed.method.toUpperCase(), path, headers: { ...authorization, ...headers }, body });
    const outcome = answer.status < 400 ? String(answer.status) : `${answer.status} ${(answer.body as { code?: string } | null)?.code}`;
    const fault = faultIn(answer) ?? (answer.status === 401 && !/^\d+ auth\/(credentials|refresh)/.test(outcome) ? outcome : undefined);
    if (fault !== undefined) return [`${what}: ${fault}`];
    if (most !== undefined && answer.status > most) return [`${what}: ${outcome} ${answer.text}`];
    if (must === 'no failure' || (must === 'a refusal' && answer.status >= 400) || must === outcome) return [];
    return [`${what}: ${outcome} instead of ${must}`];
  } catch (error) {
    return [`${what}: ${(error as Error).message}`];
  }
}
