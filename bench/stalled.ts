import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, interleaved, staged } from './bench.js';
import { type Driven, drive, holdIdle } from './driver/drive.js';
import { memoryProbe } from './processes.js';
import { about, type Line } from './report.js';
import { Service } from './service.js';

const accounts = 50;
const idleSockets = 5_000;
const listeners = 10;
const messagesPerSecond = 1_000;
const textLength = 1_000;
const settleMs = 3_000;
const leastMs = 8_000;

interface Figures {
  before: Driven;
  with: Driven;
  idleKiB: number;
  grownMiB: number;
}

/**
 * A reader that stalls at 1 000 messages a second of 1 KB beside 5 000 idle sockets: when it is cut, what it costs, and what the others notice.
 * What stands in the peer's column is the same service without the stalled one; a lost or doubled message of the others fails the run.
 */
export const stalled: Bench = async (options) => {
  const { databases } = options;
  const { world, copy } = await databases.seeded(async (seeder) => {
    const people = await seeder.people(accounts);
    const stage = people.slice(0, listeners + 1);
    await seeder.room('hall', 'private', people.slice(stage.length));
    return { people, stage, room: await seeder.room('stage', 'open', stage) };
  });
  const { runs } = await interleaved(options, {
    runs: {
      whose: 'ours',
      measure: () =>
        staged(async (keep): Promise<Figures> => {
          const service = await keep(Service.start(await copy(), memoryProbe));
          const tokens = await service.tokens(world.people);
          const tokenOf = ({ id }: { id: number }) => tokens.get(id) ?? '';
          const [victim, ...listening] = world.stage.map(tokenOf);
          const resting = world.people.slice(world.stage.length).map(tokenOf);
          const load = (stalledToken?: string) =>
            drive(
              {
                kind: 'stalled',
                url: service.url,
                tokens: listening,
                roomId: world.room,
                senders: resting,
                messagesPerSecond,
                textLength,
                stalled: stalledToken,
                warmUpMs: options.warmUpMs,
                measureMs: Math.max(leastMs, options.measureMs),
              },
              service.pid,
            );
          await load();
          const settled = () => sleep(settleMs).then(() => service.memory());
          const empty = await settled();
          const list = Array.from({ length: idleSockets }, (_, index) => resting[index % resting.length] ?? '');
          return holdIdle({ kind: 'idle', url: service.url, tokens: list }, async () => {
            const idle = await settled();
            const before = await load();
            const between = await settled();
            const withStalled = await load(victim);
            const after = await settled();
            return {
              before,
              with: withStalled,
              idleKiB: (idle.live - empty.live) / 1_024 / idleSockets,
              grownMiB: (after.live - between.live) / 1_024 ** 2,
            };
          });
        }),
    },
  });
  const line = (what: string, unit: string, read: (figures: Figures) => number): Line => ({
    what,
    unit,
    peer: [],
    ours: runs.map(read),
  });
  return [
    {
      ...line('messages stored a second', 'messages/s', (figures) => figures.with.perSecond),
      peer: runs.map((figures) => figures.before.perSecond),
    },
    line(`live memory of each of ${idleSockets} idle sockets`, 'KiB', ({ idleKiB }) => idleKiB),
    {
      ...line('a reader that stalls is cut after', 'ms', (figures) => figures.with.cutAfterMs ?? Number.NaN),
      goal: '≤ 5000 ms',
    },
    line('live memory left behind by it', 'MiB', ({ grownMiB }) => grownMiB),
    {
      what: 'p99 from sending to hearing of the others, who lose none (peer: without it)',
      unit: 'ms',
      peer: runs.map((figures) => figures.before.latency.p99),
      ours: runs.map((figures) => figures.with.latency.p99),
      goal: '≤ 2',
      about: runs
        .slice(0, 1)
        .flatMap((figures) => [about(figures.before), about(figures.with)])
        .join('\n'),
    },
  ];
};
