import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import { type Actor } from './actor.js';
import { ActorLoader } from './actor.loader.js';
import { actorIn } from './authenticator.js';
import type { Device } from './device.js';
import { basicCredentials } from './basic.credentials.js';
import { DialectTokenRepository } from './dialect-token.repository.js';
import { ExternalAccounts } from './external-accounts.service.js';
import { hashOfSecret } from './secrets.js';
import { SessionRepository } from './session.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInService, type VerifiedAccount } from './sign-in.service.js';

const HEADER = /^token +([0-9a-f]{40})$/i;
const MOST_CREDENTIAL = 1_024;

/**
 * Tokens as clients of the dialects know them: 40 hexadecimal digits, without an end of their own. Each stands for one session and has no
 * standing beside it. Without that a block, a new password or a sign-out everywhere would leave these tokens alive.
 */
@Injectable()
export class DialectTokens {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly tokens: DialectTokenRepository,
    private readonly sessions: SessionRepository,
    private readonly ending: SessionsService,
    private readonly signing: SignInService,
    private readonly loader: ActorLoader,
    private readonly accounts: ExternalAccounts,
  ) {}

  /** A fresh token of the dialect; `alone` ends the sessions of all others that the account has there. */
  async issue(
    dialect: string,
    { username, password, alone }: { username: string; password: string; alone: boolean },
    device: Device,
  ): Promise<string> {
    const account = await this.verified(username, password, device);
    const token = randomBytes(20).toString('hex');
    await this.database.write(async (tx) => {
      if (alone) {
        await tx.holdAuthors([account.id]);
        const others = await this.tokens.sessionsOf(tx, account.id, dialect);
        const open = others.map((sessionId) => ({ accountId: account.id, sessionId }));
        if (open.length > 0) await this.ending.endThese(tx, open, 'logout');
      }
      const { sessionId } = await this.signing.openSession(tx, account, device);
      await this.tokens.add(tx, hashOfSecret(token), dialect, sessionId);
    });
    return token;
  }

  /** The actor of a header `Basic <user name and password>`, without a session. Refused as a sign-in with them is, and counted with it. */
  async actorOfPassword(authorization: string | undefined, device: Device): Promise<Actor> {
    const { username, password } = basicCredentials(authorization, false);
    const { id: accountId } = await this.verified(username, password, device);
    return await this.accounts.actor(this.database, { accountId }).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'account/blocked') throw new Problem('auth/session-ended');
      throw error;
    });
  }

  /** The actor of a header `Token <40 hexadecimal digits>`; auth/session-ended for a token that lives, but whose account is blocked. */
  async actorOf(dialect: string, authorization: string | undefined): Promise<Actor> {
    if (!authorization || !/^token(\s|$)/i.test(authorization)) throw new Problem('auth/required');
    const token = HEADER.exec(authorization)?.[1]?.toLowerCase();
    if (token === undefined) throw new Problem('auth/token-invalid');
    const days = this.config.get('BESEDKA_SESSION_DAYS');
    const found = await this.tokens.sessionOf(this.database, hashOfSecret(token), dialect, days);
    if (!found) throw new Problem('auth/token-invalid');
    const actor = actorIn(await this.loader.load(found.sessionId));
    // A session lives on by use; these clients know of no refresh token.
    if (found.ageing) await this.database.write((tx) => this.sessions.prolong(tx, found.sessionId, days));
    return actor;
  }

  private async verified(username: string, password: string, device: Device): Promise<VerifiedAccount> {
    // What no account can have; the database could not even look for it.
    const limits = { least: 1, most: MOST_CREDENTIAL };
    if (mistakeIn(username, limits) ?? mistakeIn(password, limits)) throw new Problem('auth/credentials-wrong');
    return await this.signing.verified(username, password, device);
  }
}
