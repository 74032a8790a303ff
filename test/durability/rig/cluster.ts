import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RedisServer } from '../../support/redis-server.js';
import { check } from '../checker/checker.js';
import { countByKind, type Violation } from '../checker/violation.js';
import { Balancer } from './balancer.js';
import type { SeededBug } from './bug-names.js';
import type { ClusterFigures } from './cluster-figures.js';
import { ClusterNode } from './cluster-node.js';
import type { CompiledService } from './compiled-service.js';
import { Composer } from './composer.js';
import { Crowd } from './crowd.js';
import { type FaultCounts, Faults } from './faults.js';
import { Guest } from './guest.js';
import { HttpDoor } from './http-door.js';
import { HttpSender } from './http-sender.js';
import { Ledger } from './ledger.js';
import type { OwnPostgres } from './own-postgres.js';
import { Person, type PersonRecord } from './person.js';
import { Probe, type Weather } from './probe.js';
import { Random } from './random.js';
import { readBack } from './read-back.js';
import type { Scene } from './scene.js';
import { Silence } from './silence.js';

export interface ClusterOptions {
  service: CompiledService;
  /** Made with `CLUSTER_SENDERS` senders, in this database of the server below. */
  scene: Scene;
  postgres: OwnPostgres;
  database: string;
  seed: number;
  /** The most time for faults; the run ends as soon as all of the following has happened. */
  seconds: number;
  faults: FaultCounts;
  least: number;
  /** Blocks to measure with Redis and without it. */
  blocks: number;
  /** Load without faults at the beginning, where nothing is measured. */
  calmMs?: number;
  bug?: SeededBug;
  onProgress?: (progress: { seconds: number; acknowledged: number; faults: FaultCounts }) => void;
  signal?: AbortSignal;
}

/** Ten who send, and four who are needed for what is measured beside them. */
export const CLUSTER_SENDERS = 14;
const SPECIAL = 4;
const WINDOW = 8;
const PAUSE_MS = 60;
const PROBE_MS = 60;
const BLOCKS_MS = 12_000;
const SETTLE_MS = 30_000;
const PROGRESS_MS = 5_000;

