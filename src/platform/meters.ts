/**
 * How often something happened, counted in this process.
 *
 * Invariants, and what breaks without them:
 * - time is the monotonic clock: when somebody sets the machine's clock, limits neither begin anew nor last for hours;
 * - what is at rest is forgotten, at the latest when it has doubled what is remembered: else whoever has many addresses fills the memory.
 */
import type { Quota } from './limits.table.js';

const LEAST_REMEMBERED = 1_024;

/** What is left of a quota: how many now, and after how many milliseconds all of it. */
export interface Left {
  points: number;
  resetMs: number;
}

/** Token buckets, full at first: each key is one number, the time at which its bucket is full again. */
export class Buckets {
  private readonly fullAt = new Map<string | number, number>();
  private readonly eachMs: number;
  private readonly allMs: number;
  private cleanAt = LEAST_REMEMBERED;

  constructor(private readonly quota: Quota) {
    this.allMs = quota.seconds * 1_000;
    this.eachMs = this.allMs / quota.points;
  }

  /** Takes a point and answers 0; or takes none and answers after how many milliseconds there is one. */
  take(key: string | number): number {
    const now = performance.now();
    const next = Math.max(this.fullAt.get(key) ?? 0, now) + this.eachMs;
    const wait = next - now - this.allMs;
    // Time is a fraction: the last point of a full bucket must not fail for a billionth of a millisecond.
    if (wait > 1e-6) return wait;
    this.fullAt.set(key, next);
    if (this.fullAt.size > this.cleanAt) this.clean(now);
    return 0;
  }

  left(key: string | number): Left {
    const resetMs = Math.max(0, (this.fullAt.get(key) ?? 0) - performance.now());
    return { points: Math.floor(this.quota.points - resetMs / this.eachMs + 1e-6), resetMs };
  }

  private clean(now: number): void {
    for (const [key, fullAt] of this.fullAt) if (fullAt <= now) this.fullAt.delete(key);
    this.cleanAt = Math.max(LEAST_REMEMBERED, this.fullAt.size * 2);
  }
}

/** How often it happened since the first time, and for how long that still counts. */
export interface Count {
  used: number;
  resetMs: number;
}

/** Windows: each begins with the first time that something happens and then lasts its time. */
export class Windows {
  private readonly open = new Map<string, { used: number; endsAt: number }>();
  private readonly allMs: number;
  private cleanAt = LEAST_REMEMBERED;

  constructor(quota: Quota) {
    this.allMs = quota.seconds * 1_000;
  }

  add(key: string, points: number): Count {
    const now = performance.now();
    const known = this.open.get(key);
    if (known && known.endsAt > now) {
      known.used = Math.max(0, known.used + points);
      return { used: known.used, resetMs: known.endsAt - now };
    }
    const used = Math.max(0, points);
    this.open.set(key, { used, endsAt: now + this.allMs });
    if (this.open.size > this.cleanAt) this.clean(now);
    return { used, resetMs: this.allMs };
  }

  count(key: string): Count {
    const known = this.open.get(key);
    const resetMs = known ? known.endsAt - performance.now() : 0;
    return known && resetMs > 0 ? { used: known.used, resetMs } : { used: 0, resetMs: 0 };
  }

  forget(key: string): void {
    this.open.delete(key);
  }

  private clean(now: number): void {
    for (const [key, { endsAt }] of this.open) if (endsAt <= now) this.open.delete(key);
    this.cleanAt = Math.max(LEAST_REMEMBERED, this.open.size * 2);
  }
}
