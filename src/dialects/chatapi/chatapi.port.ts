import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { answerClientError } from '../../platform/client-error.js';
import { Config } from '../../platform/config.js';
import { capConnections } from '../../platform/connection-cap.js';
import { Problem } from '../../platform/problems.js';
import { CHATAPI_ADDRESSES, CHATAPI_MANNER } from './chatapi.manner.js';

const HOST = '127.0.0.1';

/** Listens on a port of its own, of this machine alone, where one is set and the dialect is spoken; there nothing but the dialect answers. */
export async function listenForChatapi(fastify: FastifyInstance, config: Config): Promise<Server | undefined> {
  const port = config.get('CHATAPI_PORT');
  if (port === undefined || !config.get('DIALECTS').includes('chatapi')) return undefined;
  const server = createServer({ requestTimeout: 12_000, connectionsCheckingInterval: 1_000 }, (request, response) => {
    const { url = '/', method = 'GET', headers } = request;
    if (CHATAPI_ADDRESSES.test(url)) return fastify.routing(request, response);
    const refusal = CHATAPI_MANNER.refusalOf(new Problem('route/not-found'), { url, method, headers });
    response.writeHead(refusal.status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
    response.end(JSON.stringify(refusal.body));
  });
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = 5_000;
  server.on('clientError', answerClientError);
  capConnections(server, config);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, HOST, resolve));
  return server;
}
