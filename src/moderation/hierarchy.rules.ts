import { Injectable } from '@nestjs/common';
import { type Actor, hasRole, type Role, ROLES } from '../accounts/actor.js';
import { SuperuserRules } from '../accounts/superuser.rules.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { BlockRepository } from './block.repository.js';

/** The account turned out to be a superuser's, whose lock comes before all others: the work begins anew with it. */
export class SuperuserConcerned extends Error {}

/**
 * Who may act against whom: nobody against himself, moderators against lower roles, superusers against all, and one superuser who can act
 * stays. Decided on what the transaction reads after it holds both accounts: an actor who has just lost his role, or a target who has just
 * got one, is seen as he is now.
 */
@Injectable()
export class HierarchyRules {
  constructor(
    private readonly superusers: SuperuserRules,
    private readonly blocks: BlockRepository,
  ) {}

  /** Holds target and actor, and refuses when the actor may not act against the target. Answers the target's role. */
  async hold(tx: Tx, actor: Actor, accountId: number, superuserLocked: boolean): Promise<Role> {
    if (superuserLocked) await this.superusers.hold(tx);
    await tx.holdAuthors([accountId], [actor.accountId]);
    if (accountId === actor.accountId) throw new Problem('moderation/self');
    const { actor: role, target, signedOut } = await this.blocks.standing(tx, actor.accountId, accountId);
    if (role === null || signedOut) throw new Problem('auth/session-ended');
    if (!hasRole({ role }, 'moderator')) throw new Problem('role/insufficient');
    if (target === null) throw new Problem('account/not-found');
    if (role !== 'superuser' && ROLES.indexOf(target) >= ROLES.indexOf(role)) throw new Problem('role/insufficient');
    if (target === 'superuser' && !superuserLocked) throw new SuperuserConcerned();
    return target;
  }

  /** Holds the actor, and refuses when he is no moderator any more. Answers his role. */
  async holdModerator(tx: Tx, actor: Actor): Promise<Role> {
    await tx.holdAuthors([], [actor.accountId]);
    const { actor: role, signedOut } = await this.blocks.standing(tx, actor.accountId, actor.accountId);
    if (role === null || signedOut) throw new Problem('auth/session-ended');
    if (!hasRole({ role }, 'moderator')) throw new Problem('role/insufficient');
    return role;
  }

  /** Refuses when no other superuser could act without this account. */
  async lastSuperuserStays(tx: Tx, accountId: number, role: Role): Promise<void> {
    if (role === 'superuser') await this.superusers.mustRemainWithout(tx, accountId);
  }
}
