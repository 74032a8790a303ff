import type { ViolationKind } from '../checker/violation.js';
import type { Kill } from './killer.js';
import type { RollingFigures } from './rolling.js';

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
  const at = (share: number) => count(Math.round(quantile(recoveries, share)));
  const others = [...violations.keys()].filter((kind) => !PROMISED.includes(kind));
  return table([
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
  ]);
}

export function renderRolling(figures: RollingFigures): string {
  const exits = figures.exits.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const at = (times: readonly number[], share: number) => count(Math.round(quantile(times, share)));
  return table([
    ['nodes', `${figures.nodes}`],
    ['time under load', `${figures.seconds.toFixed(0)} s`],
    ['SIGTERM', `${exits.length} (${figures.exits.filter(({ code }) => code === 0).length} ended with 0)`],
    ['time to the exit', `${at(exits, 0.5)} ms median, ${at(exits, 1)} ms at most`],
    ['acknowledged messages', count(figures.acknowledged)],
    ['refused by a node about to stop', count(figures.turnedAway)],
    ['sends on sockets without an answer', count(figures.silent)],
    ['requests over HTTP cut, then repeated', count(figures.cut)],
    ['without an answer to the end', count(figures.unsettled)],
    [
      'clients back on a node',
      `${count(figures.absences.length)} times, ${at(figures.absences, 0.5)} ms median, ${at(figures.absences, 0.99)} ms p99, ${at(figures.absences, 1)} ms at most`,
    ],
    ['facts heard live', count(figures.heard)],
  ]);
}

/** Of ascending numbers. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.floor((ascending.length - 1) * share)] ?? Number.NaN;
}

function table(rows: [string, string][]): string {
  return rows.map(([name, value]) => `  ${name.padEnd(38)}${value}`).join('\n');
}

export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}
