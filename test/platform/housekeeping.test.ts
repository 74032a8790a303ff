import pg from 'pg';
import { Housekeeping } from '../../src/platform/housekeeping.js';
import { freshDatabase } from '../support/databases.js';
import { eventually, expectProblem } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';

let w: World;
let alice: Person, mod: Person;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  mod = await w.person('mod', { role: 'moderator' });
});
afterAll(() => w?.close());

const rows = (statement: string, ...values: unknown[]) => w.database.query<any>(statement, values);
const run = () => w.app.get(Housekeeping).run();
const refresh = (token: string) => w.http.post('/auth/token', { grant_type: 'refresh_token', refresh_token: token });

/** A session of alice that is as `state` says, and whether it and its refresh tokens are still there. */
async function session(state: string) {
  const { refresh_token: used } = await w.signIn('alice', alice.password);
  const { refresh_token: unused } = (await refresh(used)).body;
  const [{ id }] = await rows('SELECT max(id) AS id FROM sessions');
  await rows(`UPDATE sessions SET ${state} WHERE id = $1`, id);
  await rows(`UPDATE refresh_tokens SET issued_at = now() - interval '90 days' WHERE session_id = $1`, id);
  const left = async () => {
    const [row] = await rows(
      `SELECT (SELECT count(*)::integer FROM sessions WHERE id = $1) AS sessions,
         (SELECT count(*)::integer FROM refresh_tokens WHERE session_id = $1) AS tokens`,
      id,
    );
    return row;
  };
  return { id: id as number, used, unused, left };
}

const KEPT = { sessions: 1, tokens: 2 };
const GONE = { sessions: 0, tokens: 0 };

it('forgets sessions that were over a month ago with their refresh tokens, and no others', async () => {
  const ended = await session(`ended_at = now() - interval '31 days'`);
  const expired = await session(`expires_at = now() - interval '31 days'`);
  const lately = await session(`ended_at = now() - interval '29 days'`);
  const expiredLately = await session(`expires_at = now() - interval '29 days'`);
  const living = await session(`created_at = now() - interval '90 days'`);
  const signed = await session(`ended_at = now() - interval '31 days'`);
  const signedLongAgo = await session(`ended_at = NULL, expires_at = now() - interval '31 days'`);
  await rows(
    `WITH shop AS (INSERT INTO integrators (name, account_id) VALUES ('shop', $2) RETURNING id)
     INSERT INTO integrator_sessions (session_id, integrator_id, account_id, issued_at) SELECT unnest($1::bigint[]), id, $2, now() FROM shop`,
    [signed.id, signedLongAgo.id],
    alice.id,
  );
  await run();
  for (const one of [ended, expired, signedLongAgo]) expect(await one.left()).toEqual(GONE);
  for (const one of [lately, expiredLately, living, signed]) expect(await one.left()).toEqual(KEPT);
  expectProblem(await refresh(ended.unused), 401, 'auth/refresh-invalid');
  expectProblem(await refresh(living.used), 401, 'auth/refresh-reused');
});

it('takes as many steps as it needs', async () => {
  await rows(
    `INSERT INTO sessions (account_id, expires_at) SELECT $1, now() - interval '31 days' FROM generate_series(1, 1203)`,
    alice.id,
  );
  const behind = await session(`ended_at = now() - interval '31 days'`);
  await run();
  expect(await rows(`SELECT id FROM sessions WHERE expires_at < now() - interval '30 days'`)).toEqual([]);
  expect(await behind.left()).toEqual(GONE);
});

it('leaves it to another node that is at it', async () => {
  const ended = await session(`ended_at = now() - interval '31 days'`);
  await w.database.write(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('besedka'), hashtext('housekeeping'))`);
    await run();
    expect(await ended.left()).toEqual(KEPT);
  });
  await run();
  expect(await ended.left()).toEqual(GONE);
});

it('forgets finished deletions without a sanction', async () => {
  const job = async (state: string, finished: string | null) => {
    const [{ id }] = await rows(
      `INSERT INTO jobs (kind, state, account_id, reason, created_by, message_ids, finished_at)
       VALUES ('message-deletion', $1, $2, 'spam', $3, '{}', now() - $4::interval) RETURNING id`,
      state,
      alice.id,
      mod.id,
      finished,
    );
    return id as number;
  };
  const [old, lately, sanctioned] = [
    await job('done', '31 days'),
    await job('done', '29 days'),
    await job('done', '31 days'),
  ];
  await rows(
    `INSERT INTO sanctions (account_id, kind, decided_by, reason, source, deletion_id) VALUES ($1, 'message_deletion', $2, 'spam', 'own_initiative', $3)`,
    alice.id,
    mod.id,
    sanctioned,
  );
  await run();
  const left = (await rows('SELECT id FROM jobs ORDER BY id')).map(({ id }) => id);
  expect(left).toEqual([lately, sanctioned]);
  expect(left).not.toContain(old);
});

it('begins by itself soon after the start', async () => {
  const fresh = await freshDatabase();
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query(`INSERT INTO accounts (username, username_key) VALUES ('bob', 'bob')`);
  await client.query(
    `INSERT INTO sessions (account_id, expires_at) SELECT id, now() - interval '3 days' FROM accounts`,
  );
  await client.query(`INSERT INTO sessions (account_id, expires_at) SELECT id, now() FROM accounts`);
  const other = await world({ BESEDKA_RETENTION_DAYS: '2' }, fresh);
  try {
    const count = async () => (await client.query('SELECT 1 FROM sessions')).rows.length;
    expect(await count()).toBe(2);
    await eventually(async () => (await count()) === 1, 'one session', 20_000);
  } finally {
    await client.end();
    await other.close();
  }
});
