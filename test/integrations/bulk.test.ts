import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Scope, SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { besedka, ensureBuild, ROOT, temporaryDirectory } from '../ops/besedka-process.js';
import { freshDatabase } from '../support/databases.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { secondNode } from '../support/second-node.js';
import { connectSocket } from '../support/socket.js';
import { type Person, world, type World } from '../support/world.js';

/** People and rooms of an integrator, many at once. */

jest.setTimeout(60_000);

const IMPORTS = '/integrations/imports';
const NDJSON = { 'content-type': 'application/x-ndjson' };

let w: World;
let root: Person;
let mod: Person;

beforeAll(async () => {
  w = await world();
  root = await w.person('root', { role: 'superuser' });
  mod = await w.person('mod', { role: 'moderator' });
});
afterAll(() => w?.close());

interface Shop {
  http: HttpClient;
  keyId: number;
  integrator: { id: number; accountId: number };
}

async function shop(scopes: readonly Scope[] = SCOPES, by = root): Promise<Shop> {
  const { body } = await by.http.post('/integrations/keys', { name: 'shop', scopes });
  return { http: new HttpClient(by.http.origin, () => body.key), keyId: body.id, integrator: body.integrator };
}

const person = (externalId: string, profile?: object) => ({ kind: 'person', externalId, ...(profile && { profile }) });
const room = (externalId: string, more: object = {}) => ({ kind: 'room', externalId, name: externalId, ...more });
const people = (count: number, from = 1) => Array.from({ length: count }, (_, i) => person(`person-${from + i}`));

const finished = ({ http }: Shop, id: number) =>
  eventually(
    async () => {
      const { body } = await http.get(`${IMPORTS}/${id}`);
      return body.state === 'done' && body;
    },
    `import ${id} to end`,
    20_000,
  );

/** Brings these lines in, and answers the import at its end with what became of its lines. */
async function bring(to: Shop, items: object[]): Promise<{ id: number; counts: number[]; lines: any[] }> {
  const raw = items.map((item) => JSON.stringify(item)).join('\n');
  const begun =
    items.length > 50
      ? await to.http.post(IMPORTS, undefined, { raw, headers: NDJSON })
      : await to.http.post(IMPORTS, { items });
  expect(begun).toMatchObject({ status: 202, body: { total: items.length } });
  const { id, created, updated, unchanged, refused, done, finishedAt } = await finished(to, begun.body.id);
  expect([done, typeof finishedAt]).toEqual([items.length, 'string']);
  const lines = (await to.http.get(`${IMPORTS}/${id}/lines?limit=200`)).body.items;
  return { id, counts: [created, updated, unchanged, refused], lines };
}

const tokenOf = async ({ http }: Shop, externalId: string) =>
  (await http.post('/integrations/tokens', { externalId })).body.token as string;

