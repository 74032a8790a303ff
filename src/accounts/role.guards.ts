import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems.js';
import { type Actor, hasRole, type Role } from './actor.js';

/** Lets moderators and superusers pass. */
@Injectable()
export class ModeratorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return passes(context, 'moderator');
  }
}

/** Lets superusers pass. */
@Injectable()
export class SuperuserGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return passes(context, 'superuser');
  }
}

function passes(context: ExecutionContext, least: Role): boolean {
  const { user } = context.switchToHttp().getRequest<{ user?: Actor }>();
  if (!user) throw new Problem('auth/required');
  if (!hasRole(user, least)) throw new Problem('role/insufficient');
  return true;
}
