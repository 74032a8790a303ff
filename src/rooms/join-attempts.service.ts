import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { PasswordHasher } from '../accounts/password.hasher.js';
import { Problem } from '../platform/problems.js';

const MOST_WRONG = 5;
const WITHIN_SECONDS = 15 * 60;

/** Room passwords at the door: five wrong ones of an account for a room in a quarter of an hour, on this node, then none is looked at. */
@Injectable()
export class JoinAttempts {
  private readonly wrong = new RateLimiterMemory({ points: MOST_WRONG, duration: WITHIN_SECONDS });

  constructor(private readonly hasher: PasswordHasher) {}

  /** Refuses a missing or wrong password, and any after too many wrong ones. */
  async verify(accountId: number, roomId: number, secretHash: string, password: string | undefined): Promise<void> {
    if (!password) throw new Problem('room/password-wrong');
    const key = `${accountId}:${roomId}`;
    // Counted before it is known to be wrong, so that guesses made at once count too.
    await this.wrong.consume(key).catch((limit: RateLimiterRes) => {
      throw new Problem('room/too-many-attempts', { retryAfter: Math.ceil(limit.msBeforeNext / 1000) });
    });
    let right: boolean | undefined;
    try {
      right = await this.hasher.verify(secretHash, password);
    } finally {
      if (right !== false) await this.wrong.reward(key);
    }
    if (!right) throw new Problem('room/password-wrong');
  }
}
