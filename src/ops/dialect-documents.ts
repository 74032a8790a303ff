import type { FastifyInstance } from 'fastify';
import { DIALECTS } from '../dialects/dialects.js';
import type { Config } from '../platform/config.js';

/** Serves an OpenAPI document for each dialect that is switched on, and at /docs/dialects a page that lists them. */
export function serveDialectDocuments(fastify: FastifyInstance, config: Config): void {
  const names = config.get('DIALECTS');
  for (const name of names)
    fastify.get(`/docs/dialects/${name}.json`, (_request, reply) =>
      reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(DIALECTS[name].document)),
    );
  const items = names.map((name) => `<li><a href="/docs/dialects/${name}.json">${DIALECTS[name].title}</a></li>`);
  fastify.get('/docs/dialects', (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" })
      .send(
        `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Besedka: dialects</title></head>\n<body>\n<h1>Dialects</h1>\n` +
          `<p>Chat APIs of other servers that this service speaks; their OpenAPI documents.</p>\n<ul>${items.join('')}</ul>\n</body>\n</html>\n`,
      ),
  );
}
