import { BesedkaProblem } from './problem.js';
import type { ClientStorage } from './storage.js';

export interface TokenPair {
  accessToken: string;
  refreshToken: string;
}

/** How a client gets access tokens: from the integrator's own server, or from the pair that signing in answered. */
export type Credentials = { getToken: () => Promise<string> | string } | TokenPair;

const KEY = 'besedka:tokens';
const EARLY_MS = 30_000;

/**
 * Keeps an access token that is valid now.
 *
 * A refresh token is used once: two tabs that used the same one would end the session of both. Whoever refreshes therefore holds a lock
 * over all tabs of the origin, and first looks whether another has done it meanwhile.
 */
export class Tokens {
  private current: string | undefined;
  private asking: Promise<string> | undefined;
  private pair: TokenPair | undefined;

  constructor(
    private readonly credentials: Credentials,
    private readonly storage: ClientStorage,
    private readonly refresh: (refreshToken: string) => Promise<TokenPair>,
  ) {
    if ('getToken' in credentials) return;
    this.keep({ accessToken: credentials.accessToken, refreshToken: credentials.refreshToken });
  }

  /** The tokens that an earlier client kept in this storage. */
  static kept(storage: ClientStorage): TokenPair | undefined {
    const text = storage.get(KEY);
    return text === null ? undefined : (JSON.parse(text) as TokenPair);
  }

  static forget(storage: ClientStorage): void {
    storage.remove(KEY);
  }

  /** A token that is valid for at least some seconds; one request for all who ask meanwhile. */
  get(): Promise<string> {
    if (this.current && expiresAt(this.current) > Date.now() + EARLY_MS) return Promise.resolve(this.current);
    this.asking ??= this.obtain().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** Whose they are; undefined before the first token of `getToken`. */
  get subject(): string | undefined {
    const token = this.current ?? this.pair?.accessToken;
    return token === undefined ? undefined : subjectOf(token);
  }

  /** The service does not take this token: the next one asked for is another. */
  refuse(token: string): void {
    if (this.current === token) this.current = undefined;
  }

  private async obtain(): Promise<string> {
    if ('getToken' in this.credentials) return (this.current = await this.credentials.getToken());
    return exclusively(async () => {
      const kept = Tokens.kept(this.storage);
      if (!kept)
        throw new BesedkaProblem({ type: '', code: 'auth/session-ended', status: 401, title: 'Signed out' } as never);
      const isNews =
        kept.refreshToken !== this.pair?.refreshToken && expiresAt(kept.accessToken) > Date.now() + EARLY_MS;
      this.keep(isNews ? kept : await this.refresh(kept.refreshToken));
      return this.current!;
    });
  }

  private keep(pair: TokenPair): void {
    this.pair = pair;
    this.current = pair.accessToken;
    this.storage.set(KEY, JSON.stringify(pair));
  }
}

/** Whose token it is, as the token says. */
export function subjectOf(token: string): string {
  return claimsOf(token).sub ?? '';
}

/** When a token expires, in milliseconds since 1970; never, if it does not say so. */
function expiresAt(token: string): number {
  const { exp } = claimsOf(token);
  return exp === undefined ? Infinity : exp * 1000;
}

function claimsOf(token: string): { exp?: number; sub?: string } {
  try {
    return JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}

interface Locks {
  request<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
  const locks = (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks;
  return locks ? locks.request(KEY, work) : work();
}
