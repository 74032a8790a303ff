import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { findRunningEngine } from '../../../src/platform/embedded/running-engine.js';
import { check } from '../checker/checker.js';
import type { Violation } from '../checker/violation.js';
import { Balancer } from './balancer.js';
import type { CompiledService } from './compiled-service.js';
import { Crowd } from './crowd.js';
import { HttpDoor } from './http-door.js';
import { Ledger } from './ledger.js';
import { Random } from './random.js';
import { readBack } from './read-back.js';
import { freePort, type Scene } from './scene.js';
import { type Exit, ServerProcess } from './server-process.js';

export interface RollingOptions {
  service: CompiledService;
  scene: Scene;
  restarts: number;
  seed: number;
  /** Messages that each sender on a socket keeps under way. */
  window?: number;
  /** Two nodes share this PostgreSQL; without it one node restarts on its embedded engine. */
  databaseUrl?: string;
  onRestart?: (progress: { restarts: number; acknowledged: number; exit: Exit }) => void;
}

/** What a rolling restart amounts to. */
export interface RollingFigures {
  nodes: number;
  seconds: number;
  exits: Exit[];
  acknowledged: number;
  /** Sends that a node refused because it was about to stop. */
  turnedAway: number;
  /** Sends on sockets whose connection ended before their ack. */
  silent: number;
  /** Requests over HTTP whose connection ended before their answer; they were sent again. */
  cut: number;
  unsettled: number;
  /** From the word of a node that it stops to the first fact of the next one, in milliseconds, ascending. */
  absences: number[];
  heard: number;
}

const LEAST_UPTIME_MS = 150;
const MOST_UPTIME_MS = 600;
const SETTLE_MS = 25_000;

/** Restarts the nodes in turns by SIGTERM while messages are sent and heard, reads all back, and has it checked. */
export async function rollingRestarts(
  options: RollingOptions,
): Promise<{ figures: RollingFigures; violations: Violation[] }> {
  const { service, scene, seed, databaseUrl } = options;
  const ledger = new Ledger();
  const random = new Random(seed);
  const nodes: ServerProcess[] = [];
  for (let index = 0; index < (databaseUrl ? 2 : 1); index++) {
    const dataDir = index === 0 ? scene.dataDir : `${scene.dataDir}-${index + 1}`;
    nodes.push(new ServerProcess({ service, dataDir, port: await freePort(), key: scene.key, databaseUrl }));
  }
  const balancer = new Balancer(nodes);
  const http = new HttpDoor(
    () => balancer.port,
    (says) => ledger.unanswered(says),
  );
  const crowd = new Crowd(scene, balancer, http, ledger, random, options.window);
  const exits: Exit[] = [];
  try {
    for (const node of nodes) node.start();
    for (const node of nodes) await balancer.readyAgain(node);
    crowd.listen(2_000);
    crowd.send();
    const began = performance.now();
    while (exits.length < options.restarts) {
      await sleep(random.between(LEAST_UPTIME_MS, MOST_UPTIME_MS));
      const node = nodes[exits.length % nodes.length]!;
      const exit = await node.restart();
      exits.push(exit);
      options.onRestart?.({ restarts: exits.length, acknowledged: ledger.acknowledged, exit });
      await balancer.readyAgain(node);
    }
    const seconds = (performance.now() - began) / 1_000;
    await crowd.settle(performance.now() + SETTLE_MS);
    const address: pg.ClientConfig | undefined = databaseUrl
      ? { connectionString: databaseUrl }
      : findRunningEngine(scene.dataDir);
    const { rooms } = await readBack(address, scene, crowd, ledger);
    // What the clients do last is no restart.
    const lost = { ...ledger.lost };
    await crowd.leave();
    for (const node of nodes) {
      if (!(await node.stop())) node.surprises.push(`a node did not stop on SIGTERM:\n${node.tail(8)}`);
      for (const says of node.surprises) ledger.history.surprises.push({ kind: 'internal-error', says });
    }
    const { sends, streams } = ledger.history;
    const figures: RollingFigures = {
      nodes: nodes.length,
      seconds,
      exits,
      acknowledged: ledger.acknowledged,
      turnedAway: ledger.turnedAway,
      silent: lost.socket,
      cut: lost.http,
      unsettled: sends.filter(({ outcome }) => outcome === 'unknown').length,
      absences: ledger.absences.toSorted((a, b) => a - b),
      heard: streams.reduce((sum, { heard }) => sum + heard.length, 0),
    };
    return { figures, violations: check(ledger.history, rooms) };
  } finally {
    await crowd.leave();
    balancer.close();
    http.close();
    await Promise.all(nodes.map((node) => node.stop()));
  }
}