describe('an import', () => {
  it('makes people and rooms, and the people are in their rooms', async () => {
    const one = await shop();
    await bring(one, people(3));
    const socket = await connectSocket(w.origin, { token: await tokenOf(one, 'person-1') });
    const outsider = await connectSocket(w.origin, { token: await tokenOf(one, 'person-3') });
    const { counts, lines } = await bring(one, [
      person('person-4', { username: 'dana', firstName: 'Дана' }),
      room('order-1', { topic: 'tea', capacity: 5, members: ['person-1', 'person-4'] }),
    ]);
    expect(counts).toEqual([2, 0, 0, 0]);
    expect(lines).toMatchObject([
      { line: 1, kind: 'person', externalId: 'person-4', status: 'created', problem: null },
      { line: 2, kind: 'room', externalId: 'order-1', status: 'created', problem: null },
    ]);
    const roomId = lines[1].id;
    await socket.hears('room.added', (fact) => fact.roomId === roomId);
    const seen = new HttpClient(w.origin, () => undefined);
    const headers = { authorization: `Bearer ${await tokenOf(one, 'person-4')}` };
    expect((await seen.get(`/rooms/${roomId}`, { headers })).body).toMatchObject({
      name: 'order-1',
      topic: 'tea',
      preset: 'private',
      memberCount: 3,
      ownerId: one.integrator.accountId,
    });
    expect((await seen.get('/accounts/me', { headers })).body).toMatchObject({ username: 'dana', id: lines[0].id });
    expect(outsider.of('room.added')).toEqual([]);
    for (const open of [socket, outsider]) open.close();
  });

  it('changes nothing the second time, and what is another by then the third time', async () => {
    const [one, other] = [await shop(), await shop()];
    const lines = [person('a', { firstName: 'Ada' }), person('b'), room('r', { members: ['a'] })];
    const first = await bring(one, lines);
    expect((await bring(one, lines)).counts).toEqual([0, 0, 3, 0]);
    const third = await bring(one, [
      person('a', { firstName: 'Ada', username: 'another' }),
      person('b', { lastName: 'B' }),
      room('r', { topic: 'tea', members: ['b'] }),
      room('r', { topic: 'tea', members: ['b', 'a'] }),
    ]);
    expect(third.lines.map(({ status }) => status)).toEqual(['unchanged', 'updated', 'updated', 'unchanged']);
    expect(third.lines.map(({ id }) => id).slice(0, 3)).toEqual(first.lines.map(({ id }) => id));
    const members = (await one.http.get(`/rooms/${third.lines[2].id}/members`)).body.items;
    expect(new Set(members.map(({ account }: any) => account.id))).toEqual(
      new Set([one.integrator.accountId, first.lines[0].id, first.lines[1].id]),
    );
    expect(members.find(({ account }: any) => account.id === first.lines[0].id).account.username).toBe('a');
    // The same ids of another server are other people and other rooms.
    expect((await bring(other, lines)).counts).toEqual([3, 0, 0, 0]);
    expectProblem(await other.http.get(`${IMPORTS}/${third.id}`), 404, 'import/not-found');
    expectProblem(await other.http.get(`${IMPORTS}/${third.id}/lines`), 404, 'import/not-found');
  });

  it('makes a room anew that was deleted since', async () => {
    const one = await shop();
    const [before] = (await bring(one, [room('r')])).lines;
    const headers = { authorization: `Bearer ${root.token}` };
    expect((await one.http.delete(`/rooms/${before.id}`, undefined, { headers })).status).toBe(204);
    const again = await bring(one, [room('r')]);
    expect(again.lines[0]).toMatchObject({ status: 'created' });
    expect(again.lines[0].id).not.toBe(before.id);
  });

  it('refuses a line by its own problem, whole, and does the others', async () => {
    const one = await shop();
    await bring(one, [...people(4), room('full', { capacity: 2, members: ['person-1'] }), room('barred')]);
    const barred = (await bring(one, [room('barred')])).lines[0].id;
    const banned = (await bring(one, [person('person-4')])).lines[0].id;
    const block = { accountId: banned, mode: 'full', scope: barred, reason: 'floods' };
    expect((await mod.http.post('/moderation/blocks', block)).status).toBe(201);
    const { lines, counts } = await bring(one, [
      person('x', { firstName: 'a\0b', nosuch: 1 }),
      person('y', { firstName: 'Y' }),
      room('z', { name: '' }),
      room('z', { members: ['y', 'nobody'] }),
      room('full', { topic: 'changed', members: ['person-2'] }),
      room('full', { capacity: 1 }),
      room('barred', { topic: 'changed', members: ['person-2', 'person-4'] }),
      room('small', { capacity: 1, members: ['y'] }),
      room('list', { preset: 'roster', members: ['y'] }),
      room('list', { members: ['person-1'] }),
      room('last', { members: ['y', 'person-1'] }),
    ]);
    expect(lines.map(({ status, problem }) => problem?.code ?? status)).toEqual([
      'request/invalid',
      'created',
      'request/invalid',
      'account/not-found',
      'room/full',
      'room/capacity-too-small',
      'member/blocked',
      'room/capacity-too-small',
      'created',
      'room/forbidden',
      'created',
    ]);
    expect(counts).toEqual([3, 0, 0, 8]);
    expect(lines[0].problem.errors.map(({ pointer }: any) => pointer).sort()).toEqual([
      '#/profile/firstName',
      '#/profile/nosuch',
    ]);
    expect(lines[2].problem.errors).toEqual([{ pointer: '#/name', message: 'must not be empty' }]);
    expect(lines[3].problem.errors).toEqual([{ pointer: '#/members/1', message: 'is nobody you have brought in' }]);
    for (const name of ['full', 'barred']) {
      const [{ id }] = (await bring(one, [room(name)])).lines;
      expect((await one.http.get(`/rooms/${id}`)).body.topic).toBe('');
    }
    const refused = await one.http.get(
      `${IMPORTS}/${(await bring(one, [room('q', { name: '' })])).id}/lines?status=created`,
    );
    expect(refused.body).toMatchObject({ items: [], hasMore: false });
  });

  it('takes nothing in when a line does not say what it is about', async () => {
    const one = await shop();
    const before = await w.database.query('SELECT 1 FROM imports');
    for (const [item, pointer] of [
      [{ externalId: 'a' }, '#/items/1/kind'],
      [{ kind: 'robot', externalId: 'a' }, '#/items/1/kind'],
      [{ kind: 'person' }, '#/items/1/externalId'],
      [{ kind: 'person', externalId: 'a\0' }, '#/items/1/externalId'],
      [null, '#/items/1'],
      [[], '#/items/1'],
    ] as const) {
      const refused = expectProblem(
        await one.http.post(IMPORTS, { items: [person('b'), item] }),
        400,
        'request/invalid',
      );
      expect(refused.errors).toMatchObject([{ pointer }]);
    }
    expect(await w.database.query('SELECT 1 FROM imports')).toEqual(before);
  });

  it('takes a thousand lines of text at once, and tells how far it is', async () => {
    const one = await shop();
    const lines = [...people(999), room('all', { members: people(200).map(({ externalId }) => externalId) })];
    const raw = `${lines.map((line) => JSON.stringify(line)).join('\n\n')}\r\n`;
    const begun = await one.http.post(IMPORTS, undefined, { raw, headers: NDJSON });
    expect(begun).toMatchObject({ status: 202, body: { total: 1_000, refused: 0 } });
    const seen = new Set<number>();
    await eventually(
      async () => {
        const { done, state } = (await one.http.get(`${IMPORTS}/${begun.body.id}`)).body;
        seen.add(done);
        return state === 'done';
      },
      'the import to end',
      30_000,
    );
    expect([...seen]).toEqual([...seen].toSorted((a, b) => a - b));
    expect(seen.size).toBeGreaterThan(2);
    expect((await finished(one, begun.body.id)).created).toBe(1_000);
    const page = (await one.http.get(`${IMPORTS}/${begun.body.id}/lines?limit=200`)).body;
    const next = (await one.http.get(`${IMPORTS}/${begun.body.id}/lines?limit=200&cursor=${page.next}`)).body;
    expect([page.items.length, next.items[0].line]).toEqual([200, 201]);
    const rows = await w.database.query('SELECT 1 FROM import_lines WHERE import_id = $1 AND item IS NOT NULL', [
      begun.body.id,
    ]);
    expect(rows).toEqual([]);
  });

  it('is taken in once under one Idempotency-Key, as text too', async () => {
    const one = await shop();
    const text = (externalId: string) =>
      one.http.post(IMPORTS, undefined, {
        raw: JSON.stringify(person(externalId)),
        headers: { ...NDJSON, 'idempotency-key': 'import-2026-11-20' },
      });
    const [first, again] = [await text('a'), await text('a')];
    expect([again.status, again.body.id, again.headers.get('idempotency-replayed')]).toEqual([
      202,
      first.body.id,
      'true',
    ]);
    expectProblem(await text('b'), 422, 'idempotency/key-reused');
  });

  it('refuses text that is too much or no JSON, and says in which line', async () => {
    const one = await shop();
    const text = (raw: string, path = IMPORTS) => one.http.post(path, undefined, { raw, headers: NDJSON });
    const line = JSON.stringify(person('a'));
    const broken = expectProblem(await text(`${line}\n\n{"kind":\n`), 400, 'request/malformed');
    expect(broken.detail).toBe('Line 3.');
    expectProblem(await text(`${line}\n`.repeat(1_001)), 400, 'request/invalid');
    expectProblem(await text(`${line}\n{"a":{"b":[[[[[[[[1]]]]]]]]}}`), 400, 'request/too-complex');
    expectProblem(await text(' '.repeat(1024 * 1024 + 1)), 413, 'request/too-large');
    expectProblem(await text('\n \n'), 400, 'request/invalid');
    expectProblem(await text('17'), 400, 'request/invalid');
    expectProblem(await text(line, '/rooms'), 415, 'request/unsupported-media-type');
    const headers = { 'content-type': 'application/x-ndjson; charset=utf-16' };
    expectProblem(
      await one.http.post(IMPORTS, undefined, { raw: line, headers }),
      415,
      'request/unsupported-media-type',
    );
  });

  it('is written down with the key, at its beginning and at its end', async () => {
    const one = await shop();
    const { id } = await bring(one, [person('a'), room('b', { name: '' })]);
    const path = `/moderation/audit?target=integrator:${one.integrator.id}`;
    const rows = (await root.http.get(path)).body.items;
    expect(rows).toMatchObject([
      {
        action: 'import.finish',
        actorId: one.integrator.accountId,
        keyId: one.keyId,
        after: { importId: id, created: 1, refused: 1 },
      },
      {
        action: 'import.create',
        actorId: one.integrator.accountId,
        keyId: one.keyId,
        after: { importId: id, lines: 2 },
      },
    ]);
  });
});

