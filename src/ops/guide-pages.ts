import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../platform/problems.js';
import { sendProblem } from '../platform/problem.filter.js';
import { PROJECT_DIRECTORY } from '../platform/version.js';
import { LLMS_TEXT } from './llms.js';
import { PAGE_POLICY, PAGE_STYLE } from './problem-page.js';

const BUILT = join(PROJECT_DIRECTORY, 'dist/guides');
const NAME = /^[a-z]+(?:-[a-z]+)*$/;
const KEPT = 'public, max-age=300';

/** Serves the guides at /docs/guides, as they were built, and at /llms.txt the way through all of it for programs that read. */
export function serveGuides(fastify: FastifyInstance): void {
  fastify.get('/docs/guides', (request, reply) => sendGuide(request, reply, 'README'));
  fastify.get<{ Params: { name: string } }>('/docs/guides/:name', (request, reply) =>
    sendGuide(request, reply, NAME.test(request.params.name) ? request.params.name : undefined),
  );
  fastify.get('/llms.txt', (request, reply) => sendText(request, reply, 'text/plain; charset=utf-8', LLMS_TEXT));
}

async function sendGuide(request: FastifyRequest, reply: FastifyReply, name: string | undefined) {
  const guide = name && (await readFile(join(BUILT, `${name}.html`), 'utf8').catch(() => undefined));
  if (!guide) return sendProblem(reply, new Problem('route/not-found'), request.id);
  void reply.header('content-security-policy', PAGE_POLICY);
  return sendText(request, reply, 'text/html; charset=utf-8', pageOf(guide, name === 'README'));
}

function sendText(request: FastifyRequest, reply: FastifyReply, type: string, text: string) {
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  void reply.headers({ 'content-type': type, 'cache-control': KEPT, etag: tag });
  return request.headers['if-none-match'] === tag ? reply.status(304).send() : reply.send(text);
}

/** The list stands one address higher than the guides, and its links lead down to them. */
function pageOf(guide: string, isList: boolean): string {
  const title = /<h1>(.*?)<\/h1>/.exec(guide)?.[1] ?? 'Guides';
  const body = isList ? guide.replaceAll(/href="([a-z-]+)"/g, 'href="/docs/guides/$1"') : guide;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · Besedka</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><a href="/docs/guides">Guides</a><a href="/docs">API</a><a href="/problems">Problems</a></header>
<main>
${body}
</main>
</body>
</html>
`;
}
