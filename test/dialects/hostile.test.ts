import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { DIALECTS } from '../../src/dialects/dialects.js';
import {
  type OpenApiDocument,
  type Operation,
  operationsOf,
  type PlacedOperation,
} from '../../src/ops/openapi-document.js';
import type { DialectName } from '../../src/platform/config.js';
import { KeysService } from '../../src/integrations/keys.service.js';
import { hostileRequests } from '../security/generated-requests.js';
import type { Hostile, ValidRequest } from '../security/hostile-request.js';
import { HOSTILE_VALUES, TEXTS } from '../security/hostile-values.js';
import { RawHttp, type RawRequest } from '../security/raw-http.js';
import type { Answer } from '../support/http.js';
import { type Person, world, type World } from '../support/world.js';

/** Whatever is sent to a dialect, it is answered in the manner of that dialect, as its document says, and never by a failure. */

/** How many of all that is generated each operation is asked: every so-manieth, the same at every run. */
const REQUESTS = 110;
const AT_ONCE = 8;
const TEXTS_AND_VALUES = [...HOSTILE_VALUES.map(String), ...Object.values(TEXTS)];
const FORM = 'application/x-www-form-urlencoded';
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;

/** How to sign in at a dialect: address, and the name of the token in its answer. */
const SIGN_IN = {
  pychat: ['/chat/token/', 'token'],
  atomchat: ['/api/auth/tokens/', 'token'],
  roschat: ['/api/accounts/login/', 'token'],
  thanchat: ['/userauth/token/login/', 'auth_token'],
} satisfies Partial<Record<DialectName, [path: string, field: string]>>;
type Name = keyof typeof SIGN_IN | 'chatapi';
const NAMES = ['chatapi', ...(Object.keys(SIGN_IN) as (keyof typeof SIGN_IN)[])] as const;

const OPERATIONS = NAMES.flatMap((name) =>
  placedIn(documentOf(name)).map((placed) => [placed.operation.operationId, name, placed] as const),
);

let w: World;
let raw: RawHttp;
let ajv: Ajv2020;
let alice: Person, bob: Person;
const tokens = new Map<Name, string>();

beforeAll(async () => {
  w = await world();
  raw = new RawHttp(w.origin);
  ajv = new Ajv2020({ strict: false });
  addFormats(ajv);
  // Whoever may more gets further.
  [alice, bob] = [await w.person('alice', { role: 'moderator' }), await w.person('bob')];
  for (const name of NAMES) tokens.set(name, await signIn(name));
});
afterEach(async () => expect((await w.http.get('/health/ready')).status).toBe(200));
afterAll(async () => {
  raw?.close();
  await w?.close();
});

it.each(OPERATIONS)('%s of %s', async (_id, name, placed) => {
  const valid = await validRequest(placed);
  const all = [...hostileRequests(documentOf(name), placed, ajv), ...hostileForms(placed), ...hostileQueries(placed)];
  expect(all.length).toBeGreaterThanOrEqual(REQUESTS);
  const some = Array.from({ length: REQUESTS }, (_, i) => all[Math.floor((i * all.length) / REQUESTS)]!);
  const surprises: (string | undefined)[] = [];
  for (let i = 0; i < some.length; i += AT_ONCE)
    surprises.push(
      ...(await Promise.all(some.slice(i, i + AT_ONCE).map((hostile) => surpriseIn(name, placed, valid, hostile)))),
    );
  expect(surprises.filter((surprise) => surprise !== undefined)).toEqual([]);
});

it('and raises nobody', async () => {
  expect(await w.database.query(`SELECT username FROM accounts WHERE role <> 'user'`)).toEqual([{ username: 'alice' }]);
});

async function surpriseIn(
  name: Name,
  { method, path, operation }: PlacedOperation,
  valid: ValidRequest,
  { what, request }: Hostile,
): Promise<string | undefined> {
  const sent: Omit<RawRequest, 'method'> = { path: valid.path, ...request(valid) };
  const authorization = `${name === 'chatapi' ? 'Bearer' : 'Token'} ${tokens.get(name)}`;
  const answer = await raw.send({ ...sent, method: method.toUpperCase(), headers: { authorization, ...sent.headers } });
  const fault = faultIn(name, answer, sent.path);
  // Many passwords at once are more than it verifies.
  if (answer.status === 503 && operation.security && answer.headers.has('retry-after')) return undefined;
  if (fault) return `${what}: ${fault}`;
  const asked = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(sent.path.split('?')[0]!);
  const described = operation.responses[String(answer.status)];
  if (asked && !described) return `${what}: ${answer.status} ${answer.text.slice(0, 200)} is not declared`;
  const schema = asked && described?.content?.['application/json']?.schema;
  return schema && !ajv.validate(schema, answer.body) ? `${what}: ${ajv.errorsText()}` : undefined;
}

