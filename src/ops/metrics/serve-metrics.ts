import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import type { Config } from '../../platform/config.js';
import { registry } from '../../platform/metrics.js';
import { sendProblem } from '../../platform/problem.filter.js';
import { Problem } from '../../platform/problems.js';

const PATH = '/metrics';

/** Serves /metrics beside the API, where a token is set to ask for it. */
export function serveMetrics(fastify: FastifyInstance, config: Config): void {
  const token = config.get('BESEDKA_METRICS_TOKEN');
  if (token === undefined) return;
  fastify.get(PATH, async (request, reply) => {
    if (!isAllowed(request.headers.authorization, token))
      return sendProblem(reply, new Problem('auth/required'), request.id);
    return reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
}

/** Serves /metrics on its own port, where one is set; the metrics of the process itself, such as its memory, begin here as well. */
export async function listenForMetrics(config: Config): Promise<Server | undefined> {
  const [port, token] = [config.get('BESEDKA_METRICS_PORT'), config.get('BESEDKA_METRICS_TOKEN')];
  if (port === undefined && token === undefined) return undefined;
  collectDefaultMetrics({ register: registry });
  if (port === undefined) return undefined;
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== PATH) return void response.writeHead(404).end();
    if (token !== undefined && !isAllowed(request.headers.authorization, token))
      return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, config.get('HOST'), resolve));
  return server;
}

/** Compared by their hashes, so that neither content nor length shows in the time. */
function isAllowed(header: string | undefined, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(header ?? ''), hash(`Bearer ${token}`));
}
