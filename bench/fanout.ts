import { type Bench, interleaved, staged } from './bench.js';
import { type Driven, drive } from './driver/drive.js';
import { startPeer } from './processes.js';
import { about, type Line } from './report.js';
import { profiling, Service } from './service.js';

const accounts = 100;
const senders = 64;
const textLength = 64;

/** Deliveries a second in one room of 100 and of 1 000 sockets: every message stored here, nothing stored by bare Socket.IO. */
export const fanout: Bench = async (options) => {
  const { databases, only, warmUpMs, measureMs } = options;
  const { world, copy } = await databases.seeded(async (seeder) => {
    const people = await seeder.people(accounts);
    return { people, hall: await seeder.room('hall', 'private', people) };
  });
  const { people, hall } = world;

  return staged(async (keep) => {
    const bare = only === 'ours' ? undefined : await keep(startPeer('bare-socketio'));
    const service = only === 'peer' ? undefined : await keep(Service.start(await copy(), profiling(options.profile)));
    const tokens = await service?.tokens(people);
    const run = (
      server: { url: string; pid: number } | undefined,
      sockets: number,
      tokenOf: (id: number) => string,
    ) => {
      if (!server) throw new Error('This side is not measured');
      const list = Array.from({ length: sockets }, (_, index) => tokenOf(people[index % accounts]?.id ?? 0));
      return drive(
        { kind: 'fan-out', url: server.url, tokens: list, roomId: hall, senders, textLength, warmUpMs, measureMs },
        server.pid,
      );
    };
    const peer = (sockets: number) => ({
      whose: 'peer' as const,
      measure: () => run(bare, sockets, (id) => `${id}:${hall}`),
    });
    const ours = (sockets: number) => ({
      whose: 'ours' as const,
      measure: () => run(service, sockets, (id) => tokens?.get(id) ?? ''),
    });
    const results = await interleaved(options, {
      peer100: peer(100),
      ours100: ours(100),
      peer1000: peer(1_000),
      ours1000: ours(1_000),
    });
    const line = (what: string, peerRuns: Driven[], ourRuns: Driven[]): Line => ({
      what,
      unit: 'deliveries/s',
      peer: peerRuns.map(({ perSecond }) => perSecond),
      ours: ourRuns.map(({ perSecond }) => perSecond),
      goal: '≥ 2.5',
      about: [...peerRuns.slice(0, 1), ...ourRuns.slice(0, 1)].map(about).join('\n'),
    });
    return [
      line('100 sockets', results.peer100, results.ours100),
      line('1 000 sockets', results.peer1000, results.ours1000),
    ];
  });
};
