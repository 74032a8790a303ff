import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authenticator } from '../../src/accounts/authenticator.js';
import { SessionRepository } from '../../src/accounts/session.repository.js';
import { TicketsService } from '../../src/accounts/tickets.service.js';
import { keptSecret } from '../../src/accounts/token.key.js';
import type { ProblemCode } from '../../src/platform/problems.js';
import { eventually, expectProblem } from '../support/expect.js';
import type { Answer } from '../support/http.js';
import { type Person, world, type World } from '../support/world.js';

const SECRET = 'a test key that is long enough 0123456789';
/** Of locks: those in the database of this test. */
const HERE = `database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
let w: World;
let alice: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_JWT_SECRET: SECRET });
  alice = await w.person('alice');
});
afterAll(() => w.close());

interface Tokens {
  access_token: string;
  refresh_token: string;
}

const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const me = (token: string) => w.http.get('/accounts/me', withToken(token));
const signInAnswer = (username: string, password: string) =>
  w.http.post('/auth/token', { grant_type: 'password', username, password });
const refresh = (refresh_token: string) => w.http.post('/auth/token', { grant_type: 'refresh_token', refresh_token });
const form = (fields: string | Record<string, string>) => ({
  raw: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const payloadOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as `alter` makes it of a valid one, signed with the real key. */
function forge(
  token: string,
  alter: (payload: Record<string, unknown>) => unknown,
  { algorithm = 'HS256', secret = SECRET } = {},
): string {
  const head = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(alter(payloadOf(token)))}`;
  const signature =
    algorithm === 'none'
      ? ''
      : createHmac(`sha${algorithm.slice(2)}`, secret)
          .update(head)
          .digest('base64url');
  return `${head}.${signature}`;
}

const statusesOf = (answers: Answer[]) => answers.map((answer) => answer.status).sort((a, b) => a - b);

const endings = async (accountId: number) =>
  (
    await w.database.query<{ data: unknown }>(
      `SELECT data FROM account_events WHERE account_id = $1 AND kind = 'session.ended' ORDER BY seq`,
      [accountId],
    )
  ).map((row) => row.data);
const sessionIdOf = (token: string) => payloadOf(token).sid as number;

