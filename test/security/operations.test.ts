import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { isSuccess, type OpenApiDocument, operationsOf, type PlacedOperation } from '../../src/ops/openapi-document.js';
import type { Answer } from '../support/http.js';
import { world, type World } from '../support/world.js';
import { ROWS } from './authorization.table.js';
import { hostileRequests, LEAST_REQUESTS } from './generated-requests.js';
import { type Hostile, JSON_TYPE } from './hostile-request.js';
import { faultIn, RawHttp } from './raw-http.js';
import { ValidRequests } from './valid-requests.js';

/** Whatever is sent to an operation, it is answered: never by a failure, a refusal always as a proper problem, what the document forbids always by a refusal. */

const OPERATIONS = [...new Set(ROWS.map((row) => row.target).filter((target) => !target.includes('.')))];
/** Passwords are counted and sessions ended: what comes at the same time is rightly refused. */
const ONE_BY_ONE = new Set(['issueToken', 'changeMyPassword', 'logoutEverywhere']);
const AS_IT_IS: Pick<Hostile, 'request'> = {
  request: ({ body }) => (body ? { headers: JSON_TYPE, body: JSON.stringify(body) } : {}),
};
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

afterEach(async () => expect((await w.http.get('/health/ready')).status).toBe(200));

afterAll(async () => {
  process.stderr.write(`\nhostile input: ${sent} generated requests to ${operations?.size} operations\n`);
  raw?.close();
  await w?.close();
});

it('knows every operation', () => {
  expect(OPERATIONS.toSorted()).toEqual([...operations.keys()].sort());
});

describe('hostile input is refused and breaks nothing', () => {
  it.each(OPERATIONS)(
    '%s',
    async (operationId) => {
      const placed = operations.get(operationId)!;
      // Only what is otherwise in order shows that the hostile part was refused. No link can make a second superuser.
      const { status } = await answerTo(placed, AS_IT_IS);
      const successes = Object.keys(placed.operation.responses).filter(isSuccess);
      expect(operationId === 'setUp' ? ['404'] : successes).toContain(String(status));
      const requests = hostileRequests(document, placed, ajv);
      expect(requests.length).toBeGreaterThanOrEqual(LEAST_REQUESTS);
      const surprises: (string | undefined)[] = [];
      const atOnce = ONE_BY_ONE.has(operationId) ? 1 : 8;
      for (let i = 0; i < requests.length; i += atOnce) {
        const some = requests.slice(i, i + atOnce);
        surprises.push(...(await Promise.all(some.map((hostile) => surpriseIn(placed, hostile)))));
      }
      expect(surprises.filter((surprise) => surprise !== undefined)).toEqual([]);
    },
    60_000,
  );

  it('and raises nobody', async () => {
    const raised = await w.database.query(`SELECT username, role FROM accounts WHERE role <> 'user'`);
    expect(raised).toEqual([{ username: 'root', role: 'superuser' }]);
  });
});

async function answerTo(placed: PlacedOperation, { request }: Pick<Hostile, 'request'>): Promise<Answer> {
  const { token, ...one } = await valid.of(placed);
  const { path = `${one.path}?${one.query}`, headers = {}, body } = request(one);
  const isPublic = placed.operation.security?.length === 0;
  sent++;
  return raw.send({
    method: placed.method.toUpperCase(),
    path,
    headers: { ...(!isPublic && { authorization: `Bearer ${token}` }), ...headers },
    body,
  });
}

async function surpriseIn(placed: PlacedOperation, hostile: Hostile): Promise<string | undefined> {
  const { must } = hostile;
  const what = hostile.what.slice(0, 60);
  try {
    const answer = await answerTo(placed, hostile);
    const { status } = answer;
    const code = (answer.body as { code?: string } | null)?.code;
    const outcome = status < 400 ? String(status) : `${status} ${code}`;
    const fault = faultIn(answer);
    if (fault !== undefined) return `${what}: ${fault}`;
    // Whoever is not let in proves nothing about what he brings.
    if (status === 401 && code !== 'auth/credentials-wrong') return `${what}: ${outcome}`;
    if (must === outcome || must === 'no failure' || (must === 'a refusal' && status >= 400)) return undefined;
    return `${what}: ${outcome} instead of ${must}`;
  } catch (error) {
    return `${what}: ${(error as Error).message}`;
  }
}
