import { IsIn, ValidateIf } from 'class-validator';
import { SafeText } from '../platform/safe-text.js';
import { PASSWORD, USERNAME } from './account-requests.dto.js';
import type { SessionRow } from './session.entity.js';

const GRANTS = ['password', 'refresh_token'] as const;
type Grant = (typeof GRANTS)[number];

const forGrant = (grant: Grant) => (request: { grant_type?: unknown }) => request.grant_type === grant;
const given = (_request: unknown, value: unknown) => value !== undefined;

/** Obtain tokens, as OAuth 2.0 (RFC 6749 §4.3 and §6) names the fields. */
export class IssueToken {
  /** @example "password" */
  @IsIn(GRANTS, { message: `must be one of ${GRANTS.join(', ')}` })
  grant_type: Grant;

  /**
   * With grant_type password.
   * @example "alice"
   */
  @ValidateIf(forGrant('password'))
  @SafeText({ least: 1, most: USERNAME.most })
  username?: string;

  /**
   * With grant_type password.
   * @example "correct horse battery staple"
   */
  @ValidateIf(forGrant('password'))
  @SafeText({ most: PASSWORD.most })
  password?: string;

  /** With grant_type refresh_token, and then without the two before: the latest refresh token of the session. */
  @ValidateIf(forGrant('refresh_token'))
  @SafeText({ least: 1, most: 200 })
  refresh_token?: string;

  /** Taken from OAuth 2.0 clients and without meaning here, like the two that follow. */
  @ValidateIf(given)
  @SafeText({ most: 1000 })
  scope?: string;

  @ValidateIf(given)
  @SafeText({ most: 1000 })
  client_id?: string;

  @ValidateIf(given)
  @SafeText({ most: 1000 })
  client_secret?: string;
}

/** Tokens of a session, as OAuth 2.0 (RFC 6749 §5.1) names the fields. */
export class TokenView {
  /**
   * Goes into `Authorization: Bearer …` and into the handshake of a socket.
   * @example "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXAiOiJhY2Nlc3MifQ.c2lnbmF0dXJl"
   */
  access_token: string;
  /** @example "bearer" */
  token_type: 'bearer';
  /**
   * Seconds until the access token expires.
   * @example 600
   */
  expires_in: number;
  /**
   * Good for one refresh, which brings the next one.
   * @example "3q2-7wAAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq80"
   */
  refresh_token: string;
}

/** A signed-in device of one's own. */
export class SessionView {
  /** @example 4 */
  id: number;
  /** @example "2026-11-20T12:00:00.000Z" */
  createdAt: string;
  /**
   * To the minute.
   * @example "2026-11-20T12:34:56.000Z"
   */
  lastUsedAt: string;
  /**
   * When it ends by itself unless it is refreshed before.
   * @example "2026-12-20T12:00:00.000Z"
   */
  expiresAt: string;
  /**
   * What the device called itself when it signed in.
   * @example "Mozilla/5.0 (X11; Linux x86_64)"
   */
  userAgent: string;
  /**
   * The network address from which it signed in.
   * @example "203.0.113.7"
   */
  address: string;
  /**
   * Whether this request came in it.
   * @example true
   */
  current: boolean;
}

/** A page of sessions, newest first. */
export class SessionPage {
  items: SessionView[];
  /** @example false */
  hasMore: boolean;
  /**
   * The cursor of the next page; null on the last one.
   * @example null
   */
  next: string | null;
  /**
   * Always null: this list goes forward only.
   * @example null
   */
  prev: string | null;
}

/** A secret that stands for a session once. */
export class TicketView {
  /** @example "3q2-7wAAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq80" */
  ticket: string;
  /**
   * Seconds until it expires.
   * @example 30
   */
  expiresIn: number;
}

export function viewOfSession(row: SessionRow, currentId: number | undefined): SessionView {
  return {
    id: row.id,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    userAgent: row.userAgent,
    address: row.address,
    current: row.id === currentId,
  };
}
