import type { Databases } from './databases.js';
import type { Line } from './report.js';

export interface BenchOptions {
  databases: Databases;
  rounds: number;
  warmUpMs: number;
  measureMs: number;
  /** Measure only one side, for instance while the other is being changed. */
  only?: 'peer' | 'ours';
  /** Directory for a CPU profile of the service. */
  profile?: string;
}

export type Bench = (options: BenchOptions) => Promise<Line[]>;

/** A side of a comparison: one measurement a round. */
export interface Side<T> {
  whose: 'peer' | 'ours';
  measure: () => Promise<T>;
}

/** Measures the sides in turn, round by round, so that what the machine does besides falls on all of them. */
export async function interleaved<T, Name extends string>(
  { rounds, only, databases }: BenchOptions,
  sides: Record<Name, Side<T>>,
): Promise<Record<Name, T[]>> {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []])) as unknown as Record<Name, T[]>;
  for (let round = 0; round < rounds; round++) {
    for (const [name, { whose, measure }] of Object.entries<Side<T>>(sides)) {
      if (only && only !== whose) continue;
      await databases.settle();
      results[name as Name].push(await measure());
    }
  }
  return results;
}

/** Starts things and stops them in the opposite order, whatever happens. */
export async function staged<T>(
  work: (keep: <S extends { stop(): Promise<void> }>(started: Promise<S>) => Promise<S>) => Promise<T>,
): Promise<T> {
  const kept: { stop(): Promise<void> }[] = [];
  try {
    return await work(async (started) => {
      const server = await started;
      kept.push(server);
      return server;
    });
  } finally {
    for (const server of kept.toReversed()) await server.stop();
  }
}
