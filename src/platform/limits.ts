/**
 * Decides whether something may be done once more, by the table of limits.
 *
 * Invariants, and what breaks without them:
 * - each node counts everything itself, and Redis only adds what the others counted: with Redis away, paused or emptied nobody gets more than
 *   one node would give him;
 * - Redis is asked only after this node has agreed: a flood stops here, and costs Redis nothing;
 * - a bucket is decided at once, without Redis: each message sent takes from one.
 */
import { Injectable } from '@nestjs/common';
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { Config } from './config.js';
import { type BucketName, LIMITS, type LimitName, limitsOfKind, type Quota, type WindowName } from './limits.table.js';
import { Buckets, type Count, type Left, Windows } from './meters.js';
import { Problem } from './problems.js';
import { RedisLink } from './redis.js';

@Injectable()
export class Limits {
  private readonly buckets: Record<BucketName, Buckets>;
  private readonly windows: Record<WindowName, Windows>;
  private readonly shared = new Map<WindowName, RateLimiterRedis>();

  constructor(
    private readonly config: Config,
    private readonly redis: RedisLink,
  ) {
    this.buckets = byName(limitsOfKind('bucket'), (name) => new Buckets(this.quota(name)));
    this.windows = byName(limitsOfKind('window'), (name) => new Windows(this.quota(name)));
  }

  quota(name: LimitName): Quota {
    return this.config.get(LIMITS[name].setting);
  }

  /** Takes a point of a bucket; refuses with rate/limited when there is none. */
  take(name: BucketName, key: string | number): void {
    const waitMs = this.buckets[name].take(key);
    if (waitMs > 0) throw this.refusal(name, waitMs);
  }

  /** Counts one more time into a window; refuses with rate/limited when that is too many. */
  async count(name: WindowName, key: string): Promise<void> {
    const { used, resetMs } = await this.add(name, key);
    if (used > this.quota(name).points) throw this.refusal(name, resetMs);
  }

  /** Counts without refusing, over all nodes unless this one alone has too many; negative points take back what was counted. */
  async add(name: WindowName, key: string, points = 1): Promise<Count> {
    const here = this.windows[name].add(key, points);
    if (points > 0 && here.used > this.quota(name).points) return here;
    return most(here, await this.everywhere(name, (limiter) => limiter.penalty(key, points)));
  }

  /** How often it was counted, over all nodes unless this one alone has counted its fill. */
  async used(name: WindowName, key: string): Promise<Count> {
    const here = this.windows[name].count(key);
    if (here.used >= this.quota(name).points) return here;
    return most(here, await this.everywhere(name, (limiter) => limiter.get(key)));
  }

  async forget(name: WindowName, key: string): Promise<void> {
    this.windows[name].forget(key);
    await this.everywhere(name, (limiter) => limiter.delete(key));
  }

  /** What this node knows to be left. */
  left(name: LimitName, key: string | number): Left {
    if (isBucket(name)) return this.buckets[name].left(key);
    const { used, resetMs } = this.windows[name].count(String(key));
    return { points: Math.max(0, this.quota(name).points - used), resetMs };
  }

  refusal(name: LimitName, waitMs: number): Problem {
    const { points, seconds } = this.quota(name);
    return new Problem('rate/limited', {
      detail: `At most ${points} in ${seconds} seconds for one ${LIMITS[name].per}.`,
      retryAfter: secondsOf(waitMs),
      extra: { limit: name, retryAfterMs: Math.ceil(waitMs) },
    });
  }

  /** Asks Redis; answers undefined when there is none, or none that answers. */
  private async everywhere<T>(
    name: WindowName,
    ask: (limiter: RateLimiterRedis) => Promise<T>,
  ): Promise<T | undefined> {
    if (!this.redis.ready) return undefined;
    try {
      return await this.redis.inTime(() => ask(this.limiter(name)));
    } catch {
      return undefined;
    }
  }

  private limiter(name: WindowName): RateLimiterRedis {
    const known = this.shared.get(name);
    if (known) return known;
    const { points, seconds } = this.quota(name);
    const storeClient = this.redis.commands;
    const keyPrefix = this.redis.key(`limit:${name}`);
    const limiter = new RateLimiterRedis({ storeClient, keyPrefix, points, duration: seconds });
    this.shared.set(name, limiter);
    return limiter;
  }
}

/** Whole seconds to wait, at least one. */
export function secondsOf(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}

function isBucket(name: LimitName): name is BucketName {
  return LIMITS[name].kind === 'bucket';
}

function most(here: Count, everywhere: RateLimiterRes | null | undefined): Count {
  if (!everywhere || everywhere.consumedPoints <= here.used) return here;
  return { used: everywhere.consumedPoints, resetMs: Math.max(0, everywhere.msBeforeNext) };
}

function byName<Name extends string, Value>(names: readonly Name[], make: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}
