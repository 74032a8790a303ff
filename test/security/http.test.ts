import { type OpenApiDocument } from '../../src/ops/openapi-document.js';
import type { ProblemCode } from '../../src/platform/problems.js';
import { expectProblem } from '../support/expect.js';
import { world, type World } from '../support/world.js';
import { HOSTILE_ADDRESSES, titled } from './hostile-values.js';
import { faultIn, RawHttp } from './raw-http.js';
import { ValidRequests } from './valid-requests.js';

/** Addresses, methods, headers and bytes that hardly are requests: each is answered by a proper refusal or the end of the connection. */

let w: World;
let raw: RawHttp;
let valid: ValidRequests;
let document: OpenApiDocument;

beforeAll(async () => {
  w = await world();
  raw = new RawHttp(w.origin);
  valid = await ValidRequests.prepare(w);
  document = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
}, 60_000);

afterEach(async () => expect((await w.http.get('/health/ready')).status).toBe(200));

afterAll(async () => {
  raw?.close();
  await w?.close();
});

describe('addresses', () => {
  it('with a method that they do not take name those they do', async () => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'LINK'];
    const surprises: string[] = [];
    for (const [template, taken] of Object.entries(document.paths)) {
      const path = template.replace(/\{\w+\}/g, '1');
      // An address with a name in place of an id is also one of those with an id.
      const also = Object.entries(document.paths)
        .filter(([other]) => other !== template && new RegExp(`^${other.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
        .flatMap(([, more]) => Object.keys(more));
      const allowed = [...new Set([...Object.keys(taken), ...also])].map((method) => method.toUpperCase());
      for (const method of methods.filter((one) => !allowed.includes(one))) {
        const answer = await raw.send({ method, path });
        const allow = (answer.headers.get('allow') ?? '')
          .split(', ')
          .filter((one) => one !== 'HEAD')
          .sort();
        const code = (answer.body as { code?: string } | null)?.code;
        const fault = faultIn(answer);
        if (
          answer.status !== 405 ||
          code !== 'route/method-not-allowed' ||
          allow.join() !== allowed.sort().join() ||
          fault
        )
          surprises.push(`${method} ${path}: ${answer.status} ${code}, Allow ${allow.join()} ${fault ?? ''}`);
      }
    }
    expect(surprises).toEqual([]);
  });

  it.each(titled(HOSTILE_ADDRESSES))('spelled %s are none', async (_title, path) => {
    const answer = await raw.send({ method: 'GET', path, headers: { authorization: `Bearer ${valid.root.token}` } });
    expect({ path, status: answer.status, fault: path.startsWith('/problems/') ? undefined : faultIn(answer) }).toEqual(
      { path, status: 404, fault: undefined },
    );
  });

  it('may end in a slash', async () => {
    for (const path of ['/api/v1/rooms', `/api/v1/rooms/${valid.lobby}`, `/api/v1/rooms/${valid.lobby}/messages`]) {
      const headers = { authorization: `Bearer ${valid.root.token}` };
      const [bare, slashed] = [
        await raw.send({ method: 'GET', path, headers }),
        await raw.send({ method: 'GET', path: `${path}/`, headers }),
      ];
      expect(slashed).toMatchObject({ status: 200, text: bare.text });
    }
  });
});

describe('headers', () => {
  const me = (headers: Record<string, string | string[]>) =>
    raw.send({ method: 'GET', path: '/api/v1/accounts/me', headers });

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
    [
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"1"}').toString('base64url')}.`,
      'auth/token-invalid',
    ],
    ['Bearer é', 'auth/token-invalid'],
  ])('that authorize nobody, number %#, sign nobody in', async (authorization, code) => {
    const answer = await me({ authorization });
    expectProblem(answer, 401, code as ProblemCode);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(faultIn(answer)).toBeUndefined();
  });

  it('with two authorizations count by the first', async () => {
    expect(
      (await me({ authorization: [`Bearer ${valid.quinn.token}`, `Bearer ${valid.root.token}`] })).body,
    ).toMatchObject({ username: 'quinn' });
    expectProblem(await me({ authorization: ['Bearer x', `Bearer ${valid.root.token}`] }), 401, 'auth/token-invalid');
  });

  it('name the request in at most 64 plain characters, or it gets a name', async () => {
    expect((await me({ 'x-request-id': 'mine-1.2:3' })).headers.get('x-request-id')).toBe('mine-1.2:3');
    for (const odd of ['x'.repeat(65), 'a b', '<x>', 'é', '../x', ''])
      expect((await me({ 'x-request-id': odd })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('may be a hundred', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-header-${index}`, 'x'.repeat(50)]));
    expect((await me({ ...many, authorization: `Bearer ${valid.root.token}` })).status).toBe(200);
  });
});

describe('what is hardly HTTP', () => {
  const post = (headers: string, body: string) =>
    `POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;

  it.each([
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3', '{}')],
    ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n')],
    ['a negative length', post('Content-Length: -1', '{}')],
    ['a length that is a word', post('Content-Length: two', '{}')],
    ['a broken chunk', post('Transfer-Encoding: chunked', 'zz\r\n{}\r\n0\r\n\r\n')],
    ['an unknown encoding', post('Transfer-Encoding: x', '{}')],
    [
      'chunks of too many bytes',
      post('Transfer-Encoding: chunked', `${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n0\r\n\r\n`),
    ],
    ['20 KB of headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['20 KB of address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'],
    ['NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n'],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n'],
    ['an unknown method', 'FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/7.7\r\nHost: x\r\n\r\n'],
    ['HTTP/0.9', 'GET /nowhere\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('16030100f8010000f40303', 'hex')],
    ['an address with a blank', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an unmet expectation', 'GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n'],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'an upgrade elsewhere',
      'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ],
    [
      'an upgrade to nothing known',
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    ],
    [
      'an upgrade without a key',
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ])('is refused or closed: %s', async (_what, bytes) => {
    const heard = await raw.exchange(bytes, 1_500);
    expect(heard).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    if (/\{/.test(heard)) expect(heard).toMatch(/application\/problem\+json[^]*"code":"\w+\/[\w-]+"/);
  });

  it('is served where it is allowed after all: an absolute address, two requests at once, lower-case names', async () => {
    const { host } = new URL(w.origin);
    expect(
      await raw.exchange(`GET http://${host}/health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 (200|404) /);
    const two = await raw.exchange(
      'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\nGET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    );
    expect(two.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });
});
