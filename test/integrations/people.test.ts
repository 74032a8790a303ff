import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign as signWith } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type Scope, SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { secondNode } from '../support/second-node.js';
import { connectSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

/** People of integrators: tokens that we issue, tokens that they sign, guests, and the end of it all. */

let w: World;
let root: Person;
let mod: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_OUTGOING_ALLOWED: '127.0.0.1' });
  root = await w.person('root', { role: 'superuser' });
  mod = await w.person('mod', { role: 'moderator' });
});
afterAll(() => w?.close());

interface Shop {
  http: HttpClient;
  key: string;
  accountId: number;
}

async function shop(scopes: readonly Scope[] = SCOPES): Promise<Shop> {
  const made = (await root.http.post('/integrations/keys', { name: 'shop', scopes })).body;
  return { http: new HttpClient(w.origin, () => made.key), key: made.key, accountId: made.integrator.accountId };
}

const bearer = (token: string) => new HttpClient(w.origin, () => token);
const letIn = async ({ http }: Shop, externalId: string, more: object = {}) => {
  const answer = await http.post('/integrations/tokens', { externalId, ...more });
  expect(answer.status).toBe(200);
  return { ...answer.body, http: bearer(answer.body.token) } as { account: any; token: string; http: HttpClient };
};
const makeRoom = async ({ http }: Shop, preset = 'private') =>
  (await http.post('/rooms', { name: 'orders', preset })).body.id;
const say = (http: HttpClient, roomId: number, text = 'hello') =>
  http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() });

describe('a person whom a server lets in', () => {
  it('is one account however often, with the latest profile and a user name of its own', async () => {
    const [one, other] = [await shop(), await shop()];
    const profile = { username: 'alice', firstName: 'Алиса' };
    const calls = await Promise.all([1, 2, 3].map(() => letIn(one, 'customer-1', { profile })));
    expect(new Set(calls.map(({ account }) => account.id)).size).toBe(1);
    expect(calls[0]!.account).toMatchObject({ username: 'alice', firstName: 'Алиса' });
    const again = await letIn(one, 'customer-1', { profile: { username: 'another', lastName: 'Л' } });
    expect(again.account).toMatchObject({
      id: calls[0]!.account.id,
      username: 'alice',
      firstName: 'Алиса',
      lastName: 'Л',
    });
    const elsewhere = await letIn(other, 'customer-1', { profile });
    expect(elsewhere.account.id).not.toBe(again.account.id);
    expect(elsewhere.account.username).toMatch(/^alice-[0-9a-f]{6}$/);
    expect((await again.http.get('/accounts/me')).body).toMatchObject({ id: again.account.id, role: 'user' });
    const path = `/moderation/audit?target=account:${again.account.id}&action=token.issue`;
    const rows = (await root.http.get(path)).body.items;
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({ actorId: one.accountId, keyId: expect.any(Number) });
  });

  it('is in the rooms that are named, by the rules for the server, over HTTP and on a socket', async () => {
    const one = await shop();
    const roomId = await makeRoom(one);
    const hidden = await makeRoom(await shop());
    const person = await letIn(one, 'customer-1', { rooms: [roomId] });
    const socket = await connectSocket(w.origin, { token: person.token });
    const sent = await say(person.http, roomId);
    expect(sent).toMatchObject({ status: 201, body: { author: { id: person.account.id } } });
    await socket.hears('message.sent', ({ id }) => id === sent.body.id);
    expectProblem(
      await one.http.post('/integrations/tokens', { externalId: 'customer-1', rooms: [hidden] }),
      404,
      'room/not-found',
    );
    const poor = await shop(['tokens']);
    const refused = await poor.http.post('/integrations/tokens', { externalId: 'x', rooms: [roomId] });
    expect(expectProblem(refused, 403, 'key/scope-missing')).toMatchObject({ scope: 'rooms' });
    socket.close();
  });

  it('gets a token for as long as asked, and not a second longer than a day', async () => {
    const one = await shop();
    const { token } = await letIn(one, 'customer-1', { ttl: 86_400 });
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    expect(exp - iat).toBe(86_400);
    const [session] = await w.database.query<{ left: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float AS left FROM sessions ORDER BY id DESC LIMIT 1',
    );
    expect(session!.left).toBeLessThanOrEqual(86_400);
    for (const ttl of [86_401, 0, 59])
      expectProblem(await one.http.post('/integrations/tokens', { externalId: 'x', ttl }), 400, 'request/invalid');
    for (const body of [{}, { externalId: 'x', guest: true }, { guest: false }])
      expectProblem(await one.http.post('/integrations/tokens', body), 400, 'request/invalid');
  });

  it('is not let in while a block keeps him out, and his server cannot speak for him', async () => {
    const one = await shop();
    const { account } = await letIn(one, 'customer/1');
    const asHim = { headers: { 'x-act-as': 'external:customer%2F1' } };
    expect((await one.http.get('/accounts/me', asHim)).body).toMatchObject({ id: account.id });
    const block = { accountId: account.id, mode: 'full', scope: 'global', reason: 'floods' };
    expect((await mod.http.post('/moderation/blocks', block)).status).toBe(201);
    expectProblem(await one.http.post('/integrations/tokens', { externalId: 'customer/1' }), 403, 'account/blocked');
    expectProblem(await one.http.get('/accounts/me', asHim), 403, 'account/blocked');
    expectProblem(await (await shop()).http.get('/accounts/me', asHim), 404, 'account/not-found');
  });
});

