import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorFacts } from './error-facts.js';
import { metrics } from './metrics.js';
import { mannerOf } from './manner.js';
import { problemOf } from './problem-of.js';
import { type Problem, viewOfProblem } from './problems.js';

/** Renders every error of an HTTP request as `application/problem+json`; the request's body is never echoed or logged. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error);
    logFailure(this.logger, problem, error, request.id);
    sendProblem(reply, problem, request.id);
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem, requestId: string): void {
  if (reply.sent) return;
  const { retryAfter } = problem.facts;
  metrics.problems.inc({ code: problem.code, door: 'http' });
  void reply.headers({
    'x-request-id': requestId,
    ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) }),
  });
  const foreign = mannerOf(reply.request)?.refusalOf(problem, reply.request);
  if (foreign) {
    void reply
      .status(foreign.status)
      .headers({ 'content-type': 'application/json; charset=utf-8', ...foreign.headers });
    return void reply.send(JSON.stringify(foreign.body));
  }
  void reply.status(problem.status).headers({
    'content-type': 'application/problem+json; charset=utf-8',
    ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  void reply.send(JSON.stringify(viewOfProblem(problem, requestId)));
}

/** A surprise with its stack; what was foreseen, such as an unreachable database, in one short line. */
export function logFailure(logger: Logger, problem: Problem, error: unknown, requestId?: string): void {
  if (problem.status < 500) return;
  const facts = { ...(requestId === undefined ? {} : { requestId }), code: problem.code };
  if (problem.code !== 'server/internal') return logger.warn(facts);
  logger.error({ ...facts, ...errorFacts(error) });
}
