import { Logger } from '@nestjs/common';
import { type Context, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { metrics, secondsSince } from '../platform/metrics.js';
import { tracer } from '../platform/tracing.js';

interface Seen {
  began: number;
  span: Span;
  /** Undefined where nobody records. */
  context: Context | undefined;
}

interface Authenticated {
  user?: { accountId: number };
  sender?: { accountId: number };
}

/**
 * One line in the log, one observation and one span for each HTTP request. They name the route's pattern, never the address: that may hold
 * a ticket or what somebody searched for.
 */
export function observeRequests(fastify: FastifyInstance): void {
  const logger = new Logger('http');
  const requests = new WeakMap<FastifyRequest, Seen>();

  fastify.addHook('onRequest', (request, _reply, done) => {
    const parent = propagation.extract(context.active(), request.headers);
    const span = tracer.startSpan(`http ${request.method} ${routeOf(request)}`, { kind: SpanKind.SERVER }, parent);
    const recorded = span.isRecording() ? trace.setSpan(parent, span) : undefined;
    requests.set(request, { began: performance.now(), span, context: recorded });
    if (recorded) context.with(recorded, done);
    else done();
  });
  // Reading the body has left the context.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const recorded = requests.get(request)?.context;
    if (recorded) context.with(recorded, done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const seen = requests.get(request);
    if (seen) {
      const { method, user, sender } = request as FastifyRequest & Authenticated;
      const [route, status] = [routeOf(request), reply.statusCode];
      const seconds = secondsSince(seen.began);
      metrics.requestSeconds.observe(
        { method: methodOf(method), route, status: `${Math.floor(status / 100)}xx` },
        seconds,
      );
      seen.span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      });
      if (status >= 500) seen.span.setStatus({ code: SpanStatusCode.ERROR });
      seen.span.end();
      const accountId = user?.accountId ?? sender?.accountId;
      const line = { method, route, status, ms: Math.round(seconds * 1e4) / 10, requestId: request.id, accountId };
      if (route.startsWith('/health/')) logger.debug(line, 'request');
      else logger.log(line, 'request');
    }
    done();
  });
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Anybody may invent a method. */
function methodOf(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

function routeOf(request: FastifyRequest): string {
  return (request.is404 ? undefined : request.routeOptions.url) ?? 'none';
}
