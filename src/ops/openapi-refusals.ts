import { PROBLEMS, type ProblemCode, viewOfProblem, Problem, type ProblemFacts } from '../platform/problems.js';
import { isRetryable } from '../platform/problem-texts.js';
import { codesOfAll, PROBLEM_SCHEMA, REQUEST_ID } from './problem-schema.js';
import { type Answer, type OpenApiDocument, type Operation, operationsOf } from './openapi-document.js';

const ANYWHERE: ProblemCode[] = [
  'request/timeout',
  'server/internal',
  'server/unavailable',
  'server/storage-full',
  'server/draining',
  'server/timeout',
];
const SIGNED_IN: ProblemCode[] = [
  'auth/required',
  'auth/token-invalid',
  'auth/token-expired',
  'auth/session-ended',
  'auth/key-invalid',
  'key/not-accepted',
  'account/guest',
];
const WITH_KEY: ProblemCode[] = ['key/scope-missing', 'account/blocked', 'account/not-found'];
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
  { tags = [], parameters = [], 'x-problems': own = [], 'x-public': open, 'x-key-scope': scope }: Operation,
): ProblemCode[] {
  const codes = new Set<ProblemCode>([...own, ...ANYWHERE]);
  const add = (more: readonly ProblemCode[]) => more.forEach((code) => codes.add(code));
  if (!open) add(SIGNED_IN);
  if (scope !== undefined) add(WITH_KEY);
  // Health is asked often and from one address.
  if (!tags.includes('health')) add(['rate/limited']);
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

function exampleOf(code: ProblemCode): object {
  const facts: ProblemFacts = {};
  if (code === 'request/invalid') facts.errors = [{ pointer: '#/name', message: 'must not be empty' }];
  if (code === 'account/blocked') facts.extra = { reason: 'spam', expiresAt: '2026-11-21T18:04:11.512Z' };
  const by = { id: 17, username: 'mod' };
  if (code === 'report/decided')
    facts.extra = { decidedBy: by, decidedAt: '2026-11-20T18:06:40.027Z', decision: 'dismiss' };
  if (code === 'report/claimed') facts.extra = { claimedBy: by, claimedUntil: '2026-11-20T18:19:11.512Z' };
  if (code === 'key/scope-missing') facts.extra = { scope: 'messages:write' };
  if (code === 'rate/limited') facts.extra = { limit: 'send', retryAfterMs: 640 };
  if (code === 'appeal/decided')
    facts.extra = { decidedBy: by, decidedAt: '2026-11-20T18:06:40.027Z', decision: 'upheld' };
  if (isRetryable(code) && code !== 'request/timeout') facts.retryAfter = 1;
  return viewOfProblem(new Problem(code, facts), REQUEST_ID);
}
