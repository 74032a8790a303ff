import type { FastifyInstance } from 'fastify';
import { Problem } from './problems.js';
import { sendProblem } from './problem.filter.js';

/** Answers a known address with an unknown method by 405 and `Allow`, where the router alone would say 404. */
export function useMethodNotAllowed(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const allowed = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
      (method) => fastify.findRoute({ method: method as 'GET', url: request.url.split('?')[0]! }) !== null,
    );
    if (allowed.length === 0) return done();
    void reply.header('allow', allowed.join(', '));
    sendProblem(reply, new Problem('route/method-not-allowed'), request.id);
  });
}
