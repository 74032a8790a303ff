import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Config } from '../platform/config.js';
import { Problem } from '../platform/problems.js';
import { addressKey } from './device.js';

const QUARTER_HOUR = 15 * 60;
const HOUR = 60 * 60;

/**
 * Bounds how often passwords can be guessed: 10 failures in 15 minutes for an account from one address, 100 in an hour from one
 * address. Never by account alone, or anybody could lock anybody out. Attempts under way count as failures until they have
 * ended: without it, guesses sent all at once pass before the first of them has failed.
 */
@Injectable()
export class PasswordAttempts {
  private readonly pairs = new FailureLimit(10, QUARTER_HOUR);
  private readonly addresses = new FailureLimit(100, HOUR);

  /** Runs one attempt, which answers undefined when the password was wrong; refuses before it costs anything when there were too many. */
  async count<T>(account: string, address: string, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const from = addressKey(address);
    const pair = `${from} ${account}`;
    await this.addresses.begin(from);
    try {
      await this.pairs.begin(pair);
      try {
        const result = await attempt();
        await (result === undefined
          ? Promise.all([this.pairs.fail(pair), this.addresses.fail(from)])
          : this.pairs.forget(pair));
        return result;
      } finally {
        this.pairs.end(pair);
      }
    } finally {
      this.addresses.end(from);
    }
  }
}

/** Bounds how many accounts one address registers in an hour, and so what registrations cost. */
@Injectable()
export class RegistrationLimit {
  private readonly limiter: RateLimiterMemory;

  constructor(config: Config) {
    this.limiter = new RateLimiterMemory({ points: config.get('BESEDKA_REGISTRATIONS_PER_HOUR'), duration: HOUR });
  }

  async take(address: string): Promise<void> {
    try {
      await this.limiter.consume(addressKey(address));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw new Problem('rate/limited', { retryAfter: secondsOf(refusal) });
      throw refusal;
    }
  }
}

class FailureLimit {
  private readonly limiter: RateLimiterMemory;
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly most: number,
    seconds: number,
  ) {
    this.limiter = new RateLimiterMemory({ points: most, duration: seconds });
  }

  async begin(key: string): Promise<void> {
    const others = this.underWay.get(key) ?? 0;
    this.underWay.set(key, others + 1);
    const state = await this.limiter.get(key);
    const failures = state?.consumedPoints ?? 0;
    if (failures + others < this.most) return;
    this.end(key);
    if (state && failures >= this.most) throw new Problem('auth/too-many-attempts', { retryAfter: secondsOf(state) });
    throw new Problem('auth/busy', { retryAfter: 1 });
  }

  fail(key: string): Promise<unknown> {
    return this.limiter.penalty(key);
  }

  forget(key: string): Promise<unknown> {
    return this.limiter.delete(key);
  }

  end(key: string): void {
    const left = (this.underWay.get(key) ?? 1) - 1;
    if (left > 0) this.underWay.set(key, left);
    else this.underWay.delete(key);
  }
}

function secondsOf(state: RateLimiterRes): number {
  return Math.max(1, Math.ceil(state.msBeforeNext / 1000));
}
