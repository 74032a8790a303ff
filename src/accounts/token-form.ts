import { parse } from 'node:querystring';
import type { FastifyInstance } from 'fastify';
import { structureMistake } from '../platform/json-body.js';
import { mannerOf } from '../platform/manner.js';
import { Problem } from '../platform/problems.js';

const TOKEN_ROUTE = '/api/v1/auth/token';
const MOST_BYTES = 8 * 1024;

/**
 * Lets OAuth 2.0 clients, Swagger UI among them, send the token request as a form. Every other operation goes on refusing forms: a
 * foreign web page can post one without asking.
 */
export function useTokenForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    /^application\/x-www-form-urlencoded(?:\s*;.*)?$/i,
    { parseAs: 'buffer', bodyLimit: MOST_BYTES },
    (request, body, done) => {
      try {
        const manner = mannerOf(request);
        if (manner) return done(null, manner.read('application/x-www-form-urlencoded', body as Buffer));
        if (request.routeOptions.url !== TOKEN_ROUTE) throw new Problem('request/unsupported-media-type');
        done(null, parseForm(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** The fields of a form, each a string and each there once, in strict UTF-8. */
function parseForm(body: Buffer): Record<string, string> {
  let broken = false;
  const decodeURIComponent = (text: string): string => {
    try {
      return globalThis.decodeURIComponent(text);
    } catch {
      broken = true;
      return '';
    }
  };
  let fields: Record<string, unknown> = {};
  try {
    fields = parse(new TextDecoder('utf-8', { fatal: true }).decode(body), '&', '=', {
      maxKeys: 0,
      decodeURIComponent,
    });
  } catch {
    broken = true;
  }
  if (broken)
    throw new Problem('request/malformed', {
      detail: 'The form is not in UTF-8, or its percent signs encode nothing.',
    });
  const repeated = Object.keys(fields).filter((name) => typeof fields[name] !== 'string');
  if (repeated.length > 0)
    throw new Problem('request/invalid', {
      errors: repeated
        .slice(0, 10)
        .map((name) => ({ pointer: `#/${name.slice(0, 64)}`, message: 'must not be repeated' })),
    });
  if (structureMistake(fields))
    throw new Problem('request/invalid', { errors: [{ pointer: '#', message: 'has fields that are not allowed' }] });
  return { ...fields } as Record<string, string>;
}
