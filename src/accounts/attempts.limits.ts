import { Injectable } from '@nestjs/common';
import { Limits, secondsOf } from '../platform/limits.js';
import type { WindowName } from '../platform/limits.table.js';
import { Problem } from '../platform/problems.js';
import { addressKey } from './device.js';

/**
 * Bounds how often passwords can be guessed: by account and address, and by address. Attempts under way count as failures until they have
 * ended: without it, guesses sent all at once pass before the first of them has failed.
 */
@Injectable()
export class PasswordAttempts {
  private readonly pairs: FailureLimit;
  private readonly addresses: FailureLimit;

  constructor(limits: Limits) {
    this.pairs = new FailureLimit(limits, 'sign-in');
    this.addresses = new FailureLimit(limits, 'sign-in-address');
  }

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

class FailureLimit {
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly limits: Limits,
    private readonly name: WindowName,
  ) {}

  async begin(key: string): Promise<void> {
    const most = this.limits.quota(this.name).points;
    const others = this.underWay.get(key) ?? 0;
    this.underWay.set(key, others + 1);
    const { used, resetMs } = await this.limits.used(this.name, key);
    if (used + others < most) return;
    this.end(key);
    if (used >= most) throw new Problem('auth/too-many-attempts', { retryAfter: secondsOf(resetMs) });
    throw new Problem('auth/busy', { retryAfter: 1 });
  }

  fail(key: string): Promise<unknown> {
    return this.limits.add(this.name, key);
  }

  forget(key: string): Promise<void> {
    return this.limits.forget(this.name, key);
  }

  end(key: string): void {
    const left = (this.underWay.get(key) ?? 1) - 1;
    if (left > 0) this.underWay.set(key, left);
    else this.underWay.delete(key);
  }
}
