import type { FastifyInstance } from 'fastify';
import { Problem } from './problems.js';
import { sendProblem } from './problem.filter.js';

interface Place {
  methods: string[];
  path: RegExp;
}

/** Answers a known address with an unknown method by 405 and `Allow`, where the router alone would say 404. Before any route is made. */
export function useMethodNotAllowed(fastify: FastifyInstance): void {
  const places: Place[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    // A preflight is answered at every address, also where there is nothing.
    const methods = [method].flat().filter((name) => name !== 'OPTIONS');
    if (methods.length > 0) places.push({ methods, path: pathOf(url) });
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?')[0]!;
    const allowed = new Set(places.flatMap((place) => (place.path.test(path) ? place.methods : [])));
    if (allowed.size === 0) return done();
    void reply.header('allow', [...allowed].join(', '));
    sendProblem(reply, new Problem('route/method-not-allowed'), request.id);
  });
}

/** The addresses of a route such as `/rooms/:roomId`. */
function pathOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}
