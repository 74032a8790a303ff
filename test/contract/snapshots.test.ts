import { readFileSync } from 'node:fs';
import { type OpenApiDocument, operationsOf } from '../../src/ops/openapi-document.js';
import { PROBLEMS } from '../../src/platform/problems.js';
import { COMMANDS, FACTS } from '../../src/realtime/events.js';
import { world, type World } from '../support/world.js';

/**
 * What integrators build on stands in docs/generated as it was last approved. A difference fails here, so that nothing is renamed or
 * removed unseen; what is meant is approved by `npm run generate` and a look at the diff.
 */
const HOW =
  'If this is meant: run `npm run generate`, read the diff of docs/generated line by line, and commit it with the change.';

let w: World;
let served: OpenApiDocument;
let events: object;

beforeAll(async () => {
  w = await world();
  served = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
  events = (await w.http.get('/docs/asyncapi.json')).body as object;
});
afterAll(() => w?.close());

const approved = (file: string): unknown => JSON.parse(readFileSync(`docs/generated/${file}`, 'utf8'));

function expectApproved(what: string, before: readonly string[], now: readonly string[]): void {
  const gone = before.filter((name) => !now.includes(name)).map((name) => `- ${name}`);
  const come = now.filter((name) => !before.includes(name)).map((name) => `+ ${name}`);
  if (gone.length + come.length > 0)
    throw new Error(`${what} differ from what was approved:\n${[...gone, ...come].slice(0, 40).join('\n')}\n${HOW}`);
}

/** Every value of a document with its place. */
function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} = ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [`${path} = ${JSON.stringify(value)}`]
    : entries.flatMap(([key, part]) => leaves(part, `${path}/${key}`));
}

const operationLines = (document: OpenApiDocument) =>
  operationsOf(document).map(
    ({ method, path, operation }) => `${method.toUpperCase()} ${path} ${operation.operationId}`,
  );
const codesIn = (table: string) =>
  [...table.matchAll(/^\| `([a-z-]+\/[a-z-]+)` \| (\d+) \|/gm)].map(([, code, status]) => `${code} ${status}`);

it('keeps the codes of problems and their statuses', () => {
  const codes = codesIn(readFileSync('docs/generated/problems.md', 'utf8'));
  expect(codes.length).toBeGreaterThan(40);
  expectApproved(
    'Problem codes',
    codes,
    Object.entries(PROBLEMS).map(([code, [status]]) => `${code} ${status}`),
  );
});

it('keeps the operations with their addresses and names', () => {
  expectApproved('Operations', operationLines(approved('openapi.json') as OpenApiDocument), operationLines(served));
});

it('keeps what operations take and answer', () => {
  expectApproved('Requests and answers', leaves(approved('openapi.json')), leaves(served));
});

it('keeps the names of commands and facts', () => {
  const { channels } = approved('asyncapi.json') as { channels: { root: { messages: object } } };
  const names = Object.keys(channels.root.messages).filter((name) => !name.endsWith('.ack'));
  expectApproved('Events', names, [...Object.keys(COMMANDS), ...Object.keys(FACTS)]);
});

it('keeps what commands and facts carry', () => {
  expectApproved('Payloads of events', leaves(approved('asyncapi.json')), leaves(events));
});
