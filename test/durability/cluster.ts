/**
 * `npm run torture:cluster`: two nodes on a PostgreSQL and a Redis of the rig's own, which are killed, stopped, cut off and slowed down while
 * messages are sent and heard; reads all back and checks it. It ends as soon as all that was asked for has happened, and fails where the time is over before.
 * Options: --seconds (at most), --minutes, --nodes, --postgres, --redis (kills and restarts), --least (acknowledged messages), --blocks, --seed, --bug, --short.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { hasRedisServer } from '../support/redis-server.js';
import { CLUSTER_BUGS, SEEDED_BUGS, type SeededBug } from './rig/bug-names.js';
import { renderCluster } from './rig/cluster-figures.js';
import { CLUSTER_SENDERS, tortureCluster } from './rig/cluster.js';
import { compileService } from './rig/compiled-service.js';
import { count } from './rig/figures.js';
import { OwnPostgres } from './rig/own-postgres.js';
import { makeScene, removeScene } from './rig/scene.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    nodes: { type: 'string' },
    postgres: { type: 'string' },
    redis: { type: 'string' },
    least: { type: 'string' },
    blocks: { type: 'string' },
    seed: { type: 'string' },
    bug: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const { short, bug } = values;
const seconds = values.minutes ? Number(values.minutes) * 60 : Number(values.seconds ?? (short ? 40 : 150));
// A long run has as many faults a minute as the usual one.
const times = values.minutes ? Math.max(1, (seconds / 150) * 0.8) : 1;
const number = (given: string | undefined, usual: number, few: number): number =>
  Number(given ?? (short ? few : Math.ceil(usual * times)));
const faults = {
  nodes: number(values.nodes, 20, 3),
  postgres: number(values.postgres, 10, 2),
  redis: number(values.redis, 10, 2),
};
const least = number(values.least, 15_000, 1_000);
const blocks = Number(values.blocks ?? (short ? 3 : 12));
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const BUGS = { ...SEEDED_BUGS, ...CLUSTER_BUGS };
if (bug !== undefined && !(bug in BUGS)) throw new Error(`--bug is one of ${Object.keys(BUGS).join(', ')}`);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
// Connections to nodes and stores that were killed under them may still be waiting for an answer: the verdict does not wait for those.
process.exit(await main());

async function main(): Promise<number> {
  say(`Torture of a cluster: at most ${seconds} s, seed ${seed}${bug ? `, with the seeded bug ${bug}` : ''}`);
  if (!hasRedisServer) {
    say('THERE IS NO redis-server ON THIS MACHINE: the cluster cannot be tortured without it.\n0 passed, 1 failed');
    return 1;
  }
  const service = compileService();
  const postgres = await OwnPostgres.start();
  try {
    const database = 'besedka';
    await postgres.create(database);
    const scene = await makeScene(service, CLUSTER_SENDERS, postgres.url(database));
    try {
      return verdict(
        await tortureCluster({
          service,
          scene,
          postgres,
          database,
          seed,
          seconds,
          faults,
          least,
          blocks,
          calmMs: short ? 1_000 : 3_000,
          bug: bug as SeededBug | undefined,
          signal: stop.signal,
          onProgress: (now) =>
            say(
              `${now.seconds.toFixed(0).padStart(5)} s  ${count(now.acknowledged).padStart(9)} acknowledged  ` +
                `${now.faults.nodes} nodes, ${now.faults.postgres} PostgreSQL, ${now.faults.redis} Redis`,
            ),
        }),
      );
    } finally {
      removeScene(scene);
    }
  } finally {
    service.remove();
    // Its guard ends it with this process in any case.
    await Promise.race([postgres.stop(), sleep(15_000)]);
  }
}

function verdict({ figures, violations }: Awaited<ReturnType<typeof tortureCluster>>): number {
  say(`\n${renderCluster(figures)}\n`);
  for (const { kind, says } of violations.slice(0, 20)) say(`${kind}: ${says}`);
  const missed: string[] = [];
  if (violations.length > 0) missed.push(`${violations.length} violations`);
  for (const [name, wanted] of Object.entries(faults))
    if (figures.counts[name as keyof typeof faults] < wanted)
      missed.push(`only ${figures.counts[name as keyof typeof faults]} of ${wanted} faults of ${name} in ${seconds} s`);
  if (figures.acknowledged < least) missed.push(`fewer than ${count(least)} acknowledged messages in ${seconds} s`);
  if (figures.unsettled > 0) missed.push(`${figures.unsettled} sends unsettled at the end`);
  if (stop.signal.aborted) missed.push('stopped from outside');
  const held = missed.length === 0;
  say(
    held
      ? 'Nothing lost, doubled, missing or out of order on either node.'
      : `FAILED: ${missed.join(', ')} (seed ${seed})`,
  );
  say(held ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return held ? 0 : 1;
}
