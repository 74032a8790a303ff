import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { FilterAction, FilterKind } from '../../src/moderation/filters/filter.dto.js';
import { FilterSet } from '../../src/moderation/filters/filter-set.js';
import { eventually, expectProblem } from '../support/expect.js';
import type { Answer } from '../support/http.js';
import { type Person, world, type World } from '../support/world.js';

interface Table {
  filters: { name: string; kind: FilterKind; action: FilterAction; entries: string[] }[];
  texts: { verdict: 'pass' | FilterAction; text: string; hit?: string }[];
}

const { filters: FILTERS, texts: TEXTS } = parse(
  readFileSync(join(__dirname, '../fixtures/filtered_texts.yaml'), 'utf8'),
) as Table;
/** As many texts as fit into one request. */
const AT_ONCE = 80;

let w: World;
let alice: Person, mod: Person, root: Person;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  mod = await w.person('mod', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w?.close());
afterEach(async () => {
  for (const filter of (await mod.http.get('/moderation/filters?limit=200')).body.items)
    await mod.http.delete(`/moderation/filters/${filter.id}`);
});

const create = (more: object = {}, by = mod) =>
  by.http.post('/moderation/filters', {
    name: 'advertising',
    kind: 'words',
    action: 'refuse',
    entries: ['casino'],
    ...more,
  });
const created = async (more: object = {}) => {
  const answer = await create(more);
  expect(answer.status).toBe(201);
  return answer.body as { id: number };
};
const dryRun = (body: object, by = mod) => by.http.post('/moderation/filters/dry-run', body);
const verdictsOf = async (texts: string[], more: object = {}): Promise<string[]> => {
  const answer = await dryRun({ texts, ...more });
  expect(answer.status).toBe(200);
  return answer.body.items.map((item: { verdict: string }) => item.verdict);
};
const trying = (kind: FilterKind, entries: string[]) => ({ filter: { kind, entries, action: 'flag' } });
const trail = async (filterId: number) =>
  (await root.http.get(`/moderation/audit?target=filter:${filterId}`)).body.items as any[];

describe('the table of texts', () => {
  it('has more than a hundred texts, and as many innocent ones of their kind as a table needs', () => {
    expect(TEXTS.length).toBeGreaterThanOrEqual(100);
    for (const verdict of ['pass', 'flag', 'hold', 'refuse'])
      expect(TEXTS.filter((one) => one.verdict === verdict).length).toBeGreaterThanOrEqual(9);
    expect(new Set(TEXTS.map(({ text }) => text)).size).toBe(TEXTS.length);
  });

  it('gets its verdicts from the dry run, which shows where each text was hit', async () => {
    for (const filter of FILTERS) await created(filter);
    const surprises: unknown[] = [];
    for (let from = 0; from < TEXTS.length; from += AT_ONCE) {
      const some = TEXTS.slice(from, from + AT_ONCE);
      const { body } = await dryRun({ texts: some.map(({ text }) => text) });
      for (const [index, { verdict, text, hit }] of some.entries()) {
        const item = body.items[index];
        const parts = (item.hits[0]?.findings ?? []).map(({ start, end }: any) => text.slice(start, end));
        if (item.verdict !== verdict || (hit !== undefined && !parts.includes(hit)))
          surprises.push({ text, verdict, hit, item });
        expect(hit === undefined).toBe(verdict === 'pass');
      }
    }
    expect(surprises).toEqual([]);
  });
});

