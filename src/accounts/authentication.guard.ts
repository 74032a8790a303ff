import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Problem } from '../platform/problems.js';
import { problemOfToken } from './access.tokens.js';
import { bearerToken, JwtStrategy } from './jwt.strategy.js';
import { PUBLIC } from './public.decorator.js';

/** Refuses every request without a valid access token, except to what says that it is public. Sockets were authenticated in their handshake. */
@Injectable()
export class AuthenticationGuard extends AuthGuard() {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(JwtStrategy) strategy: JwtStrategy,
  ) {
    super({ defaultStrategy: strategy.name, session: false });
  }

  override canActivate(context: ExecutionContext) {
    if (context.getType() === 'ws') return true;
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    return super.canActivate(context);
  }

  override handleRequest<Actor>(
    error: unknown,
    actor: Actor | false | null,
    info: unknown,
    context: ExecutionContext,
  ): Actor {
    if (error) throw error;
    if (actor) return actor;
    throw bearerToken(context.switchToHttp().getRequest<never>()) ? problemOfToken(info) : new Problem('auth/required');
  }
}
