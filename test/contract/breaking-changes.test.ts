import { readFileSync } from 'node:fs';
import { breaksBetween, judged, withoutWords } from '../../scripts/document-breaks.js';

/** What breaks an integrator is seen before it is released; what does not is let through. */

const PATHS = ['/api/v1/rooms', '/api/v1/rooms/{roomId}', '/api/v1/auth/token', '/api/v1/accounts/me'];
const whole = JSON.parse(readFileSync('docs/generated/openapi.json', 'utf8'));

/** Some operations of ours with what they use, and of their refusals only one: the comparison takes its time. */
const CONTRACT = (() => {
  const paths = Object.fromEntries(PATHS.map((path) => [path, structuredClone(whole.paths[path])]));
  for (const path of Object.values<any>(paths))
    for (const operation of Object.values<any>(path))
      for (const status of Object.keys(operation.responses))
        if (Number(status) > 400) delete operation.responses[status];
  const schemas: Record<string, any> = {};
  const keep = (part: object) => {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (name! in schemas) continue;
      schemas[name!] = whole.components.schemas[name!];
      keep(schemas[name!]);
    }
  };
  keep(paths);
  return { openapi: whole.openapi, info: whole.info, paths, components: { schemas } };
})();
const contract = (): any => structuredClone(CONTRACT);

const schema = (document: any, name: string) => document.components.schemas[name];
const without = (list: string[], one: string) => list.filter((name) => name !== one);

/** Looks at what is changed, so that a seed which changes nothing does not pass for a found one. */
function breaksOf(change: (document: any) => void): string[] {
  const [before, after] = [contract(), contract()];
  change(after);
  expect(after).not.toEqual(before);
  return breaksBetween(withoutWords(before), withoutWords(after));
}

it.each<[string, (document: any) => void, string]>([
  [
    'a field that is no longer answered',
    (d) => {
      delete schema(d, 'RoomView').properties.topic;
      schema(d, 'RoomView').required = without(schema(d, 'RoomView').required, 'topic');
    },
    'properties/topic: remove',
  ],
  [
    'a field that is answered sometimes',
    (d) => (schema(d, 'RoomView').required = without(schema(d, 'RoomView').required, 'topic')),
    'required: remove "topic"',
  ],
  [
    'a field answered in another type',
    (d) => (schema(d, 'RoomView').properties.headSeq.type = 'string'),
    'headSeq/type',
  ],
  ['a field answered as null', (d) => (schema(d, 'RoomView').properties.name.type = ['string', 'null']), 'name/type'],
  ['a value that was never answered', (d) => schema(d, 'RoomView').properties.kind.enum.push('channel'), 'kind/enum'],
  [
    'a new field that must be given',
    (d) => {
      schema(d, 'CreateRoom').properties.colour = { type: 'string' };
      schema(d, 'CreateRoom').required.push('colour');
    },
    'required: add "colour"',
  ],
  ['a field that must be given now', (d) => schema(d, 'CreateRoom').required.push('topic'), 'required: add "topic"'],
  ['a field that is no longer taken', (d) => delete schema(d, 'CreateRoom').properties.link, 'properties/link: remove'],
  ['a field taken in another type', (d) => (schema(d, 'CreateRoom').properties.name.type = 'integer'), 'name/type'],
  ['a shorter text', (d) => (schema(d, 'CreateRoom').properties.name.maxLength = 10), 'name/maxLength'],
  ['a value that is no longer taken', (d) => schema(d, 'CreateRoom').properties.preset.enum.shift(), 'preset/enum'],
  [
    'an operation that is gone',
    (d) => delete d.paths['/api/v1/rooms/{roomId}'].delete,
    'DELETE /api/v1/rooms/{roomId}',
  ],
  ['an address that is gone', (d) => delete d.paths['/api/v1/accounts/me'], 'GET /api/v1/accounts/me'],
  ['an operation under another name', (d) => (d.paths['/api/v1/rooms'].post.operationId = 'makeRoom'), 'operationId'],
  [
    'a parameter that is gone',
    (d) => {
      const { get } = d.paths['/api/v1/rooms'];
      get.parameters = get.parameters.filter((one: { name: string }) => one.name !== 'view');
    },
    'GET /api/v1/rooms parameters: remove',
  ],
  [
    'a parameter that must be given',
    (d) =>
      d.paths['/api/v1/rooms'].get.parameters.push({
        name: 'x',
        in: 'query',
        required: true,
        schema: { type: 'string' },
      }),
    'GET /api/v1/rooms parameters: add',
  ],
  ['another status of success', (d) => delete d.paths['/api/v1/rooms'].post.responses['201'], 'responses/201: remove'],
  [
    'a body that is no longer taken as a form',
    (d) => delete d.paths['/api/v1/auth/token'].post.requestBody.content['application/x-www-form-urlencoded'],
    'requestBody/content/application/x-www-form-urlencoded: remove',
  ],
  ['another scope of keys', (d) => (d.paths['/api/v1/rooms'].post.security.at(-1).apiKey = ['users']), 'security'],
])('%s breaks', (_what, change, line) => {
  const breaks = breaksOf(change);
  expect(breaks.join('\n')).toContain(line);
});

it.each<[string, (document: any) => void]>([
  ['a field that may be given', (d) => (schema(d, 'CreateRoom').properties.colour = { type: 'string' })],
  ['a field that need not be given any more', (d) => schema(d, 'CreateRoom').required.pop()],
  ['a longer text', (d) => (schema(d, 'CreateRoom').properties.name.maxLength = 1_000)],
  ['a value that is taken too', (d) => schema(d, 'CreateRoom').properties.preset.enum.push('secret')],
  [
    'a field that is answered too',
    (d) => {
      schema(d, 'RoomView').properties.colour = { type: 'string' };
      schema(d, 'RoomView').required.push('colour');
    },
  ],
  ['a field that is never null any more', (d) => (schema(d, 'RoomView').properties.capacity.type = 'integer')],
  ['a value of a list that says that new ones may come', (d) => schema(d, 'Problem').properties.limit.enum.push('x')],
  [
    'a further operation',
    (d) => (d.paths['/api/v1/x'] = { get: { operationId: 'x', responses: { 200: { description: 'x' } } } }),
  ],
  [
    'a parameter that may be given',
    (d) => d.paths['/api/v1/rooms'].get.parameters.push({ name: 'x', in: 'query', schema: { type: 'string' } }),
  ],
  ['other words', (d) => (d.paths['/api/v1/rooms'].post.description = 'Another text.')],
])('%s breaks nothing', (_what, change) => {
  expect(breaksOf(change)).toEqual([]);
});

it('asks for a reason for each break, and keeps no reason without a break', () => {
  const reason = 'Nobody has used it since the beginning.';
  expect(judged(['a', 'b'], { a: reason, b: reason })).toEqual([]);
  expect(judged(['a', 'b'], { a: reason })).toEqual(['breaks: b']);
  expect(judged(['a'], { a: 'because' })).toEqual(['is accepted without a reason: a']);
  expect(judged([], { a: reason })).toEqual(['is accepted and breaks nothing: a']);
});
