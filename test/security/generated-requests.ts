import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { type OpenApiDocument, type PlacedOperation, type Schema, resolved } from '../../src/ops/openapi-document.js';
import { FORGED_CURSORS, HOSTILE_IDS, HOSTILE_NUMBERS, HOSTILE_VALUES, nested, UNSTORABLE, wide } from './hostile-values.js';
import type { RawRequest } from './raw-http.js';

/** What must come out: this status and code, some refusal, or anything but a failure. */
export type Must = `${number} ${string}` | 'a refusal' | 'no failure';

export interface Hostile {
  what: string;
  must: Must;
  /** Makes the request out of the operation's valid one. */
  request(valid: ValidRequest): Partial<Omit<RawRequest, 'method'>>;
}

export interface ValidRequest {
  path: string;
  /** The address with one parameter spelled otherwise. */
  pathWith(parameter: string, spelled: string): string;
  query: string;
  body: Record<string, unknown> | undefined;
}

export const LEAST_REQUESTS = 60;
const INVALID: Must = '400 request/invalid';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Everything hostile that this operation is asked, at least LEAST_REQUESTS; the same at every run. */
export function hostileRequests(document: OpenApiDocument, placed: PlacedOperation, ajv: Ajv2020): Hostile[] {
  const requests = [...inPath(placed), ...inQuery(placed), ...inBody(document, placed, ajv), ...inWrapping(placed), ...inHeaders()];
  return [...requests, ...atRandom(placed, Math.max(10, LEAST_REQUESTS - requests.length))];
}

function inPath({ operation }: PlacedOperation): Hostile[] {
  const ids = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
  return ids.flatMap((name) => [
    ...HOSTILE_IDS.map((spelled) => ({ what: `${name} ${spelled}`, must: INVALID, request: (valid: ValidRequest) => ({ path: valid.pathWith(name, spelled) }) })),
    { what: `${name} left out`, must: 'no failure' as Must, request: (valid: ValidRequest) => ({ path: valid.pathWith(name, '') }) },
    ...['1'.repeat(201), '%zz', '%', '%ff', '.', '/', '1/2', 'x'.repeat(7_000)].map((spelled) => ({
      what: `${name} ${spelled}`, must: 'a refusal' as Must, request: (valid: ValidRequest) => ({ path: valid.pathWith(name, spelled) }),
    })),
  ]);
}

