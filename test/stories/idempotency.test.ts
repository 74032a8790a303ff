import { randomUUID } from 'node:crypto';
import { IdempotencyKeys } from '../../src/platform/idempotency-keys.js';
import type { Answer } from '../support/http.js';
import { eventually, expectProblem } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';

let w: World;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  bob = await w.person('bob');
});
afterAll(() => w?.close());

const create = (person: Person, body: object, key?: string): Promise<Answer> =>
  person.http.post(
    '/rooms',
    { preset: 'private', ...body },
    key === undefined ? {} : { headers: { 'idempotency-key': key } },
  );

async function roomsNamed(name: string): Promise<number> {
  const [row] = await w.database.query<{ count: number }>('SELECT count(*)::int AS count FROM rooms WHERE name = $1', [
    name,
  ]);
  return row!.count;
}

/** Makes the keys of a person look older than they are. */
async function age(person: Person, interval: string): Promise<void> {
  await w.database.query(`UPDATE idempotency_keys SET created_at = created_at - $2::interval WHERE account_id = $1`, [
    person.id,
    interval,
  ]);
}

describe('a POST with an Idempotency-Key', () => {
  it('is run once, and its repetition gets the answer of the first', async () => {
    const key = randomUUID();
    const first = await create(alice, { name: 'kept' }, key);
    const second = await create(alice, { name: 'kept' }, key);

    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body).toEqual(first.body);
    expect(await roomsNamed('kept')).toBe(1);
  });

  it('is run each time when it has no key', async () => {
    await create(alice, { name: 'unkeyed' });
    await create(alice, { name: 'unkeyed' });
    expect(await roomsNamed('unkeyed')).toBe(2);
  });

  it('is refused when the key was used for another body, and does nothing', async () => {
    const key = randomUUID();
    await create(alice, { name: 'first body' }, key);
    expectProblem(await create(alice, { name: 'other body' }, key), 422, 'idempotency/key-reused');
    expect(await roomsNamed('other body')).toBe(0);
  });

  it('shares no keys with other people', async () => {
    const key = randomUUID();
    const mine = await create(alice, { name: 'own key' }, key);
    const his = await create(bob, { name: 'own key' }, key);
    expect(his.body.id).not.toBe(mine.body.id);
    expect(await roomsNamed('own key')).toBe(2);
  });

  it('is run once when it comes many times at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 12 }, () => create(alice, { name: 'at once' }, key)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses).toContain(201);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(await roomsNamed('at once')).toBe(1);
  });

  it('may be repeated when it failed, also after the mistake was mended', async () => {
    const key = randomUUID();
    expectProblem(
      await create(alice, { name: 'mended', capacity: 1, members: [bob.id] }, key),
      409,
      'room/capacity-too-small',
    );
    expect((await create(alice, { name: 'mended', capacity: 2, members: [bob.id] }, key)).status).toBe(201);
    expect(await roomsNamed('mended')).toBe(1);
  });

  it.each(['short', 'x'.repeat(65), 'has blanks in it', 'é'.repeat(9)])(
    'is refused when the key is %p',
    async (key) => {
      const problem = expectProblem(await create(alice, { name: 'bad key' }, key), 400, 'request/invalid');
      expect(problem.errors).toEqual([{ pointer: '#/Idempotency-Key', message: expect.stringContaining('8 to 64') }]);
      expect(await roomsNamed('bad key')).toBe(0);
    },
  );

  it('waits for nobody: while the first runs the repetition is told to come back', async () => {
    const key = randomUUID();
    await claimAsIfRunning(alice, key, { preset: 'private', name: 'running' });
    const problem = expectProblem(await create(alice, { name: 'running' }, key), 409, 'idempotency/in-progress');
    expect(problem.retryAfter).toBe(1);
    expect(await roomsNamed('running')).toBe(0);
  });

  it('takes over after a minute what a process began and never finished', async () => {
    const key = randomUUID();
    await claimAsIfRunning(alice, key, { preset: 'private', name: 'abandoned' });
    await age(alice, '61 seconds');
    expectProblem(await create(alice, { name: 'something else' }, key), 422, 'idempotency/key-reused');
    expect((await create(alice, { name: 'abandoned' }, key)).status).toBe(201);
    expect(await roomsNamed('abandoned')).toBe(1);
  });

  it('leaves the answer to who took the request over', async () => {
    const keys = new IdempotencyKeys(w.database);
    const request = { accountId: alice.id, key: randomUUID(), method: 'POST', address: '/somewhere', body: null };
    const late = await keys.claim(request);
    await age(alice, '61 seconds');
    const taker = await keys.claim(request);
    if (!('claim' in late) || !('claim' in taker)) throw new Error('neither was claimed');

    await keys.keep(late.claim, 201, 'late');
    await keys.free(late.claim);
    expect(await keys.claim(request)).toEqual({ refused: 'idempotency/in-progress' });
    await keys.keep(taker.claim, 201, 'taken over');
    expect(await keys.claim(request)).toEqual({ kept: { status: 201, answer: 'taken over' } });
  });

  it('is forgotten after 24 hours, and its row goes', async () => {
    const key = randomUUID();
    await create(bob, { name: 'yesterday' }, key);
    await age(bob, '23 hours 59 minutes');
    expect((await create(bob, { name: 'yesterday' }, key)).headers.get('idempotency-replayed')).toBe('true');
    await age(bob, '2 minutes');
    await new IdempotencyKeys(w.database).claim({
      accountId: alice.id,
      key: randomUUID(),
      method: 'POST',
      address: '/',
      body: null,
    });
    await eventually(async () => {
      const [row] = await w.database.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
      );
      return row!.count === 0;
    }, 'the rows of yesterday to go');
    expect((await create(bob, { name: 'yesterday' }, key)).headers.get('idempotency-replayed')).toBeNull();
    expect(await roomsNamed('yesterday')).toBe(2);
  });

  it('leaves neither its key nor its body in the database', async () => {
    const key = randomUUID();
    await create(alice, { name: 'secretive', password: 'open sesame' }, key);
    const rows = await w.database.query<{ text: string }>(
      'SELECT idempotency_keys::text AS text FROM idempotency_keys WHERE account_id = $1',
      [alice.id],
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) {
      expect(text).not.toContain(key);
      expect(text).not.toContain('sesame');
    }
  });
});

async function claimAsIfRunning(person: Person, key: string, body: object): Promise<void> {
  const outcome = await new IdempotencyKeys(w.database).claim({
    accountId: person.id,
    key,
    method: 'POST',
    address: '/api/v1/rooms',
    body,
  });
  expect(outcome).toHaveProperty('claim');
}
