import { Injectable } from '@nestjs/common';
import { PasswordHasher } from '../accounts/password.hasher.js';
import { Limits, secondsOf } from '../platform/limits.js';
import { Problem } from '../platform/problems.js';

/** Room passwords at the door: after the wrong ones that an account may give for a room within a time, none is looked at. */
@Injectable()
export class JoinAttempts {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly limits: Limits,
  ) {}

  /** Refuses a missing or wrong password, and any after too many wrong ones. */
  async verify(accountId: number, roomId: number, secretHash: string, password: string | undefined): Promise<void> {
    if (!password) throw new Problem('room/password-wrong');
    const key = `${accountId}:${roomId}`;
    // Counted before it is known to be wrong, so that guesses made at once count too.
    const { used, resetMs } = await this.limits.add('room-password', key);
    if (used > this.limits.quota('room-password').points)
      throw new Problem('room/too-many-attempts', { retryAfter: secondsOf(resetMs) });
    let right: boolean | undefined;
    try {
      right = await this.hasher.verify(secretHash, password);
    } finally {
      if (right !== false) await this.limits.add('room-password', key, -1);
    }
    if (!right) throw new Problem('room/password-wrong');
  }
}
