import { Injectable } from '@nestjs/common';
import type { Origin } from '../platform/audit.js';
import { Problem } from '../platform/problems.js';
import type { Actor } from './actor.js';
import type { Scope } from './takes-key.decorator.js';

/** A request of a server. */
export interface KeyUse {
  /** Its API key; undefined for one without, where a door takes that. */
  key: string | undefined;
  /** What the operation asks of the key; undefined where no key is accepted. */
  scope: Scope | undefined;
  /** For whom, as the request names him; undefined for the integrator itself. */
  actAs: string | undefined;
  /** Method and address, as the audit log names them. */
  operation: string;
  /** Whether the operation may change something. */
  changes: boolean;
  origin: Origin;
}

/** A session that a token names which we did not sign. */
export interface ForeignSession {
  accountId: number;
  sessionId: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Where the module of integrators takes part in authentication, which stands below it; until it does, its credentials are refused. */
@Injectable()
export class IntegratorDoor {
  /** The actor of a request with a key; else the problem to answer. */
  callerOf: (use: KeyUse) => Promise<Actor> = () => Promise.reject(new Problem('auth/key-invalid'));
  /**
   * The account for which a server acts, whose own actor the caller is; for itself too. What it does by that is written down. Else
   * account/not-found, account/blocked, key/required or key/scope-missing.
   */
  actorFor: (server: Actor, accountId: number, operation: string) => Promise<Actor> = () =>
    Promise.reject(new Problem('key/required'));
  /** The session of a token for these audiences, none of which is ours; else the problem to answer. */
  sessionOf: (token: string, audiences: readonly string[]) => Promise<ForeignSession> = () =>
    Promise.reject(new Problem('auth/token-invalid'));
}
