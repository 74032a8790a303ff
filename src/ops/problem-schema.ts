import { LIMITS } from '../platform/limits.table.js';
import { PROBLEMS, type ProblemCode } from '../platform/problems.js';
import type { Schema } from './openapi-document.js';

/** A request id for examples. */
export const REQUEST_ID = '5b0f8c0e-6a53-4a8e-9c3b-1f2d3e4a5b6c';

export function codesOfAll(): ProblemCode[] {
  return Object.keys(PROBLEMS) as ProblemCode[];
}

const MODERATOR_SCHEMA = {
  type: 'object',
  required: ['id', 'username'],
  properties: {
    id: { type: 'integer', description: 'The id of the account.', example: 17 },
    username: { type: 'string', description: 'The user name.', example: 'mod' },
  },
} satisfies Schema;

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
    limit: {
      type: 'string',
      enum: Object.keys(LIMITS),
      description:
        'With `rate/limited`: which limit it was, by its name in the header `RateLimit-Policy`. New ones may come.',
      example: 'send',
    },
    retryAfterMs: {
      type: 'number',
      minimum: 0,
      description: 'With `rate/limited`: as `retryAfter`, in milliseconds.',
      example: 640,
    },
    reason: {
      type: 'string',
      description:
        'With `account/blocked`: why, in the words of the moderator; with `message/refused` in those of the server that refused it.',
      example: 'spam',
    },
    expiresAt: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'With `account/blocked`: until when; null without an end.',
      example: '2026-11-21T18:04:11.512Z',
    },
    sanctionId: {
      type: 'integer',
      description: 'With `account/blocked` at sign-in: the statement of reasons.',
      example: 31,
    },
    appealToken: {
      type: 'string',
      description:
        'With `account/blocked` at sign-in: a bearer token with which that statement can be read and appealed against, and nothing else.',
      example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXAiOiJhcHBlYWwifQ.c2lnbmF0dXJl',
    },
    appealTokenExpiresIn: { type: 'integer', description: 'Seconds until it expires.', example: 900 },
    appeal: {
      type: ['object', 'null'],
      description: 'With `account/blocked` at sign-in: the appeal against it; null without one.',
      properties: {
        id: { type: 'integer', description: 'The id of the appeal.', example: 6 },
        outcome: {
          type: ['string', 'null'],
          description: '`upheld` or `granted`; null while it is open.',
          example: 'upheld',
        },
        reason: { type: ['string', 'null'], description: 'Why it was decided so.', example: 'It was advertising.' },
        decidedAt: {
          type: ['string', 'null'],
          format: 'date-time',
          description: 'When it was decided.',
          example: '2026-11-22T10:00:00.000Z',
        },
      },
    },
    oldest: {
      type: 'integer',
      description: 'With `event/position-gone`: the position behind which all events are kept.',
      example: 4711,
    },
    decidedBy: {
      ...MODERATOR_SCHEMA,
      description: 'With `report/decided` and `appeal/decided`: who decided.',
    },
    decidedAt: {
      type: 'string',
      format: 'date-time',
      description: 'With `report/decided` and `appeal/decided`: when.',
      example: '2026-11-20T18:06:40.027Z',
    },
    decision: {
      type: 'string',
      description: 'With `report/decided`: the action that was decided; with `appeal/decided` the outcome.',
      example: 'dismiss',
    },
    claimedBy: {
      ...MODERATOR_SCHEMA,
      description: 'With `report/claimed`: who deals with it.',
    },
    claimedUntil: {
      type: 'string',
      format: 'date-time',
      description: 'With `report/claimed`: when the claim ends by itself.',
      example: '2026-11-20T18:19:11.512Z',
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
