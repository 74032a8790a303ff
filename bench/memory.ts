import { setTimeout as sleep } from 'node:timers/promises';
import { startBareNest } from './bare-nest.js';
import { type Bench, interleaved, staged } from './bench.js';
import { holdIdle } from './driver/drive.js';
import { memoryProbe, type Running } from './processes.js';
import type { Line } from './report.js';
import { Service } from './service.js';

const accounts = 50;
const warmUpSockets = 500;
const sockets = 2_000;
const settleMs = 3_000;

interface Figures {
  idleMiB: number;
  liveKiB: number;
  residentKiB: number;
}

/** Resident memory of the idle process and of each idle socket, against a bare Nest application with an empty gateway. */
export const memory: Bench = async (options) => {
  const { databases } = options;
  const { world: people, copy } = await databases.seeded(async (seeder) => {
    const made = await seeder.people(accounts);
    await seeder.room('hall', 'private', made);
    return made;
  });
  const runs = await interleaved(options, {
    bare: {
      whose: 'peer',
      measure: () => staged(async (keep) => measure(await keep(startBareNest(memoryProbe)), ['nobody'])),
    },
    ours: {
      whose: 'ours',
      measure: () =>
        staged(async (keep) => {
          const service = await keep(Service.start(await copy(), memoryProbe));
          return measure(service, [...(await service.tokens(people)).values()]);
        }),
    },
  });
  const line = (what: string, unit: string, read: (figures: Figures) => number): Line => ({
    what,
    unit,
    peer: runs.bare.map(read),
    ours: runs.ours.map(read),
  });
  return [
    line('resident memory after a collection, no sockets (peer: bare Nest)', 'MiB', ({ idleMiB }) => idleMiB),
    line(`live memory of each of ${sockets} idle sockets`, 'KiB', ({ liveKiB }) => liveKiB),
    line('resident memory of each of them', 'KiB', ({ residentKiB }) => residentKiB),
  ];
};

async function measure(server: Pick<Running, 'url' | 'memory'>, tokens: string[]): Promise<Figures> {
  const settled = () => sleep(settleMs).then(() => server.memory());
  const hold = <T>(count: number, during: () => Promise<T>) => {
    const list = Array.from({ length: count }, (_, index) => tokens[index % tokens.length] ?? '');
    return holdIdle({ kind: 'idle', url: server.url, tokens: list }, during);
  };
  const idle = await settled();
  await hold(warmUpSockets, async () => undefined);
  const before = await settled();
  const after = await hold(sockets, settled);
  return {
    idleMiB: idle.resident / 1_024 ** 2,
    liveKiB: (after.live - before.live) / 1_024 / sockets,
    residentKiB: (after.resident - before.resident) / 1_024 / sockets,
  };
}