describe('a guest', () => {
  it('reads and writes in the rooms he was brought into, and does nothing else', async () => {
    const one = await shop();
    const [roomId, open] = [await makeRoom(one), await makeRoom(one, 'open')];
    const answer = await one.http.post('/integrations/tokens', { guest: true, rooms: [roomId] });
    expect(answer.body).toMatchObject({ guest: true, account: { username: expect.stringMatching(/^guest-/) } });
    const guest = bearer(answer.body.token);
    const socket = await connectSocket(w.origin, { token: answer.body.token });
    expect((await say(guest, roomId)).status).toBe(201);
    expect((await guest.get(`/rooms/${roomId}/messages`)).body.items).toHaveLength(1);
    expect((await guest.get('/rooms')).body.items.map(({ id }: { id: number }) => id)).toEqual([roomId]);
    for (const attempt of [
      await guest.get('/rooms?view=open'),
      await guest.post('/rooms', { name: 'mine', preset: 'open' }),
      await guest.post(`/rooms/${open}/join`, {}),
      await guest.put(`/direct/${root.id}`),
      await guest.get('/accounts'),
      await guest.patch('/accounts/me', { address: 'x' }),
      await guest.put(`/rooms/${roomId}/members/${root.id}`),
    ])
      expectProblem(attempt, 403, 'account/guest');
    expectProblem(await say(guest, open), 404, 'room/not-found');
    expectProblem(await guest.get(`/rooms/${open}`), 404, 'room/not-found');
    expect(await socket.send('room.resume', { roomId: open, after: 0 })).toMatchObject({ ok: false });
    const request = { roomId: open, text: 'x', clientId: newClientId() };
    expect(await socket.send('message.send', request)).toMatchObject({ problem: { code: 'room/not-found' } });
    expect(await socket.send('message.send', { ...request, roomId })).toMatchObject({ ok: true });
    expect(await w.database.query('SELECT 1 FROM messages WHERE room_id = $1', [open])).toEqual([]);
    const second = await one.http.post('/integrations/tokens', { guest: true });
    expect(second.body.account.id).not.toBe(answer.body.account.id);
    socket.close();
  });
});

const SECRET = 'a secret of the shop that is long enough';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Signing {
  alg?: string;
  kid?: string | null;
  key?: any;
}

/** A token as an integrator's own code would sign it. */
function signed(claims: object, { alg = 'HS256', kid = 'k1', key = SECRET }: Signing = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const header = encode({ alg, typ: 'JWT', ...(kid && { kid }) });
  const all = { iat: now, exp: now + 600, jti: randomUUID(), ...claims };
  const text = `${header}.${encode(all)}`;
  const signature =
    alg === 'none'
      ? ''
      : alg.startsWith('HS')
        ? createHmac(`sha${alg.slice(2)}`, key)
            .update(text)
            .digest('base64url')
        : signWith(alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), key).toString('base64url');
  return `${text}.${signature}`;
}

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ED = generateKeyPairSync('ed25519');
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
let audiences = 0;
const freshAudience = () => `chat-${++audiences}`;