describe('Signing in', () => {
  it('takes a form or JSON, and its answer is not kept by anybody', async () => {
    const fields = { grant_type: 'password', username: 'alice', password: alice.password };
    for (const answer of [
      await w.http.post('/auth/token', fields),
      await w.http.post('/auth/token', undefined, form({ ...fields, scope: '', client_id: 'swagger' })),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        access_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 600,
        refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await me(answer.body.access_token)).body).toMatchObject({ username: 'alice' });
    }
  });

  it('takes any spelling of the name and raw UTF-8 in a form', async () => {
    const accents = await w.person('Ёлка', { password: 'пароль + 100% & =' });
    expect(
      (
        await w.http.post(
          '/auth/token',
          undefined,
          form({ grant_type: 'password', username: 'ёЛКА', password: accents.password }),
        )
      ).status,
    ).toBe(200);
    const raw = `grant_type=password&username=ёлка&password=${encodeURIComponent(accents.password)}`;
    expect((await w.http.post('/auth/token', undefined, form(raw))).status).toBe(200);
    expect((await w.http.post('/auth/token/?x=1', undefined, form(raw))).status).toBe(200);
  });

  it.each<[string, string, ProblemCode]>([
    ['an unknown field', 'grant_type=password&username=alice&password=x&role=superuser', 'request/invalid'],
    ['a poisoned field', 'grant_type=password&username=alice&password=x&__proto__=x', 'request/invalid'],
    ['a bracketed field', 'grant_type=password&username[$ne]=x&password=x', 'request/invalid'],
    ['a percent sign that encodes nothing', 'grant_type=password&username=alice&password=%zz', 'request/malformed'],
    ['encoded bytes that are not UTF-8', 'grant_type=password&username=alice&password=%ff', 'request/malformed'],
    ['NUL', 'grant_type=password&username=a%00&password=x', 'request/invalid'],
    ['nothing', '', 'request/invalid'],
    ['too many fields', Array.from({ length: 600 }, (_, i) => `f${i}=`).join('&'), 'request/invalid'],
  ])('refuses a form with %s', async (_what, raw, code) => {
    expectProblem(await w.http.post('/auth/token', undefined, form(raw)), 400, code);
  });

  it('refuses a form with a repeated field, bytes that are not UTF-8 and too much of anything', async () => {
    const repeated = 'grant_type=password&username=alice&username=bob&password=x';
    const { errors } = expectProblem(
      await w.http.post('/auth/token', undefined, form(repeated)),
      400,
      'request/invalid',
    );
    expect(errors).toEqual([{ pointer: '#/username', message: 'must not be repeated' }]);
    const bytes = Buffer.concat([Buffer.from('grant_type=password&username=alice&password='), Buffer.from([0xff])]);
    expectProblem(await w.http.post('/auth/token', undefined, { ...form(''), raw: bytes }), 400, 'request/malformed');
    const much = `grant_type=password&username=alice&password=${'x'.repeat(9000)}`;
    expectProblem(await w.http.post('/auth/token', undefined, form(much)), 413, 'request/too-large');
  });

  it.each([
    {},
    { grant_type: 'client_credentials' },
    { grant_type: 'password' },
    { grant_type: 'password', username: 'alice' },
    { grant_type: 'password', username: 'alice', password: 5 },
    { grant_type: 'password', username: ['alice'], password: 'x' },
    { grant_type: 'password', username: { $ne: '' }, password: 'x' },
    { grant_type: 'password', username: 'x'.repeat(65), password: 'x' },
    { grant_type: 'password', username: 'alice', password: 'x', role: 'superuser' },
    { grant_type: 'refresh_token' },
    { grant_type: 'refresh_token', refresh_token: 5 },
    { grant_type: 'refresh_token', refresh_token: null },
  ])('refuses %j', async (body) => {
    expectProblem(await w.http.post('/auth/token', body), 400, 'request/invalid');
  });

  it('is the only operation that takes a form', async () => {
    for (const [path, client] of [
      ['/accounts', w.http],
      ['/auth/setup', w.http],
      ['/auth/logout', alice.http],
    ] as const)
      expectProblem(
        await client.post(path, undefined, form({ username: 'mallory', password: 'long enough' })),
        415,
        'request/unsupported-media-type',
      );
    expect((await me(alice.token)).status).toBe(200);
  });

  it('refuses an unknown name and a wrong password with the same answer in the same time', async () => {
    const bodyOf = (answer: Answer) => ({ ...answer.body, requestId: undefined });
    const headersOf = (answer: Answer) => [...answer.headers.keys()].sort();
    const times = { unknown: [] as number[], wrong: [] as number[] };
    const timed = async (kind: keyof typeof times, username: string) => {
      const from = performance.now();
      const answer = await signInAnswer(username, 'not the password');
      times[kind].push(performance.now() - from);
      expectProblem(answer, 401, 'auth/credentials-wrong');
      return answer;
    };
    for (let round = 0; round < 8; round++) {
      const unknown = await timed('unknown', `nobody ${round}`);
      const wrong = await timed('wrong', 'alice');
      expect(bodyOf(unknown)).toEqual(bodyOf(wrong));
      expect(headersOf(unknown)).toEqual(headersOf(wrong));
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
    // Without the hashing of unknown names the ratio is below 0.2.
    expect(median(times.unknown) / median(times.wrong)).toBeGreaterThan(0.5);
  });
});

