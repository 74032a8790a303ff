import type { FastifyInstance } from 'fastify';
import { mannerOf } from './manner.js';
import { Problem } from './problems.js';
import { isStorable } from './safe-text.js';

export const BODY_BYTES = 64 * 1024;
export const MOST_DEPTH = 8;
export const MOST_NODES = 500;

/** Names that every object has by birth: as fields they would pass for known ones, or change what an object is. */
const POISONED = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/** Parses JSON bodies in strict UTF-8 and refuses, before any validation, what is nested too deeply or has too many values. */
export function useJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/json(?:\s*;.*)?$/i,
    { parseAs: 'buffer', bodyLimit: BODY_BYTES },
    (request, body, done) => {
      try {
        const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
        if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new Problem('request/unsupported-media-type');
        const manner = mannerOf(request);
        done(null, manner ? manner.read('application/json', body as Buffer) : parseJson(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

export function parseJson(body: Buffer, most = MOST_NODES): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Problem('request/malformed');
  }
  if (typeof value !== 'object' || value === null) throw invalid('must be an object');
  const mistake = structureMistake(value, most);
  if (mistake === 'too-complex')
    throw new Problem('request/too-complex', { detail: `At most ${MOST_DEPTH} levels and ${most} values.` });
  if (mistake === 'poisoned') throw invalid('has a property name that is not allowed');
  return value;
}

function invalid(message: string): Problem {
  return new Problem('request/invalid', { errors: [{ pointer: '#', message }] });
}

/** Walks without recursion, so that depth costs no stack; stops at the first limit passed. */
export function structureMistake(value: unknown, most = MOST_NODES): 'too-complex' | 'poisoned' | undefined {
  let nodes = 0;
  const waiting: [unknown, number][] = [[value, 1]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, depth] = next;
    if (++nodes > most || depth > MOST_DEPTH) return 'too-complex';
    if (typeof node !== 'object' || node === null) continue;
    if (ArrayBuffer.isView(node)) return 'poisoned';
    const keys = Object.keys(node);
    if (nodes + keys.length > most) return 'too-complex';
    for (const key of keys) {
      if (!Array.isArray(node) && (POISONED.has(key) || !isStorable(key))) return 'poisoned';
      waiting.push([(node as Record<string, unknown>)[key], depth + 1]);
    }
  }
  return undefined;
}