describe('the rights of an import', () => {
  it('are those of the key for each kind of line', async () => {
    const one = await shop(['users']);
    const { lines } = await bring(one, [person('a'), room('r', { members: ['a'] })]);
    expect(lines.map(({ status, problem }) => problem?.code ?? status)).toEqual(['created', 'key/scope-missing']);
    expectProblem(await (await shop(['rooms'])).http.post(IMPORTS, { items: [person('a')] }), 403, 'key/scope-missing');
  });

  it('end in the middle of it when the key is revoked, and no more than some of one server wait', async () => {
    const one = await shop();
    const other = await shop();
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    let held!: () => void;
    const holding = new Promise<void>((resolve) => (held = resolve));
    const hold = w.database.write(async (tx) => {
      await tx.holdAuthors([one.integrator.accountId]);
      held();
      await released;
    });
    await holding;
    const { body } = await one.http.post(IMPORTS, { items: [person('a'), room('r'), person('b'), room('s')] });
    await eventually(async () => (await one.http.get(`${IMPORTS}/${body.id}`)).body.created === 1, 'the first line');
    for (let i = 1; i < 20; i++) expect((await one.http.post(IMPORTS, { items: people(1) })).status).toBe(202);
    expectProblem(await one.http.post(IMPORTS, { items: people(1) }), 429, 'import/too-many');
    expect((await other.http.post(IMPORTS, { items: people(1) })).status).toBe(202);
    expect((await root.http.delete(`/integrations/keys/${one.keyId}`)).status).toBe(204);
    release();
    await hold;
    const rows = await eventually(async () => {
      const found = await w.database.query<{ status: string; code: string | null }>(
        `SELECT status, problem ->> 'code' AS code FROM import_lines WHERE import_id = $1 ORDER BY line`,
        [body.id],
      );
      return found.every(({ status }) => status !== 'waiting') ? found : undefined;
    });
    // The room was under way, by a key that was good when it began.
    expect(rows.map(({ status, code }) => code ?? status)).toEqual([
      'created',
      'created',
      'auth/key-invalid',
      'auth/key-invalid',
    ]);
    expect(
      await w.database.query(`SELECT 1 FROM accounts WHERE integrator_id = $1 AND external_id = 'b'`, [
        one.integrator.id,
      ]),
    ).toEqual([]);
  });
});

