import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Actor } from './actor.js';

export const APPEAL_TOKEN = 'besedka:appeal-token';

/** Takes an appeal token where an access token is taken otherwise. Such an operation knows its caller as an `Appellant`, who has neither role nor session. */
export const AppealTokenToo = (): MethodDecorator => SetMetadata(APPEAL_TOKEN, true);

/** A person about whom something was decided. */
export interface Appellant {
  readonly accountId: number;
  /** The only sanction he may reach; undefined for whoever is signed in. */
  readonly sanctionId?: number;
}

/** The caller of an operation that is marked with `AppealTokenToo`. */
export const CurrentAppellant = createParamDecorator((_data: unknown, context: ExecutionContext): Appellant => {
  const { appellant, user } = context.switchToHttp().getRequest<{ appellant?: Appellant; user?: Actor }>();
  if (appellant) return appellant;
  if (!user) throw new Error('CurrentAppellant without AppealTokenToo');
  return { accountId: user.accountId };
});