describe('An access token', () => {
  it.each<[string, (token: string) => string]>([
    ['of the algorithm none', (token) => forge(token, (payload) => payload, { algorithm: 'none' })],
    ['of HS384', (token) => forge(token, (payload) => payload, { algorithm: 'HS384' })],
    ['of HS512', (token) => forge(token, (payload) => payload, { algorithm: 'HS512' })],
    [
      'of another key',
      (token) => forge(token, (payload) => payload, { secret: 'another key that is long enough as well' }),
    ],
    [
      'with a changed payload',
      (token) =>
        token
          .split('.')
          .with(1, encode({ ...payloadOf(token), role: 'superuser' }))
          .join('.'),
    ],
    ['without expiry', (token) => forge(token, ({ exp: _exp, ...payload }) => payload)],
    [
      'that lives longer than ten minutes',
      (token) => forge(token, (payload) => ({ ...payload, exp: (payload.iat as number) + 601 })),
    ],
    ['without time of issue', (token) => forge(token, ({ iat: _iat, ...payload }) => payload)],
    [
      'from the future',
      (token) =>
        forge(token, (payload) => ({
          ...payload,
          iat: (payload.iat as number) + 90,
          exp: (payload.exp as number) + 90,
        })),
    ],
    ['for another audience', (token) => forge(token, (payload) => ({ ...payload, aud: 'other' }))],
    ['without audience', (token) => forge(token, ({ aud: _aud, ...payload }) => payload)],
    ['of another issuer', (token) => forge(token, (payload) => ({ ...payload, iss: 'other' }))],
    ['of another kind', (token) => forge(token, (payload) => ({ ...payload, typ: 'refresh' }))],
    ['of no kind', (token) => forge(token, ({ typ: _typ, ...payload }) => payload)],
    [
      'with an object for its subject',
      (token) => forge(token, (payload) => ({ ...payload, sub: { id: payload.sub } })),
    ],
    ['with a number for its subject', (token) => forge(token, (payload) => ({ ...payload, sub: Number(payload.sub) }))],
    ['without subject', (token) => forge(token, ({ sub: _sub, ...payload }) => payload)],
    ['without session', (token) => forge(token, ({ sid: _sid, ...payload }) => payload)],
    ['with a text for its session', (token) => forge(token, (payload) => ({ ...payload, sid: String(payload.sid) }))],
    ['with a list for its session', (token) => forge(token, (payload) => ({ ...payload, sid: [payload.sid] }))],
    ['without epoch', (token) => forge(token, ({ epoch: _epoch, ...payload }) => payload)],
    ['whose payload is a text', (token) => forge(token, () => 'alice')],
    [
      'whose payload is null, of another key',
      (token) => forge(token, () => null, { secret: 'another key that is long enough as well' }),
    ],
    ['whose payload is a list', (token) => forge(token, () => [])],
    ['that is a refresh token', () => alice.refreshToken],
    ['that is garbage', () => 'garbage'],
    ['of empty parts', () => '..'],
  ])('%s is not valid', async (_what, make) => {
    expectProblem(await me(make(alice.token)), 401, 'auth/token-invalid');
    // The same way of making one makes a valid one when nothing is altered.
    expect((await me(forge(alice.token, (payload) => payload))).status).toBe(200);
  });

  it('that has expired says so', async () => {
    const past = forge(alice.token, (payload) => ({
      ...payload,
      iat: (payload.iat as number) - 700,
      exp: (payload.iat as number) - 100,
    }));
    expectProblem(await me(past), 401, 'auth/token-expired');
  });

  it('may come from a clock that is less than a minute ahead', async () => {
    expect(
      (await me(forge(alice.token, (payload) => ({ ...payload, iat: (payload.iat as number) + 30 })))).status,
    ).toBe(200);
  });

  it('names the account and the session together, at their present epoch', async () => {
    const bob = await w.person('bob');
    const altered = [
      { sub: String(bob.id) },
      { sid: sessionIdOf(bob.token) },
      { epoch: 1 },
      { epoch: -1 },
      { sid: 999_999 },
      { sid: -1 },
      { sub: '9007199254740991' },
    ];
    for (const change of altered)
      expectProblem(await me(forge(alice.token, (payload) => ({ ...payload, ...change }))), 401, 'auth/session-ended');
  });

  it('carries no role, and none is taken from it', async () => {
    expect(Object.keys(payloadOf(alice.token)).sort()).toEqual([
      'aud',
      'epoch',
      'exp',
      'iat',
      'iss',
      'sid',
      'sub',
      'typ',
    ]);
    const boasting = forge(alice.token, (payload) => ({ ...payload, role: 'superuser', roles: ['superuser'] }));
    expect((await me(boasting)).body).toMatchObject({ role: 'user' });
    expectProblem(
      await w.http.put(`/accounts/${alice.id}/role`, { role: 'superuser' }, withToken(boasting)),
      403,
      'role/insufficient',
    );
  });

  it('is looked for in the header Authorization and nowhere else', async () => {
    for (const headers of [
      {},
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: alice.token },
      { authorization: `Basic ${alice.token}` },
      { cookie: `token=${alice.token}` },
    ] as Record<string, string>[])
      expectProblem(await w.http.get('/accounts/me', { headers }), 401, 'auth/required');
    expectProblem(await w.http.get(`/accounts?query=a&access_token=${alice.token}`), 401, 'auth/required');
    expect((await w.http.get('/accounts/me', { headers: { authorization: `bearer ${alice.token}` } })).status).toBe(
      200,
    );
  });

  it('of one application is not of another in the same process', async () => {
    const other = await world({ BESEDKA_JWT_SECRET: 'the key of another application 9876543210' });
    try {
      const zoe = await other.person('zoe');
      expect((await zoe.http.get('/accounts/me')).body).toMatchObject({ username: 'zoe' });
      expect((await alice.http.get('/accounts/me')).body).toMatchObject({ username: 'alice' });
      expectProblem(await me(zoe.token), 401, 'auth/token-invalid');
    } finally {
      await other.close();
    }
    expect((await alice.http.get('/accounts/me')).status).toBe(200);
  });

  it('always names its own person when many ask at once', async () => {
    const people = await Promise.all(['carol', 'dave', 'erin'].map((name) => w.person(name)));
    const answers = await Promise.all(
      Array.from({ length: 66 }, async (_, index) => ({
        person: people[index % 3]!,
        answer: await people[index % 3]!.http.get('/accounts/me'),
      })),
    );
    for (const { person, answer } of answers)
      expect(answer.body).toMatchObject({ id: person.id, username: person.username });
  });

  it('asks the database each time, together with those who ask meanwhile', async () => {
    const authenticator = w.app.get(Authenticator);
    const frida = await w.person('frida');
    const asked = jest.spyOn(w.app.get(SessionRepository), 'states');
    try {
      const early = Array.from({ length: 64 }, (_, index) =>
        authenticator.actorOf(index % 2 ? frida.token : alice.token),
      );
      for (const [index, { actor }] of (await Promise.all(early)).entries())
        expect(actor.username).toBe(index % 2 ? 'frida' : 'alice');
      expect(asked).toHaveBeenCalledTimes(2);
      expect(asked.mock.calls[1]![1]).toHaveLength(2);

      const before = authenticator.actorOf(frida.token).catch(() => undefined);
      await w.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [sessionIdOf(frida.token)]);
      await expect(authenticator.actorOf(frida.token)).rejects.toMatchObject({ code: 'auth/session-ended' });
      await expect(authenticator.actorOfSession(sessionIdOf(frida.token), frida.id)).rejects.toMatchObject({
        code: 'auth/session-ended',
      });
      expect(await authenticator.actorOfSession(sessionIdOf(alice.token), alice.id)).toMatchObject({
        username: 'alice',
      });
      await expect(authenticator.actorOfSession(sessionIdOf(alice.token), frida.id)).rejects.toMatchObject({
        code: 'auth/session-ended',
      });
      await before;
      expect(asked).toHaveBeenCalledTimes(7);
    } finally {
      asked.mockRestore();
    }
  });

  it('is asked for again after a question that failed', async () => {
    const authenticator = w.app.get(Authenticator);
    const beyondAnyId = 1e300;
    const outcomes = await Promise.allSettled([
      authenticator.actorOf(alice.token),
      authenticator.actorOfSession(beyondAnyId, alice.id),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected']);
    expect((await authenticator.actorOf(alice.token)).actor.username).toBe('alice');
  });
});