describe('a filter', () => {
  it('is created, read, changed and deleted by moderators, and each act is written down with what was before and after', async () => {
    const filter = await created({ entries: ['casino', 'spam*'] });
    expect(filter).toMatchObject({
      name: 'advertising',
      entryCount: 2,
      enabled: true,
      roomId: null,
      createdBy: mod.id,
    });
    expect((await mod.http.get(`/moderation/filters/${filter.id}`)).body).toEqual(filter);
    const changed = await mod.http.patch(`/moderation/filters/${filter.id}`, {
      action: 'hold',
      addEntries: ['viagra', 'casino'],
      removeEntries: ['spam*', 'absent'],
    });
    expect(changed.body).toMatchObject({ action: 'hold', entryCount: 2 });
    const { items } = (await mod.http.get(`/moderation/filters/${filter.id}/entries`)).body;
    expect(items.map(({ entry }: any) => entry)).toEqual(['casino', 'viagra']);
    expect((await mod.http.delete(`/moderation/filters/${filter.id}`)).status).toBe(204);
    expectProblem(await mod.http.get(`/moderation/filters/${filter.id}`), 404, 'filter/not-found');
    expectProblem(await mod.http.patch(`/moderation/filters/${filter.id}`, {}), 404, 'filter/not-found');
    expectProblem(await mod.http.delete(`/moderation/filters/${filter.id}`), 404, 'filter/not-found');
    const acts = await trail(filter.id);
    expect(acts.map(({ action, actorId }) => [action, actorId])).toEqual(
      ['filter.delete', 'filter.change', 'filter.create'].map((action) => [action, mod.id]),
    );
    expect(acts[2].after).toMatchObject({ action: 'refuse', entries: ['casino', 'spam*'] });
    expect(acts[1].before).toMatchObject({ action: 'refuse', entryCount: 2, entries: ['spam*'] });
    expect(acts[1].after).toMatchObject({ action: 'hold', entryCount: 2, entries: ['viagra'] });
    expect(acts[0].before).toMatchObject({ action: 'hold', entryCount: 2 });
  });

  it('is listed page by page, the newest first, and so are its entries in their order', async () => {
    const ids = [(await created()).id, (await created()).id, (await created({ entries: ['a', 'b', 'c'] })).id];
    const first = (await mod.http.get('/moderation/filters?limit=2')).body;
    const second = (await mod.http.get(`/moderation/filters?limit=2&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(second).toMatchObject({ hasMore: false, next: null });
    const entries = (await mod.http.get(`/moderation/filters/${ids[2]}/entries?limit=2`)).body;
    const rest = (await mod.http.get(`/moderation/filters/${ids[2]}/entries?limit=2&cursor=${entries.next}`)).body;
    expect([...entries.items, ...rest.items].map(({ entry }) => entry)).toEqual(['a', 'b', 'c']);
  });

  it('is nobody else’s, and of one room only where moderators have a say', async () => {
    expectProblem(await create({}, alice), 403, 'role/insufficient');
    expectProblem(await dryRun({ texts: ['a'] }, alice), 403, 'role/insufficient');
    const { id } = (await alice.http.post('/rooms', { name: 'vault', preset: 'private' })).body;
    expect(await created({ roomId: id })).toMatchObject({ roomId: id });
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [id]);
    expectProblem(await create({ roomId: id }), 404, 'room/not-found');
    const lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'open' })).body.id;
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [lobby]);
    expectProblem(await create({ roomId: lobby }), 403, 'room/forbidden');
  });

  it('is refused to a moderator who was one when his request began', async () => {
    const mona = await w.person('mona', { role: 'moderator' });
    let refused: Promise<Answer> | undefined;
    await w.database.write(async (tx) => {
      await tx.holdAuthors([mona.id]);
      refused ??= create({}, mona);
      await eventually(async () => {
        const waiting = await w.database.query(
          `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1`,
          [mona.id],
        );
        return waiting.length > 0;
      }, 'the request to wait for its author');
      await tx.query(`UPDATE accounts SET role = 'user' WHERE id = $1`, [mona.id]);
    });
    expectProblem(await refused!, 403, 'role/insufficient');
  });

  it('holds at once where it was changed: enabled, disabled, with other entries, deleted', async () => {
    const { id } = await created({ enabled: false });
    const texts = ['casino', 'viagra'];
    const change = (changes: object) => mod.http.patch(`/moderation/filters/${id}`, changes);
    expect(await verdictsOf(texts)).toEqual(['pass', 'pass']);
    await change({ enabled: true });
    expect(await verdictsOf(texts)).toEqual(['refuse', 'pass']);
    await change({ addEntries: ['viagra'], removeEntries: ['casino'], action: 'flag' });
    expect(await verdictsOf(texts)).toEqual(['pass', 'flag']);
    await mod.http.delete(`/moderation/filters/${id}`);
    expect(await verdictsOf(texts)).toEqual(['pass', 'pass']);
  });

  it('of one room looks at no other, and the strictest of several decides', async () => {
    const room = async (name: string) => (await alice.http.post('/rooms', { name, preset: 'open' })).body.id as number;
    const [lobby, vault] = [await room('lobby'), await room('vault')];
    await created({ roomId: lobby, action: 'refuse' });
    await created({ action: 'flag' });
    await created({ action: 'hold', entries: ['other'] });
    expect(await verdictsOf(['casino'], { roomId: lobby })).toEqual(['refuse']);
    expect(await verdictsOf(['casino'], { roomId: vault })).toEqual(['flag']);
    expect(await verdictsOf(['casino'])).toEqual(['flag']);
    const { body } = await dryRun({ texts: ['other casino'], roomId: lobby });
    expect(body.items[0].hits.map(({ action }: any) => action)).toEqual(['refuse', 'hold', 'flag']);
  });

  it('may have ten thousand words, and no more', async () => {
    const words = (from: number, count: number) => Array.from({ length: count }, (_, index) => `word${from + index}`);
    const { id } = await created({ entries: words(0, 400) });
    for (let from = 400; from < 10_000; from += 400)
      expect((await mod.http.patch(`/moderation/filters/${id}`, { addEntries: words(from, 400) })).status).toBe(200);
    expect(await verdictsOf(['say word0', 'say word9999', 'say word10000'])).toEqual(['refuse', 'refuse', 'pass']);
    const more = await mod.http.patch(`/moderation/filters/${id}`, { addEntries: ['word10000'] });
    expectProblem(more, 409, 'filter/too-many');
    expect((await mod.http.get(`/moderation/filters/${id}`)).body.entryCount).toBe(10_000);
  }, 60_000);

  it('is refused where all together would be too many or too slow', async () => {
    const patterns = (count: number, places: number) =>
      Array.from({ length: count }, (_, index) => `[a-z]{${places - 2}}x${index % 10}`);
    await created({ kind: 'regex', entries: patterns(7, 128) });
    expectProblem(await create({ kind: 'regex', entries: ['[a-z]{120}yz', '[a-z]{20}'] }), 409, 'filter/too-many');
    expect(await verdictsOf(['abc'], trying('regex', ['abc']))).toEqual(['flag']);
    const many = Array.from({ length: 44 }, (_, index) => `x${index}`);
    expectProblem(await create({ kind: 'regex', entries: many }), 409, 'filter/too-many');
    const tried = { texts: ['abc'], ...trying('regex', [...many, ...many.map((one) => `${one}y`)]) };
    expectProblem(await dryRun(tried), 409, 'filter/too-many');
    await w.database.query(
      `INSERT INTO filters (name, kind, action, enabled, revision, created_by) SELECT 'one of many', 'words', 'flag', false, 0, $1 FROM generate_series(1, 98)`,
      [mod.id],
    );
    const last = await created();
    expectProblem(await create(), 409, 'filter/too-many');
    expect((await mod.http.patch(`/moderation/filters/${last.id}`, { enabled: false })).status).toBe(200);
    await w.database.query(
      `INSERT INTO filters (name, kind, action, enabled, revision, created_by) VALUES ('one too many', 'words', 'flag', false, 0, $1)`,
      [mod.id],
    );
    expect((await mod.http.patch(`/moderation/filters/${last.id}`, { name: 'renamed' })).status).toBe(200);
  });
});

describe('a request', () => {
  it('is refused where it is a list', async () => {
    for (const body of [[], [1], [{ texts: ['a'] }]]) expectProblem(await dryRun(body), 400, 'request/invalid');
  });
});

describe('an entry', () => {
  it.each([
    ['words', '*'],
    ['words', 'a*'],
    ['words', '...'],
    ['words', 'two*words'],
    ['words', '*a phrase'],
    ['words', 'much  blank'],
    ['words', 'x'.repeat(65)],
    ['domains', 'localhost'],
    ['domains', 'https://evil.com'],
    ['domains', 'evil.com/path'],
    ['domains', 'evil..com'],
    ['domains', '-evil.com'],
    ['domains', 'xn--zzzzzz99.com'],
    ['regex', '('],
    ['regex', '(?=a)'],
    ['regex', '(a)\\1'],
    ['regex', 'a*'],
    ['regex', '\\b'],
    ['regex', '^$'],
    ['regex', 'a{129}'],
    ['regex', '(a{20}){20}'],
    ['regex', 'a{1001}'],
    ['regex', '((a{30}){30}){30}'],
  ] as const)('of %s is refused as %j, by its place', async (kind, entry) => {
    const good = { words: 'casino', domains: 'evil.com', regex: 'casino' }[kind];
    for (const answer of [
      await create({ kind, entries: [good, entry] }),
      await dryRun({ texts: ['a'], ...trying(kind, [good, entry]) }),
    ]) {
      const problem = expectProblem(answer, 400, 'request/invalid');
      expect(problem.errors).toHaveLength(1);
      expect(problem.errors![0]!.pointer).toMatch(/entries\/1$/);
      expect(JSON.stringify(problem.errors)).not.toContain(`"${entry}"`);
    }
    const { id } = await created({ kind, entries: [good] });
    const answer = await mod.http.patch(`/moderation/filters/${id}`, { addEntries: [entry] });
    expect(expectProblem(answer, 400, 'request/invalid').errors![0]!.pointer).toBe('#/addEntries/0');
  });

  it('of domains is kept in the form that is looked up', async () => {
    const { id } = await created({ kind: 'domains', entries: ['*.EVIL.com', 'evil.com.', '.Казино.РФ'] });
    const { items } = (await mod.http.get(`/moderation/filters/${id}/entries`)).body;
    expect(items.map(({ entry }: any) => entry)).toEqual(['evil.com', 'казино.рф']);
  });
});

describe('a pattern', () => {
  it('reads boundaries and classes of letters in every script, and minds the case where it is told to', async () => {
    const patterns = ['\\bкот\\b', '^начало', 'конец$', '(?m)^строка$', '\\p{Cyrillic}{3}\\d', '(?-i)ГРОМКО', 'x.y'];
    const hits = ['тут кот.', 'Начало', 'вот и КОНЕЦ', 'a\nстрока\nb', 'абв1', 'ГРОМКО', 'x\u200by x+y'];
    const misses = ['котик', 'не начало', 'конец.', 'a строка\nb', 'abc1', 'громко', 'x\ny'];
    expect(await verdictsOf(hits, trying('regex', patterns))).toEqual(hits.map(() => 'flag'));
    expect(await verdictsOf(misses, trying('regex', patterns))).toEqual(misses.map(() => 'pass'));
  });

  it('finds look-alikes in disguised words only', async () => {
    expect(await verdictsOf(['plain English, 404', 'русский текст'], trying('regex', ['[а-я]{3}']))).toEqual([
      'pass',
      'flag',
    ]);
    expect(await verdictsOf(['pуccкий', 'п0р0г', 'é'], trying('regex', ['русск', 'порог', '^e$']))).toEqual([
      'flag',
      'flag',
      'flag',
    ]);
  });

  it('is shown with the whole of its first match', async () => {
    const text = 'aaa bbb wordword\u200bword! ccc';
    const { body } = await dryRun({ texts: [text], ...trying('regex', ['(?:word)+!']) });
    const [{ start, end }] = body.items[0].hits[0].findings;
    expect(text.slice(start, end)).toBe('wordword\u200bword!');
  });
});

describe('another node', () => {
  it('reads within a second what was changed on the first', async () => {
    const { id } = await created({ enabled: false });
    // Past the service, as another node does it.
    await w.database.query('UPDATE filter_revision SET revision = revision + 1');
    await w.database.query(
      'UPDATE filters SET enabled = true, revision = (SELECT revision FROM filter_revision) WHERE id = $1',
      [id],
    );
    const began = Date.now();
    const set = w.app.get(FilterSet, { strict: false });
    expect(set.hitsIn('casino', undefined)).toEqual([]);
    await eventually(() => set.hitsIn('casino', undefined).length > 0);
    expect(Date.now() - began).toBeLessThan(3_000);
  });
});