describe('an import that is interrupted', () => {
  it('is done once by two nodes together', async () => {
    const node = await secondNode(w);
    const shops = await Promise.all([1, 2, 3].map(() => shop()));
    const results = await Promise.all(shops.map((one) => bring(one, [...people(150), ...people(50)])));
    expect(results.map(({ counts }) => counts)).toEqual(shops.map(() => [150, 0, 50, 0]));
    for (const { integrator } of shops)
      expect(await w.database.query('SELECT 1 FROM accounts WHERE integrator_id = $1', [integrator.id])).toHaveLength(
        150,
      );
    await node.close();
  });

  it('goes on after its process was killed, and the same file again brings nothing twice', async () => {
    ensureBuild();
    const directory = temporaryDirectory();
    const fresh = await freshDatabase();
    const own = { ...fresh, drop: () => Promise.resolve() };
    const environment = { DATA_DIR: directory.path, DATABASE_URL: fresh.url };
    try {
      const before = await world({}, own);
      const { integrator } = await shop(SCOPES, await before.person('root', { role: 'superuser' }));
      await before.close();
      const file = join(directory.path, 'people.ndjson');
      const lines = [...people(2_500), room('all', { members: ['person-1', 'person-2500'] })];
      writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const args = ['integrators', 'import', file, '--integrator', String(integrator.id)];
      const child = spawn(process.execPath, [join(ROOT, 'bin/besedka.mjs'), ...args], {
        env: { PATH: process.env.PATH, ...environment },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const looker = new pg.Client({ connectionString: fresh.url });
      await looker.connect();
      const counts = async (sum: string) => Number((await looker.query(`SELECT ${sum} AS n FROM imports`)).rows[0].n);
      await eventually(() => counts('sum(created)'), 'the first people', 20_000);
      child.kill('SIGKILL');
      await ended;
      const cut = await counts('sum(total) - sum(created)');
      expect(cut).toBeGreaterThan(0);
      const after = await world({}, own);
      await eventually(async () => (await counts('sum(total) - sum(created)')) === 0, 'what was taken in', 20_000);
      await after.close();
      const begun = await counts('sum(total)');
      expect(begun).toBeLessThan(2_500);

      appendFileSync(file, `\n${JSON.stringify(room('nameless', { name: '' }))}\n`);
      const again = await besedka([...args, '--json'], environment);
      expect([again.code, JSON.parse(again.stdout)]).toMatchObject([
        1,
        {
          total: 2_502,
          created: 2_501 - begun,
          updated: 0,
          unchanged: begun,
          refused: 1,
          refusals: [{ line: 2_503, externalId: 'nameless', problem: { code: 'request/invalid' } }],
        },
      ]);
      const { rows } = await looker.query('SELECT count(*) AS n FROM accounts WHERE integrator_id = $1', [
        integrator.id,
      ]);
      expect(Number(rows[0].n)).toBe(2_500);
      writeFileSync(file, `${JSON.stringify(person('z'))}\n\n{"kind":"robot","externalId":"z"}\n`);
      expect(await besedka(args, environment)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Line 3: kind must be one of') as string,
      });
      expect((await looker.query(`SELECT 1 FROM accounts WHERE external_id = 'z'`)).rows).toEqual([]);
      await looker.end();
    } finally {
      await fresh.drop();
      directory.remove();
    }
  }, 120_000);
});
