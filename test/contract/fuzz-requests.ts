import fc from 'fast-check';
import {
  type OpenApiDocument,
  type Parameter,
  type PlacedOperation,
  resolved,
  type Schema,
} from '../../src/ops/openapi-document.js';
import { JSON_TYPE } from '../security/hostile-request.js';
import { FORGED_CURSORS, HOSTILE_IDS, HOSTILE_NUMBERS, HOSTILE_VALUES, TEXTS } from '../security/hostile-values.js';

/** Who asks: the one whom the valid request is made for, others, a server, or somebody with no or a broken token. */
export const ASKERS = ['right', 'superuser', 'person', 'server', 'nobody', 'broken'] as const;
export type Asker = (typeof ASKERS)[number];

/** A request of an operation, as far as its document tells; `base` is a valid one. */
export interface Drawn {
  asker: Asker;
  /** By parameter; what is left out is as in the valid request. */
  path: Record<string, string>;
  query: [string, string][] | undefined;
  headers: Record<string, string>;
  /** Makes the body of that of the valid request; undefined for none. */
  body: { whole: unknown } | { fields: Record<string, { value: unknown } | 'left out' | 'as it is'> } | undefined;
}

const encoded = fc.string({ unit: 'grapheme', maxLength: 12 }).map(encodeURIComponent);
const hostile = fc.constantFrom(...HOSTILE_VALUES);
const json = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });

/** Requests of this operation: half of them as they should be, half with something odd in the middle of it. */
export function requestsOf(document: OpenApiDocument, { method, operation }: PlacedOperation): fc.Arbitrary<Drawn> {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const media = operation.requestBody?.content['application/json'];
  const body = media
    ? bodyOf(document, resolved(document, media.schema))
    : method === 'get'
      ? fc.constant(undefined)
      : often(
          fc.constant(undefined),
          json.map((whole) => ({ whole })),
        );
  return fc.record({
    asker: fc.oneof(
      { arbitrary: fc.constant<Asker>('right'), weight: 6 },
      { arbitrary: fc.constantFrom(...ASKERS), weight: 4 },
    ),
    path: fc.record(Object.fromEntries(inPath.map(({ name }) => [name, pathValue])), {
      requiredKeys: [],
    }) as fc.Arbitrary<Record<string, string>>,
    query: often(fc.constant(undefined), queryOf(inQuery)),
    headers: fc.oneof(
      { arbitrary: fc.constant({}), weight: 6 },
      {
        arbitrary: fc.record({
          'idempotency-key': fc.constantFrom('fuzz-key-1', 'fuzz-key-2', 'short', 'x'.repeat(65)),
        }),
        weight: 1,
      },
      {
        arbitrary: fc.record({ 'x-act-as': fc.constantFrom('1', '2', 'external:customer-1', 'external:%', '0', 'a') }),
        weight: 1,
      },
    ),
    body,
  });
}

const often = <T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof<{ arbitrary: fc.Arbitrary<T | U>; weight: number }[]>(
    { arbitrary: usual, weight: 2 },
    { arbitrary: odd, weight: 1 },
  );

/** An id that is there is taken from the valid request; here are those that are not, or are none. */
const pathValue = fc.oneof(
  { arbitrary: fc.constantFrom('4503599627370496', '9007199254740991', '2147483648'), weight: 2 },
  { arbitrary: fc.constantFrom(...HOSTILE_IDS), weight: 1 },
  // Nothing at all would be another address.
  { arbitrary: encoded.filter((text) => !['', '.', '..'].includes(text)), weight: 1 },
);

function queryOf(parameters: readonly Parameter[]): fc.Arbitrary<[string, string][]> {
  const known = parameters.map((parameter) => fc.tuple(fc.constant(parameter.name), queryValue(parameter)));
  const unknown = fc.tuple(encoded, encoded);
  return fc.array(
    known.length > 0
      ? fc.oneof({ weight: 8, arbitrary: fc.oneof(...known) }, { weight: 1, arbitrary: unknown })
      : unknown,
    {
      maxLength: Math.max(2, parameters.length),
    },
  );
}

function queryValue({ name, schema, example }: Parameter): fc.Arbitrary<string> {
  const given = example ?? schema.example;
  const right =
    schema.type === 'integer'
      ? fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1_000, 1_000) }).map(String)
      : schema.enum
        ? fc.constantFrom(...schema.enum.map(String))
        : fc.constantFrom(given === undefined ? 'a' : encodeURIComponent(given as string), '1', 'a');
  const wrong =
    name === 'cursor'
      ? fc.constantFrom(...FORGED_CURSORS)
      : schema.type === 'integer'
        ? fc.constantFrom(...HOSTILE_NUMBERS)
        : encoded;
  return fc.oneof({ arbitrary: right, weight: 3 }, { arbitrary: wrong, weight: 1 });
}