function inQuery({ operation }: PlacedOperation): Hostile[] {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const asking = (what: string, must: Must): Hostile => ({ what: `query ${what}`, must, request: (valid) => ({ path: `${valid.path}?${without(valid.query, what.split('=')[0]!)}${what}` }) });
  const unknown = ['nosuch=1', 'limit[]=1', 'limit[a]=1', '__proto__=1', 'constructor=1', '__proto__[role]=superuser', 'toString=1', '=1', '&&&', '%00=1', '%zz=%zz', 'a=%ff', `a=${'x'.repeat(4_000)}`];
  return [
    ...unknown.map((what) => asking(what, parameters.length > 0 && /^(nosuch|limit\[|constructor|toString)/.test(what) ? INVALID : 'no failure')),
    ...parameters.flatMap(({ name, schema }) => {
      const twice = asking(`${name}=1&${name}=2`, INVALID);
      if (schema.type === 'integer') return [twice, ...HOSTILE_NUMBERS.map((spelled) => asking(`${name}=${spelled}`, INVALID))];
      if (name === 'cursor') return [twice, ...FORGED_CURSORS.map((forged) => asking(`${name}=${forged}`, 'no failure'))];
      if (schema.enum) return [twice, ...['', 'abc', 'MINE', 'mine%00', '__proto__', '0', 'constructor'].map((spelled) => asking(`${name}=${spelled}`, INVALID))];
      return [twice, ...['', '%00', '%20', 'x'.repeat(65)].map((spelled) => asking(`${name}=${spelled}`, INVALID)), ...['%25', '_', '%5C', '%27', '%ED%A0%80', '%F0%9F%98%80', '*', '('].map((spelled) => asking(`${name}=${spelled}`, 'no failure'))];
    }),
  ];
}

function without(query: string, name: string): string {
  return query.split('&').filter((pair) => pair !== '' && !pair.startsWith(`${name}=`)).map((pair) => `${pair}&`).join('');
}

function inBody(document: OpenApiDocument, { operation }: PlacedOperation, ajv: Ajv2020): Hostile[] {
  const media = operation.requestBody?.content['application/json'];
  if (!media) return [];
  const schema = resolved(document, media.schema);
  const fits = ajv.compile({ ...schema, components: document.components });
  const fields = Object.entries(schema.properties ?? {});
  const sending = (what: string, must: Must, change: (body: Record<string, unknown>) => unknown): Hostile => ({
    what: `body ${what}`, must, request: ({ body }) => ({ headers: JSON_TYPE, body: JSON.stringify(change({ ...body })) }),
  });
  // Whether a value fits is asked of the document with the rest left out: the rest is valid.
  const mustFor = (field: string, value: unknown): Must =>
    !fits({ ...example(schema), [field]: value }) || (isText(schema.properties![field]!) && UNSTORABLE.includes(value as string)) ? INVALID : 'no failure';
  return [
    // What belongs to the other grant is not looked at.
    ...fields.filter(([field]) => field !== 'refresh_token').flatMap(([field]) =>
      HOSTILE_VALUES.map((value) => sending(`${field} ${JSON.stringify(value).slice(0, 40)}`, mustFor(field, value), (body) => ({ ...body, [field]: value }))),
    ),
    ...(schema.required ?? []).map((field) => sending(`without ${field}`, INVALID, (body) => ({ ...body, [field]: undefined }))),
    ...['nosuch', 'id', 'role', 'author', 'authorId', 'seq', 'createdAt', 'roomId', 'toString', 'hasOwnProperty', '', 'a/b~c'].filter((name) => !Object.hasOwn(schema.properties ?? {}, name)).map((name) => sending(`with ${name}`, INVALID, (body) => ({ ...body, [name]: 1 }))),
    ...[[], [1], [{}], 'abc', '', 1, null, true].map((value) => sending(`${JSON.stringify(value)} alone`, INVALID, () => value)),
    sending('in a list', INVALID, (body) => [body]),
  ];
}

/** Takes `type` and `example` for enough: values of these schemas are built by the caller. */
function example(schema: Schema): Record<string, unknown> {
  return Object.fromEntries((schema.required ?? []).map((field) => [field, schema.properties![field]!.example]));
}

function isText({ type, enum: one }: Schema): boolean {
  return one === undefined && [type].flat().includes('string');
}

function inWrapping({ method, operation }: PlacedOperation): Hostile[] {
  if (method === 'get') return [];
  const form = 'application/x-www-form-urlencoded';
  const takesForms = operation.requestBody?.content[form] !== undefined;
  const raw = (what: string, must: Must, body: string | Buffer, headers: Record<string, string> = JSON_TYPE): Hostile => ({ what, must, request: () => ({ headers, body }) });
  const typed = (type: string, must: Must = '415 request/unsupported-media-type'): Hostile => ({ what: `as ${type}`, must, request: ({ body }) => ({ headers: { 'content-type': type }, body: JSON.stringify(body ?? {}) }) });
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  return [
    ...['', ' ', '{', '}', '{"a":}', '{"a":1,}', "{'a':1}", '{a:1}', '{"a":1}{"b":2}', '[1', 'NaN', 'undefined', '+1', '0x10', '"\x01"', '{"a":"\t"}', 'a=1&b=2', '<a/>'].map((text) => raw(`broken JSON ${text}`, '400 request/malformed', text)),
    ...['{"a":"\xff"}', '{"a":"\xc0\x80"}', '{"a":"\xed\xa0\x80"}', '{"a":"\xf5\x80\x80\x80"}', '{"a":"\xe2\x82"}', '\xff\xfe{\0}\0'].map((text) => raw(`invalid UTF-8 ${escape(text)}`, '400 request/malformed', latin1(text))),
    raw('UTF-16', '400 request/malformed', Buffer.from('{"a":1}', 'utf16le')),
    raw('one byte too many', '413 request/too-large', `{"a":"${'x'.repeat(64 * 1024 + 1 - 8)}"}`),
    raw('many bytes too many', '413 request/too-large', 'x'.repeat(200_000)),
    raw('9 levels', '400 request/too-complex', JSON.stringify({ a: nested(8) })),
    raw('30 000 levels', '400 request/too-complex', '['.repeat(30_000) + ']'.repeat(30_000)),
    raw('501 values', '400 request/too-complex', JSON.stringify({ a: wide(500) })),
    raw('501 fields', '400 request/too-complex', JSON.stringify(Object.fromEntries(wide(501).map((value, index) => [`f${index}`, value])))),
    ...['{"__proto__":{"role":"superuser"}}', '{"a":{"__proto__":null}}', '{"constructor":{"prototype":{"role":"superuser"}}}', '{"\\u005f_proto__":1}', '{"a":[{"prototype":1}]}', '{"a\\u0000":1}', '{"\\ud800":1}'].map((text) => raw(text, INVALID, text)),
    ...['text/plain', 'text/json', 'application/xml', 'application/json-patch+json', 'application/jsonx', 'multipart/form-data; boundary=x', 'multipart/form-data', 'application/octet-stream', 'application/json, text/plain', 'x', '/', 'application/json; charset=utf-7', 'application/json;charset="UTF-16"', 'application/json; charset=iso-8859-1'].map((type) => typed(type)),
    raw('a form', takesForms ? '400 request/invalid' : '415 request/unsupported-media-type', 'a=1', { 'content-type': form }),
    raw('a form with a repeated field', takesForms ? '400 request/invalid' : '415 request/unsupported-media-type', 'grant_type=password&grant_type=password', { 'content-type': form }),
    raw('a form in broken UTF-8', takesForms ? '400 request/malformed' : '415 request/unsupported-media-type', 'a=%ff', { 'content-type': `${form}; charset=utf-8` }),
    raw('no type', '415 request/unsupported-media-type', '{}', {}),
    raw('gzip that is none', 'no failure', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  ];
}

function inHeaders(): Hostile[] {
  const long = 'x'.repeat(8_000);
  return Object.entries({
    'x-request-id': ['', long, '../..', '<script>', 'a b', 'é'],
    'idempotency-key': [' ', long.slice(0, 300), 'é'],
    accept: ['text/html', '*/*;q=x', long],
    'accept-language': [long, ';;;'],
    'if-none-match': ['*', 'W/"x"'],
    range: ['bytes=0-1', 'bytes=-'],
    cookie: ['a=b; __proto__=c', long],
    'user-agent': ['', long],
    'x-forwarded-for': ['1.2.3.4', 'x, y, z', '::1'],
    'x-http-method-override': ['DELETE'],
    origin: ['null', 'http://evil.example'],
    te: ['gzip'],
    forwarded: ['for="_x"'],
  }).flatMap(([name, values]) => values.map((value) => ({ what: `${name}: ${value.slice(0, 30)}`, must: 'no failure' as Must, request: ({ body }: ValidRequest) => ({ headers: { ...(body && JSON_TYPE), [name]: value }, ...(body && { body: JSON.stringify(body) }) }) })));
}

function atRandom({ method }: PlacedOperation, count: number): Hostile[] {
  const words = fc.string({ unit: 'binary', maxLength: 12 }).map(encodeURIComponent);
  const queries = fc.sample(fc.array(fc.tuple(words, words), { maxLength: 4 }), { seed: 2, numRuns: count });
  const bodies = fc.sample(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), { seed: 2, numRuns: count });
  return queries.map((pairs, index) => ({
    what: `at random ${index}`,
    must: 'no failure',
    request: (valid) => ({
      path: `${valid.path}?${valid.query}&${pairs.map((pair) => pair.join('=')).join('&')}`,
      ...(method !== 'get' && { headers: JSON_TYPE, body: JSON.stringify(bodies[index]) }),
    }),
  }));
}
