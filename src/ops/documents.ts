import { createHash } from 'node:crypto';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';
import type { Config } from '../platform/config.js';
import { asyncApiDocument } from './asyncapi.js';
import { EVENTS_PAGE_POLICY, EVENTS_STYLE, renderEventsPage } from './events-page.js';
import { EVENTS_SCRIPT } from './events-page.script.js';
import { serveGuides } from './guide-pages.js';
import { languageOf } from './language.js';
import { openApiDocument } from './openapi.js';
import {
  SWAGGER_DIRECTORY,
  SWAGGER_FILES,
  SWAGGER_PAGE_POLICY,
  SWAGGER_START,
  SWAGGER_STYLE,
  swaggerPage,
} from './swagger-page.js';

const KEPT = 'public, max-age=300';

/** Serves Swagger UI at /docs, and below it the OpenAPI and AsyncAPI documents and a page to try the socket events. Documents are built when first asked for. */
export async function serveDocuments(app: NestFastifyApplication, config: Config): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const openApi = once(() => openApiDocument(app, config));

  serveText(fastify, '/docs/openapi.json', 'application/json; charset=utf-8', async () =>
    JSON.stringify(await openApi()),
  );
  serveText(fastify, '/docs/openapi.yaml', 'application/yaml; charset=utf-8', async () =>
    stringify(await openApi(), { aliasDuplicateObjects: false }),
  );
  serveText(fastify, '/docs/asyncapi.json', 'application/json; charset=utf-8', async () =>
    JSON.stringify(asyncApiDocument(config)),
  );
  serveText(fastify, '/docs/start.js', 'text/javascript; charset=utf-8', async () => SWAGGER_START);
  serveText(fastify, '/docs/start.css', 'text/css; charset=utf-8', async () => SWAGGER_STYLE);

  serveText(fastify, '/docs/events.js', 'text/javascript; charset=utf-8', async () => EVENTS_SCRIPT);
  serveText(fastify, '/docs/events.css', 'text/css; charset=utf-8', async () => EVENTS_STYLE);

  fastify.get('/docs/events', (request, reply) => {
    const language = languageOf((request.query as { lang?: unknown }).lang, request.headers['accept-language']);
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': EVENTS_PAGE_POLICY,
        'cache-control': KEPT,
        vary: 'accept-language',
      })
      .send(renderEventsPage(language, request.url.split('?')[0]!.endsWith('/') ? '..' : '.'));
  });
  serveGuides(fastify);
  fastify.get('/docs', (request, reply) =>
    reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': SWAGGER_PAGE_POLICY,
        'cache-control': KEPT,
      })
      .send(swaggerPage(request.url.split('?')[0]!.endsWith('/') ? '.' : './docs')),
  );
  await fastify.register(fastifyStatic, {
    root: SWAGGER_DIRECTORY,
    prefix: '/docs/',
    decorateReply: false,
    index: false,
    allowedPath: (path) => SWAGGER_FILES.has(path),
    setHeaders: (reply) => void reply.header('cache-control', KEPT),
  });
}

function serveText(fastify: FastifyInstance, path: string, type: string, render: () => Promise<string>): void {
  const rendered = once(async () => {
    const text = await render();
    return { text, tag: `"${createHash('sha256').update(text).digest('base64url')}"` };
  });
  fastify.get(path, async (request, reply) => {
    const { text, tag } = await rendered();
    void reply.headers({ 'content-type': type, 'cache-control': KEPT, etag: tag });
    return request.headers['if-none-match'] === tag ? reply.status(304).send() : reply.send(text);
  });
}

/** Keeps what `make` made; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}
