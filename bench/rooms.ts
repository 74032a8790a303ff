import { type Bench, interleaved, staged } from './bench.js';
import { drive } from './driver/drive.js';
import { HttpClient } from './driver/http-client.js';
import { about, type Line } from './report.js';
import { profiling, Service } from './service.js';
import { StatementTap } from './statement-tap.js';

const path = '/api/v1/rooms?view=mine&limit=200';
const counts = { few: 2, many: 200 };

/** The room list of a person in 200 rooms against one in 2 (`peer`): time, and the number of statements a request. */
export const rooms: Bench = async (options) => {
  const { databases, warmUpMs, measureMs } = options;
  const { world, url: databaseUrl } = await databases.seeded(async (seeder) => {
    const [few, many, other] = await seeder.people(3);
    if (!few || !many || !other) throw new Error('No people');
    for (const [person, count] of [
      [few, counts.few],
      [many, counts.many],
    ] as const) {
      for (let index = 0; index < count; index++) {
        const room = await seeder.room(`${person.username} ${index}`, 'private', [person, other]);
        await seeder.messages(room, [person, other], 100);
      }
    }
    return { few, many };
  });

  return staged(async (keep) => {
    const service = await keep(Service.start(databaseUrl, profiling(options.profile)));
    const tokens = await service.tokens([world.few, world.many]);
    const side = (who: keyof typeof counts) => ({
      whose: 'ours' as const,
      measure: () =>
        drive(
          {
            kind: 'read',
            url: service.url,
            token: tokens.get(world[who].id) ?? '',
            paths: [path],
            connections: 1,
            warmUpMs,
            measureMs,
          },
          service.pid,
        ),
    });
    const runs = await interleaved({ ...options, only: 'ours' }, { few: side('few'), many: side('many') });
    const statements = await statementsOf(databaseUrl);
    const lines: Line[] = [
      {
        what: 'statements a request, 200 rooms (peer: 2 rooms)',
        unit: 'statements',
        peer: [statements.few.length],
        ours: [statements.many.length],
        goal: '= 1',
        about: statements.many.map((text) => text.trim().replace(/\s+/g, ' ').slice(0, 80)).join('\n'),
      },
      {
        what: 'room list, 200 rooms (peer: 2 rooms)',
        unit: 'ms p50',
        peer: runs.few.map(({ latency }) => latency.p50),
        ours: runs.many.map(({ latency }) => latency.p50),
        about: runs.many.slice(0, 1).map(about).join(''),
      },
    ];
    return lines;
  });

  async function statementsOf(url: string): Promise<Record<keyof typeof counts, string[]>> {
    return staged(async (keep) => {
      const tap = await keep(StatementTap.before(url));
      const service = await keep(Service.start(tap.url));
      const tokens = await service.tokens([world.few, world.many]);
      const statements = async (who: keyof typeof counts) => {
        const client = new HttpClient(service.url, tokens.get(world[who].id));
        await client.request('GET', path);
        tap.take();
        const { status, body } = await client.request('GET', path);
        client.close();
        const { items } = JSON.parse(body) as { items: unknown[] };
        if (status !== 200 || items.length !== counts[who])
          throw new Error(`${path}: ${status}, ${items.length} rooms instead of ${counts[who]}`);
        return tap.take().map(({ text }) => text);
      };
      return { few: await statements('few'), many: await statements('many') };
    });
  }
};
