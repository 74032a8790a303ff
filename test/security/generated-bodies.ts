import type { Ajv2020 } from 'ajv/dist/2020.js';
import { type OpenApiDocument, type PlacedOperation, resolved, type Schema } from '../../src/ops/openapi-document.js';
import { type Hostile, INVALID, JSON_TYPE, type Must } from './hostile-request.js';
import { HOSTILE_VALUES, linesOf, nested, UNSTORABLE, wide, wordsOf } from './hostile-values.js';

const MALFORMED: Must = '400 request/malformed';
const TOO_COMPLEX: Must = '400 request/too-complex';
const UNSUPPORTED: Must = '415 request/unsupported-media-type';
const FORM = 'application/x-www-form-urlencoded';

const UNKNOWN_FIELDS = [
  '',
  ...wordsOf('nosuch id role author authorId seq createdAt roomId toString hasOwnProperty a/b~c'),
];

/** Bodies that are JSON, but not what the operation's document describes. */
export function hostileBodies(document: OpenApiDocument, { operation }: PlacedOperation, ajv: Ajv2020): Hostile[] {
  const media = operation.requestBody?.content['application/json'];
  if (!media) return [];
  const schema = resolved(document, media.schema);
  const { properties = {}, required = [] } = schema;
  const sending = (what: string, must: Must, change: (body: Record<string, unknown>) => unknown): Hostile => ({
    what: `body ${what}`,
    must,
    request: ({ body }) => ({ headers: JSON_TYPE, body: JSON.stringify(change({ ...body })) }),
  });
  const fits = ajv.compile({ ...schema, components: document.components });
  const mustFor = (field: string, value: unknown): Must => {
    const unstorable = isText(properties[field]!) && UNSTORABLE.includes(value as string);
    return unstorable || !fits({ ...exampleOf(schema), [field]: value }) ? INVALID : 'no failure';
  };
  const withField = (field: string, value: unknown) =>
    sending(`${field} ${JSON.stringify(value).slice(0, 40)}`, mustFor(field, value), (body) => ({
      ...body,
      [field]: value,
    }));
  // What belongs to the other grant is not looked at.
  const fields = Object.keys(properties).filter((field) => field !== 'refresh_token');
  const unknown = UNKNOWN_FIELDS.filter((name) => !Object.hasOwn(properties, name));
  return [
    ...fields.flatMap((field) => HOSTILE_VALUES.map((value) => withField(field, value))),
    ...required.map((field) => sending(`without ${field}`, INVALID, (body) => ({ ...body, [field]: undefined }))),
    ...unknown.map((name) => sending(`with ${name}`, INVALID, (body) => ({ ...body, [name]: 1 }))),
    ...[[], [1], [{}], 'abc', '', 1, null, true].map((one) =>
      sending(`${JSON.stringify(one)} alone`, INVALID, () => one),
    ),
    sending('in a list', INVALID, (body) => [body]),
  ];
}

/** Values beside the hostile one: they only have to fit the document. */
function exampleOf({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  return Object.fromEntries(required.map((field) => [field, properties[field]!.example]));
}

function isText({ type, enum: one }: Schema): boolean {
  return one === undefined && [type].flat().includes('string');
}

const BROKEN_JSON = [
  '',
  ' ',
  '{"a":"\t"}',
  '"\x01"',
  ...linesOf(String.raw`
{
}
{"a":}
{"a":1,}
{'a':1}
{a:1}
{"a":1}{"b":2}
[1
NaN
undefined
+1
0x10
a=1&b=2
<a/>
`),
];
/** Each character is a byte. */
const NO_UTF8 = ['\xff', '\xc0\x80', '\xed\xa0\x80', '\xf5\x80\x80\x80', '\xe2\x82'].map((bytes) => `{"a":"${bytes}"}`);
const POISONED = linesOf(String.raw`
{"__proto__":{"role":"superuser"}}
{"a":{"__proto__":null}}
{"constructor":{"prototype":{"role":"superuser"}}}
{"\u005f_proto__":1}
{"a":[{"prototype":1}]}
{"a\u0000":1}
{"\ud800":1}
`);
const OTHER_TYPES = linesOf(`
text/plain
text/json
application/xml
application/json-patch+json
application/jsonx
multipart/form-data; boundary=x
multipart/form-data
application/octet-stream
application/json, text/plain
x
/
application/json; charset=utf-7
application/json;charset="UTF-16"
application/json; charset=iso-8859-1
`);

/** Bodies that are not the JSON they should be, whatever the operation. */
export function hostileWrappings({ method, operation }: PlacedOperation): Hostile[] {
  if (method === 'get') return [];
  const raw = (
    what: string,
    must: Must,
    body: string | Buffer,
    headers: Record<string, string> = JSON_TYPE,
  ): Hostile => ({
    what: what.slice(0, 50),
    must,
    request: () => ({ headers, body }),
  });
  const form = (body: string, must: Must): Hostile =>
    raw(`the form ${body}`, operation.requestBody?.content[FORM] ? must : UNSUPPORTED, body, { 'content-type': FORM });
  const manyFields = Object.fromEntries(wide(501).map((value, index) => [`f${index}`, value]));
  return [
    ...BROKEN_JSON.map((text) => raw(`broken JSON ${text}`, MALFORMED, text)),
    ...NO_UTF8.map((text, index) => raw(`invalid UTF-8, number ${index}`, MALFORMED, Buffer.from(text, 'latin1'))),
    raw('UTF-16', MALFORMED, Buffer.from('{"a":1}', 'utf16le')),
    raw('UTF-16 with its mark', MALFORMED, Buffer.from('\ufeff{"a":1}', 'utf16le')),
    raw('one byte too many', '413 request/too-large', `{"a":"${'x'.repeat(64 * 1024 + 1 - 8)}"}`),
    raw('many bytes too many', '413 request/too-large', 'x'.repeat(200_000)),
    raw('9 levels', TOO_COMPLEX, JSON.stringify({ a: nested(8) })),
    raw('30 000 levels', TOO_COMPLEX, '['.repeat(30_000) + ']'.repeat(30_000)),
    raw('501 values', TOO_COMPLEX, JSON.stringify({ a: wide(500) })),
    raw('501 values by name', TOO_COMPLEX, JSON.stringify(manyFields)),
    ...POISONED.map((text) => raw(text, INVALID, text)),
    ...OTHER_TYPES.map((type) => raw(`as ${type}`, UNSUPPORTED, '{}', { 'content-type': type })),
    raw('no type', UNSUPPORTED, '{}', {}),
    form('a=1', INVALID),
    form('grant_type=password&grant_type=password', INVALID),
    form('a=%ff', MALFORMED),
    raw('gzip that is none', 'no failure', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  ];
}
