import { Injectable } from '@nestjs/common';
import { JwtService, TokenExpiredError } from '@nestjs/jwt';
import { Config } from '../platform/config.js';
import { parseId } from '../platform/id.pipe.js';
import { Problem } from '../platform/problems.js';
import { TokenKey } from './token.key.js';

const NAME = 'besedka';
const ACCESS = 'access';
/** Of somebody whom an integrator vouches for: it has no refresh token and lives longer. */
const ISSUED = 'issued';
export const MOST_ISSUED_SECONDS = 24 * 60 * 60;
const MOST_SECONDS = new Map<unknown, number>([
  [ACCESS, 600],
  [ISSUED, MOST_ISSUED_SECONDS],
]);
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
  /** Whether the account is a guest's; it never becomes another's. */
  guest: boolean;
}

@Injectable()
export class AccessTokens {
  private readonly jwt: JwtService;
  readonly seconds: number;

  constructor(key: TokenKey, config: Config) {
    this.seconds = config.get('BESEDKA_ACCESS_TOKEN_SECONDS');
    this.jwt = new JwtService({ secret: key.key, verifyOptions: VERIFICATION });
  }

  issue({ accountId, sessionId, epoch }: Omit<AccessClaims, 'expiresAt' | 'guest'>): string {
    return this.jwt.sign(
      { typ: ACCESS, sid: sessionId, epoch },
      { algorithm: 'HS256', issuer: NAME, audience: NAME, subject: String(accountId), expiresIn: this.seconds },
    );
  }

  /** A token for an integrator's person, as long-lived as its session. */
  issueFor({ accountId, sessionId, epoch, guest }: Omit<AccessClaims, 'expiresAt'>, seconds: number): string {
    return this.jwt.sign(
      { typ: ISSUED, sid: sessionId, epoch, ...(guest && { guest }) },
      { algorithm: 'HS256', issuer: NAME, audience: NAME, subject: String(accountId), expiresIn: seconds },
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

/** Our audiences: that of access tokens, and those of other tokens, which are named behind it. */
const isOurs = (audience: string): boolean => audience === NAME || audience.startsWith(`${NAME}:`);

/** For whom a token that claims not to be ours says it is; undefined for ours, and for what is no token. Nothing of it is verified. */
export function foreignAudiences(token: string): string[] | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { aud?: unknown };
    const audiences = [payload.aud].flat().filter((one): one is string => typeof one === 'string');
    return audiences.length === 0 || audiences.length > 8 || audiences.some(isOurs) ? undefined : audiences;
  } catch {
    return undefined;
  }
}

export function problemOfToken(error: unknown): Problem {
  return new Problem(error instanceof TokenExpiredError ? 'auth/token-expired' : 'auth/token-invalid');
}

/** The claims of a verified payload. The library leaves open what is checked here: kind, expiry, subject and times. */
export function claimsOf(payload: unknown): AccessClaims {
  const { typ, sub, sid, epoch, iat, exp, guest } = (
    typeof payload === 'object' && payload !== null ? payload : {}
  ) as Record<string, unknown>;
  const accountId = parseId(sub);
  const sessionId = Number.isSafeInteger(sid) ? (sid as number) : undefined;
  const timely =
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    exp - iat <= (MOST_SECONDS.get(typ) ?? 0) &&
    iat <= Date.now() / 1000 + LEEWAY_SECONDS;
  if (accountId === undefined || sessionId === undefined || !Number.isSafeInteger(epoch) || !timely)
    throw new Problem('auth/token-invalid');
  return { accountId, sessionId, epoch: epoch as number, expiresAt: exp * 1000, guest: guest === true };
}