async function signingShop(more: object = {}): Promise<Shop & { aud: string }> {
  const one = await shop();
  const audience = freshAudience();
  const signing = { kind: 'hs256', audience, keys: [{ kid: 'k1', key: SECRET }], ...more };
  expect((await one.http.put('/integrations/signing', signing)).status).toBe(200);
  return { ...one, aud: audience };
}

describe('a token that a server signed', () => {
  it('lets in at first sight, over HTTP and on a socket, as the same person each time', async () => {
    const one = await signingShop();
    const { aud } = one;
    const roomId = await makeRoom(one);
    const [first, second] = [signed({ sub: 'customer-77', aud }), signed({ sub: 'customer-77', aud: ['other', aud] })];
    const [a, b] = await Promise.all([1, 2].map(() => bearer(first).get('/accounts/me')));
    expect(a!.body.id).toBe(b!.body.id);
    expect(a!.body).toMatchObject({ username: 'customer-77', role: 'user' });
    expect((await bearer(second).get('/accounts/me')).body.id).toBe(a!.body.id);
    await one.http.put(`/rooms/${roomId}/members/${a!.body.id}`);
    const socket = await connectSocket(w.origin, { token: second });
    expect((await say(bearer(first), roomId)).status).toBe(201);
    await socket.hears('message.sent', ({ author }) => author.id === a!.body.id);
    expect((await letIn(one, 'customer-77')).account.id).toBe(a!.body.id);
    expect(
      (await w.database.query(`SELECT 1 FROM accounts WHERE external_id = 'customer-77' AND id = $1`, [a!.body.id]))
        .length,
    ).toBe(1);
    socket.close();
  });

  it.each([
    ['rs256', 'RS256', RSA],
    ['eddsa', 'EdDSA', ED],
  ] as const)('may be signed by %s, with the key that it names', async (kind, alg, { publicKey, privateKey }) => {
    const { aud } = await signingShop({ kind, keys: [{ kid: 'k1', key: pemOf(publicKey) }] });
    expect((await bearer(signed({ sub: 'a', aud }, { alg, key: privateKey })).get('/accounts/me')).status).toBe(200);
    // The public key as a secret: what everybody knows must sign nothing.
    const confused = signed({ sub: 'a', aud }, { alg: 'HS256', key: pemOf(publicKey) });
    expectProblem(await bearer(confused).get('/accounts/me'), 401, 'auth/token-invalid');
  });

  it('is refused where anything is not in order, everywhere alike', async () => {
    const one = await signingShop();
    const { aud } = one;
    const roomId = await makeRoom(one);
    const now = Math.floor(Date.now() / 1000);
    const wrong: Record<string, [string, string?]> = {
      'another secret': [signed({ sub: 'x', aud }, { key: 'a secret of somebody else, long enough' })],
      'no algorithm': [signed({ sub: 'x', aud }, { alg: 'none' })],
      'another algorithm': [signed({ sub: 'x', aud }, { alg: 'EdDSA', key: ED.privateKey })],
      'a stronger hash than the configured one': [signed({ sub: 'x', aud }, { alg: 'HS512' })],
      'no kid': [signed({ sub: 'x', aud }, { kid: null })],
      'another kid': [signed({ sub: 'x', aud }, { kid: 'k2' })],
      'no audience': [signed({ sub: 'x' })],
      'an unknown audience': [signed({ sub: 'x', aud: 'nobody' })],
      'our audience': [signed({ sub: '1', aud: 'besedka', iss: 'besedka', typ: 'access', sid: 1, epoch: 0 })],
      'ours among the audiences': [signed({ sub: 'x', aud: [aud, 'besedka'] })],
      'no subject': [signed({ aud })],
      'an empty subject': [signed({ sub: '', aud })],
      'a subject that is too long': [signed({ sub: 'x'.repeat(129), aud })],
      'a subject that is no text': [signed({ sub: 17, aud })],
      'no end': [signed({ sub: 'x', aud, exp: undefined })],
      'no beginning': [signed({ sub: 'x', aud, iat: undefined })],
      'a life of more than a day': [signed({ sub: 'x', aud, exp: now + 86_401, iat: now })],
      'a beginning ahead': [signed({ sub: 'x', aud, iat: now + 120 })],
      'not yet': [signed({ sub: 'x', aud, nbf: now + 120 })],
      'an end that is over': [signed({ sub: 'x', aud, iat: now - 600, exp: now - 90 }), 'auth/token-expired'],
    };
    for (const [what, [token, code = 'auth/token-invalid']] of Object.entries(wrong)) {
      const me = await bearer(token).get('/accounts/me');
      const sent = await say(bearer(token), roomId);
      const socket = await connectSocket(w.origin, { token }).catch((error: Error) => error.message);
      expect([what, me.status, me.body.code, sent.body.code, socket]).toEqual([what, 401, code, code, code]);
    }
    const late = signed({ sub: 'x', aud, iat: now - 600, exp: now - 20 });
    expect((await bearer(late).get('/accounts/me')).status).toBe(200);
    expect(await w.database.query('SELECT 1 FROM messages WHERE room_id = $1', [roomId])).toEqual([]);
  });

  it('ends when its key is taken away, and lives on when a further one is added', async () => {
    const one = await signingShop();
    const { aud } = one;
    const token = signed({ sub: 'x', aud });
    const socket = await connectSocket(w.origin, { token });
    const [first, second] = [
      { kid: 'k1', key: SECRET },
      { kid: 'k2', key: 'another secret that is long enough' },
    ];
    await one.http.put('/integrations/signing', { kind: 'hs256', audience: aud, keys: [first, second] });
    expect((await bearer(token).get('/accounts/me')).status).toBe(200);
    const next = signed({ sub: 'x', aud }, { kid: 'k2', key: second.key });
    expect((await bearer(next).get('/accounts/me')).status).toBe(200);
    expect(socket.io.connected).toBe(true);
    const view = await one.http.put('/integrations/signing', { kind: 'hs256', audience: aud, keys: [second] });
    expect(view.body).toMatchObject({ kids: ['k2'], audience: aud });
    expect(view.text + (await one.http.get('/integrations/signing')).text).not.toContain(second.key);
    const [row] = await w.database.query<{ kept: Buffer }>(
      'SELECT sealed_keys AS kept FROM integrator_signing WHERE audience = $1',
      [aud],
    );
    expect(row!.kept.toString('latin1')).not.toContain(second.key);
    expectProblem(await bearer(token).get('/accounts/me'), 401, 'auth/session-ended');
    expectProblem(await bearer(signed({ sub: 'x', aud })).get('/accounts/me'), 401, 'auth/token-invalid');
    await eventually(() => socket.closedBecause, 'the socket to be closed', 2_000);
    expect((await bearer(next).get('/accounts/me')).status).toBe(200);
    const replaced = { kind: 'hs256', audience: aud, keys: [{ kid: 'k2', key: 'a replacement under the same name' }] };
    await one.http.put('/integrations/signing', replaced);
    expectProblem(await bearer(next).get('/accounts/me'), 401, 'auth/session-ended');
    const last = signed({ sub: 'x', aud }, { kid: 'k2', key: replaced.keys[0]!.key });
    expect((await bearer(last).get('/accounts/me')).status).toBe(200);
    await one.http.delete('/integrations/signing');
    expectProblem(await bearer(last).get('/accounts/me'), 401, 'auth/session-ended');
    expectProblem(await one.http.get('/integrations/signing'), 404, 'integrator/no-signing');
  });

  it('is of the server that has the audience, which no other gets', async () => {
    const { aud } = await signingShop();
    const other = await shop();
    const body = { kind: 'hs256', audience: aud, keys: [{ kid: 'k1', key: SECRET }] };
    expectProblem(await other.http.put('/integrations/signing', body), 409, 'integrator/audience-taken');
    for (const wrong of [
      { ...body, audience: 'besedka' },
      { ...body, audience: 'besedka:appeal' },
      { ...body, keys: [] },
      { ...body, keys: [{ kid: 'k', key: 'short' }] },
      { ...body, keys: [body.keys[0], body.keys[0]] },
      { ...body, kind: 'rs256' },
      { ...body, kind: 'rs256', keys: [{ kid: 'k', key: pemOf(ED.publicKey) }] },
      { ...body, kind: 'eddsa', keys: [{ kid: 'k', key: pemOf(RSA.publicKey) }] },
      { ...body, kind: 'rs256', keys: [{ kid: 'k', key: RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }) }] },
      { ...body, kind: 'jwks' },
      { ...body, jwksUrl: 'https://x.example' },
    ])
      expectProblem(await other.http.put('/integrations/signing', { ...wrong }), 400, 'request/invalid');
  });
});