/** Two nodes on one PostgreSQL and one Redis under load and faults; reads all back, and has it checked. Leaves no process behind but PostgreSQL. */
export async function tortureCluster(
  options: ClusterOptions,
): Promise<{ figures: ClusterFigures; violations: Violation[] }> {
  const { postgres, database, seed, bug, service, onProgress, signal } = options;
  const { scene, specials } = withoutSpecials(options.scene);
  const ledger = new Ledger();
  const random = new Random(seed);
  const redis = await RedisServer.start();
  const redisPort = Number(new URL(redis.url).port);
  const close: (() => unknown)[] = [() => redis.resume(), () => redis.kill()];
  try {
    const start = (name: string): Promise<ClusterNode> =>
      ClusterNode.start({ name, service, scene, postgres, database, redisPort, bug });
    const nodes = [await start('a'), await start('b')] as const;
    close.push(...nodes.flatMap((node) => [() => node.close(), () => node.stop()]));
    const balancer = new Balancer(nodes);
    const doors = [balancer, ...nodes].map(
      (at) =>
        new HttpDoor(
          () => at.port,
          (says) => ledger.unanswered(says),
        ),
    );
    const [http, atFirst, atSecond] = doors as [HttpDoor, HttpDoor, HttpDoor];
    close.push(() => balancer.close(), ...doors.map((door) => () => door.close()));
    const at = nodes.map((node) => balancer.only(node));
    const [first, second] = at as [(typeof at)[0], (typeof at)[0]];
    for (const node of nodes) await balancer.readyAgain(node);

    let weather: Weather = 'faults';
    const [guest, victim, speaker, moderator] = specials;
    await promote(postgres.url(database), moderator.id);
    const owner = new Person(scene.reader, http);
    const speaking = new Person(speaker, http);
    // A room each: what is said in a room at one node also brings what was said there at the other.
    const room = await makeRoom(speaking, [victim.id]);
    const otherRoom = await makeRoom(speaking, []);
    const probes = [
      new Probe('a', first, second, speaking, room, random, () => weather),
      new Probe('b', second, first, speaking, otherRoom, random, () => weather),
    ] as const;
    close.push(...probes.map((probe) => () => probe.close()));
    const crowd = new Crowd(scene, balancer, http, ledger, random, WINDOW, PAUSE_MS);
    close.push(() => crowd.leave());
    const silence = new Silence(new Person(moderator, atFirst), new Person(victim, atSecond), room, ledger);
    const invited = new Person(guest, http);
    const composer = new Composer(ledger, random, invited, scene.closed, scene.vault);
    const stay = new Guest(
      ledger,
      owner,
      invited,
      composer,
      new HttpSender(ledger, balancer, invited),
      scene.closed[0]!,
    );

    const began = performance.now();
    const deadline = began + options.seconds * 1_000;
    const goOn = (): boolean => !signal?.aborted && performance.now() < deadline;
    const faults = new Faults({ nodes, probes, postgres, redis, ledger, random, goOn });
    const elapsed = (): number => (performance.now() - began) / 1_000;
    const ticker = setInterval(
      () => onProgress?.({ seconds: elapsed(), acknowledged: ledger.acknowledged, faults: faults.counts }),
      PROGRESS_MS,
    );
    close.push(() => clearInterval(ticker));
    const blocks = async (redisThere: boolean): Promise<void> => {
      const limit = performance.now() + BLOCKS_MS;
      const most = silence.seen.length + options.blocks;
      while (silence.seen.length < most && performance.now() < limit && goOn())
        await silence.measure(second, redisThere);
    };

    crowd.listen(2_000);
    crowd.listenAt(first, 'at node a');
    crowd.listenAt(second, 'at node b');
    crowd.send();
    for (const probe of probes) probe.speak(PROBE_MS);
    await Promise.all(probes.map((probe) => probe.acknowledged(began, began + SETTLE_MS)));
    stay.begin();
    weather = 'calm';
    await sleep(options.calmMs ?? 0);
    await blocks(true);
    if (options.faults.redis > 0) {
      weather = 'faults';
      await faults.withoutRedis(async () => {
        await sleep(1_000);
        weather = 'no Redis';
        await blocks(false);
        weather = 'faults';
      });
    }
    weather = 'faults';
    await faults.work(options.faults);
    while (ledger.acknowledged < options.least && goOn()) await sleep(50);
    const seconds = elapsed();
    clearInterval(ticker);
    for (const node of nodes) await balancer.readyAgain(node);
    await stay.end();
    await crowd.settle(performance.now() + SETTLE_MS);
    const { rooms, durability } = await readBack({ connectionString: postgres.url(database) }, scene, crowd, ledger);
    await Promise.all([crowd.leave(), ...probes.map((probe) => probe.close())]);
    for (const node of nodes) {
      await node.stop();
      for (const says of node.server.surprises) ledger.history.surprises.push({ kind: 'internal-error', says });
    }
    const violations = check(ledger.history, rooms);
    const { sends, streams } = ledger.history;
    const figures: ClusterFigures = {
      seconds,
      durability,
      acknowledged: ledger.acknowledged,
      ambiguous: sends.filter(({ outcome, ambiguous }) => outcome === 'ok' && ambiguous).length,
      replays: ledger.replays,
      refused: ledger.refused,
      forbidden: sends.filter(({ forbidden, outcome }) => forbidden && outcome === 'fail').length,
      unsettled: sends.filter(({ outcome }) => outcome === 'unknown').length,
      heard: streams.reduce((sum, { heard }) => sum + heard.length, 0),
      connections: new Set(streams.map(({ connection }) => connection)).size,
      counts: faults.counts,
      faults: faults.done,
      passages: probes.flatMap(({ passages }) => passages),
      silencings: silence.seen,
      violations: countByKind(violations),
    };
    return { figures, violations };
  } finally {
    ledger.closed = true;
    for (const step of close.reverse()) await step();
  }
}

function withoutSpecials(scene: Scene) {
  const senders = scene.senders.slice(0, -SPECIAL);
  const specials = scene.senders.slice(-SPECIAL) as [PersonRecord, PersonRecord, PersonRecord, PersonRecord];
  return { scene: structuredClone({ ...scene, senders }), specials: structuredClone(specials) };
}

async function promote(url: string, accountId: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`UPDATE accounts SET role = 'moderator' WHERE id = $1`, [accountId]).finally(() => client.end());
}

async function makeRoom(owner: Person, members: number[]): Promise<number> {
  for (let tries = 0; ; tries++) {
    const answer = await owner.ask('POST', '/rooms', { name: 'probe', preset: 'private', members });
    if (answer?.status === 201) return answer.body.id as number;
    if (tries > 5) throw new Error(`no room: ${answer?.status} ${JSON.stringify(answer?.body)}`);
    await owner.renew();
  }
}
