import pg from 'pg';
import { type Bench, interleaved, staged } from './bench.js';
import { drive } from './driver/drive.js';
import { HttpClient } from './driver/http-client.js';
import { about, type Line } from './report.js';
import { profiling, Service } from './service.js';
import { type Statement, StatementTap } from './statement-tap.js';

// Whether the authors' names of a page are remembered between its rows is a matter of statistics, not of the room's size.
const memoized = /Memoize|Cache (Key|Mode)/;
const sizes = { small: 1_000, large: 1_000_000 };

/** A history page of 50 from a room of a million messages against one of a thousand: time and plan. `peer` is the small room. */
export const history: Bench = async (options) => {
  const { databases, warmUpMs, measureMs } = options;
  const { world, url: databaseUrl } = await databases.seeded(async (seeder) => {
    const people = await seeder.people(1_000);
    const [small, large] = [
      await seeder.room('small', 'private', people),
      await seeder.room('large', 'private', people),
    ];
    await seeder.messages(small, people, sizes.small);
    await seeder.messages(large, people, sizes.large);
    return { people, small, large };
  });
  const pages = (room: 'small' | 'large') => {
    const path = `/api/v1/rooms/${world[room]}/messages?limit=50`;
    return { latest: path, middle: `${path}&before=${sizes[room] / 2}`, after: `${path}&after=${sizes[room] / 4}` };
  };
  const [small, large] = [pages('small'), pages('large')];

  return staged(async (keep) => {
    const service = await keep(Service.start(databaseUrl, profiling(options.profile)));
    const token = [...(await service.tokens(world.people.slice(0, 1))).values()][0] ?? '';
    const side = (path: string) => ({
      whose: 'ours' as const,
      measure: () =>
        drive(
          { kind: 'read', url: service.url, token, paths: [path], connections: 1, warmUpMs, measureMs },
          service.pid,
        ),
    });
    const lines: Line[] = [];
    for (const page of ['latest', 'middle', 'after'] as const) {
      const runs = await interleaved(
        { ...options, only: 'ours' },
        { small: side(small[page]), large: side(large[page]) },
      );
      lines.push({
        what: `${page} page of 50, room of 1 000 000 (peer: of 1 000)`,
        unit: 'ms p50',
        peer: runs.small.map(({ latency }) => latency.p50),
        ours: runs.large.map(({ latency }) => latency.p50),
        goal: '≤ 1.2, same plan',
        about: `${runs.large.slice(0, 1).map(about).join('')}\n${await planComparison(databaseUrl, small[page], large[page])}`,
      });
    }
    return lines;

    async function planComparison(url: string, smallPath: string, largePath: string): Promise<string> {
      const [ofSmall, ofLarge] = [await plansOf(url, smallPath), await plansOf(url, largePath)];
      if (ofLarge === ofSmall) return 'plan: the same';
      console.error(`${smallPath}\n${ofSmall}\n\n${largePath}\n${ofLarge}`);
      return 'PLANS DIFFER: printed before this table';
    }

    async function plansOf(url: string, path: string): Promise<string> {
      return staged(async (keepTap) => {
        const tap = await keepTap(StatementTap.before(url));
        const tapped = await keepTap(Service.start(tap.url));
        const [mine = ''] = (await tapped.tokens(world.people.slice(0, 1))).values();
        const client = new HttpClient(tapped.url, mine);
        await client.request('GET', path);
        tap.take();
        const { status } = await client.request('GET', path);
        client.close();
        const statements = tap.take().filter(({ text }) => /\bmessages\b/.test(text));
        if (status !== 200 || statements.length === 0)
          throw new Error(`${path}: ${status}, ${statements.length} statements on messages`);
        return explain(url, statements);
      });
    }
  });
};

async function explain(url: string, statements: readonly Statement[]): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const plans: string[] = [];
  for (const { text, values } of statements) {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${text}`, values);
    plans.push(
      ...rows.map((row) => row['QUERY PLAN'].replace(/\d+/g, 'N').trim()).filter((line) => !memoized.test(line)),
    );
  }
  await client.end();
  return plans.join('\n');
}
