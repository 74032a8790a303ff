import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Actor } from './actor.js';

export const TOKEN_ALONE = 'besedka:token-alone';

/**
 * Verifies only the token of this operation, without a look at the database: for writes that themselves decide on session, role and blocks
 * within their transaction. Such an operation knows its caller as a `Sender`, who has no role.
 */
export const TokenAlone = (): MethodDecorator => SetMetadata(TOKEN_ALONE, true);

/** Whom and which session a verified token names; whether they may act, the write decides. */
export type Sender = Pick<Actor, 'accountId' | 'sessionId' | 'guest'>;

/** The caller of an operation that is marked with `TokenAlone`. */
export const CurrentSender = createParamDecorator((_data: unknown, context: ExecutionContext): Sender => {
  const { sender } = context.switchToHttp().getRequest<{ sender?: Sender }>();
  if (!sender) throw new Error('CurrentSender without TokenAlone');
  return sender;
});
