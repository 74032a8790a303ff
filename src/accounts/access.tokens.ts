import { Injectable } from '@nestjs/common';
import { JwtService, TokenExpiredError } from '@nestjs/jwt';
import { Config } from '../platform/config.js';
import { parseId } from '../platform/id.pipe.js';
import { Problem } from '../platform/problems.js';
import { TokenKey } from './token.key.js';

const NAME = 'besedka';
const ACCESS = 'access';
const MOST_SECONDS = 600;
const LEEWAY_SECONDS = 60;

/** What is asked of a token beside its signature, wherever it is verified. */
export const VERIFICATION = { algorithms: ['HS256' as const], issuer: NAME, audience: NAME };

/** Whom and which session an access token names. It says nothing about roles: the database does, at every request. */
export interface AccessClaims {
  accountId: number;
  sessionId: number;
  epoch: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

@Injectable()
export class AccessTokens {
  private readonly jwt: JwtService;
  readonly seconds: number;

  constructor(key: TokenKey, config: Config) {
    this.seconds = config.get('BESEDKA_ACCESS_TOKEN_SECONDS');
    this.jwt = new JwtService({ secret: key.key, verifyOptions: VERIFICATION });
  }

  issue({ accountId, sessionId, epoch }: Omit<AccessClaims, 'expiresAt'>): string {
    return this.jwt.sign(
      { typ: ACCESS, sid: sessionId, epoch },
      { algorithm: 'HS256', issuer: NAME, audience: NAME, subject: String(accountId), expiresIn: this.seconds },
    );
  }

  /** The claims of a token that is ours, in form and in time; else the problem to answer. */
  read(token: string): AccessClaims {
    let payload: unknown;
    try {
      payload = this.jwt.verify(token);
    } catch (error) {
      throw problemOfToken(error);
    }
    return claimsOf(payload);
  }
}

export function problemOfToken(error: unknown): Problem {
  return new Problem(error instanceof TokenExpiredError ? 'auth/token-expired' : 'auth/token-invalid');
}

/** The claims of a verified payload. The library leaves open what is checked here: kind, expiry, subject and times. */
export function claimsOf(payload: unknown): AccessClaims {
  const { typ, sub, sid, epoch, iat, exp } = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<
    string,
    unknown
  >;
  const accountId = parseId(sub);
  const sessionId = Number.isSafeInteger(sid) ? (sid as number) : undefined;
  const timely =
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    exp - iat <= MOST_SECONDS &&
    iat <= Date.now() / 1000 + LEEWAY_SECONDS;
  if (typ !== ACCESS || accountId === undefined || sessionId === undefined || !Number.isSafeInteger(epoch) || !timely)
    throw new Problem('auth/token-invalid');
  return { accountId, sessionId, epoch: epoch as number, expiresAt: exp * 1000 };
}
