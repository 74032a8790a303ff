import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Database } from '../platform/database.js';
import { parseId } from '../platform/id.pipe.js';
import { AccountRepository } from './account.repository.js';
import type { Appellant } from './appellant.decorator.js';
import { TokenKey } from './token.key.js';

const NAME = 'besedka';
/** Neither the audience nor the kind of an access token: each of the two alone keeps one from serving as the other. */
const AUDIENCE = 'besedka:appeal';
const KIND = 'appeal';
export const APPEAL_TOKEN_SECONDS = 900;

/**
 * Tokens for whoever gave the right password and is fully blocked all the same: good for reading one statement of reasons and for appealing
 * against that sanction, for some minutes, and for nothing else. Signing out everywhere ends them as it ends access tokens.
 */
@Injectable()
export class AppealTokens {
  private readonly jwt: JwtService;

  constructor(
    key: TokenKey,
    private readonly database: Database,
    private readonly accounts: AccountRepository,
  ) {
    this.jwt = new JwtService({
      secret: key.key,
      verifyOptions: { algorithms: ['HS256'], issuer: NAME, audience: AUDIENCE, maxAge: APPEAL_TOKEN_SECONDS },
    });
  }

  issue(accountId: number, sanctionId: number, epoch: number): string {
    return this.jwt.sign(
      { typ: KIND, sanction: String(sanctionId), epoch },
      {
        algorithm: 'HS256',
        issuer: NAME,
        audience: AUDIENCE,
        subject: String(accountId),
        expiresIn: APPEAL_TOKEN_SECONDS,
      },
    );
  }

  /** Who brings this token; undefined when it is none of ours, of another kind or no longer good. */
  async appellantOf(token: string): Promise<Appellant | undefined> {
    const { typ, sub, sanction, epoch, exp } = this.payloadOf(token);
    const [accountId, sanctionId] = [parseId(sub), parseId(sanction)];
    if (typ !== KIND || accountId === undefined || sanctionId === undefined || typeof exp !== 'number')
      return undefined;
    const known = await this.accounts.epochOf(this.database, accountId);
    return known === epoch ? { accountId, sanctionId } : undefined;
  }

  private payloadOf(token: string): Record<string, unknown> {
    try {
      const payload: unknown = this.jwt.verify(token);
      return typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }
}
