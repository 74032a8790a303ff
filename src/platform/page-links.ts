import type { FastifyInstance } from 'fastify';

const PLACES = ['cursor', 'before', 'after', 'around'];

/** Gives every page of a list the header `Link` to its neighbours, from the `next` and `prev` of its body. */
export function usePageLinks(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', (request, reply, payload, done) => {
    const links = linksOf(payload, request.url);
    if (links.length > 0) void reply.header('link', links.join(', '));
    done(null, payload);
  });
}

/** Seqs are places in a room: `next` is read with `after`, `prev` with `before`. Anything else is a cursor. */
function linksOf(payload: unknown, url: string): string[] {
  if (typeof payload !== 'object' || payload === null || !('hasMore' in payload)) return [];
  const { next, prev } = payload as { next?: unknown; prev?: unknown };
  return [linkTo(url, next, 'after', 'next'), linkTo(url, prev, 'before', 'prev')].flat();
}

function linkTo(url: string, place: unknown, seqParameter: string, relation: string): string[] {
  if (typeof place !== 'string' && typeof place !== 'number') return [];
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  for (const name of PLACES) query.delete(name);
  query.set(typeof place === 'number' ? seqParameter : 'cursor', String(place));
  // Relative to the address asked for, which may begin differently in front of a proxy.
  return [`<?${query.toString()}>; rel="${relation}"`];
}
