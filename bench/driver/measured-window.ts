import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from './latency.js';
import type { Result, Window } from './job.js';

/** Counts what happens between the end of the warm-up and the end of the measured time. */
export class MeasuredWindow {
  readonly latencies = new Latencies();
  /** Loops send while this is true. */
  running = true;
  total = 0;
  refused = 0;
  firstRefusal: string | undefined;
  private measuring = false;

  constructor(
    private readonly window: Window,
    private readonly tell: (window: 'opens' | 'closes') => void,
  ) {}

  record(milliseconds: number): void {
    if (this.measuring) this.latencies.record(milliseconds);
  }

  refuse(why: string): void {
    this.refused++;
    this.firstRefusal ??= why.slice(0, 300);
  }

  /** Lets the load run for its time; the caller then drains what is in flight. */
  async pass(
    extra: () => number = () => 0,
  ): Promise<Omit<Result, 'total' | 'refused' | 'latency'> & { extra: number }> {
    await sleep(this.window.warmUpMs);
    this.tell('opens');
    const before = { total: this.total, extra: extra(), at: performance.now(), cpu: process.cpuUsage() };
    this.measuring = true;
    await sleep(this.window.measureMs);
    this.measuring = false;
    const seconds = (performance.now() - before.at) / 1_000;
    const cpu = process.cpuUsage(before.cpu);
    const count = this.total - before.total;
    const counted = { count, perSecond: count / seconds, extra: extra() - before.extra };
    this.tell('closes');
    this.running = false;
    return { ...counted, driverBusy: (cpu.user + cpu.system) / 1e6 / seconds };
  }
}
