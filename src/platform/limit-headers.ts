import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from './limits.js';
import { LIMITS, type LimitName } from './limits.table.js';

/** The limit that a request counts into. */
export interface Budget {
  name: LimitName;
  key: string | number;
}

/** Tells in the headers of each answer what is left of the budget that its request took from. */
export function useLimitHeaders(fastify: FastifyInstance, limits: Limits): void {
  fastify.decorateRequest('budget', undefined);
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    const { budget } = request as FastifyRequest & { budget?: Budget };
    if (budget) void reply.headers(headersOf(limits, budget));
    done();
  });
}

/** As draft-ietf-httpapi-ratelimit-headers has them, and in the older words that most clients know. */
function headersOf(limits: Limits, { name, key }: Budget): Record<string, string> {
  const { points, seconds } = limits.quota(name);
  const left = limits.left(name, key);
  const reset = Math.ceil(left.resetMs / 1_000);
  return {
    'ratelimit-policy': `"${name}";q=${points};w=${seconds}`,
    ratelimit: `"${name}";r=${left.points};t=${reset}`,
    'x-ratelimit-limit': String(points),
    'x-ratelimit-remaining': String(left.points),
    'x-ratelimit-reset': String(reset),
  };
}

/** Whether services count this limit themselves, because only they know whether the request counts, or share it with other doors. */
export function isCountedByServices(name: LimitName): boolean {
  return name === 'send' || LIMITS[name].kind === 'window';
}
