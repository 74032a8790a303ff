import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { type Budget, isCountedByServices } from '../platform/limit-headers.js';
import { LIMITED } from '../platform/limited.decorator.js';
import { Limits } from '../platform/limits.js';
import { type BucketName, LIMITS, type LimitName } from '../platform/limits.table.js';
import type { Actor } from './actor.js';
import { addressKey } from './device.js';
import type { Sender } from './token-alone.decorator.js';

type LimitedRequest = FastifyRequest & { user?: Actor; sender?: Sender; budget?: Budget };

/** Takes every request from its budget: a server's from that of its key; else the one its operation names, or its account's; a stranger's from his address's. */
@Injectable()
export class LimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: Limits,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const own = this.reflector.getAllAndOverride<LimitName | 'none' | undefined>(LIMITED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (own === 'none') return true;
    const request = context.switchToHttp().getRequest<LimitedRequest>();
    request.budget = budgetOf(request, own);
    const { name, key } = request.budget;
    if (!isCountedByServices(name)) this.limits.take(name as BucketName, key);
    return true;
  }
}

function budgetOf({ user, sender, ip }: LimitedRequest, own: LimitName | undefined): Budget {
  if (user?.keyId !== undefined && own !== 'send') return { name: 'integrator', key: user.keyId };
  const accountId = user?.accountId ?? sender?.accountId;
  const name = own ?? (accountId === undefined ? 'anonymous' : 'requests');
  return { name, key: LIMITS[name].per === 'account' ? accountId! : addressKey(ip) };
}