describe('A refresh token', () => {
  it('brings new tokens of the same session, and the old access token lives on', async () => {
    const first = await w.signIn('alice', alice.password);
    const answer = await refresh(first.refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const second = answer.body as Tokens;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(sessionIdOf(second.access_token)).toBe(sessionIdOf(first.access_token));
    for (const tokens of [first, second]) expect((await me(tokens.access_token)).status).toBe(200);
    expect(
      (
        await w.http.post(
          '/auth/token',
          undefined,
          form({ grant_type: 'refresh_token', refresh_token: second.refresh_token }),
        )
      ).status,
    ).toBe(200);
  });

  it('is kept as a hash only', async () => {
    const { refresh_token } = await w.signIn('alice', alice.password);
    const rows = await w.database.query<{ hash: Buffer; row: string }>(
      'SELECT hash, r::text AS row FROM refresh_tokens r',
    );
    expect(rows.some((row) => row.hash.equals(createHash('sha256').update(refresh_token).digest()))).toBe(true);
    for (const row of rows) expect(row.row).not.toContain(refresh_token);
  });

  it('that comes a second time ends the session, and nothing of it is good any more', async () => {
    const frank = await w.person('frank');
    const other = await w.signIn('frank', frank.password);
    const next = (await refresh(frank.refreshToken)).body as Tokens;
    expectProblem(await refresh(frank.refreshToken), 401, 'auth/refresh-reused');
    for (const token of [frank.token, next.access_token]) expectProblem(await me(token), 401, 'auth/session-ended');
    expectProblem(await refresh(next.refresh_token), 401, 'auth/session-ended');
    expectProblem(await refresh(frank.refreshToken), 401, 'auth/refresh-reused');
    expect(await endings(frank.id)).toEqual([{ sessionIds: [sessionIdOf(frank.token)], reason: 'refresh_reused' }]);
    expect((await me(other.access_token)).status).toBe(200);
  });

  it('that is used by several at once serves at most one of them and ends the session', async () => {
    const grace = await w.person('grace');
    for (let round = 0; round < 5; round++) {
      const tokens = await w.signIn('grace', grace.password);
      const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(tokens.refresh_token)));
      const won = answers.filter((answer) => answer.status === 200);
      expect(won).toHaveLength(1);
      for (const answer of answers.filter((one) => one.status !== 200))
        expectProblem(answer, 401, 'auth/refresh-reused');
      expectProblem(await me((won[0]!.body as Tokens).access_token), 401, 'auth/session-ended');
      expectProblem(await refresh((won[0]!.body as Tokens).refresh_token), 401, 'auth/session-ended');
    }
    expect(await endings(grace.id)).toHaveLength(5);
    expect((await me(grace.token)).status).toBe(200);
  });

  it('is not guessed', async () => {
    for (const token of ['x', 'x'.repeat(43), alice.token.slice(0, 200)])
      expectProblem(await refresh(token), 401, 'auth/refresh-invalid');
  });

  it('is worth nothing after its session has expired, and moves the expiry with each use', async () => {
    const tokens = await w.signIn('alice', alice.password);
    const sessionId = sessionIdOf(tokens.access_token);
    await w.database.query(`UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE id = $1`, [sessionId]);
    const next = (await refresh(tokens.refresh_token)).body as Tokens;
    const [session] = await w.database.query<{ days: number }>(
      `SELECT extract(epoch FROM expires_at - now()) / 86400 AS days FROM sessions WHERE id = $1`,
      [sessionId],
    );
    expect(Number(session!.days)).toBeCloseTo(30, 1);
    await w.database.query(`UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [sessionId]);
    expectProblem(await me(next.access_token), 401, 'auth/session-ended');
    expectProblem(await refresh(next.refresh_token), 401, 'auth/session-ended');
  });
});

describe('A session', () => {
  it('is listed with where it came from, and the own one is marked', async () => {
    const heidi = await w.person('heidi');
    const phone = (
      await w.http.post(
        '/auth/token',
        { grant_type: 'password', username: 'heidi', password: heidi.password },
        { headers: { 'user-agent': `phone ${'x'.repeat(500)}` } },
      )
    ).body as Tokens;
    const { body } = await heidi.http.get('/auth/sessions');
    expect(body).toMatchObject({ hasMore: false, next: null, prev: null });
    expect(body.items).toEqual([
      expect.objectContaining({
        id: sessionIdOf(phone.access_token),
        current: false,
        address: '127.0.0.1',
        userAgent: expect.stringMatching(/^phone x{250}$/),
      }),
      expect.objectContaining({ id: sessionIdOf(heidi.token), current: true }),
    ]);
    const first = (await heidi.http.get('/auth/sessions?limit=1')).body;
    expect(first.items.map((one: { id: number }) => one.id)).toEqual([sessionIdOf(phone.access_token)]);
    const second = (await heidi.http.get(`/auth/sessions?limit=1&cursor=${first.next}`)).body;
    expect(second).toMatchObject({
      hasMore: false,
      next: null,
      items: [{ id: sessionIdOf(heidi.token), current: true }],
    });
  });

  it('ends by signing out, at once and for all of its tokens', async () => {
    const ivan = await w.person('ivan');
    const other = await w.signIn('ivan', ivan.password);
    expect((await ivan.http.post('/auth/logout')).status).toBe(204);
    expectProblem(await me(ivan.token), 401, 'auth/session-ended');
    expectProblem(await ivan.http.post('/auth/logout'), 401, 'auth/session-ended');
    expectProblem(await refresh(ivan.refreshToken), 401, 'auth/session-ended');
    expect((await me(other.access_token)).status).toBe(200);
    expect(await endings(ivan.id)).toEqual([{ sessionIds: [sessionIdOf(ivan.token)], reason: 'logout' }]);
  });

  it('ends with all others by signing out everywhere', async () => {
    const judy = await w.person('judy');
    const other = await w.signIn('judy', judy.password);
    expect((await judy.http.post('/auth/logout-all')).status).toBe(204);
    for (const token of [judy.token, other.access_token]) expectProblem(await me(token), 401, 'auth/session-ended');
    for (const token of [judy.refreshToken, other.refresh_token])
      expectProblem(await refresh(token), 401, 'auth/session-ended');
    expect(await endings(judy.id)).toEqual([{ sessionIds: null, reason: 'logout_all' }]);
    const [account] = await w.database.query('SELECT epoch FROM accounts WHERE id = $1', [judy.id]);
    expect(account).toEqual({ epoch: 1 });
    expect((await me((await w.signIn('judy', judy.password)).access_token)).status).toBe(200);
  });

  it('is ended from another device, and never by another person', async () => {
    const nick = await w.person('nick');
    const other = await w.signIn('nick', nick.password);
    const sessionId = sessionIdOf(other.access_token);
    expectProblem(await alice.http.delete(`/auth/sessions/${sessionId}`), 404, 'session/not-found');
    expectProblem(await alice.http.delete('/auth/sessions/999999'), 404, 'session/not-found');
    expectProblem(await alice.http.delete('/auth/sessions/0'), 400, 'request/invalid');
    expect((await me(other.access_token)).status).toBe(200);
    expect((await nick.http.delete(`/auth/sessions/${sessionId}`)).status).toBe(204);
    expectProblem(await me(other.access_token), 401, 'auth/session-ended');
    expectProblem(await nick.http.delete(`/auth/sessions/${sessionId}`), 404, 'session/not-found');
    expect((await nick.http.get('/auth/sessions')).body.items).toHaveLength(1);
    expect(await endings(nick.id)).toEqual([{ sessionIds: [sessionId], reason: 'ended' }]);
  });

  it('ends without a message of it slipping in after the answer', async () => {
    const olga = await w.person('olga');
    const runner = w.database.source.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query('SELECT pg_advisory_xact_lock_shared($1)', [olga.id]);
    const logout = olga.http.post('/auth/logout');
    await eventually(
      async () =>
        (await w.database.query(`SELECT 1 FROM pg_locks WHERE ${HERE} AND locktype = 'advisory' AND NOT granted`))
          .length > 0,
      'the sign-out to wait for the sender',
    );
    expect(await endings(olga.id)).toEqual([]);
    await runner.query('COMMIT');
    await runner.release();
    expect((await logout).status).toBe(204);
  });

  it('notes its last use once a minute', async () => {
    const sessionId = sessionIdOf(alice.token);
    const lastUse = async () =>
      (
        await w.database.query<{ at: Date }>('SELECT last_used_at AS at FROM sessions WHERE id = $1', [sessionId])
      )[0]!.at.getTime();
    await w.database.query(`UPDATE sessions SET last_used_at = now() - interval '2 minutes' WHERE id = $1`, [
      sessionId,
    ]);
    const old = await lastUse();
    await alice.http.get('/accounts/me');
    await eventually(async () => (await lastUse()) > old + 100_000, 'the use to be noted');
    const noted = await lastUse();
    for (let i = 0; i < 3; i++) await alice.http.get('/accounts/me');
    expect(await lastUse()).toBe(noted);
  });

  it('is needed for everything but signing in', async () => {
    for (const path of ['logout', 'logout-all', 'tickets'])
      expectProblem(await w.http.post(`/auth/${path}`), 401, 'auth/required');
    expectProblem(await w.http.get('/auth/sessions'), 401, 'auth/required');
    expectProblem(await w.http.delete('/auth/sessions/1'), 401, 'auth/required');
  });
});

describe('A new password', () => {
  const NEXT = 'twelve angry penguins';

  it('ends the other sessions, and this one lives on with its tokens', async () => {
    const peggy = await w.person('peggy');
    const other = await w.signIn('peggy', peggy.password);
    expect(
      (await peggy.http.put('/accounts/me/password', { currentPassword: peggy.password, newPassword: NEXT })).status,
    ).toBe(204);
    expectProblem(await me(other.access_token), 401, 'auth/session-ended');
    expectProblem(await refresh(other.refresh_token), 401, 'auth/session-ended');
    expect((await me(peggy.token)).status).toBe(200);
    expect((await refresh(peggy.refreshToken)).status).toBe(200);
    expect(await endings(peggy.id)).toEqual([
      { sessionIds: [sessionIdOf(other.access_token)], reason: 'password_changed' },
    ]);
    expectProblem(await signInAnswer('peggy', peggy.password), 401, 'auth/credentials-wrong');
    expect((await signInAnswer('peggy', NEXT)).status).toBe(200);
  });

  it('needs the current one and is long enough', async () => {
    const trent = await w.person('trent');
    const other = await w.signIn('trent', trent.password);
    const change = (body: object) => trent.http.put('/accounts/me/password', body);
    expectProblem(await change({ currentPassword: 'not this', newPassword: NEXT }), 403, 'auth/password-wrong');
    for (const body of [
      {},
      { currentPassword: trent.password },
      { newPassword: NEXT },
      { currentPassword: trent.password, newPassword: 'short' },
      { currentPassword: 1, newPassword: NEXT },
      { currentPassword: trent.password, newPassword: NEXT, id: 1 },
    ])
      expectProblem(await change(body), 400, 'request/invalid');
    expect((await me(other.access_token)).status).toBe(200);
    expect((await signInAnswer('trent', trent.password)).status).toBe(200);
  });

  it('is set once when two are given at once', async () => {
    const ursula = await w.person('ursula');
    const answers = await Promise.all(
      [1, 2].map((n) =>
        ursula.http.put('/accounts/me/password', { currentPassword: ursula.password, newPassword: `${NEXT} ${n}` }),
      ),
    );
    expect(statusesOf(answers)).toEqual([204, 403]);
  });

  it('leaves no session behind that was being opened with the old one', async () => {
    const victor = await w.person('victor');
    const runner = w.database.source.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query('UPDATE accounts SET password_hash = $2 WHERE id = $1', [victor.id, 'another']);
    const signingIn = signInAnswer('victor', victor.password);
    await eventually(
      async () =>
        (
          await w.database.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%'`,
          )
        ).length > 0,
      'the sign-in to wait',
    );
    await runner.query('COMMIT');
    await runner.release();
    expectProblem(await signingIn, 401, 'auth/credentials-wrong');
    expect(await w.database.query('SELECT 1 FROM sessions WHERE account_id = $1', [victor.id])).toHaveLength(1);
  });
});

