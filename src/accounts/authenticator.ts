import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems.js';
import { type AccessClaims, AccessTokens, foreignAudiences } from './access.tokens.js';
import { type Actor } from './actor.js';
import { ActorLoader } from './actor.loader.js';
import { looksLikeApiKey } from './api-key.js';
import { IntegratorDoor } from './integrator.door.js';
import type { SessionState } from './session.repository.js';

/** Tells who acts, by HTTP requests and sockets alike: from the database, at every call. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly loader: ActorLoader,
    private readonly integrators: IntegratorDoor,
  ) {}

  /** The actor of an access token and when it expires, in milliseconds since 1970; else a 401 problem. */
  async actorOf(token: string): Promise<{ actor: Actor; expiresAt: number }> {
    if (looksLikeApiKey(token))
      throw new Problem('key/not-accepted', { detail: 'Keys are for HTTP; a socket takes the token of a person.' });
    const audiences = foreignAudiences(token);
    if (audiences) return this.actorOfForeign(token, audiences);
    const claims = this.tokens.read(token);
    return { actor: await this.actorOfClaims(claims), expiresAt: claims.expiresAt };
  }

  /** The actor of a token that an integrator signed for these audiences. */
  async actorOfForeign(token: string, audiences: readonly string[]): Promise<{ actor: Actor; expiresAt: number }> {
    const { sessionId, accountId, expiresAt } = await this.integrators.sessionOf(token, audiences);
    return { actor: await this.actorOfSession(sessionId, accountId), expiresAt };
  }

  /** The actor of a token that has been verified. */
  async actorOfClaims(claims: AccessClaims): Promise<Actor> {
    const state = await this.loader.load(claims.sessionId);
    if (state?.epoch !== claims.epoch) throw new Problem('auth/session-ended');
    return actorIn(state, claims.accountId);
  }

  /** The actor of a session that was authenticated before, as he is now; auth/session-ended when he may no longer act. */
  async actorOfSession(sessionId: number, accountId: number): Promise<Actor> {
    return actorIn(await this.loader.load(sessionId), accountId);
  }
}

/** The actor of an open session, of this account where one is named; else auth/session-ended. */
export function actorIn(state: SessionState | undefined, accountId?: number): Actor {
  if (!state?.open || (accountId !== undefined && state.accountId !== accountId))
    throw new Problem('auth/session-ended');
  const { accountId: id, username, role, guest, sessionId } = state;
  return { accountId: id, username, role, guest, sessionId };
}
