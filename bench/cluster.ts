import { randomBytes } from 'node:crypto';
import { RedisServer } from '../test/support/redis-server.js';
import { type Bench, interleaved, staged } from './bench.js';
import { type Driven, drive } from './driver/drive.js';
import { type Running, startPeer } from './processes.js';
import { about, type Line } from './report.js';
import { Service } from './service.js';

const pairs = 32;
const textLength = 64;

/**
 * 64 people send, each into a room of his own that a second one hears, who is on the other node where there are two: two nodes against one
 * node, and against Socket.IO over Redis that stores nothing.
 */
export const cluster: Bench = async (options) => {
  const { databases, only, warmUpMs, measureMs } = options;
  const { world, copy } = await databases.seeded(async (seeder) => {
    const people = await seeder.people(pairs * 2);
    const rooms: number[] = [];
    for (const [at, person] of people.entries())
      rooms.push(await seeder.room(`room ${at}`, 'private', [person, people[at ^ 1]!]));
    return { people, rooms };
  });
  const { people, rooms } = world;
  return staged(async (keep) => {
    const redis = await keep(RedisServer.start().then((server) => ({ url: server.url, stop: () => server.kill() })));
    const shared = { REDIS_URL: redis.url, BESEDKA_JWT_SECRET: randomBytes(48).toString('base64') };
    const database = await copy();
    const alone = only === 'peer' ? undefined : await keep(Service.start(await copy(), []));
    const nodes: Service[] = [];
    const peers: Running[] = [];
    for (let node = 0; node < 2; node++) {
      if (only !== 'peer') nodes.push(await keep(Service.start(database, [], shared)));
      if (only !== 'ours') peers.push(await keep(startPeer('redis-socketio', { REDIS_URL: redis.url })));
    }
    const aloneTokens = await alone?.tokens(people);
    const tokens = await nodes[0]?.tokens(people);
    type Target = { url: string; pid: number };
    /** One of each pair at each server, where there are two. */
    const run = async (
      servers: readonly (Target | undefined)[],
      tokenOf: (id: number, roomId: number, heard: number) => string,
    ) => {
      const loads = servers.map((server, index) => {
        if (!server) throw new Error('This side is not measured');
        const own = people.flatMap(({ id }, at) => {
          const roomId = rooms[at]!;
          return servers.length === 1 || at % 2 === index
            ? [{ token: tokenOf(id, roomId, rooms[at ^ 1]!), roomId }]
            : [];
        });
        const job = {
          kind: 'send',
          url: server.url,
          senders: own,
          inFlight: 1,
          textLength,
          warmUpMs,
          measureMs,
        } as const;
        return drive(job, server.pid);
      });
      return sumOf(await Promise.all(loads));
    };
    const results = await interleaved(options, {
      peers: { whose: 'peer', measure: () => run(peers, (id, roomId, heard) => `${id}:${roomId}:${heard}`) },
      one: { whose: 'ours', measure: () => run([alone], (id) => aloneTokens?.get(id) ?? '') },
      two: { whose: 'ours', measure: () => run(nodes, (id) => tokens?.get(id) ?? '') },
    });
    const line = (what: string, peerRuns: Driven[], ourRuns: Driven[]): Line => ({
      what,
      unit: 'messages/s',
      peer: peerRuns.map(({ perSecond }) => perSecond),
      ours: ourRuns.map(({ perSecond }) => perSecond),
      about: [...peerRuns.slice(0, 1), ...ourRuns.slice(0, 1)].map(about).join('\n'),
    });
    return [
      line('two nodes (peer: one node of ours)', results.one, results.two),
      line('two nodes (peer: two of Socket.IO over Redis, nothing stored)', results.peers, results.two),
    ];
  });
};

/** Rates of drivers that ran at the same time; latency and costs of the first stand for both. */
function sumOf(runs: readonly Driven[]): Driven {
  const [first] = runs as [Driven];
  const sum = (value: (run: Driven) => number) => runs.reduce((total, run) => total + value(run), 0);
  return {
    ...first,
    count: sum(({ count }) => count),
    perSecond: sum(({ perSecond }) => perSecond),
    refused: sum(({ refused }) => refused),
  };
}
