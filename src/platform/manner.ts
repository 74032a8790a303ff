import type { FastifyRequest } from 'fastify';
import type { Problem } from './problems.js';

/** How requests to addresses of a foreign API are read and refused, where that is not as in our own. */
export interface Manner {
  /** What a body of this content type says; throws the problem to answer. */
  read(contentType: string, body: Buffer): unknown;
  /** What a refusal looks like there. */
  refusalOf(problem: Problem, request: Asked): Refusal;
}

/** What of a request its refusal may depend on. */
export type Asked = Pick<FastifyRequest, 'method' | 'url' | 'headers'>;

export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: object;
}

type ForeignRequest = FastifyRequest & { manner?: Manner };

/** The manner of a request; undefined where it is addressed to our own API. */
export function mannerOf(request: FastifyRequest): Manner | undefined {
  return (request as ForeignRequest).manner;
}

export function setManner(request: FastifyRequest, manner: Manner): void {
  (request as ForeignRequest).manner = manner;
}