describe('A blocked person', () => {
  const block = (accountId: number, mode: string, expires = 'NULL') =>
    w.database.query<{ id: number }>(
      `INSERT INTO blocks (account_id, mode, reason, expires_at) VALUES ($1, $2, 'spam', ${expires}) RETURNING id`,
      [accountId, mode],
    );

  it('is told so with the right password only, and no token of his is good', async () => {
    const walter = await w.person('walter');
    const [{ id: blockId } = { id: 0 }] = await block(walter.id, 'full', `'2999-01-02T03:04:05Z'`);
    const problem = expectProblem(await signInAnswer('walter', walter.password), 403, 'account/blocked');
    expect(problem).toMatchObject({ reason: 'spam', expiresAt: '2999-01-02T03:04:05.000Z', blockId });
    expectProblem(await signInAnswer('walter', 'not the password'), 401, 'auth/credentials-wrong');
    expectProblem(await me(walter.token), 401, 'auth/session-ended');
    expectProblem(await refresh(walter.refreshToken), 401, 'auth/session-ended');
    await w.database.query('UPDATE blocks SET lifted_at = now() WHERE id = $1', [blockId]);
    expect((await me(walter.token)).status).toBe(200);
    expect((await signInAnswer('walter', walter.password)).status).toBe(200);
  });

  it('is nobody whose block has passed, is milder or is of one room', async () => {
    const xenia = await w.person('xenia');
    await block(xenia.id, 'full', `now() - interval '1 second'`);
    await block(xenia.id, 'mute');
    await block(xenia.id, 'read_only');
    expect((await me(xenia.token)).status).toBe(200);
    expect((await signInAnswer('xenia', xenia.password)).status).toBe(200);
    expect((await refresh(xenia.refreshToken)).status).toBe(200);
  });
});

