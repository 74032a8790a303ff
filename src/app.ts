import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { useTokenForms } from './accounts/token-form.js';
import { AppModule } from './app.module.js';
import { serveDocuments } from './ops/documents.js';
import { Config } from './platform/config.js';
import { answerClientError } from './platform/client-error.js';
import type { DatabaseAddress } from './platform/data-source.js';
import { BODY_BYTES, useJsonBodies } from './platform/json-body.js';
import { ProblemFilter, sendProblem } from './platform/problem.filter.js';
import { problemOf } from './platform/problem-of.js';
import { useMethodNotAllowed } from './platform/method-not-allowed.js';
import { usePageLinks } from './platform/page-links.js';
import { requestValidation } from './platform/validation.pipe.js';
import { SocketAdapter } from './realtime/socket.adapter.js';

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
    connectionTimeout: 0,
    requestTimeout: 15_000,
    keepAliveTimeout: 5_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, problemOf(error), request.id),
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
  useHeaders(fastify);
  useMethodNotAllowed(fastify);
  usePageLinks(fastify);
  if (config.get('BESEDKA_CORS_ORIGINS').length > 0) app.enableCors(corsOf(config));
  app.useGlobalPipes(requestValidation());
  app.useGlobalFilters(new ProblemFilter());
  app.useWebSocketAdapter(new SocketAdapter(app, config));
  await serveDocuments(app, config);
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
