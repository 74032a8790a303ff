/**
 * Bodies of many lines, for the one operation that takes them. Every other operation goes on refusing this type: it would take sixteen times as
 * much as its limit says. The lines are read behind the guards, or anybody could have us read a mebibyte of JSON for nothing; each is held to
 * the limits of a whole ordinary body.
 */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { parseJson } from '../platform/json-body.js';
import { Problem } from '../platform/problems.js';
import { MOST_LINES } from './import.dto.js';

export const NDJSON = 'application/x-ndjson';
const ROUTE = '/api/v1/integrations/imports';
const MOST_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** Lets bodies of lines in, unread, where they are taken. */
export function useImportLines(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const lines = /^application\/x-ndjson\b/i.test(request.headers['content-type'] ?? '');
    const bodiless = request.method === 'GET' || request.method === 'HEAD' || request.is404;
    done(
      lines && !bodiless && request.routeOptions.url !== ROUTE
        ? new Problem('request/unsupported-media-type')
        : undefined,
    );
  });
  fastify.addContentTypeParser(
    /^application\/x-ndjson(?:\s*;\s*charset\s*=\s*"?utf-?8"?)?$/i,
    { parseAs: 'buffer', bodyLimit: MOST_BYTES },
    (_request, body, done) => done(null, body),
  );
}

/** Makes of a body of lines what the same lines would be in JSON. */
@Injectable()
export class ImportLinesInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (Buffer.isBuffer(request.body)) request.body = { items: parseLines(request.body) };
    return next.handle();
  }
}

/** The values of these lines; empty lines are none. */
function parseLines(body: Buffer): unknown[] {
  const items: unknown[] = [];
  for (let start = 0, number = 1; start < body.length; number++) {
    const found = body.indexOf(LINE_FEED, start);
    const end = found < 0 ? body.length : found;
    const line = body.subarray(start, end);
    start = end + 1;
    if (line.every((byte) => byte <= 0x20)) continue;
    if (items.length === MOST_LINES)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/items', message: `must have at most ${MOST_LINES} items` }],
      });
    items.push(parseLine(line, number));
  }
  return items;
}

/** Problems name the line, as nobody finds it otherwise. */
function parseLine(line: Buffer, number: number): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, facts } = error;
    throw new Problem(code, { ...facts, detail: `Line ${number}. ${facts.detail ?? ''}`.trim() });
  }
}
