import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../platform/config.js';
import { BODY_BYTES } from '../platform/json-body.js';
import { mannerOf, setManner } from '../platform/manner.js';
import { Problem } from '../platform/problems.js';
import { DIALECTS } from './dialects.js';

/** Has a request answered in the manner of the dialect that is spoken at its address. */
export function speakAt(request: FastifyRequest, config: Config): void {
  const dialect = config
    .get('DIALECTS')
    .map((name) => DIALECTS[name])
    .find(({ addresses }) => addresses.test(request.url));
  if (dialect) setManner(request, dialect.manner);
}

/** Has requests to the addresses of dialects that are switched on read and refused in their manner. Before any hook that may refuse one. */
export function useDialects(fastify: FastifyInstance, config: Config): void {
  fastify.decorateRequest('manner', undefined);
  fastify.addHook('onRequest', (request, _reply, done) => {
    speakAt(request, config);
    done();
  });
  fastify.addContentTypeParser(
    /^multipart\/form-data(?:\s*;.*)?$/i,
    { parseAs: 'buffer', bodyLimit: BODY_BYTES },
    async (request: Parameters<typeof mannerOf>[0], body: Buffer) => {
      const manner = mannerOf(request);
      if (!manner) throw new Problem('request/unsupported-media-type');
      return await manner.read(request.headers['content-type']!, body);
    },
  );
}
