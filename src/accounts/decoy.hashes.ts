/**
 * A hash of another server takes longer to refuse than ours. So that this does not tell which names came from there, a name without a password
 * is refused as slowly as some account is, and just as often as accounts are: which names, a secret decides, always the same on all nodes.
 * Without it a stranger finds out by one slow refusal that somebody has an account here.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { nameKey } from '../platform/safe-text.js';
import { ForeignAccountRepository, type HashShare } from './foreign-account.repository.js';
import { TokenKey } from './token.key.js';

const FRESH_MS = 60_000;
const WHOLE = 2 ** 48;
const KEY_BYTES = 32;

@Injectable()
export class DecoyHashes {
  private shares: readonly HashShare[] = [];
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly accounts: ForeignAccountRepository,
    private readonly key: TokenKey,
  ) {}

  /** What to verify for a name that has no password: a hash that no password fits, or undefined for the time that our own takes. */
  async of(username: string): Promise<string | undefined> {
    if (performance.now() - this.readAt > FRESH_MS) {
      this.reading ??= this.read().finally(() => (this.reading = undefined));
      // Only the first one waits: who waited for a later reading would be told from the others by it.
      if (this.readAt === -Infinity) await this.reading;
      else this.reading.catch(() => undefined);
    }
    const digest = createHmac('sha256', this.key.key)
      .update(`decoy ${nameKey(username)}`)
      .digest();
    let place = digest.readUIntBE(0, 6) / WHOLE;
    for (const { iterations, share } of this.shares) {
      if (place < share) return `pbkdf2_sha256$${iterations}$decoy$${randomBytes(KEY_BYTES).toString('base64')}`;
      place -= share;
    }
    return undefined;
  }

  private async read(): Promise<void> {
    this.shares = await this.accounts.sharesOfHashes(this.database);
    this.readAt = performance.now();
  }
}
