import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../platform/problems.js';
import { isForeignHash, verifyForeign } from './foreign.hash.js';

/** Algorithm.Argon2id; the enumeration of the package is const and cannot be imported under isolatedModules. */
const ARGON2ID = 2;
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** One processor is left to the chat: with both of two taken, a flood of sign-ins makes sends wait four times as long. */
const MOST_AT_ONCE = Math.max(1, Math.min(2, availableParallelism() - 1));
const MOST_WAITING = 32;
/** While others wait, a hash is followed by a rest so many times as long: on a small machine a flood gets a quarter of one processor. */
const RESTS = availableParallelism() > 2 ? 0 : 3;

/**
 * Hashes passwords of accounts and rooms. Two invariants:
 * - few at once and a short queue, the rest is refused at once: without it a flood of sign-ins takes the processor from the chat;
 * - a missing hash costs the same time as a wrong password: without it the time of a refusal tells which names exist.
 */
@Injectable()
export class PasswordHasher {
  private readonly nobody = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${unpadded(16)}$${unpadded(32)}`;
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  /** The hash to keep; refuses with auth/busy while too many are waiting. */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(normal(password), COST));
  }

  /** Whether this is the password; never so without a hash, after the same time. Refuses with auth/busy while too many are waiting. */
  verify(kept: string | null | undefined, password: string): Promise<boolean> {
    return this.inTurn(() => this.isRight(kept, password));
  }

  /** The same, with the hash to keep from now on where the password is right and the kept hash is another server's. */
  verifyAndRenew(kept: string | null | undefined, password: string): Promise<{ right: boolean; renewed?: string }> {
    return this.inTurn(async () => {
      const right = await this.isRight(kept, password);
      if (!right || kept == null || !isForeignHash(kept)) return { right };
      return { right, renewed: await hash(normal(password), COST) };
    });
  }

  private async isRight(kept: string | null | undefined, password: string): Promise<boolean> {
    if (kept != null && isForeignHash(kept)) return await verifyForeign(kept, password);
    const ours = kept?.startsWith('$argon2id$') ? kept : undefined;
    return (await verify(ours ?? this.nobody, normal(password))) && ours !== undefined;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < MOST_AT_ONCE) this.running++;
    else if (this.waiting.length < MOST_WAITING) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else throw new Problem('auth/busy', { retryAfter: 1 });
    const began = performance.now();
    try {
      return await work();
    } finally {
      void this.handOn((performance.now() - began) * RESTS);
    }
  }

  private async handOn(rest: number): Promise<void> {
    if (rest > 0 && this.waiting.length > 0) await sleep(rest);
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}

/** Keyboards compose letters differently; the same password must be the same bytes. */
function normal(password: string): string {
  return password.normalize('NFC');
}

function unpadded(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
