import Table from 'cli-table3';
import type { Driven } from './driver/drive.js';

/** A table without lines between its rows. */
export function tableOf(head: string[], colAligns: ('left' | 'right')[] = []): Table.Table {
  return new Table({
    head,
    colAligns,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
}

/** One line of the report: what each side reached, round by round. */
export interface Line {
  what: string;
  unit: string;
  peer: readonly number[];
  ours: readonly number[];
  /** The least ratio of ours to the peer that docs/performance.md promises; for times and sizes the greatest. */
  goal?: string;
  about?: string;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}

/** Latency and where the CPU time of a run went. */
export function about(run: Driven): string {
  const { latency, serverCpu, databaseCpu, driverBusy, refused, firstRefusal } = run;
  const times = latency.max > 0 ? `p50 ${round(latency.p50)} p99 ${round(latency.p99)} ms, ` : '';
  const refusals = refused > 0 ? `\nREFUSED ${refused}: ${firstRefusal?.slice(0, 100)}` : '';
  return `${times}CPU each: server ${round(serverCpu)} µs, database ${round(databaseCpu)} µs; driver busy ${Math.round(driverBusy * 100)} %${refusals}`;
}

/** Prints the table (medians of the rounds; the ratio is the median of the rounds' ratios) and then one line of JSON. */
export function report(name: string, lines: readonly Line[]): void {
  const table = tableOf(['measure', 'unit', 'peer', 'ours', 'ours/peer', 'goal', 'about']);
  for (const { what, unit, peer, ours, goal, about } of lines)
    table.push([
      what,
      unit,
      shown(median(peer)),
      shown(median(ours)),
      shown(ratio(peer, ours)),
      goal ?? '',
      about ?? '',
    ]);
  console.log(table.toString());
  const withRatio = lines.map((line) => ({ ...line, ratio: ratio(line.peer, line.ours) }));
  console.log(JSON.stringify({ bench: name, node: process.version, lines: withRatio }));
}

function ratio(peer: readonly number[], ours: readonly number[]): number {
  return median(ours.flatMap((value, round) => (peer[round] ? [value / peer[round]] : [])));
}

function shown(value: number): string {
  return Number.isNaN(value) ? '' : String(round(value));
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