describe('A ticket', () => {
  const redeem = (ticket: string) => w.app.get(TicketsService).redeem(ticket);
  const issue = async (by: Person) => {
    const answer = await by.http.post('/auth/tickets');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ticket: expect.stringMatching(/^[\w-]{43}$/), expiresIn: 30 });
    return answer.body.ticket as string;
  };

  it('stands for its session once', async () => {
    const ticket = await issue(alice);
    const { actor, expiresAt } = await redeem(ticket);
    expect(actor).toEqual({
      accountId: alice.id,
      username: 'alice',
      role: 'user',
      guest: false,
      sessionId: sessionIdOf(alice.token),
    });
    expect(expiresAt).toBeGreaterThan(Date.now() + 590_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 600_000);
    await expect(redeem(ticket)).rejects.toMatchObject({ code: 'auth/token-invalid' });
  });

  it('serves one of those who use it at once', async () => {
    const ticket = await issue(alice);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => redeem(ticket)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it('expires, and goes with its session', async () => {
    const late = await issue(alice);
    await w.database.query(`UPDATE tickets SET expires_at = now() - interval '1 second'`);
    await expect(redeem(late)).rejects.toMatchObject({ code: 'auth/token-invalid' });
    const yves = await w.person('yves');
    const orphan = await issue(yves);
    await yves.http.post('/auth/logout');
    await expect(redeem(orphan)).rejects.toMatchObject({ code: 'auth/session-ended' });
  });

  it('is kept as a hash only, and not for longer than needed', async () => {
    const ticket = await issue(alice);
    const rows = await w.database.query<{ hash: Buffer }>('SELECT hash FROM tickets WHERE hash = $1', [
      createHash('sha256').update(ticket).digest(),
    ]);
    expect(rows).toHaveLength(1);
    await w.database.query(`UPDATE tickets SET expires_at = now() - interval '1 second'`);
    await issue(alice);
    expect(await w.database.query('SELECT 1 FROM tickets')).toHaveLength(1);
  });
});

