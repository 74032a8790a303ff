import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { Problem, type ProblemCode } from '../platform/problems.js';
import { nameKey } from '../platform/safe-text.js';
import type { Tx } from '../platform/tx.js';
import { AccessTokens } from './access.tokens.js';
import { AccountRepository } from './account.repository.js';
import { APPEAL_TOKEN_SECONDS, AppealTokens } from './appeal.tokens.js';
import { PasswordAttempts } from './attempts.limits.js';
import { DecoyHashes } from './decoy.hashes.js';
import type { Device } from './device.js';
import { PasswordHasher } from './password.hasher.js';
import { freshSecret, hashOfSecret } from './secrets.js';
import type { TokenView } from './session.dto.js';
import { type BlockAppeal, SessionRepository } from './session.repository.js';
import { SessionsService } from './sessions.service.js';

/** Whose password was right when it had this hash. */
export interface VerifiedAccount {
  id: number;
  passwordHash: string;
}

/**
 * Opens sessions and keeps them alive. A refresh token is good once, decided by one conditional update: without it a thief and the
 * owner could both go on with the same token. Whoever brings a used one ends the session, because nobody can tell which of the two he is.
 */
@Injectable()
export class SignInService {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly ending: SessionsService,
    private readonly hasher: PasswordHasher,
    private readonly decoys: DecoyHashes,
    private readonly attempts: PasswordAttempts,
    private readonly tokens: AccessTokens,
    private readonly appeals: AppealTokens,
  ) {}

  /** A new session. An unknown name and a wrong password are refused alike, in words and in time. */
  async withPassword(username: string, password: string, device: Device): Promise<TokenView> {
    const account = await this.verified(username, password, device);
    return this.database.write(async (tx) => {
      const { sessionId, epoch } = await this.openSession(tx, account, device);
      return this.issue(tx, sessionId, account.id, epoch);
    });
  }

  /** The account with this name and password, as long as the password stays; attempts are counted. */
  async verified(username: string, password: string, device: Device): Promise<VerifiedAccount> {
    const account = await this.attempts.count(nameKey(username), device.address, () =>
      this.accountOf(username, password),
    );
    if (!account) throw new Problem('auth/credentials-wrong');
    return account;
  }

  /** The hash of another server is replaced by ours as soon as its password is known, whichever door it came in by. */
  private async accountOf(username: string, password: string): Promise<VerifiedAccount | undefined> {
    const candidate = await this.accounts.withUsername(this.database, username);
    const kept = candidate?.passwordHash ?? (await this.decoys.of(username));
    const { right, renewed } = await this.hasher.verifyAndRenew(kept, password);
    if (!right || !candidate?.passwordHash) return undefined;
    const { id, passwordHash: former } = candidate;
    if (renewed === undefined) return { id, passwordHash: former };
    const changed = await this.database.write((tx) => this.accounts.changePassword(tx, id, renewed, former));
    // Where another sign-in renewed it meanwhile, or the password was changed, the hash that is there now decides.
    return changed ? { id, passwordHash: renewed } : await this.accountOf(username, password);
  }

  /** The next tokens of a session. */
  async withRefreshToken(refreshToken: string): Promise<TokenView> {
    const answer = await this.database.write((tx) => this.rotate(tx, hashOfSecret(refreshToken)));
    if (typeof answer === 'string') throw new Problem(answer);
    return answer;
  }

  /** A new session of a verified account, in a transaction that holds nothing but accounts; refuses the blocked. */
  async openSession(tx: Tx, account: VerifiedAccount, device: Device): Promise<{ sessionId: number; epoch: number }> {
    const held = await this.sessions.holdForSignIn(tx, account.id, account.passwordHash);
    if (!held) throw new Problem('auth/credentials-wrong');
    if (held.block_id !== null) {
      const { block_id: blockId, reason, expires_at: expiresAt } = held;
      const extra = { blockId, reason, expiresAt: expiresAt?.toISOString() ?? null };
      throw new Problem('account/blocked', { extra: { ...extra, ...this.redress(account.id, held) } });
    }
    const sessionId = await this.sessions.open(tx, account.id, this.config.get('BESEDKA_SESSION_DAYS'), device);
    return { sessionId, epoch: held.epoch };
  }

  /** What lets a fully blocked person appeal, and tells him what came of it: he cannot sign in for that. */
  private redress(
    accountId: number,
    {
      sanction_id: sanctionId,
      epoch,
      appeal,
    }: { sanction_id: number | null; epoch: number; appeal: BlockAppeal | null },
  ): object {
    if (sanctionId === null) return {};
    return {
      sanctionId,
      appealToken: this.appeals.issue(accountId, sanctionId, epoch),
      appealTokenExpiresIn: APPEAL_TOKEN_SECONDS,
      appeal: appeal && {
        id: appeal.id,
        outcome: appeal.outcome,
        reason: appeal.reason,
        decidedAt: appeal.decidedAt && new Date(appeal.decidedAt).toISOString(),
      },
    };
  }

  /** Answers a refusal instead of throwing it: what ends the session must be committed. */
  private async rotate(tx: Tx, hash: Buffer): Promise<TokenView | ProblemCode> {
    const sessionId = await this.sessions.useRefreshToken(tx, hash);
    if (sessionId === undefined) {
      const owner = await this.sessions.ownerOfRefreshToken(tx, hash);
      if (!owner) return 'auth/refresh-invalid';
      await this.ending.end(tx, owner.accountId, { only: owner.sessionId }, 'refresh_reused');
      return 'auth/refresh-reused';
    }
    const session = await this.sessions.prolong(tx, sessionId, this.config.get('BESEDKA_SESSION_DAYS'));
    // Thrown, so that the token is not used up: a block lets it live again when it is lifted.
    if (!session) throw new Problem('auth/session-ended');
    return this.issue(tx, sessionId, session.accountId, session.epoch);
  }

  private async issue(tx: Tx, sessionId: number, accountId: number, epoch: number): Promise<TokenView> {
    const refresh = freshSecret();
    await this.sessions.addRefreshToken(tx, sessionId, refresh.hash);
    return {
      access_token: this.tokens.issue({ accountId, sessionId, epoch }),
      token_type: 'bearer',
      expires_in: this.tokens.seconds,
      refresh_token: refresh.text,
    };
  }
}
