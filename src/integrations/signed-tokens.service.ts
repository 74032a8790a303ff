/**
 * Tokens that integrators sign themselves. The first sight of a token makes a session of it, under the token's hash; from then on it is that
 * session, and ends with it like any other.
 *
 * Invariants, and what breaks without them:
 * - the audience alone tells whose token it is, and the algorithm is that of the configuration, never of the token: else a public key would pass
 *   for a secret;
 * - a session is opened while the integrator's revocations and its signing are held as they were read: else a token slips in behind a
 *   revocation that was answered, or under a key that was taken away;
 * - what is remembered of a token is which session it is, and that never changes; whether the session is open is asked of the database each time.
 */
import { createHash, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { ExternalAccounts } from '../accounts/external-accounts.service.js';
import { type ForeignSession, IntegratorDoor } from '../accounts/integrator.door.js';
import { TokenKey } from '../accounts/token.key.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import { MOST_EXTERNAL_ID } from './integrators.service.js';
import { IntegratorSessionRepository } from './integrator-session.repository.js';
import { JwksClient } from './jwks.client.js';
import { unseal } from './sealed.js';
import type { SigningKey, SigningKind, SigningRow } from './signing.dto.js';
import { SigningRepository } from './signing.repository.js';

const LEEWAY_SECONDS = 60;
const MOST_SECONDS = 24 * 60 * 60;
const MOST_REMEMBERED = 20_000;
const MOST_CHARACTERS = 4_096;
const DEVICE = { address: '', userAgent: 'a token signed by an integrator' };
const ALGORITHMS: Readonly<Record<SigningKind, string[]>> = {
  hs256: ['HS256'],
  rs256: ['RS256'],
  eddsa: ['EdDSA'],
  jwks: ['RS256', 'ES256', 'EdDSA'],
};

type Claims = Required<Pick<JWTPayload, 'sub' | 'iat' | 'exp'>>;

@Injectable()
export class SignedTokens implements OnModuleInit {
  private readonly remembered = new Map<string, ForeignSession>();
  private readonly imported = new Map<number, { changedAt: number; keys: Map<string, KeyObject> }>();

  constructor(
    private readonly door: IntegratorDoor,
    private readonly database: Database,
    private readonly signing: SigningRepository,
    private readonly sessions: IntegratorSessionRepository,
    private readonly accounts: ExternalAccounts,
    private readonly jwks: JwksClient,
    private readonly key: TokenKey,
  ) {}

  onModuleInit(): void {
    this.door.sessionOf = (token, audiences) => this.sessionOf(token, audiences);
  }

  /** The session of a token with these audiences; auth/token-invalid or auth/token-expired where it is not in order. */
  private async sessionOf(token: string, audiences: readonly string[]): Promise<ForeignSession> {
    const hash = createHash('sha256').update(token).digest();
    const place = hash.toString('base64');
    const known = this.remembered.get(place);
    if (known) {
      if (known.expiresAt + LEEWAY_SECONDS * 1000 < Date.now()) throw new Problem('auth/token-expired');
      return known;
    }
    if (token.length > MOST_CHARACTERS) throw new Problem('auth/token-invalid');
    const signing = await this.signing.withAudience(this.database, audiences);
    if (!signing) throw new Problem('auth/token-invalid');
    const { claims, kid } = await this.verified(token, signing);
    const session = await this.admitted(signing, claims, kid, hash);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    const answer = { ...session, expiresAt: claims.exp * 1000 };
    this.remembered.set(place, answer);
    return answer;
  }

  private async verified(token: string, signing: SigningRow): Promise<{ claims: Claims; kid: string }> {
    try {
      const { kid } = decodeProtectedHeader(token);
      if (typeof kid !== 'string') throw new Problem('auth/token-invalid', { detail: 'The token has no kid.' });
      const options = {
        algorithms: ALGORITHMS[signing.kind],
        audience: signing.audience,
        clockTolerance: LEEWAY_SECONDS,
        requiredClaims: ['sub', 'iat', 'exp', 'aud'],
      };
      const { payload } =
        signing.kind === 'jwks'
          ? await jwtVerify(token, await this.jwks.keysFor(signing.jwksUrl!, kid), options)
          : await jwtVerify(token, this.keyOf(signing, kid), options);
      return { claims: claimsIn(payload), kid };
    } catch (error) {
      if (error instanceof Problem && error.code !== 'integrator/url-not-allowed') throw error;
      throw new Problem(error instanceof errors.JWTExpired ? 'auth/token-expired' : 'auth/token-invalid');
    }
  }

  private keyOf(signing: SigningRow, kid: string): KeyObject {
    const { integratorId, changedAt } = signing;
    let imported = this.imported.get(integratorId);
    if (imported?.changedAt !== changedAt.getTime()) {
      imported = { changedAt: changedAt.getTime(), keys: this.keysOf(signing) };
      this.imported.set(integratorId, imported);
    }
    const key = imported.keys.get(kid);
    if (!key) throw new Problem('auth/token-invalid', { detail: 'No key has the kid of this token.' });
    return key;
  }

  /** Imported once: with a text, every verification would import it anew. */
  private keysOf({ kind, sealedKeys }: SigningRow): Map<string, KeyObject> {
    const text = sealedKeys && unseal(this.key.key, sealedKeys);
    const keys = text ? (JSON.parse(text) as SigningKey[]) : [];
    return new Map(keys.map(({ kid, key }) => [kid, keyObjectOf(kind, key)!]));
  }

  private async admitted(signing: SigningRow, { sub, iat, exp }: Claims, kid: string, hash: Buffer) {
    const seen = await this.sessions.ofToken(this.database, hash);
    if (seen) return { accountId: seen.accountId, sessionId: seen.sessionId };
    const fresh = await this.database
      .write(async (tx) => {
        const { integratorId } = signing;
        if (!(await this.sessions.holdUnrevoked(tx, integratorId, iat))) throw new Problem('auth/session-ended');
        if (!(await this.signing.holdUnchanged(tx, signing))) throw new Problem('auth/token-invalid');
        const { accountId } = await this.accounts.upsert(tx, integratorId, sub);
        if (!(await this.sessions.isUnrevokedFor(tx, accountId, iat))) throw new Problem('auth/session-ended');
        const until = new Date((exp + LEEWAY_SECONDS) * 1000);
        const sessionId = await this.accounts.openSession(tx, accountId, until, DEVICE);
        const session = { sessionId, integratorId, accountId, issuedAt: iat, tokenHash: hash, kid };
        if (!(await this.sessions.insert(tx, session))) throw new SeenMeanwhile();
        return { accountId, sessionId };
      })
      .catch((error: unknown) => {
        if (error instanceof SeenMeanwhile) return undefined;
        throw error;
      });
    if (fresh) return fresh;
    const { accountId, sessionId } = (await this.sessions.ofToken(this.database, hash))!;
    return { accountId, sessionId };
  }
}

/** The same token came twice at once for the first time; the other one has made its session. */
class SeenMeanwhile extends Error {}

function claimsIn({ sub, iat, exp }: JWTPayload): Claims {
  const now = Date.now() / 1000;
  if (mistakeIn(sub, { least: 1, most: MOST_EXTERNAL_ID }) !== undefined)
    throw new Problem('auth/token-invalid', { detail: 'The sub of the token is no id.' });
  if (exp! - iat! > MOST_SECONDS || exp! <= iat! || iat! > now + LEEWAY_SECONDS)
    throw new Problem('auth/token-invalid', {
      detail: 'The token must not live longer than 24 hours, nor begin ahead.',
    });
  return { sub: sub!, iat: iat!, exp: exp! };
}

/** The key of a configuration; undefined when it is none of its kind. */
export function keyObjectOf(kind: SigningKind, text: string): KeyObject | undefined {
  if (kind === 'hs256') return createSecretKey(Buffer.from(text, 'utf8'));
  if (!text.includes('PUBLIC KEY')) return undefined;
  try {
    const key = createPublicKey(text);
    if (kind === 'eddsa') return key.asymmetricKeyType === 'ed25519' ? key : undefined;
    return key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails!.modulusLength! >= 2048 ? key : undefined;
  } catch {
    return undefined;
  }
}