describe('Guessing', () => {
  let guarded: World;
  beforeAll(async () => {
    guarded = await world({ BESEDKA_TRUST_PROXY: '1', BESEDKA_REGISTRATIONS_PER_HOUR: '6' });
    for (const name of ['alice', 'bob', 'carol']) await guarded.person(name, { password: 'the right password' });
  });
  afterAll(() => guarded.close());

  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const attempt = (username: string, password: string, address: string) =>
    guarded.http.post('/auth/token', { grant_type: 'password', username, password }, from(address));

  it('ends after ten failures for an account from an address, for a quarter of an hour', async () => {
    for (let i = 0; i < 10; i++)
      expectProblem(await attempt(i % 2 ? 'ALICE' : 'alice', 'wrong', '192.0.2.1'), 401, 'auth/credentials-wrong');
    for (const password of ['wrong', 'the right password']) {
      const answer = await attempt('alice', password, '192.0.2.1');
      const { retryAfter } = expectProblem(answer, 429, 'auth/too-many-attempts');
      expect(retryAfter).toBeGreaterThan(800);
      expect(retryAfter).toBeLessThanOrEqual(900);
      expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
    }
    expect((await attempt('alice', 'the right password', '192.0.2.2')).status).toBe(200);
    expect((await attempt('bob', 'the right password', '192.0.2.1')).status).toBe(200);
  });

  it('of an unknown name ends in the same way', async () => {
    for (let i = 0; i < 10; i++)
      expectProblem(await attempt('nobody', 'wrong', '192.0.2.3'), 401, 'auth/credentials-wrong');
    expectProblem(await attempt('nobody', 'wrong', '192.0.2.3'), 429, 'auth/too-many-attempts');
  });

  it('begins anew after a success', async () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 9; i++)
        expectProblem(await attempt('bob', 'wrong', '192.0.2.4'), 401, 'auth/credentials-wrong');
      expect((await attempt('bob', 'the right password', '192.0.2.4')).status).toBe(200);
    }
  });

  it('all at once gets no further than one by one', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => attempt('carol', 'wrong', '192.0.2.5')));
    const looked = answers.filter((answer) => answer.status === 401);
    expect(looked.length).toBeGreaterThan(0);
    expect(looked.length).toBeLessThanOrEqual(10);
    for (const answer of answers.filter((one) => one.status === 503)) expectProblem(answer, 503, 'auth/busy');
    for (const answer of answers.filter((one) => ![401, 503].includes(one.status)))
      expectProblem(answer, 429, 'auth/too-many-attempts');
  });

  it('over many accounts ends after a hundred failures from an address, and a whole IPv6 /64 is one', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 100; i++)
      statuses.push((await attempt(`name ${i}`, 'wrong', `2001:db8:1:2::${i.toString(16)}`)).status);
    expect(new Set(statuses)).toEqual(new Set([401]));
    const { retryAfter } = expectProblem(
      await attempt('bob', 'the right password', '2001:db8:1:2:ffff::1'),
      429,
      'auth/too-many-attempts',
    );
    expect(retryAfter).toBeGreaterThan(3000);
    expect((await attempt('bob', 'the right password', '2001:db8:1:3::1')).status).toBe(200);
  });

  it('of the current password with a stolen token ends as well', async () => {
    const { access_token } = await guarded.signIn('carol', 'the right password');
    const change = (currentPassword: string) =>
      guarded.http.put(
        '/accounts/me/password',
        { currentPassword, newPassword: 'the next password' },
        { headers: { authorization: `Bearer ${access_token}`, 'x-forwarded-for': '192.0.2.6' } },
      );
    for (let i = 0; i < 10; i++) expectProblem(await change('wrong'), 403, 'auth/password-wrong');
    expectProblem(await change('the right password'), 429, 'auth/too-many-attempts');
  });

  it('which names are free ends with the registrations of an address', async () => {
    const register = (username: string, address: string) =>
      guarded.http.post('/accounts', { username, password: 'long enough' }, from(address));
    for (let i = 0; i < 6; i++) expectProblem(await register('alice', '198.51.100.1'), 409, 'account/username-taken');
    const answer = await register('new one', '198.51.100.1');
    const { retryAfter } = expectProblem(answer, 429, 'rate/limited');
    expect(retryAfter).toBeGreaterThan(3500);
    expect((await register('new one', '198.51.100.2')).status).toBe(201);
  });
});

