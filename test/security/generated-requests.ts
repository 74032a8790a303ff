import type { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { OpenApiDocument, Parameter, PlacedOperation } from '../../src/ops/openapi-document.js';
import { hostileBodies, hostileWrappings } from './generated-bodies.js';
import { type Hostile, INVALID, JSON_TYPE, type Must, type ValidRequest } from './hostile-request.js';
import { FORGED_CURSORS, HOSTILE_IDS, HOSTILE_NUMBERS, wordsOf } from './hostile-values.js';

export const LEAST_REQUESTS = 60;

/** Everything hostile that this operation is asked, at least LEAST_REQUESTS; the same at every run. */
export function hostileRequests(document: OpenApiDocument, placed: PlacedOperation, ajv: Ajv2020): Hostile[] {
  const requests = [
    ...parametersOf(placed, 'path').flatMap(hostileInPath),
    ...hostileInQuery(placed),
    ...hostileBodies(document, placed, ajv),
    ...hostileWrappings(placed),
    ...hostileHeaders(placed),
  ];
  return [...requests, ...atRandom(placed, Math.max(10, LEAST_REQUESTS - requests.length))];
}

function parametersOf({ operation }: PlacedOperation, place: Parameter['in']): Parameter[] {
  return (operation.parameters ?? []).filter((parameter) => parameter.in === place);
}

function hostileInPath({ name }: Parameter): Hostile[] {
  const spelled = (as: string, must: Must): Hostile => ({
    what: `${name} ${as}`,
    must,
    request: (valid) => ({ path: valid.pathWith(name, as) }),
  });
  const elsewhere = ['1'.repeat(201), 'x'.repeat(7_000), ...wordsOf('%zz % %ff . / 1/2')];
  return [
    ...HOSTILE_IDS.map((as) => spelled(as, INVALID)),
    ...elsewhere.map((as) => spelled(as, 'a refusal')),
    // May be the address of another operation.
    spelled('', 'no failure'),
  ];
}

function hostileInQuery(placed: PlacedOperation): Hostile[] {
  const parameters = parametersOf(placed, 'query');
  const asking = (query: string, must: Must): Hostile => ({
    what: `query ${query}`,
    must,
    request: (valid) => ({ path: `${valid.path}?${without(valid.query, query.split('=')[0]!)}${query}` }),
  });
  const unknown = wordsOf('nosuch=1 limit[]=1 limit[a]=1 constructor=1 toString=1');
  const odd = [
    ...wordsOf('__proto__=1 __proto__[role]=superuser =1 &&& %00=1 %zz=%zz a=%ff'),
    `a=${'x'.repeat(4_000)}`,
  ];
  return [
    ...unknown.map((query) => asking(query, parameters.length > 0 ? INVALID : 'no failure')),
    ...odd.map((query) => asking(query, 'no failure')),
    ...parameters.flatMap((parameter) => [
      asking(`${parameter.name}=1&${parameter.name}=2`, INVALID),
      ...spellingsFor(parameter).map(([as, must]) => asking(`${parameter.name}=${as}`, must)),
    ]),
  ];
}

function spellingsFor({ name, schema }: Parameter): (readonly [spelled: string, must: Must])[] {
  const all = (spellings: readonly string[], must: Must) => spellings.map((one) => [one, must] as const);
  if (schema.type === 'integer') return all(HOSTILE_NUMBERS, INVALID);
  if (name === 'cursor') return all(FORGED_CURSORS, 'no failure');
  if (schema.enum) return all(['', ...wordsOf('abc MINE mine%00 __proto__ 0 constructor')], INVALID);
  return [
    ...all(['', '%00', '%20', 'x'.repeat((schema.maxLength ?? 64) + 1)], INVALID),
    ...all(wordsOf('%25 _ %5C %27 %ED%A0%80 %F0%9F%98%80 * ('), 'no failure'),
  ];
}

function without(query: string, name: string): string {
  const others = query.split('&').filter((pair) => pair !== '' && !pair.startsWith(`${name}=`));
  return others.map((pair) => `${pair}&`).join('');
}

const LONG = 'x'.repeat(8_000);
const HEADERS: Record<string, string[]> = {
  'x-request-id': ['', LONG, '../..', '<script>', 'a b', 'é'],
  'idempotency-key': [' ', 'short', LONG.slice(0, 300), 'ééééééééé', 'a b c d e f', '__proto__;--'],
  accept: ['text/html', '*/*;q=x', LONG],
  'accept-language': [LONG, ';;;'],
  'if-none-match': ['*', 'W/"x"'],
  range: ['bytes=0-1', 'bytes=-'],
  cookie: ['a=b; __proto__=c', LONG],
  'user-agent': ['', LONG],
  'x-forwarded-for': ['1.2.3.4', 'x, y, z', '::1'],
  'x-http-method-override': ['DELETE'],
  origin: ['null', 'http://evil.example'],
  te: ['gzip'],
  forwarded: ['for="_x"'],
};

function hostileHeaders(placed: PlacedOperation): Hostile[] {
  const documented = new Set(parametersOf(placed, 'header').map(({ name }) => name.toLowerCase()));
  return Object.entries(HEADERS).flatMap(([name, values]) =>
    values.map((value) => ({
      what: `${name}: ${value}`.slice(0, 50),
      must: documented.has(name) ? INVALID : 'no failure',
      request: ({ body }: ValidRequest) => ({
        headers: { ...(body && JSON_TYPE), [name]: value },
        body: body && JSON.stringify(body),
      }),
    })),
  );
}

function atRandom({ method }: PlacedOperation, count: number): Hostile[] {
  const words = fc.string({ unit: 'binary', maxLength: 12 }).map(encodeURIComponent);
  const queries = fc.sample(fc.array(fc.tuple(words, words), { maxLength: 4 }), { seed: 2, numRuns: count });
  const bodies = fc.sample(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), { seed: 2, numRuns: count });
  return queries.map((pairs, index) => ({
    what: `at random, number ${index}`,
    must: 'no failure',
    request: (valid) => ({
      path: `${valid.path}?${valid.query}&${pairs.map((pair) => pair.join('=')).join('&')}`,
      ...(method !== 'get' && { headers: JSON_TYPE, body: JSON.stringify(bodies[index]) }),
    }),
  }));
}