function faultIn(name: Name, { status, headers, text, body }: Answer, path: string): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`;
  if (status < 400 || !DIALECTS[name].addresses.test(path)) return undefined;
  const native = typeof body !== 'object' || body === null || 'code' in body;
  if (native || headers.get('content-type') !== 'application/json; charset=utf-8')
    return `${status} as ${headers.get('content-type')}: ${text.slice(0, 200)}`;
  if (status === 401 && !headers.has('www-authenticate')) return '401 without its header';
  return undefined;
}

/** What stands in the examples of the document, at a room and an account that are there. */
async function validRequest({ path, operation }: PlacedOperation): Promise<ValidRequest> {
  const room = await alice.http.post('/rooms', { name: 'lobby', preset: 'open', members: [bob.id] });
  const ofPerson = (name: string) => name === 'user_id' || path.includes('/users/');
  const pathWith = (replaced: string, spelled: string) =>
    path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
      name === replaced ? spelled : String(ofPerson(name) ? bob.id : room.body.id),
    );
  const { properties = {} } = operation.requestBody?.content['application/json']?.schema ?? {};
  const there: Record<string, unknown> = { chat: room.body.id, author: bob.id, user: bob.id, users: [bob.id] };
  const isThere = path.startsWith('/chats/') || path.startsWith('/messages/');
  const examples = Object.entries(properties).map(
    ([name, { example }]) => [name, (isThere ? there[name] : undefined) ?? example] as const,
  );
  const body = operation.requestBody && Object.fromEntries(examples);
  return { path: pathWith('', ''), pathWith, query: '', body };
}

function hostileQueries({ operation }: PlacedOperation): Hostile[] {
  const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
  return [...names, 'unknown'].flatMap((name) =>
    TEXTS_AND_VALUES.map((value) => ({
      what: `query ${name}=${value.slice(0, 40)}`,
      must: 'no failure' as const,
      request: ({ path }) => ({ path: `${path}?${String(new URLSearchParams({ [name]: value.slice(0, 2_000) }))}` }),
    })),
  );
}

function hostileForms({ operation }: PlacedOperation): Hostile[] {
  const { properties = {} } = operation.requestBody?.content[FORM]?.schema ?? {};
  const forms = Object.keys(properties).flatMap((name) =>
    TEXTS_AND_VALUES.map((value) => ({ what: `form ${name}=${value.slice(0, 40)}`, name, value })),
  );
  return forms.map(({ what, name, value }, index) => ({
    what,
    must: 'no failure',
    request: ({ body }) => {
      const fields = new URLSearchParams({ ...(body as Record<string, string>), [name]: value });
      if (index % 2 === 0) return { headers: { 'content-type': FORM }, body: fields.toString() };
      const parts = [...fields].map(
        ([field, one]) => `--x\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${one}\r\n`,
      );
      return { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: `${parts.join('')}--x--\r\n` };
    },
  }));
}

async function signIn(name: Name): Promise<string> {
  if (name === 'chatapi')
    return (await w.app.get(KeysService).create('operator', { name: 'server', scopes: ['act_as'] })).key;
  const [path, field] = SIGN_IN[name];
  const { username, password } = alice;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(w.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: basic },
    body: JSON.stringify({ username, password }),
  });
  return ((await answer.json()) as Record<string, string>)[field]!;
}

/** The operations of a document, each with the parameters that stand at its address. */
function placedIn(document: OpenApiDocument): PlacedOperation[] {
  return operationsOf(document).flatMap(({ path, method, operation }) => {
    if (method === 'parameters') return [];
    const shared = (document.paths[path] as { parameters?: Operation['parameters'] }).parameters ?? [];
    return [{ path, method, operation: { ...operation, parameters: [...shared, ...(operation.parameters ?? [])] } }];
  });
}

function documentOf(name: Name): OpenApiDocument {
  return DIALECTS[name].document as OpenApiDocument;
}
