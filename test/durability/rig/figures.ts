import type { ViolationKind } from '../checker/violation.js';
import type { Kill } from './killer.js';

/** What a run amounts to. */
export interface Figures {
  seconds: number;
  /** Settings of the database that decide whether what is acknowledged is durable. */
  durability: string;
  acknowledged: number;
  refused: number;
  unsettled: number;
  /** Acknowledged messages of which an earlier attempt had no answer. */
  ambiguous: number;
  /** Repetitions that were answered as such. */
  replays: number;
  changes: number;
  stored: number;
  heard: number;
  connections: number;
  kills: Kill[];
  violations: Map<ViolationKind, number>;
}

/** The kinds that are printed even when there were none. */
const PROMISED: ViolationKind[] = ['lost', 'duplicated', 'gap', 'out-of-order'];

export function renderFigures(figures: Figures): string {
  const { kills, violations } = figures;
  const recoveries = kills.flatMap(({ recoveredAfter }) => recoveredAfter ?? []).sort((a, b) => a - b);
  const inFlight = kills.reduce((sum, kill) => sum + kill.inFlight, 0);
  const victims = ['service', 'engine', 'both'].map(
    (victim) => `${count(kills.filter((kill) => kill.victim === victim).length)} ${victim}`,
  );
  const at = (share: number) =>
    count(Math.round(recoveries[Math.floor((recoveries.length - 1) * share)] ?? Number.NaN));
  const others = [...violations.keys()].filter((kind) => !PROMISED.includes(kind));
  const rows: [string, string][] = [
    ['database', figures.durability],
    ['time under load', `${figures.seconds.toFixed(0)} s`],
    ['kill -9', `${kills.length} (${victims.join(', ')})`],
    ['in flight at the kills', count(inFlight)],
    ['recovery to the first answer', `${at(0.5)} ms median, ${at(1)} ms at most`],
    ['acknowledged messages', count(figures.acknowledged)],
    ['  after an attempt without answer', count(figures.ambiguous)],
    ['  repetitions answered as such', count(figures.replays)],
    ['refused for good', count(figures.refused)],
    ['without an answer to the end', count(figures.unsettled)],
    ['edits and deletions', count(figures.changes)],
    ['read back', count(figures.stored)],
    ['facts heard live', `${count(figures.heard)} on ${count(figures.connections)} connections`],
    ...[...PROMISED, ...others].map((kind): [string, string] => [kind, count(violations.get(kind) ?? 0)]),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(36)}${value}`).join('\n');
}

export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}
