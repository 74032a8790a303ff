import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Origin } from '../platform/audit.js';
import { Problem } from '../platform/problems.js';

export const ROLES = ['user', 'moderator', 'superuser'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts: an account as the database has it at this request, never as a token claims it. */
export interface Actor {
  readonly accountId: number;
  readonly username: string;
  readonly role: Role;
  /** The session he signed in with; undefined where a server acts by its key, and for the command line. */
  readonly sessionId: number | undefined;
  /** The API key by which a server acts for this account. */
  readonly keyId?: number;
  /** Whether he is a guest, who is nowhere but in the rooms he was brought into. */
  readonly guest?: boolean;
  /** The request he acts by. */
  readonly origin?: Origin;
}

/** Who may do what superusers may: one of them, or whoever runs the service and has its command line. */
export type Authority = Actor | 'operator';

/** Whether the actor's role is `least` or above it. */
export function hasRole(actor: Pick<Actor, 'role'>, least: Role): boolean {
  return ROLES.indexOf(actor.role) >= ROLES.indexOf(least);
}

/** The session of an actor, for what only a signed-in person can do. */
export function sessionOf(actor: Actor): number {
  if (actor.sessionId === undefined) throw new Problem('auth/required');
  return actor.sessionId;
}

/** The actor of a request that passed the authentication guard. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const request = context.switchToHttp().getRequest<Origin & { user?: Actor }>();
  const { user } = request;
  if (!user) throw new Error('CurrentActor on a public operation');
  // The request itself, so that nothing is read of it until somebody asks.
  return Object.assign(user, { origin: request });
});
