import { build } from 'hdr-histogram-js';

/** Milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

const perMillisecond = 1_000;

/** High dynamic range histogram of latencies, in microseconds up to a minute. */
export class Latencies {
  private readonly histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });

  record(milliseconds: number): void {
    this.histogram.recordValue(Math.max(1, Math.round(milliseconds * perMillisecond)));
  }

  summary(): Latency {
    const at = (percentile: number) => this.histogram.getValueAtPercentile(percentile) / perMillisecond;
    return { p50: at(50), p95: at(95), p99: at(99), max: this.histogram.maxValue / perMillisecond };
  }
}
