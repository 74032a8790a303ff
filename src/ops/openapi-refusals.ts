import { PROBLEMS, type ProblemCode, viewOfProblem, Problem, type ProblemFacts } from '../platform/problems.js';
import { isRetryable } from '../platform/problem-texts.js';
import { type Answer, type OpenApiDocument, type Operation, operationsOf, type Schema } from './openapi-document.js';

const ANYWHERE: ProblemCode[] = [
  'request/timeout',
  'rate/limited',
  'server/internal',
  'server/unavailable',
  'server/storage-full',
  'server/draining',
  'server/timeout',
];
const SIGNED_IN: ProblemCode[] = ['auth/required', 'auth/token-invalid', 'auth/token-expired', 'auth/session-ended'];
const BODY: ProblemCode[] = [
  'request/invalid',
  'request/malformed',
  'request/too-complex',
  'request/too-large',
  'request/unsupported-media-type',
];
const IDEMPOTENCY_KEY: ProblemCode[] = ['request/invalid', 'idempotency/in-progress', 'idempotency/key-reused'];

/** Documents how each operation may refuse: the codes it declares with `@Fails` and those that follow from what it is. */
export function addRefusals(document: OpenApiDocument): void {
  document.components.schemas.Problem = PROBLEM_SCHEMA;
  for (const code of codesOfAll())
    document.components.examples[nameOf(code)] = { summary: PROBLEMS[code][1], value: exampleOf(code) };
  for (const { method, operation } of operationsOf(document)) {
    const codes = codesOf(method, operation);
    for (const status of new Set(codes.map((code) => PROBLEMS[code][0])))
      operation.responses[status] = answerOf(codes.filter((code) => PROBLEMS[code][0] === status));
    delete operation['x-problems'];
  }
}

function codesOf(
  method: string,
  { parameters = [], 'x-problems': own = [], 'x-public': open }: Operation,
): ProblemCode[] {
  const codes = new Set<ProblemCode>([...own, ...ANYWHERE]);
  const add = (more: readonly ProblemCode[]) => more.forEach((code) => codes.add(code));
  if (!open) add(SIGNED_IN);
  if (method !== 'get') add(BODY);
  if (parameters.length > 0) add(['request/invalid']);
  if (parameters.some((parameter) => parameter.in === 'path')) add(['route/not-found']);
  if (parameters.some((parameter) => parameter.name === 'Idempotency-Key')) add(IDEMPOTENCY_KEY);
  return codesOfAll().filter((code) => codes.has(code));
}

function answerOf(codes: ProblemCode[]): Answer {
  return {
    description: codes
      .map((code) => (codes.length > 1 ? `- \`${code}\`: ${PROBLEMS[code][1]}` : `\`${code}\`: ${PROBLEMS[code][1]}`))
      .join('\n'),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [nameOf(code), { $ref: `#/components/examples/${nameOf(code)}` }]),
        ),
      },
    },
    'x-codes': codes,
  };
}

/** The code as a component's name, which may have no slash. */
function nameOf(code: ProblemCode): string {
  return code.replace('/', '.');
}

export function codesOfAll(): ProblemCode[] {
  return Object.keys(PROBLEMS) as ProblemCode[];
}

const REQUEST_ID = '5b0f8c0e-6a53-4a8e-9c3b-1f2d3e4a5b6c';

function exampleOf(code: ProblemCode): object {
  const facts: ProblemFacts = {};
  if (code === 'request/invalid') facts.errors = [{ pointer: '#/name', message: 'must not be empty' }];
  if (code === 'account/blocked') facts.extra = { reason: 'spam', expiresAt: '2026-11-21T18:04:11.512Z' };
  if (isRetryable(code) && code !== 'request/timeout') facts.retryAfter = 1;
  return viewOfProblem(new Problem(code, facts), REQUEST_ID);
}

/** RFC 9457 problem details as both documents describe them. */
export const PROBLEM_SCHEMA: Schema = {
  type: 'object',
  description:
    'Why a request was refused (RFC 9457). Some codes add members of their own; the page at `type` explains each code.',
  required: ['type', 'code', 'status', 'title'],
  additionalProperties: true,
  properties: {
    type: {
      type: 'string',
      format: 'uri-reference',
      description: 'Address of the page about this problem.',
      example: '/problems/room/full',
    },
    code: {
      type: 'string',
      enum: codesOfAll(),
      description: 'The name of the problem: decide by it. A code is never renamed; new ones may come.',
      example: 'room/full',
    },
    status: {
      type: 'integer',
      minimum: 400,
      maximum: 599,
      description: 'The HTTP status of the answer.',
      example: 409,
    },
    title: {
      type: 'string',
      description: 'What happened, the same for every problem of this code.',
      example: 'The room is full',
    },
    detail: {
      type: 'string',
      description: 'What happened this time. Show it to people, never take it apart.',
      example: 'At most 8 levels and 500 values.',
    },
    requestId: {
      type: 'string',
      description: 'The request in the log of the service, also in the header `X-Request-Id`.',
      example: REQUEST_ID,
    },
    retryAfter: {
      type: 'number',
      minimum: 0,
      description: 'Seconds after which the same request may succeed.',
      example: 1,
    },
    reason: {
      type: 'string',
      description: 'With `account/blocked`: why, in the words of the moderator.',
      example: 'spam',
    },
    expiresAt: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'With `account/blocked`: until when; null without an end.',
      example: '2026-11-21T18:04:11.512Z',
    },
    errors: {
      type: 'array',
      description: 'The mistakes in the request, ten at most.',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer of the field or name of the parameter.',
            example: '#/name',
          },
          message: { type: 'string', description: 'What it must be.', example: 'must not be empty' },
        },
      },
    },
  },
};