function bodyOf(document: OpenApiDocument, schema: Schema): fc.Arbitrary<Drawn['body']> {
  const { properties = {} } = schema;
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      fc.oneof(
        { arbitrary: fc.constant('as it is' as const), weight: 6 },
        { arbitrary: valueOf(document, property).map((value) => ({ value })), weight: 3 },
        { arbitrary: hostile.map((value) => ({ value })), weight: 1 },
        { arbitrary: fc.constant('left out' as const), weight: 1 },
      ),
    ]),
  );
  const unknown = fc.dictionary(
    fc.string({ unit: 'binary', maxLength: 8 }),
    hostile.map((value) => ({ value })),
    { maxKeys: 1 },
  );
  return fc.oneof(
    { arbitrary: fc.record(fields).map((drawn) => ({ fields: drawn })), weight: 8 },
    { arbitrary: valueOf(document, schema).map((whole) => ({ whole })), weight: 3 },
    {
      arbitrary: fc.tuple(fc.record(fields), unknown).map(([known, more]) => ({ fields: { ...known, ...more } })),
      weight: 1,
    },
    { arbitrary: json.map((whole) => ({ whole })), weight: 1 },
  );
}

/** A value that fits the schema, or nearly: patterns and formats beyond times are met by the example alone. */
function valueOf(document: OpenApiDocument, schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const one = resolved(document, schema);
  const example = one.example === undefined ? [] : [fc.constant(one.example)];
  if (one.const !== undefined) return fc.constant(one.const);
  if (one.enum) return fc.constantFrom(...one.enum);
  const choices = [...(one.oneOf ?? []), ...(one.anyOf ?? []), ...(one.allOf ?? [])];
  if (choices.length > 0) return fc.oneof(...choices.map((choice) => valueOf(document, choice, depth + 1)));
  const types = [one.type].flat().map((type) => ofType(document, one, type, depth));
  return fc.oneof(...example, ...types);
}

function ofType(
  document: OpenApiDocument,
  schema: Schema,
  type: string | undefined,
  depth: number,
): fc.Arbitrary<unknown> {
  const {
    minimum = 0,
    maximum = 100,
    minLength = 0,
    maxLength = 64,
    maxItems = 4,
  } = schema as Schema & Record<string, number>;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      // Small numbers are ids of what is there.
      return fc.oneof(
        fc.integer({ min: minimum, max: Math.min(maximum, minimum + 20) }),
        fc.constantFrom(minimum, maximum, maximum + 1, minimum - 1),
      );
    case 'array':
      return fc.array(schema.items && depth < 4 ? valueOf(document, schema.items, depth + 1) : json, {
        maxLength: Math.min(maxItems, 4),
      });
    case 'object':
      return depth > 4
        ? fc.constant({})
        : fc.record(
            Object.fromEntries(
              Object.entries(schema.properties ?? {}).map(([name, part]) => [name, valueOf(document, part, depth + 1)]),
            ),
            { requiredKeys: schema.required ?? [] },
          );
    default:
      return schema.format === 'date-time'
        ? fc
            .date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2199-01-01') })
            .map((date) => date.toISOString())
        : fc.oneof(
            fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) }),
            fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 20)) }),
            fc.constantFrom(...Object.values(TEXTS), 'x'.repeat(maxLength), 'ж'.repeat(maxLength + 1)),
          );
  }
}

/** The request that a draw makes of a valid one. */
export function madeOf(
  { path, query, headers, body }: Drawn,
  base: { path: string; query: string; body: Record<string, unknown> | undefined },
  template: string,
) {
  const values = valuesIn(template, base.path);
  const address = template.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? values[name]!);
  const asked = query === undefined ? base.query : query.map((pair) => pair.join('=')).join('&');
  const sent =
    body === undefined ? base.body : 'whole' in body ? body.whole : withFields({ ...base.body }, body.fields);
  return {
    path: asked === '' ? address : `${address}?${asked}`,
    headers: { ...(sent !== undefined && JSON_TYPE), ...headers },
    body: sent === undefined ? undefined : JSON.stringify(sent),
  };
}

function valuesIn(template: string, path: string): Record<string, string> {
  const parts = path.split('/');
  return Object.fromEntries(
    template.split('/').flatMap((part, index) => (part.startsWith('{') ? [[part.slice(1, -1), parts[index]!]] : [])),
  );
}

function withFields(
  body: Record<string, unknown>,
  fields: Extract<NonNullable<Drawn['body']>, { fields: object }>['fields'],
): Record<string, unknown> {
  for (const [name, drawn] of Object.entries(fields)) {
    if (drawn === 'left out') delete body[name];
    else if (drawn !== 'as it is') body[name] = drawn.value;
  }
  return body;
}