describe('a key set at an address', () => {
  let server: Server;
  let url: string;
  let answer: (path: string) => { status?: number; body: string; headers?: Record<string, string> };
  const asked: string[] = [];
  let connections = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      const { status = 200, body, headers } = answer(request.url!);
      response.writeHead(status, headers).end(body);
    });
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => server.close());

  const setOf = (keys: Record<string, KeyObject>) =>
    JSON.stringify({ keys: Object.entries(keys).map(([kid, key]) => ({ ...key.export({ format: 'jwk' }), kid })) });

  it('is asked once, and tokens of its keys let in', async () => {
    answer = () => ({ body: setOf({ k1: RSA.publicKey, k2: ED.publicKey }) });
    const { aud } = await signingShop({ kind: 'jwks', keys: undefined, jwksUrl: `${url}/good` });
    for (const options of [
      { alg: 'RS256', key: RSA.privateKey },
      { alg: 'EdDSA', kid: 'k2', key: ED.privateKey },
    ])
      expect((await bearer(signed({ sub: 'x', aud }, options)).get('/accounts/me')).status).toBe(200);
    const secret = signed({ sub: 'x', aud }, { key: pemOf(RSA.publicKey) });
    expectProblem(await bearer(secret).get('/accounts/me'), 401, 'auth/token-invalid');
    const unknown = signed({ sub: 'x', aud }, { alg: 'RS256', kid: 'k3', key: RSA.privateKey });
    expectProblem(await bearer(unknown).get('/accounts/me'), 401, 'auth/token-invalid');
    expect(asked.filter((path) => path === '/good')).toHaveLength(1);
  });

  it('is refused when it redirects, is too large, or is none', async () => {
    const one = await shop();
    const set = (jwksUrl: string) =>
      one.http.put('/integrations/signing', { kind: 'jwks', audience: freshAudience(), jwksUrl });
    answer = (path) =>
      path === '/moved'
        ? { status: 302, body: '', headers: { location: `${url}/good` } }
        : { body: path === '/large' ? `{"keys":[],"x":"${'x'.repeat(70_000)}"}` : path === '/none' ? 'hello' : '{}' };
    const before = asked.length;
    for (const path of ['/moved', '/large', '/none', '/empty'])
      expectProblem(await set(url + path), 400, 'integrator/url-not-allowed');
    expect(asked.slice(before)).toEqual(['/moved', '/large', '/none', '/empty']);
  });

  it('is never asked in a private network, however the address is spelled', async () => {
    const closed = await world();
    try {
      const chief = await closed.person('chief', { role: 'superuser' });
      const { key } = (await chief.http.post('/integrations/keys', { name: 'shop', scopes: ['tokens'] })).body;
      const http = new HttpClient(closed.origin, () => key);
      const { port } = server.address() as { port: number };
      const before = connections;
      const hosts = [
        `127.0.0.1:${port}`,
        `localhost:${port}`,
        `[::1]:${port}`,
        `2130706433:${port}`,
        `[::ffff:127.0.0.1]:${port}`,
        '169.254.169.254',
        '10.0.0.1',
        '0.0.0.0',
      ];
      for (const address of hosts.flatMap((host) => [`http://${host}/`, `https://${host}/`])) {
        const body = { kind: 'jwks', audience: 'x', jwksUrl: address };
        expectProblem(await http.put('/integrations/signing', body), 400, 'integrator/url-not-allowed');
      }
      expect(connections).toBe(before);
    } finally {
      await closed.close();
    }
  });
});

