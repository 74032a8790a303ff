import { createHmac } from 'node:crypto';
import { operationsOf, type OpenApiDocument } from '../../src/ops/openapi-document.js';
import { expectProblem } from '../support/expect.js';
import { connectSocket } from '../support/socket.js';
import { type Person, world, type World } from '../support/world.js';
import { ValidRequests } from './valid-requests.js';

/** What a fully blocked person gets to appeal with opens nothing else, and nothing else opens what it opens. */

const SECRET = 'the key of the appeal tokens 0123456789';
let w: World;
let valid: ValidRequests;
let mallory: Person;
let appealToken: string;
let sanctionId: number;

beforeAll(async () => {
  w = await world({ BESEDKA_JWT_SECRET: SECRET });
  valid = await ValidRequests.prepare(w);
  mallory = await w.person('mallory the second');
  await valid.root.http.post('/moderation/blocks', {
    accountId: mallory.id,
    reason: 'floods',
    mode: 'full',
    scope: 'global',
  });
  const refused = expectProblem(await signIn(), 403, 'account/blocked');
  appealToken = refused.appealToken as string;
  sanctionId = refused.sanctionId as number;
}, 60_000);
afterAll(() => w?.close());

const signIn = () =>
  w.http.post('/auth/token', { grant_type: 'password', username: mallory.username, password: mallory.password });
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const read = (token: string, id = sanctionId) => w.http.get(`/accounts/me/sanctions/${id}`, withToken(token));
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An appeal token with other claims, signed with the real key. */
function forge(change: Record<string, unknown>, secret = SECRET, alg = 'HS256'): string {
  const head = `${encode({ alg, typ: 'JWT' })}.${encode({ ...claimsOf(appealToken), ...change })}`;
  const digest = createHmac(alg === 'HS256' ? 'sha256' : 'sha512', secret).update(head);
  return `${head}.${alg === 'none' ? '' : digest.digest('base64url')}`;
}

const OPENED = ['fileAppeal', 'getMySanction'];

it('reads and appeals against the one sanction, and is an access token nowhere', async () => {
  expect((await read(appealToken)).status).toBe(200);
  const document = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
  const closed = operationsOf(document).filter(
    ({ operation }) => operation.security!.length > 0 && !OPENED.includes(operation.operationId),
  );
  expect(closed.length).toBeGreaterThan(45);
  const surprises: string[] = [];
  for (const placed of closed) {
    const { path, query, body } = await valid.of(placed);
    const answer = await w.http.request(placed.method.toUpperCase(), `${path}?${query}`, body, withToken(appealToken));
    if (answer.status !== 401 || answer.body.code !== 'auth/token-invalid')
      surprises.push(`${placed.operation.operationId}: ${answer.status} ${answer.text}`);
  }
  expect(surprises).toEqual([]);
  await expect(connectSocket(w.origin, { token: appealToken })).rejects.toThrow('auth/token-invalid');
  const quinn = await valid.quinn.socket();
  expect(await quinn.send('session.renew', { token: appealToken })).toMatchObject({
    ok: false,
    problem: { code: 'auth/token-invalid' },
  });
  const refresh = await w.http.post('/auth/token', { grant_type: 'refresh_token', refresh_token: appealToken });
  expectProblem(refresh, 400, 'request/invalid');
});

it('is not even one with the audience or the kind of an access token', async () => {
  const session = claimsOf(valid.quinn.token);
  for (const change of [
    { aud: 'besedka' },
    { typ: 'access' },
    { ...session, aud: 'besedka:appeal' },
    { ...session, typ: 'appeal' },
  ]) {
    const token = forge(change);
    expectProblem(await w.http.get('/accounts/me', withToken(token)), 401, 'auth/token-invalid');
    await expect(connectSocket(w.origin, { token })).rejects.toThrow('auth/token-invalid');
  }
});

it('opens nothing when it is forged, changed or of another kind', async () => {
  const soon = Math.floor(Date.now() / 1000) + 600;
  for (const [what, token] of [
    ['with another key', forge({}, 'another key that is long enough 0123456789')],
    ['without a signature', forge({}, SECRET, 'none')],
    ['with another algorithm', forge({}, SECRET, 'HS512')],
    ['for another audience', forge({ aud: 'besedka' })],
    ['of another issuer', forge({ iss: 'somebody' })],
    ['of another kind', forge({ typ: 'access' })],
    ['of no kind', forge({ typ: undefined })],
    ['of nobody', forge({ sub: undefined })],
    ['of an account that is none', forge({ sub: '4000000' })],
    ['for no sanction', forge({ sanction: undefined })],
    ['that never expires', forge({ exp: undefined })],
    ['issued long ago and good for ever', forge({ iat: soon - 86_400, exp: soon })],
    ['of an earlier epoch', forge({ epoch: -1 })],
  ] as const) {
    const answer = await read(token);
    expect([what, answer.status, answer.body.code]).toEqual([what, 401, expect.stringMatching(/^auth\/token-/)]);
  }
  expectProblem(await read(forge({ iat: soon - 3_600, exp: soon - 1_200 })), 401, 'auth/token-expired');
  expectProblem(await read(valid.quinn.token), 404, 'sanction/not-found');
  expectProblem(await read(mallory.token), 401, 'auth/session-ended');
  expectProblem(await read(forge({ sanction: String(sanctionId + 1) })), 404, 'sanction/not-found');
  expectProblem(await w.http.get(`/accounts/me/sanctions/${sanctionId}`), 401, 'auth/required');
});

it('ends with all other tokens when the account is signed out everywhere', async () => {
  await w.database.query('UPDATE accounts SET epoch = epoch + 1 WHERE id = $1', [mallory.id]);
  expectProblem(await read(appealToken), 401, 'auth/token-invalid');
  const refused = expectProblem(await signIn(), 403, 'account/blocked');
  expect((await read(refused.appealToken as string)).status).toBe(200);
});

it('is not given for a wrong password, nor for a block that leaves signing in', async () => {
  const wrong = { grant_type: 'password', username: mallory.username, password: 'not his' };
  expect((await w.http.post('/auth/token', wrong)).text).not.toContain('appealToken');
  const muted = await w.person('muted');
  await valid.root.http.post('/moderation/blocks', {
    accountId: muted.id,
    reason: 'floods',
    mode: 'mute',
    scope: 'global',
  });
  const send = await muted.http.post(`/rooms/${valid.lobby}/messages`, { text: 'hello', clientId: 'muted-1' });
  expectProblem(send, 403, 'account/blocked');
  expect(send.text).not.toContain('appealToken');
});
