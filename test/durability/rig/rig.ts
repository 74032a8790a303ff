import { setTimeout as sleep } from 'node:timers/promises';
import { findRunningEngine } from '../../../src/platform/embedded/running-engine.js';
import { check } from '../checker/checker.js';
import type { RoomReadBack } from '../checker/history.js';
import { countByKind, type Violation } from '../checker/violation.js';
import type { SeededBug } from './bug-names.js';
import type { CompiledService } from './compiled-service.js';
import { Crowd } from './crowd.js';
import type { Figures } from './figures.js';
import { HttpDoor } from './http-door.js';
import { Killer } from './killer.js';
import { Ledger } from './ledger.js';
import { Random } from './random.js';
import { readBack } from './read-back.js';
import { freePort, type Scene } from './scene.js';
import { ServerProcess, type Victim } from './server-process.js';

export interface TortureOptions {
  service: CompiledService;
  scene: Scene;
  /** How long messages are sent, from the first acknowledgement on. */
  seconds: number;
  kills: number;
  seed: number;
  /** Whom to kill, in turns. */
  victims?: readonly Victim[];
  restlessMs?: number;
  /** Messages that each sender on a socket keeps under way, and the longest pause after an answer. */
  window?: number;
  pauseMs?: number;
  bug?: SeededBug;
  /** Called each second. */
  onProgress?: (progress: { seconds: number; acknowledged: number; kills: number; inFlight: number }) => void;
  signal?: AbortSignal;
}

export interface TortureResult {
  figures: Figures;
  violations: Violation[];
}

/** Somebody has stopped the run before its end. */
export class Stopped extends Error {}

const MOSTLY_THE_SERVICE: readonly Victim[] = ['service', 'both', 'service', 'service', 'engine', 'service'];
const SETTLE_MS = 25_000;

/** Sends and listens while the server is killed again and again, reads all back, and has it checked. Leaves no process behind. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { service, scene, seed, bug, signal, onProgress } = options;
  const port = await freePort();
  const ledger = new Ledger();
  const random = new Random(seed);
  const server = new ServerProcess({ service, dataDir: scene.dataDir, port, key: scene.key, bug });
  const http = new HttpDoor(
    () => port,
    (says) => ledger.unanswered(says),
  );
  const crowd = new Crowd(scene, server, http, ledger, random, options.window, options.pauseMs);
  const killer = new Killer(server, ledger, random, options.victims ?? MOSTLY_THE_SERVICE);
  let began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1_000;
  const ticker = setInterval(() => {
    const { acknowledged, inFlight } = ledger;
    onProgress?.({ seconds: elapsed(), acknowledged, kills: killer.kills.length, inFlight });
  }, 1_000);
  const run = async (): Promise<TortureResult> => {
    server.start();
    await server.up();
    crowd.listen(options.restlessMs ?? 2_000);
    crowd.send();
    await killer.recovery();
    began = performance.now();
    const deadline = began + options.seconds * 1_000;
    await killer.work(options.kills, deadline);
    await sleep(Math.max(0, deadline - performance.now()));
    await crowd.settle(performance.now() + SETTLE_MS);
    const seconds = elapsed();
    clearInterval(ticker);
    const { rooms, durability } = await readBack(findRunningEngine(scene.dataDir), scene, crowd, ledger);
    await crowd.leave();
    if (!(await server.stop())) server.surprises.push(`the service did not stop on SIGTERM:\n${server.tail(8)}`);
    for (const says of server.surprises) ledger.history.surprises.push({ kind: 'internal-error', says });
    const violations = check(ledger.history, rooms);
    return { violations, figures: figuresOf(ledger, killer, rooms, violations, seconds, durability) };
  };
  try {
    const running = run();
    running.catch(() => undefined);
    return await Promise.race([running, aborted(signal)]);
  } finally {
    clearInterval(ticker);
    await crowd.leave();
    http.close();
    await server.stop();
  }
}

function figuresOf(
  { history, acknowledged, refused, replays }: Ledger,
  { kills }: Killer,
  rooms: readonly RoomReadBack[],
  violations: readonly Violation[],
  seconds: number,
  durability: string,
): Figures {
  const { sends, changes, streams } = history;
  return {
    seconds,
    durability,
    acknowledged,
    refused,
    unsettled: sends.filter(({ outcome }) => outcome === 'unknown').length,
    ambiguous: sends.filter(({ outcome, ambiguous }) => outcome === 'ok' && ambiguous).length,
    replays,
    changes: changes.filter(({ outcome }) => outcome === 'ok').length,
    stored: rooms.reduce((sum, { rows }) => sum + rows.length, 0),
    heard: streams.reduce((sum, { heard }) => sum + heard.length, 0),
    connections: new Set(streams.map(({ connection }) => connection)).size,
    kills,
    violations: countByKind(violations),
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Stopped());
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop);
  });
}
