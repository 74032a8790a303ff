import { isSuccess, type OpenApiDocument, type Operation, operationsOf, resolved } from './openapi-document.js';

const HEADERS = {
  'X-Request-Id': {
    description:
      'Names this request in the log: as the client sent it (1 to 64 letters, digits and `_.:-`), or made by the service.',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 0 },
  },
  'RateLimit-Policy': {
    description:
      'The limit that this request counts into: its name, `q` requests (messages, attempts) in `w` seconds. All that may come at once, or evenly.',
    schema: { type: 'string', example: '"send";q=30;w=3' },
  },
  RateLimit: {
    description: 'What is left of it: `r` now, all of it again after `t` seconds.',
    schema: { type: 'string', example: '"send";r=29;t=1' },
  },
  'X-RateLimit-Limit': { description: '`q` of `RateLimit-Policy`.', schema: { type: 'integer', minimum: 1 } },
  'X-RateLimit-Remaining': { description: '`r` of `RateLimit`.', schema: { type: 'integer', minimum: 0 } },
  'X-RateLimit-Reset': { description: '`t` of `RateLimit`, in seconds.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': { description: '`Bearer`', schema: { type: 'string' } },
  Link: {
    description: 'Addresses of the neighbouring pages, `rel="next"` and `rel="prev"`, where there are any.',
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: '`true` where this is the answer that was kept of an earlier request.',
    schema: { type: 'string', enum: ['true'] },
  },
};

const LIMIT_HEADERS = [
  'RateLimit-Policy',
  'RateLimit',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
] as const;

/** Documents the headers that answers carry beside their bodies. */
export function addHeaders(document: OpenApiDocument): void {
  document.components.headers = { ...HEADERS };
  for (const { operation } of operationsOf(document)) {
    addTo(document, operation);
    if (isLimited(operation)) operation['x-limit'] ??= operation['x-public'] ? 'anonymous' : 'requests';
  }
}

function addTo(document: OpenApiDocument, operation: Operation): void {
  const keyed = operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key');
  for (const [status, answer] of Object.entries(operation.responses)) {
    const names: (keyof typeof HEADERS)[] = ['X-Request-Id'];
    if (status === '401') names.push('WWW-Authenticate');
    // Whoever is not known has no budget yet; only signing in itself fails with a 401 behind that.
    if (isLimited(operation) && (status !== '401' || operation['x-public'])) names.push(...LIMIT_HEADERS);
    if (status === '429' || status === '503' || answer['x-codes']?.includes('idempotency/in-progress'))
      names.push('Retry-After');
    if (isSuccess(status) && keyed) names.push('Idempotency-Replayed');
    if (isSuccess(status) && isList(document, answer.content)) names.push('Link');
    answer.headers = {
      ...Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
      ...answer.headers,
    };
  }
}

function isList(document: OpenApiDocument, content: Operation['responses'][string]['content'] = {}): boolean {
  return Object.values(content).some(({ schema }) => 'hasMore' in (resolved(document, schema).properties ?? {}));
}

/** Health is asked often, and from one address. */
function isLimited({ tags }: Operation): boolean {
  return !tags?.includes('health');
}