describe('A flood of passwords', () => {
  it('is answered within bounds: some wait, the rest is refused at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, i) =>
        w.http.post('/accounts', { username: `flood ${i}`, password: 'long enough' }),
      ),
    );
    const busy = answers.filter((answer) => answer.status !== 201);
    expect(answers.length - busy.length).toBeGreaterThanOrEqual(33);
    expect(busy.length).toBeGreaterThan(0);
    for (const answer of busy) expect(expectProblem(answer, 503, 'auth/busy').retryAfter).toBe(1);
    expect((await signInAnswer('alice', alice.password)).status).toBe(200);
  });
});

describe('The key of the tokens', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'besedka-key-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made once, for its owner only, and stays', () => {
    const nested = join(directory, 'data');
    const secret = keptSecret(nested);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(48);
    expect(keptSecret(nested)).toBe(secret);
    expect(readdirSync(nested)).toEqual(['secret']);
    expect(statSync(join(nested, 'secret')).mode & 0o777).toBe(0o600);
  });

  it('is taken back from others who may read it, and is never too short', () => {
    const path = join(directory, 'secret');
    writeFileSync(path, 'a secret that is certainly long enough\n', { mode: 0o644 });
    expect(keptSecret(directory)).toBe('a secret that is certainly long enough');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, '');
    expect(() => keptSecret(directory)).toThrow(/at least 32 characters/);
  });
});
