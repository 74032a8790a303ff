import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { useTokenForms } from './accounts/token-form.js';
import { AppModule } from './app.module.js';
import { speakAt, useDialects } from './dialects/use-dialects.js';
import { useImportLines } from './integrations/import.lines.js';
import { serveDialectDocuments } from './ops/dialect-documents.js';
import { serveDocuments } from './ops/documents.js';
import { serveEmbedScript } from './ops/embed-script.js';
import { serveWebPages } from './ops/web-pages.js';
import { serveMetrics } from './ops/metrics/serve-metrics.js';
import { observeRequests } from './ops/observe-requests.js';
import { Config } from './platform/config.js';
import { answerClientError } from './platform/client-error.js';
import { capConnections } from './platform/connection-cap.js';
import type { DatabaseAddress } from './platform/data-source.js';
import { BODY_BYTES, useJsonBodies } from './platform/json-body.js';
import { useLimitHeaders } from './platform/limit-headers.js';
import { Limits } from './platform/limits.js';
import { ProblemFilter, sendProblem } from './platform/problem.filter.js';
import { Problem } from './platform/problems.js';
import { problemOf } from './platform/problem-of.js';
import { useMethodNotAllowed } from './platform/method-not-allowed.js';
import { usePageLinks } from './platform/page-links.js';
import { WorkInFlight } from './platform/work-in-flight.js';
import { requestValidation } from './platform/validation.pipe.js';
import { SocketAdapter } from './realtime/socket.adapter.js';

/** Whoever neither sends nor takes a byte for so long is cut; an open WebSocket has its own pings. */
const STALLED_MS = 20_000;
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** The assembled application, initialised but not listening: the service, the tests and the document generator start from here. */
export async function createApp(
  config: Config,
  address: DatabaseAddress,
  logger: LoggerService | false,
): Promise<NestFastifyApplication> {
  const proxies = config.get('BESEDKA_TRUST_PROXY');
  const adapter = new FastifyAdapter({
    trustProxy: proxies > 0 && ((_address: string, hop: number) => hop < proxies),
    bodyLimit: BODY_BYTES,
    connectionTimeout: STALLED_MS,
    requestTimeout: 12_000,
    http: { connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 5_000,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // An address that cannot be decoded gets here before any hook.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      speakAt(request, config);
      sendProblem(reply, problemOf(error), request.id);
    },
    clientErrorHandler: answerClientError,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, address), adapter, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.server.headersTimeout = 10_000;
  useJsonBodies(fastify);
  useTokenForms(fastify);
  useImportLines(fastify);
  useDialects(fastify, config);
  useHeaders(fastify);
  observeRequests(fastify);
  countWork(fastify, app.get(WorkInFlight));
  useLimitHeaders(fastify, app.get(Limits));
  capConnections(fastify.server, config);
  useMethodNotAllowed(fastify);
  usePageLinks(fastify);
  if (config.get('BESEDKA_CORS_ORIGINS').length > 0) app.enableCors(corsOf(config));
  app.useGlobalPipes(requestValidation());
  app.useGlobalFilters(new ProblemFilter());
  app.useWebSocketAdapter(new SocketAdapter(app, config));
  serveDialectDocuments(fastify, config);
  await serveDocuments(app, config);
  await serveWebPages(fastify);
  serveEmbedScript(fastify);
  serveMetrics(fastify, config);
  await app.init();
  return app;
}

function useHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    done();
  });
}

/** A request is under way until its answer is written or its connection gone; a supervisor may ask about health to the end. */
function countWork(fastify: FastifyInstance, work: WorkInFlight): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/health/')) return done();
    if (work.draining) return sendProblem(reply, new Problem('server/draining', { retryAfter: 1 }), request.id);
    reply.raw.once('close', work.begin());
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (work.draining) void reply.header('connection', 'close');
    done();
  });
}

function corsOf(config: Config) {
  const origins = config.get('BESEDKA_CORS_ORIGINS');
  return {
    origin: origins.includes('*') ? '*' : origins,
    credentials: config.get('BESEDKA_CORS_CREDENTIALS'),
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-request-id'],
    exposedHeaders: ['x-request-id', 'retry-after', 'link', 'idempotency-replayed'],
    maxAge: 600,
  };
}
