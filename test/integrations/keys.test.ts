import type { Scope } from '../../src/accounts/takes-key.decorator.js';
import { SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { verifyAudit } from '../../src/platform/audit.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

/** Servers with API keys, and what they do for people. */

let w: World;
let alice: Person;
let bob: Person;
let mallory: Person;
let mod: Person;
let root: Person;
let vault: number;

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  mod = await w.person('mod', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
  const made = await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: [bob.id] });
  vault = (made.body as { id: number }).id;
});
afterAll(() => w?.close());

interface MadeKey {
  id: number;
  key: string;
  hint: string;
  integrator: { id: number; accountId: number };
}

async function makeKey(scopes: readonly Scope[] = SCOPES, more: object = {}): Promise<MadeKey> {
  const made = await root.http.post('/integrations/keys', { name: 'shop back end', scopes, ...more });
  expect(made.status).toBe(201);
  return made.body as MadeKey;
}

/** A server that shows this key, and names for whom it acts. */
function server({ key }: { key: string }, actAs?: { id: number } | string): HttpClient {
  const who = typeof actAs === 'object' ? String(actAs.id) : actAs;
  return new (class extends HttpClient {
    override request(method: string, path: string, body?: unknown, options: { headers?: Record<string, string> } = {}) {
      const headers = { 'x-api-key': key, ...(who && { 'x-act-as': who }), ...options.headers };
      return super.request(method, path, body, { ...options, headers });
    }
  })(w.origin);
}

const say = (client: HttpClient, text = 'from the server') =>
  client.post(`/rooms/${vault}/messages`, { text, clientId: newClientId() });
const trail = async (query: string) =>
  (await root.http.get(`/moderation/audit?limit=200&${query}`)).body.items as any[];