describe('a revocation', () => {
  const now = () => new Date().toISOString();

  it('ends all tokens issued before it, closes their sockets, and lets in who comes after it', async () => {
    const [one, other] = [await signingShop(), await shop()];
    const { aud } = one;
    const past = Math.floor(Date.now() / 1000) - 30;
    const ours = await letIn(one, 'a');
    const theirs = signed({ sub: 'b', aud, iat: past });
    const unseen = signed({ sub: 'c', aud, iat: past });
    const untouched = await letIn(other, 'a');
    const sockets = await Promise.all([ours.token, theirs].map((token) => connectSocket(w.origin, { token })));
    const bystander = await connectSocket(w.origin, { token: untouched.token });
    expect((await one.http.put('/integrations/revocations', { before: now() })).body).toEqual({ ended: 2 });
    for (const token of [ours.token, theirs, unseen])
      expectProblem(await bearer(token).get('/accounts/me'), 401, 'auth/session-ended');
    for (const socket of sockets) await eventually(() => socket.closedBecause, 'both sockets to be closed', 2_000);
    expect(bystander.io.connected).toBe(true);
    expect((await untouched.http.get('/accounts/me')).status).toBe(200);
    expect((await (await letIn(one, 'a')).http.get('/accounts/me')).status).toBe(200);
    const later = signed({ sub: 'b', aud, iat: Math.floor(Date.now() / 1000) + 2 });
    expect((await bearer(later).get('/accounts/me')).status).toBe(200);
    bystander.close();
  });

  it('of one person leaves the others, and what was issued after its moment', async () => {
    const one = await signingShop();
    const [a, b] = [await letIn(one, 'a'), await letIn(one, 'b')];
    const early = new Date(Date.now() - 3_600_000).toISOString();
    expect((await one.http.put('/integrations/revocations', { before: early, externalId: 'a' })).body).toEqual({
      ended: 0,
    });
    expect((await a.http.get('/accounts/me')).status).toBe(200);
    expect((await one.http.put('/integrations/revocations', { before: now(), externalId: 'a' })).body).toEqual({
      ended: 1,
    });
    expectProblem(await a.http.get('/accounts/me'), 401, 'auth/session-ended');
    expect((await b.http.get('/accounts/me')).status).toBe(200);
    const unseen = signed({ sub: 'a', aud: one.aud, iat: Math.floor(Date.now() / 1000) - 30 });
    expectProblem(await bearer(unseen).get('/accounts/me'), 401, 'auth/session-ended');
    const ahead = { before: new Date(Date.now() + 60_000).toISOString() };
    expectProblem(await one.http.put('/integrations/revocations', ahead), 400, 'request/invalid');
    expectProblem(
      await one.http.put('/integrations/revocations', { before: now(), externalId: 'z' }),
      404,
      'account/not-found',
    );
    const rows = (await root.http.get(`/moderation/audit?target=account:${a.account.id}&action=token.revoke`)).body
      .items;
    expect(rows[0]).toMatchObject({ actorId: one.accountId, keyId: expect.any(Number) });
  });

  it('that one node is asked for holds on the other when the call returns, and closes the sockets there', async () => {
    const one = await signingShop();
    const node = await secondNode(w);
    try {
      const [ours, spared] = [await letIn(one, 'a'), await letIn(await shop(), 'a')];
      const theirs = signed({ sub: 'b', aud: one.aud, iat: Math.floor(Date.now() / 1000) - 30 });
      const on = (token: string) => node.as({ token });
      const roomId = await makeRoom(one);
      for (const { id } of [ours.account, (await on(theirs).get('/accounts/me')).body])
        expect((await one.http.put(`/rooms/${roomId}/members/${id}`)).status).toBe(200);
      const tokens = [ours.token, theirs];
      const sockets = await Promise.all(tokens.map((token) => node.socket({ token })));
      const bystander = await node.socket({ token: spared.token });
      for (const token of tokens) expect((await on(token).get('/accounts/me')).status).toBe(200);
      expect((await one.http.put('/integrations/revocations', { before: now() })).body).toEqual({ ended: 2 });
      for (const token of tokens) {
        expectProblem(await on(token).get('/accounts/me'), 401, 'auth/session-ended');
        expectProblem(await say(on(token), roomId), 401, 'auth/session-ended');
      }
      for (const socket of sockets) {
        await socket.hears('session.ended');
        await eventually(() => socket.closedBecause, 'the socket on the other node to be closed', 2_000);
      }
      // What they would have heard, had a socket been left open.
      expect((await say(one.http, roomId, 'for nobody of them')).status).toBe(201);
      expect(sockets.flatMap((socket) => socket.of('message.sent'))).toEqual([]);
      expect(bystander.io.connected).toBe(true);
      expect((await on(spared.token).get('/accounts/me')).status).toBe(200);
      const { token } = await letIn(one, 'a');
      expect((await on(token).get('/accounts/me')).status).toBe(200);
    } finally {
      await node.close();
    }
  });
});
