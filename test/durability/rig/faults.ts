/**
 * What the rig does to a cluster, and how long the cluster needs to work again: one fault after the other for the nodes, for PostgreSQL, and for
 * Redis and the network, all three at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../../support/redis-server.js';
import type { ClusterNode } from './cluster-node.js';
import type { Ledger } from './ledger.js';
import type { OwnPostgres } from './own-postgres.js';
import type { Probe } from './probe.js';
import type { Random } from './random.js';

export type FaultKind =
  | 'node kill -9'
  | 'both nodes kill -9'
  | 'PostgreSQL immediate'
  | 'Redis kill -9'
  | 'Redis SIGSTOP'
  | 'connections cut'
  | 'connections held'
  | 'connections slow';

export interface Fault {
  kind: FaultKind;
  /** Messages that were under way at that moment. */
  inFlight: number;
  /** Until all works again, the pause included that belongs to the fault; missing when it did not in time. */
  recoveredAfter?: number;
}

export interface FaultCounts {
  nodes: number;
  postgres: number;
  redis: number;
}

export interface Ground {
  nodes: readonly [ClusterNode, ClusterNode];
  /** From the first node to the second, and back. */
  probes: readonly [Probe, Probe];
  postgres: OwnPostgres;
  redis: RedisServer;
  ledger: Ledger;
  random: Random;
  /** Whether to begin one more fault. */
  goOn: () => boolean;
}

const RECOVERY_MS = 45_000;

export class Faults {
  readonly done: Fault[] = [];

  constructor(private readonly ground: Ground) {}

  count(...kinds: FaultKind[]): number {
    return this.done.filter(({ kind }) => kinds.includes(kind)).length;
  }

  get counts(): FaultCounts {
    return {
      nodes: this.count('node kill -9') + 2 * this.count('both nodes kill -9'),
      postgres: this.count('PostgreSQL immediate'),
      redis: this.count('Redis kill -9'),
    };
  }

  /** Does at least so many of each, beside all kinds that are not counted; ends early when `goOn` says so. */
  async work(wanted: FaultCounts): Promise<void> {
    await Promise.all([
      this.killNodes(wanted.nodes),
      this.troublePostgres(wanted.postgres),
      this.troubleTheRest(wanted.redis),
    ]);
  }

  /** Redis is gone until `back` is called. */
  async withoutRedis(work: () => Promise<void>): Promise<void> {
    await this.fault('Redis kill -9', async () => {
      await this.ground.redis.kill();
      await work();
      await this.ground.redis.start();
      return this.delivered();
    });
  }

  /** In turns the one, both, the other, both: between two faults both nodes are up for a moment, so that they can be seen to hear each other. */
  private async killNodes(wanted: number): Promise<void> {
    const { nodes, random, goOn } = this.ground;
    for (let turn = 0; this.counts.nodes < wanted && goOn(); turn++) {
      await sleep(random.between(200, 1_500));
      const both = turn % 2 === 1;
      await this.fault(both ? 'both nodes kill -9' : 'node kill -9', (at) => {
        const victims = both ? [0, 1] : [(turn / 2) % 2];
        for (const victim of victims) nodes[victim]!.server.kill('service');
        return this.acknowledged(victims, at);
      });
    }
  }

  private async troublePostgres(wanted: number): Promise<void> {
    const { random, goOn } = this.ground;
    while (this.counts.postgres < wanted && goOn()) {
      await sleep(random.between(500, 3_000));
      await this.trouble('PostgreSQL immediate');
    }
  }

  private async troubleTheRest(wanted: number): Promise<void> {
    const { random, goOn } = this.ground;
    const plan: FaultKind[] = Array.from({ length: Math.max(0, wanted - this.counts.redis) }, () => 'Redis kill -9');
    const others: FaultKind[] = ['Redis SIGSTOP', 'connections cut', 'connections held', 'connections slow'];
    for (let turn = 0; turn <= plan.length / 6; turn++) plan.push(...others.slice(0, wanted > 0 ? 4 : 0));
    for (let last = plan.length - 1; last > 0; last--) {
      const other = Math.floor(random.next() * (last + 1));
      [plan[last], plan[other]] = [plan[other]!, plan[last]!];
    }
    for (const kind of plan) {
      if (!goOn()) return;
      await sleep(random.between(50, 500));
      await this.trouble(kind);
    }
  }

  private trouble(kind: FaultKind): Promise<void> {
    const { nodes, postgres, redis, random } = this.ground;
    const node = random.pick(nodes);
    const way = random.pick([node.fromClients, node.toDatabase, node.toRedis]);
    const pause = random.between(200, 1_200);
    return this.fault(kind, async (at) => {
      switch (kind) {
        case 'PostgreSQL immediate':
          await postgres.crash();
          return this.acknowledged([0, 1], at);
        case 'Redis kill -9':
          await redis.kill();
          await sleep(pause);
          await redis.start();
          return this.delivered();
        case 'Redis SIGSTOP':
          redis.pause();
          await sleep(pause);
          redis.resume();
          return this.delivered();
        case 'connections cut':
          way.cut(true);
          await sleep(pause / 2);
          break;
        case 'connections held':
          way.freeze();
          await sleep(pause);
          break;
        default:
          way.delay(random.between(40, 300));
          await sleep(pause * 2);
      }
      way.heal();
      return this.delivered();
    });
  }

  private async fault(kind: FaultKind, work: (at: number) => Promise<boolean>): Promise<void> {
    const { ledger } = this.ground;
    const at = performance.now();
    const fault: Fault = { kind, inFlight: ledger.inFlight };
    this.done.push(fault);
    if (await work(at)) fault.recoveredAfter = performance.now() - at;
    else
      ledger.history.surprises.push({
        kind: 'not-recovered',
        says: `after "${kind}" nothing worked for ${RECOVERY_MS} ms`,
      });
  }

  /** Whether these nodes acknowledge what they are asked after that moment. */
  private async acknowledged(nodes: readonly number[], askedAfter: number): Promise<boolean> {
    const deadline = performance.now() + RECOVERY_MS;
    const { probes } = this.ground;
    const answers = await Promise.all(nodes.map((node) => probes[node]!.acknowledged(askedAfter, deadline)));
    return answers.every((answer) => answer !== undefined);
  }

  /** Whether each node hears what is asked of the other from now on. */
  private async delivered(): Promise<boolean> {
    const now = performance.now();
    const deadline = now + RECOVERY_MS;
    const answers = await Promise.all(this.ground.probes.map((probe) => probe.heard(now, deadline)));
    return answers.every((answer) => answer !== undefined);
  }
}