describe('a key', () => {
  it('is shown once, and neither the list nor the database has it', async () => {
    const made = await makeKey(['rooms']);
    expect(made.key).toMatch(/^besedka_[0-9A-Za-z]{49}$/);
    expect(made.key.startsWith(made.hint)).toBe(true);
    expect(made.hint.length).toBeLessThan(16);
    const listed = await root.http.get('/integrations/keys');
    expect(listed.body.items[0]).toMatchObject({ id: made.id, active: true, lastUsedAt: null });
    expect(listed.text + (await root.http.get(`/integrations/keys/${made.id}`)).text).not.toContain(made.key);
    const secret = made.key.slice(made.hint.length);
    const tables = ['api_keys', 'api_key_secrets', 'audit_log', 'idempotency_keys', 'integrators'];
    for (const table of tables) {
      const [row] = await w.database.query<{ all: string | null }>(`SELECT json_agg(t)::text AS all FROM ${table} t`);
      expect(row!.all ?? '').not.toContain(secret);
    }
    const [kept] = await w.database.query<{ hash: Buffer }>('SELECT hash FROM api_key_secrets WHERE key_id = $1', [
      made.id,
    ]);
    expect(kept!.hash).toHaveLength(32);
  });

  it('is taken from either header, and not beside another credential', async () => {
    const { key } = await makeKey(['rooms']);
    expect((await w.http.get('/rooms', { headers: { 'x-api-key': key } })).status).toBe(200);
    expect((await w.http.get('/rooms', { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    const both = { 'x-api-key': key, authorization: `Bearer ${key}` };
    expect((await w.http.get('/rooms', { headers: both })).status).toBe(200);
    const mixed = { 'x-api-key': key, authorization: `Bearer ${bob.token}` };
    expectProblem(await w.http.get('/rooms', { headers: mixed }), 401, 'auth/key-invalid');
  });

  it('is refused when its checksum, its form or its secret is another, and when it is missing', async () => {
    const { key } = await makeKey(['rooms']);
    const other = (await makeKey(['rooms'])).key;
    const last = key.at(-1) === '0' ? '1' : '0';
    for (const wrong of [
      '',
      'besedka_',
      `${key.slice(0, -1)}${last}`,
      key.slice(0, -6) + other.slice(-6),
      key.toUpperCase(),
    ])
      expectProblem(await w.http.get('/rooms', { headers: { 'x-api-key': wrong } }), 401, 'auth/key-invalid');
    // Even where the database knew it: what is no key is not looked for.
    const wrong = `${key.slice(0, -1)}${last}`;
    await w.database.query(
      `INSERT INTO api_key_secrets (hash, key_id) SELECT sha256(convert_to($1, 'UTF8')), max(id) FROM api_keys`,
      [wrong],
    );
    expectProblem(await w.http.get('/rooms', { headers: { 'x-api-key': wrong } }), 401, 'auth/key-invalid');
    // In the form of a key with the right checksum, but nobody's.
    await w.database.query(`DELETE FROM api_key_secrets WHERE hash = sha256(convert_to($1, 'UTF8'))`, [other]);
    expectProblem(await w.http.get('/rooms', { headers: { 'x-api-key': other } }), 401, 'auth/key-invalid');
  });

  it('is not for web pages of others', async () => {
    const client = server(await makeKey(['rooms']));
    const foreign = await client.get('/rooms', { headers: { origin: 'https://shop.example' } });
    expectProblem(foreign, 403, 'key/not-accepted');
    expect((await client.get('/rooms', { headers: { origin: w.origin } })).status).toBe(200);
  });

  it('ends when it expires, and when it is revoked, for ever', async () => {
    const made = await makeKey(['rooms'], { expiresAt: new Date(Date.now() + 60_000).toISOString() });
    const client = server(made);
    expect((await client.get('/rooms')).status).toBe(200);
    await w.database.query('UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1', [made.id]);
    expectProblem(await client.get('/rooms'), 401, 'auth/key-invalid');
    expect((await root.http.get(`/integrations/keys/${made.id}`)).body).toMatchObject({ active: false });
    expect((await root.http.patch(`/integrations/keys/${made.id}`, { expiresAt: null })).status).toBe(200);
    expect((await client.get('/rooms')).status).toBe(200);
    expect((await root.http.delete(`/integrations/keys/${made.id}`)).status).toBe(204);
    expectProblem(await client.get('/rooms'), 401, 'auth/key-invalid');
    expect((await root.http.delete(`/integrations/keys/${made.id}`)).status).toBe(204);
    expectProblem(await root.http.patch(`/integrations/keys/${made.id}`, { name: 'x' }), 409, 'key/revoked');
    expectProblem(await root.http.post(`/integrations/keys/${made.id}/rotate`, {}), 409, 'key/revoked');
    expect((await trail(`target=key:${made.id}&action=key.revoke`)).length).toBe(1);
  });

  it('does not begin in the past', async () => {
    const request = { name: 'late', scopes: [], expiresAt: '2020-01-01T00:00:00Z' };
    expectProblem(await root.http.post('/integrations/keys', request), 400, 'request/invalid');
  });

  it('gets a new secret while the old one works on, and then no longer', async () => {
    const made = await makeKey(['rooms']);
    const rotated = (await root.http.post(`/integrations/keys/${made.id}/rotate`, { overlapSeconds: 600 }))
      .body as MadeKey & { overlapUntil: string };
    expect(rotated.key).not.toBe(made.key);
    expect(new Date(rotated.overlapUntil).getTime()).toBeGreaterThan(Date.now() + 500_000);
    expect((await server(made).get('/rooms')).status).toBe(200);
    expect((await server(rotated).get('/rooms')).status).toBe(200);
    await w.database.query(
      `UPDATE api_key_secrets SET expires_at = clock_timestamp() WHERE hash = sha256(convert_to($1, 'UTF8'))`,
      [made.key],
    );
    expectProblem(await server(made).get('/rooms'), 401, 'auth/key-invalid');
    expect((await server(rotated).get('/rooms')).status).toBe(200);
    const again = (await root.http.post(`/integrations/keys/${made.id}/rotate`, { overlapSeconds: 0 })).body as MadeKey;
    expectProblem(await server(rotated).get('/rooms'), 401, 'auth/key-invalid');
    expect((await server(again).get('/rooms')).status).toBe(200);
    const long = { overlapSeconds: 7 * 24 * 3600 + 1 };
    expectProblem(await root.http.post(`/integrations/keys/${made.id}/rotate`, long), 400, 'request/invalid');
  });

  it('never prolongs a secret that a rotation before lets end', async () => {
    const made = await makeKey(['rooms']);
    await root.http.post(`/integrations/keys/${made.id}/rotate`, { overlapSeconds: 60 });
    await root.http.post(`/integrations/keys/${made.id}/rotate`, { overlapSeconds: 600 });
    const [first] = await w.database.query<{ left: number }>(
      `SELECT extract(epoch FROM expires_at - clock_timestamp())::float AS left FROM api_key_secrets WHERE hash = sha256(convert_to($1, 'UTF8'))`,
      [made.key],
    );
    expect(first!.left).toBeLessThanOrEqual(60);
  });

  it('tells when it was last used, and writes that once a minute', async () => {
    const made = await makeKey(['rooms']);
    await server(made).get('/rooms');
    const used = await eventually(async () => (await root.http.get(`/integrations/keys/${made.id}`)).body.lastUsedAt);
    expect(used).toMatch(/:00\.000Z$/);
    const mark = async () =>
      (await w.database.query<{ mark: string }>('SELECT xmin::text AS mark FROM api_keys WHERE id = $1', [made.id]))[0]!
        .mark;
    await w.database.query(`UPDATE api_keys SET last_used_at = clock_timestamp() WHERE id = $1`, [made.id]);
    const before = await mark();
    for (let i = 0; i < 5; i++) await server(made).get('/rooms');
    expect(await mark()).toBe(before);
  });

  it('loses a scope from the next request on', async () => {
    const made = await makeKey(['rooms', 'users']);
    expect((await server(made).get('/rooms')).status).toBe(200);
    await root.http.patch(`/integrations/keys/${made.id}`, { scopes: ['users'] });
    const refused = expectProblem(await server(made).get('/rooms'), 403, 'key/scope-missing');
    expect(refused).toMatchObject({ scope: 'rooms' });
    expect((await server(made).get('/accounts')).status).toBe(200);
  });

  it('is made by superusers alone, as they are at this moment', async () => {
    const request = { name: 'mine', scopes: [...SCOPES] };
    expectProblem(await mod.http.post('/integrations/keys', request), 403, 'role/insufficient');
    const demoted = await w.person('demoted', { role: 'superuser' });
    const lock = w.database.source.createQueryRunner();
    await lock.connect();
    await lock.query('SELECT pg_advisory_lock($1::bigint)', [demoted.id]);
    const waiting = demoted.http.post('/integrations/keys', request);
    await eventually(
      async () =>
        (
          await w.database.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
          )
        ).length > 0,
    );
    await w.database.query(`UPDATE accounts SET role = 'user' WHERE id = $1`, [demoted.id]);
    await lock.query('SELECT pg_advisory_unlock($1::bigint)', [demoted.id]);
    await lock.release();
    expectProblem(await waiting, 403, 'role/insufficient');
  });
});

describe('a server', () => {
  it('acts as an account of its own where it names nobody, and shares its people between its keys', async () => {
    const made = await makeKey(['rooms', 'users', 'messages:write']);
    const me = (await server(made).get('/accounts/me')).body as { id: number; role: string; firstName: string };
    expect(me).toMatchObject({ id: made.integrator.accountId, role: 'user', firstName: 'shop back end' });
    const room = (await server(made).post('/rooms', { name: 'orders', preset: 'open' })).body as { id: number };
    const sent = await server(made).post(`/rooms/${room.id}/messages`, { text: 'opened', clientId: newClientId() });
    expect(sent.body).toMatchObject({ author: { id: made.integrator.accountId } });
    const further = await makeKey(['users'], { integratorId: made.integrator.id });
    expect(further.integrator).toEqual(made.integrator);
    expect((await server(further).get('/accounts/me')).body).toMatchObject({ id: made.integrator.accountId });
    const elsewhere = await makeKey(['users']);
    expect(elsewhere.integrator.accountId).not.toBe(made.integrator.accountId);
  });

  it('sends as the person it names: members hear it, others do not, and the log has both', async () => {
    const made = await makeKey(['messages:write', 'act_as']);
    const [heard, outside] = [await alice.socket(), await mallory.socket()];
    const sent = await say(server(made, bob), 'bob by the server');
    expect(sent).toMatchObject({ status: 201, body: { author: { id: bob.id }, text: 'bob by the server' } });
    await heard.hears('message.sent', (message) => message.id === sent.body.id);
    await outside.send('read.mark', { roomId: vault, seq: 0 });
    expect(outside.of('message.sent')).toEqual([]);
    const [act] = await trail(`target=account:${bob.id}&action=key.act`);
    expect(act).toMatchObject({
      actorId: bob.id,
      keyId: made.id,
      after: { operation: `POST /api/v1/rooms/${vault}/messages` },
      requestId: sent.headers.get('x-request-id'),
    });
    heard.close();
    outside.close();
  });

  it('does for a person what the person may, and no more', async () => {
    const made = await makeKey();
    expectProblem(await say(server(made, mallory)), 404, 'room/not-found');
    expectProblem(await server(made, bob).get('/moderation/blocks'), 403, 'role/insufficient');
    expectProblem(
      await server(made, root).post('/integrations/keys', { name: 'x', scopes: [] }),
      403,
      'key/not-accepted',
    );
    expectProblem(
      await server(made, root).put(`/accounts/${bob.id}/role`, { role: 'superuser' }),
      403,
      'key/not-accepted',
    );
    expectProblem(await server(made, bob).put('/accounts/me/password', {}), 403, 'key/not-accepted');
  });

  it('cannot speak for whom a block keeps out, until it is lifted', async () => {
    const made = await makeKey();
    const victim = await w.person('victim');
    await alice.http.put(`/rooms/${vault}/members/${victim.id}`);
    const block = async (mode: string) =>
      (
        (await mod.http.post('/moderation/blocks', { accountId: victim.id, mode, reason: 'floods', scope: 'global' }))
          .body as { id: number }
      ).id;
    const muted = await block('mute');
    expectProblem(await say(server(made, victim)), 403, 'account/blocked');
    expect((await server(made, victim).get(`/rooms/${vault}/messages`)).status).toBe(200);
    await mod.http.delete(`/moderation/blocks/${muted}`);
    const full = await block('full');
    for (const attempt of [
      await say(server(made, victim)),
      await server(made, victim).get(`/rooms/${vault}/messages`),
      await server(made, victim).get('/rooms'),
    ])
      expect(expectProblem(attempt, 403, 'account/blocked')).toMatchObject({ blockId: full, reason: 'floods' });
    expect(await w.database.query('SELECT 1 FROM messages WHERE author_id = $1', [victim.id])).toEqual([]);
    const refusals = await trail(`target=key:${made.id}&action=key.act.refused`);
    expect(refusals[0]).toMatchObject({ keyId: made.id, after: { actAs: String(victim.id), code: 'account/blocked' } });
    await mod.http.delete(`/moderation/blocks/${full}`);
    expect((await say(server(made, victim))).status).toBe(201);
  });

  it('is refused for nobody, and for people of another server', async () => {
    const made = await makeKey();
    for (const who of ['external:nobody', String(Number.MAX_SAFE_INTEGER)])
      expectProblem(await say(server(made, who)), 404, 'account/not-found');
    for (const who of [
      'bob',
      'external:',
      'external:%ff',
      '0',
      '-1',
      `external:${'x'.repeat(129)}`,
      `${bob.id}, ${bob.id}`,
    ])
      expectProblem(await say(server(made, who)), 400, 'request/invalid');
  });

  it('moderates as a moderator, with key and person in each row of an unbroken log', async () => {
    const made = await makeKey(['moderation', 'act_as']);
    const request = { accountId: mallory.id, mode: 'mute', reason: 'floods', scope: 'global' };
    const blocked = await server(made, mod).post('/moderation/blocks', request);
    expect(blocked).toMatchObject({ status: 201, body: { createdBy: mod.id } });
    const rows = (await trail(`actor=${mod.id}`)).filter((row) => row.keyId === made.id);
    expect(rows.map(({ action }) => action)).toEqual(['block.create', 'key.act']);
    expect((await mod.http.delete(`/moderation/blocks/${blocked.body.id}`)).status).toBe(204);
    expect((await trail(`actor=${mod.id}&action=block.lift`))[0]).toMatchObject({ keyId: null });
    expect((await server(made, mod).post('/moderation/blocks', { ...request, accountId: root.id })).status).toBe(403);
    expect((await trail(`actor=${mod.id}&action=block.create.refused`))[0]).toMatchObject({ keyId: made.id });
    expect(await verifyAudit(w.database)).toMatchObject({ broken: undefined });
  });

  it('cannot be taken out of the log afterwards', async () => {
    const [row] = await w.database.query<{ id: number }>(
      'SELECT max(id) AS id FROM audit_log WHERE key_id IS NOT NULL',
    );
    const verdict = await w.database
      .write(async (tx) => {
        await tx.query('ALTER TABLE audit_log DISABLE TRIGGER ALL');
        await tx.query('UPDATE audit_log SET key_id = NULL WHERE id = $1', [row!.id]);
        throw Object.assign(new Error('back'), { verdict: await verifyAudit(tx) });
      })
      .catch((error: { verdict?: unknown }) => error.verdict);
    expect(verdict).toMatchObject({ broken: row!.id });
  });

  it('is the same server to a repeated request, and another person is another request', async () => {
    const made = await makeKey();
    const once = { headers: { 'idempotency-key': 'make-a-room-once' } };
    const room = { name: 'once', preset: 'private' };
    const [first, again] = [
      await server(made, bob).post('/rooms', room, once),
      await server(made, bob).post('/rooms', room, once),
    ];
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await server(made, alice).post('/rooms', room, once)).body.id).not.toBe(first.body.id);
  });
});

it('a migration goes back and forth without a trace', async () => {
  const { source } = w.database;
  const shape = async () =>
    w.database.query(
      `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations' ORDER BY 1, 2`,
    );
  const before = await shape();
  const { Integrations1790000000009 } = await import('../../src/platform/migrations/9-integrations.migration.js');
  const { Imports1790000000014 } = await import('../../src/platform/migrations/14-imports.migration.js');
  const { Webhooks1790000000010 } = await import('../../src/platform/migrations/10-webhooks.migration.js');
  const runner = source.createQueryRunner();
  await runner.startTransaction();
  const migration = new Integrations1790000000009();
  // What was built upon it goes first.
  for (const later of [new Imports1790000000014(), new Webhooks1790000000010()]) await later.down(runner);
  await migration.down(runner);
  const down = (await runner.query(
    `SELECT count(*)::int AS left FROM information_schema.columns WHERE table_name IN ('integrators', 'api_keys', 'imports') OR column_name IN ('key_id', 'integrator_id', 'tokens_after')`,
  )) as { left: number }[];
  await runner.query(`SELECT audit_append(1, 'test.down', 'account', 1, NULL, NULL, NULL, NULL, NULL)`);
  await migration.up(runner);
  await runner.query(`SELECT audit_append(1, 'test.up', 'account', 1, NULL, NULL, NULL, NULL, NULL, 7)`);
  await runner.rollbackTransaction();
  await runner.release();
  expect(down).toEqual([{ left: 0 }]);
  expect(await shape()).toEqual(before);
});
