import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { IDEMPOTENCY_KEY, IdempotencyInterceptor } from './idempotency.interceptor.js';

/** Lets the caller repeat this POST with an `Idempotency-Key` without its work being done twice. For operations of signed-in callers whose answer may be kept for a day: not where it holds a secret. */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'A name of your own for this request, such as a UUID. The same request with the same key within 24 hours gets the answer of the first and does nothing.',
      schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source, example: '9d2b8f64-4a0f-4a35-8d7b-0f6f0a2f5c11' },
    }),
  );
}
