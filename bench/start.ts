import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBareNest } from './bare-nest.js';
import { type Bench, interleaved } from './bench.js';
import type { Line } from './report.js';
import { Service } from './service.js';

/** From spawning the process to its first answered request, against a bare Nest application. */
export const start: Bench = async (options) => {
  const { databases, only } = options;
  const { url } = await databases.seeded(async () => undefined);
  const directory = await mkdtemp(join(tmpdir(), 'besedka-bench-'));
  const timed = async (starting: Promise<{ startedIn: number; stop(): Promise<void> }>) => {
    const { startedIn, stop } = await starting.then((server) => ({
      startedIn: server.startedIn,
      stop: () => server.stop(),
    }));
    await stop();
    return startedIn;
  };
  try {
    const firstEmbedded = only === 'peer' ? [] : [await timed(Service.start({ directory }))];
    const runs = await interleaved(options, {
      bare: { whose: 'peer', measure: () => timed(startBareNest()) },
      given: { whose: 'ours', measure: () => timed(Service.start(url)) },
      embedded: { whose: 'ours', measure: () => timed(Service.start({ directory })) },
    });
    const line = (what: string, ours: number[]): Line => ({
      what,
      unit: 'ms',
      peer: runs.bare,
      ours,
    });
    return [
      line('cold start on a given PostgreSQL (peer: bare Nest)', runs.given),
      line('cold start on the embedded PostgreSQL, data present', runs.embedded),
      line('first start of all: embedded PostgreSQL is made', firstEmbedded),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
