import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/problems.js';
import { AccessTokens, foreignAudiences, problemOfToken } from './access.tokens.js';
import type { Actor } from './actor.js';
import { looksLikeApiKey } from './api-key.js';
import { AppealTokens } from './appeal.tokens.js';
import { APPEAL_TOKEN, type Appellant } from './appellant.decorator.js';
import { Authenticator } from './authenticator.js';
import { deviceOf } from './device.js';
import { DialectTokens } from './dialect-tokens.service.js';
import { FOR_GUESTS } from './for-guests.decorator.js';
import { FOR_SERVERS } from './for-servers.decorator.js';
import { IntegratorDoor } from './integrator.door.js';
import { bearerToken, JwtStrategy } from './jwt.strategy.js';
import { PUBLIC } from './public.decorator.js';
import { KEY_SCOPE, type Scope } from './takes-key.decorator.js';
import { DIALECT, type DialectDoor } from './takes-dialect-token.decorator.js';
import { type Sender, TOKEN_ALONE } from './token-alone.decorator.js';

type AuthenticatedRequest = FastifyRequest & { user?: Actor; sender?: Sender; appellant?: Appellant };

const READING = new Set(['GET', 'HEAD']);

/**
 * Refuses every request without a valid access token or API key, except to what says that it is public. Sockets were authenticated in their
 * handshake, which takes no key.
 */
@Injectable()
export class AuthenticationGuard extends AuthGuard() {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(JwtStrategy) strategy: JwtStrategy,
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
    @Inject(IntegratorDoor) private readonly integrators: IntegratorDoor,
    @Inject(AppealTokens) private readonly appeals: AppealTokens,
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(DialectTokens) private readonly dialects: DialectTokens,
  ) {
    super({ defaultStrategy: strategy.name, session: false });
  }

  override canActivate(context: ExecutionContext) {
    if (context.getType() === 'ws') return true;
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const door = this.reflector.get<DialectDoor | undefined>(DIALECT, context.getClass());
    if (door !== undefined) return this.admitDialect(context, request, door);
    const key = keyIn(request);
    if (this.reflector.get<boolean>(FOR_SERVERS, context.getClass())) return this.admitServer(request, key);
    if (key !== undefined) return this.admitKey(context, request, key);
    const token = bearerToken(request);
    const audiences = token ? foreignAudiences(token) : undefined;
    if (audiences) return this.admitForeign(context, request, token!, audiences);
    if (this.reflector.get<boolean>(TOKEN_ALONE, context.getHandler())) return this.readToken(context, request);
    if (this.reflector.get<boolean>(APPEAL_TOKEN, context.getHandler())) return this.readAppealToken(context, request);
    return super.canActivate(context);
  }

  private async admitDialect(
    context: ExecutionContext,
    request: AuthenticatedRequest,
    { dialect, basic }: DialectDoor,
  ): Promise<true> {
    if (this.reflector.get<boolean>(FOR_SERVERS, context.getHandler())) {
      const key = keyIn(request);
      if (key !== undefined) return this.admitServer(request, key);
    }
    const { authorization } = request.headers;
    const byPassword = basic && /^basic(\s|$)/i.test(authorization ?? '');
    // Browsers add a password they remember to whatever a page of others sends.
    if (byPassword && comesFromForeignPage(request)) throw new Problem('auth/required');
    const actor = byPassword
      ? await this.dialects.actorOfPassword(authorization, deviceOf(request))
      : await this.dialects.actorOf(dialect, authorization);
    this.admitGuest(context, actor);
    request.user = actor;
    request.sender = actor;
    return true;
  }

  private async readAppealToken(context: ExecutionContext, request: AuthenticatedRequest): Promise<boolean> {
    const token = bearerToken(request);
    const appellant = token ? await this.appeals.appellantOf(token) : undefined;
    if (!appellant) return (await super.canActivate(context)) as boolean;
    request.appellant = appellant;
    return true;
  }

  private async admitServer(request: AuthenticatedRequest, key: string | undefined): Promise<true> {
    refuseForeignPages(request);
    if (key === undefined && request.headers.authorization !== undefined) throw new Problem('auth/key-invalid');
    const operation = operationOf(request);
    // What it does is written down where it says for whom.
    const use = { key, scope: 'act_as' as const, actAs: undefined, operation, changes: false, origin: request };
    request.user = await this.integrators.callerOf(use);
    request.sender = request.user;
    return true;
  }

  private async admitKey(context: ExecutionContext, request: AuthenticatedRequest, key: string): Promise<true> {
    refuseForeignPages(request);
    const actor = await this.integrators.callerOf({
      key,
      scope: this.reflector.get<Scope | undefined>(KEY_SCOPE, context.getHandler()),
      actAs: oneOf(request.headers['x-act-as']),
      operation: operationOf(request),
      changes: !READING.has(request.method),
      origin: request,
    });
    this.admitGuest(context, actor);
    request.user = actor;
    request.sender = actor;
    return true;
  }

  private async admitForeign(
    context: ExecutionContext,
    request: AuthenticatedRequest,
    token: string,
    audiences: readonly string[],
  ): Promise<true> {
    const { actor } = await this.authenticator.actorOfForeign(token, audiences);
    this.admitGuest(context, actor);
    request.user = actor;
    request.sender = actor;
    return true;
  }

  private readToken(context: ExecutionContext, request: AuthenticatedRequest): true {
    const token = bearerToken(request);
    if (!token) throw new Problem('auth/required');
    const { accountId, sessionId, guest } = this.tokens.read(token);
    request.sender = { accountId, sessionId, guest };
    this.admitGuest(context, request.sender);
    return true;
  }

  override handleRequest<User = Actor>(
    error: unknown,
    actor: User | false | null,
    info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error;
    if (actor) {
      this.admitGuest(context, actor);
      return actor;
    }
    throw bearerToken(context.switchToHttp().getRequest<never>()) ? problemOfToken(info) : new Problem('auth/required');
  }

  private admitGuest(context: ExecutionContext, { guest }: { guest?: boolean }): void {
    if (guest && !this.reflector.get<boolean>(FOR_GUESTS, context.getHandler())) throw new Problem('account/guest');
  }
}

/** The key of a request, in either place; a second credential beside it leaves open who calls. */
function keyIn(request: AuthenticatedRequest): string | undefined {
  const header = oneOf(request.headers['x-api-key']);
  const token = bearerToken(request) ?? undefined;
  if (header === undefined) return token !== undefined && looksLikeApiKey(token) ? token : undefined;
  if (token !== undefined && token !== header)
    throw new Problem('auth/key-invalid', { detail: 'Send either a key or an access token.' });
  return header;
}

/** Headers that came twice arrive joined or as a list; neither is a key or names anybody. */
function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

/** Method and address, as the audit log names them. */
function operationOf({ method, url }: AuthenticatedRequest): string {
  return `${method} ${url.split('?')[0]!.slice(0, 200)}`;
}

function refuseForeignPages(request: AuthenticatedRequest): void {
  if (comesFromForeignPage(request))
    throw new Problem('key/not-accepted', { detail: 'A key stays on a server: no web page may use it.' });
}

/** Browsers say from which page a request comes; our own documentation may try a key out. */
function comesFromForeignPage({ headers: { origin, host } }: AuthenticatedRequest): boolean {
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
}
