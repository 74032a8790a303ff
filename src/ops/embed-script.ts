import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../platform/problems.js';
import { sendProblem } from '../platform/problem.filter.js';
import { PROJECT_DIRECTORY } from '../platform/version.js';

const PATH = '/embed/besedka-room.js';
const BUILT = join(PROJECT_DIRECTORY, 'dist/web', PATH);

/** Serves the script of `<besedka-room>` to pages of every origin: it holds no secret, and what the page may do its token decides. */
export function serveEmbedScript(fastify: FastifyInstance): void {
  fastify.get(PATH, async (request, reply) => {
    const script = await readFile(BUILT).catch(() => undefined);
    if (!script) return sendProblem(reply, new Problem('route/not-found'), request.id);
    const tag = `"${createHash('sha256').update(script).digest('base64url')}"`;
    void reply.headers({
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=300',
      etag: tag,
    });
    return request.headers['if-none-match'] === tag ? reply.status(304).send() : reply.send(script);
  });
}
