import { type Bench, interleaved, staged } from './bench.js';
import { type Driven, drive } from './driver/drive.js';
import type { SendJob } from './driver/job.js';
import { startPeer } from './processes.js';
import { about, type Line } from './report.js';
import type { Person } from './seeder.js';
import { profiling, Service } from './service.js';

const senders = 64;
const textLength = 64;

/** Durable messages a second of 64 closed-loop senders, against batched SQL behind bare Socket.IO. */
export const send: Bench = async (options) => {
  const { databases, only, warmUpMs, measureMs } = options;
  const { world, copy } = await databases.seeded(async (seeder) => {
    const people = await seeder.people(senders);
    const own: number[] = [];
    for (const [index, person] of people.entries()) own.push(await seeder.room(`own ${index}`, 'private', [person]));
    return {
      people,
      own,
      hot: await seeder.room('hot', 'private', people),
      open: await seeder.room('open', 'open', people, false),
    };
  });
  const { people, own, hot, open } = world;

  return staged(async (keep) => {
    const peerDatabase = await copy();
    const rows = only === 'ours' ? undefined : await keep(startPeer('group-commit', { DATABASE_URL: peerDatabase }));
    const facts =
      only === 'ours'
        ? undefined
        : await keep(startPeer('group-commit', { DATABASE_URL: peerDatabase, PEER_FACTS: '1' }));
    const service = only === 'peer' ? undefined : await keep(Service.start(await copy(), profiling(options.profile)));
    const tokens = await service?.tokens(people);

    const run = (
      server: typeof rows | Service,
      kind: SendJob['kind'],
      roomOf: (index: number) => number,
      tokenOf: (person: Person, roomId: number) => string,
    ) => {
      if (!server) throw new Error('This side is not measured');
      const list = people.map((person, index) => ({ token: tokenOf(person, roomOf(index)), roomId: roomOf(index) }));
      return drive({ kind, url: server.url, senders: list, inFlight: 1, textLength, warmUpMs, measureMs }, server.pid);
    };
    const peer = (server: typeof rows, roomOf: (index: number) => number) => ({
      whose: 'peer' as const,
      measure: () => run(server, 'send', roomOf, ({ id }, roomId) => `${id}:${roomId}`),
    });
    const ours = (kind: SendJob['kind'], roomOf: (index: number) => number) => ({
      whose: 'ours' as const,
      measure: () => run(service, kind, roomOf, ({ id }) => tokens?.get(id) ?? ''),
    });
    const ownRoom = (index: number) => own[index] ?? 0;
    const results = await interleaved(options, {
      peerOwn: peer(facts, ownRoom),
      oursOwn: ours('send', ownRoom),
      peerOpen: peer(rows, () => open),
      oursOpen: ours('send', () => open),
      peerHot: peer(facts, () => hot),
      oursHot: ours('send', () => hot),
      oursHttp: ours('http-send', ownRoom),
    });
    const line = (what: string, peerRuns: Driven[], ourRuns: Driven[], goal: string): Line => ({
      what,
      unit: 'messages/s',
      peer: peerRuns.map(({ perSecond }) => perSecond),
      ours: ourRuns.map(({ perSecond }) => perSecond),
      goal,
      about: [...peerRuns.slice(0, 1), ...ourRuns.slice(0, 1)].map(about).join('\n'),
    });
    return [
      line('64 rooms, each author listens (peer tells him too)', results.peerOwn, results.oursOwn, '≥ 0.8'),
      line('one hot room, nobody listens', results.peerOpen, results.oursOpen, '≥ 0.7'),
      line('one hot room, all 64 listen (peer tells them too)', results.peerHot, results.oursHot, '≥ 0.7'),
      line('HTTP, 64 rooms (peer: Socket.IO)', results.peerOwn, results.oursHttp, '≥ 0.5'),
    ];
  });
};
