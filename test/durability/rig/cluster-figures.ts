import type { ViolationKind } from '../checker/violation.js';
import type { Fault, FaultCounts } from './faults.js';
import { count, quantile } from './figures.js';
import type { Weather } from './probe.js';
import type { Silencing } from './silence.js';

/** What a run of the cluster amounts to. */
export interface ClusterFigures {
  seconds: number;
  durability: string;
  acknowledged: number;
  ambiguous: number;
  replays: number;
  refused: number;
  /** Refused because the author had no right to send, or no longer. */
  forbidden: number;
  unsettled: number;
  heard: number;
  connections: number;
  counts: FaultCounts;
  faults: readonly Fault[];
  passages: readonly { askedAt: number; weather: Weather; acknowledgedAt?: number; heardAt?: number }[];
  silencings: readonly Silencing[];
  violations: Map<ViolationKind, number>;
}

const PROMISED: ViolationKind[] = ['lost', 'duplicated', 'gap', 'out-of-order', 'admitted'];

export function renderCluster(figures: ClusterFigures): string {
  const { counts, violations } = figures;
  const others = [...violations.keys()].filter((kind) => !PROMISED.includes(kind));
  const kinds = [...new Set(figures.faults.map(({ kind }) => kind))].sort();
  return [
    ['database', figures.durability],
    ['time under load', `${figures.seconds.toFixed(0)} s`],
    ['node kills, PostgreSQL restarts, Redis kills', `${counts.nodes}, ${counts.postgres}, ${counts.redis}`],
    ['acknowledged messages', count(figures.acknowledged)],
    ['  after an attempt without answer', count(figures.ambiguous)],
    ['  repetitions answered as such', count(figures.replays)],
    ['refused for good', `${count(figures.refused)}, of them ${count(figures.forbidden)} without the right to send`],
    ['without an answer to the end', count(figures.unsettled)],
    ['facts heard live', `${count(figures.heard)} on ${count(figures.connections)} connections`],
    ...kinds.map((kind): [string, string] => [`recovery after: ${kind}`, recoveriesOf(figures.faults, kind)]),
    ...(['calm', 'no Redis', 'faults'] as const).flatMap((weather) => latenciesOf(figures, weather)),
    ...[true, false].map((redis): [string, string] => [
      `block to silence on the other node${redis ? '' : ', no Redis'}`,
      spread(figures.silencings.filter((one) => one.redis === redis).map(({ silent }) => silent)),
    ]),
    ...[...PROMISED, ...others].map((kind): [string, string] => [kind, count(violations.get(kind) ?? 0)]),
  ]
    .map(([name, value]) => `  ${name!.padEnd(48)}${value}`)
    .join('\n');
}

function recoveriesOf(faults: readonly Fault[], kind: string): string {
  const own = faults.filter((fault) => fault.kind === kind);
  const inFlight = own.reduce((sum, fault) => sum + fault.inFlight, 0);
  return `${spread(own.flatMap(({ recoveredAfter }) => recoveredAfter ?? []))}, ${count(inFlight)} messages under way`;
}

function latenciesOf({ passages }: ClusterFigures, weather: Weather): [string, string][] {
  const own = passages.filter((passage) => passage.weather === weather);
  const until = (moment: 'acknowledgedAt' | 'heardAt') =>
    spread(own.flatMap((passage) => (passage[moment] === undefined ? [] : passage[moment] - passage.askedAt)));
  const during = weather === 'calm' ? '' : `, ${weather}`;
  return [
    [`send to acknowledgement${during}`, until('acknowledgedAt')],
    [`send to the other node's listener${during}`, until('heardAt')],
  ];
}

function spread(times: readonly number[]): string {
  if (times.length === 0) return 'not measured';
  const ascending = times.toSorted((a, b) => a - b);
  const at = (share: number) => count(Math.round(quantile(ascending, share)));
  return `${at(0.5)} ms median, ${at(0.99)} ms p99, ${at(1)} ms at most (${count(times.length)})`;
}
