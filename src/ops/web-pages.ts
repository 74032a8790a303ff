import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../platform/problems.js';
import { sendProblem } from '../platform/problem.filter.js';
import { PROJECT_DIRECTORY } from '../platform/version.js';

const BUILT = join(PROJECT_DIRECTORY, 'dist/web');
const PAGES = { '/': 'index.html', '/console': 'console/index.html' };

/** Everything comes from this origin, nothing is inline, and no text can become code: the pages make no HTML from strings. */
const PAGE_POLICY = [
  `default-src 'self'`,
  `object-src 'none'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
  `trusted-types 'none'`,
].join('; ');

/** Serves the chat page at `/` and the console at `/console`, as they were built: the pages asked about each time, what they load by its content for ever. */
export async function serveWebPages(fastify: FastifyInstance): Promise<void> {
  for (const [path, file] of Object.entries(PAGES)) servePage(fastify, path, join(BUILT, file));
  await fastify.register(fastifyStatic, {
    root: join(BUILT, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    dotfiles: 'ignore',
    // Before it is built there is nothing to serve, and nothing to complain about.
    suppressWarning: true,
    setHeaders: (reply) => void reply.header('cache-control', 'public, max-age=31536000, immutable'),
  });
}

function servePage(fastify: FastifyInstance, path: string, file: string): void {
  fastify.get(path, async (request, reply) => {
    const page = await readFile(file).catch(() => undefined);
    if (!page) return sendProblem(reply, new Problem('route/not-found'), request.id);
    const tag = `"${createHash('sha256').update(page).digest('base64url')}"`;
    void reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
      etag: tag,
    });
    return request.headers['if-none-match'] === tag ? reply.status(304).send() : reply.send(page);
  });
}
