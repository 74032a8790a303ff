import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Problem } from '../platform/problems.js';
import { AccessTokens, problemOfToken } from './access.tokens.js';
import { bearerToken, JwtStrategy } from './jwt.strategy.js';
import { PUBLIC } from './public.decorator.js';
import { type Sender, TOKEN_ALONE } from './token-alone.decorator.js';

/** Refuses every request without a valid access token, except to what says that it is public. Sockets were authenticated in their handshake. */
@Injectable()
export class AuthenticationGuard extends AuthGuard() {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(JwtStrategy) strategy: JwtStrategy,
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
  ) {
    super({ defaultStrategy: strategy.name, session: false });
  }

  override canActivate(context: ExecutionContext) {
    if (context.getType() === 'ws') return true;
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    if (this.reflector.get<boolean>(TOKEN_ALONE, context.getHandler())) return this.readToken(context);
    return super.canActivate(context);
  }

  private readToken(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<{ sender?: Sender }>();
    const token = bearerToken(request);
    if (!token) throw new Problem('auth/required');
    const { accountId, sessionId } = this.tokens.read(token);
    request.sender = { accountId, sessionId };
    return true;
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
