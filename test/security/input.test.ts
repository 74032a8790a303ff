import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { type OpenApiDocument, operationsOf, type PlacedOperation } from '../../src/ops/openapi-document.js';
import { world, type World } from '../support/world.js';
import { ROWS } from './authorization.table.js';
import { type Hostile, hostileRequests, LEAST_REQUESTS } from './generated-requests.js';
import { faultIn, RawHttp } from './raw-http.js';
import { ValidRequests } from './valid-requests.js';

/** Whatever is sent to an operation, it is answered: never by a failure, a refusal always as a proper problem, what the document forbids always by a refusal. */

const OPERATIONS = [...new Set(ROWS.map((row) => row.target).filter((target) => !target.includes('.')))];
/** Passwords are counted and sessions ended: what comes at the same time is rightly refused. */
const ONE_BY_ONE = new Set(['issueToken', 'changeMyPassword', 'logoutEverywhere']);
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;

let w: World;
let raw: RawHttp;
let valid: ValidRequests;
let document: OpenApiDocument;
let operations: Map<string, PlacedOperation>;
let ajv: Ajv2020;
let sent = 0;

beforeAll(async () => {
  w = await world();
  raw = new RawHttp(w.origin);
  valid = await ValidRequests.prepare(w);
  document = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  ajv = new Ajv2020({ strict: false });
  addFormats(ajv);
}, 60_000);

afterAll(async () => {
  process.stderr.write(`\nhostile input: ${sent} requests to ${operations?.size} operations\n`);
  raw?.close();
  await w?.close();
});

it('knows every operation', () => {
  expect(OPERATIONS.toSorted()).toEqual([...operations.keys()].sort());
});

describe('hostile input is refused and breaks nothing', () => {
  it.each(OPERATIONS)('%s', async (operationId) => {
    const placed = operations.get(operationId)!;
    const reached = await surprisesIn(placed, { what: 'the valid request', must: 'no failure', request: ({ path, query, body }) => ({ path: `${path}?${query}`, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) }) }, operationId === 'setUp' ? 404 : 299);
    expect(reached).toEqual([]);
    const requests = hostileRequests(document, placed, ajv);
    expect(requests.length).toBeGreaterThanOrEqual(LEAST_REQUESTS);
    const surprises: string[] = [];
    const atOnce = ONE_BY_ONE.has(operationId) ? 1 : 8;
    for (let i = 0; i < requests.length; i += atOnce) surprises.push(...(await Promise.all(requests.slice(i, i + atOnce).map((one) => surprisesIn(placed, one)))).flat());
    expect(surprises).toEqual([]);
  }, 60_000);

  it('and the service goes on', async () => {
    expect((await w.http.get('/health/ready')).status).toBe(200);
    expect(await w.database.query(`SELECT username, role FROM accounts WHERE role <> 'user'`)).toEqual([{ username: 'root', role: 'superuser' }]);
  });
});

async function surprisesIn(placed: PlacedOperation, { what: whole, must, request }: Hostile, most?: number): Promise<string[]> {
  const what = whole.slice(0, 60);
  const { token, ...one } = await valid.of(placed);
  const { path = `${one.path}?${one.query}`, headers = {}, body } = request(one);
  sent++;
  try {
    const authorization: Record<string, string> = placed.operation.security?.length === 0 ? {} : { authorization: `Bearer ${token}` };
    const answer = await raw.send({ method: placed.method.toUpperCase(), path, headers: { ...authorization, ...headers }, body });
    const outcome = answer.status < 400 ? String(answer.status) : `${answer.status} ${(answer.body as { code?: string } | null)?.code}`;
    const fault = faultIn(answer) ?? (answer.status === 401 && !/^\d+ auth\/(credentials|refresh)/.test(outcome) ? outcome : undefined);
    if (fault !== undefined) return [`${what}: ${fault}`];
    if (most !== undefined && answer.status > most) return [`${what}: ${outcome} ${answer.text}`];
    if (must === 'no failure' || (must === 'a refusal' && answer.status >= 400) || must === outcome) return [];
    return [`${what}: ${outcome} instead of ${must}`];
  } catch (error) {
    return [`${what}: ${(error as Error).message}`];
  }
}
