import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable, of } from 'rxjs';
import { Database } from './database.js';
import { type Claim, IdempotencyKeys } from './idempotency-keys.js';
import { Problem } from './problems.js';

export const IDEMPOTENCY_KEY = /^[\w-]{8,64}$/;

/** Runs a request with an Idempotency-Key once: its repetition gets the answer of the first for 24 hours. A request that failed may be repeated. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('idempotency');
  private readonly keys: IdempotencyKeys;

  constructor(database: Database) {
    this.keys = new IdempotencyKeys(database);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: { accountId: number } }>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next.handle();
    if (!request.user) throw new Error('Idempotent on a public operation');
    if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key))
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/Idempotency-Key', message: 'must be 8 to 64 of the characters A-Z a-z 0-9 _ -' }],
      });
    const { method, url: address, body } = request;
    const outcome = await this.keys.claim({ accountId: request.user.accountId, key, method, address, body });
    if ('refused' in outcome)
      throw new Problem(outcome.refused, outcome.refused === 'idempotency/in-progress' ? { retryAfter: 1 } : {});
    if ('kept' in outcome) {
      void reply.status(outcome.kept.status).header('idempotency-replayed', 'true');
      return of(outcome.kept.answer);
    }
    return next.handle().pipe(
      mergeMap((answer: unknown) => from(this.keep(outcome.claim, reply.statusCode, answer))),
      catchError((error: unknown) => from(this.free(outcome.claim, error))),
    );
  }

  /** The work is done: the caller gets his answer also when it cannot be kept. */
  private async keep(claim: Claim, status: number, answer: unknown): Promise<unknown> {
    await this.keys.keep(claim, status, answer).catch((error: unknown) => this.logger.warn(String(error)));
    return answer;
  }

  private async free(claim: Claim, error: unknown): Promise<never> {
    await this.keys.free(claim).catch((failure: unknown) => this.logger.warn(String(failure)));
    throw error;
  }
}
