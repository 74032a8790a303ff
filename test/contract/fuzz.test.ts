import fc from 'fast-check';
import { AccessTokens } from '../../src/accounts/access.tokens.js';
import { SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { type OpenApiDocument, operationsOf, type PlacedOperation } from '../../src/ops/openapi-document.js';
import { ROWS } from '../security/authorization.table.js';
import { faultIn, RawHttp } from '../security/raw-http.js';
import { ValidRequests } from '../security/valid-requests.js';
import { world, type World } from '../support/world.js';
import { type Asker, type Drawn, madeOf, requestsOf } from './fuzz-requests.js';

/**
 * Requests drawn at random from what the OpenAPI document says: whoever asks whatever, he gets an answer that the document declares, in its form,
 * and never a failure. FUZZ_SEED draws others, FUZZ_REQUESTS more of them.
 */

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_120);
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 200);
const AT_ONCE = 8;
/** How many requests share one valid one, whose subject the first may have used up. */
const FROM_ONE = 20;

const OPERATIONS = [...new Set(ROWS.map((row) => row.target).filter((target) => !target.includes('.')))];
/** Passwords are hashed a few at a time, and who comes too early is rightly told to wait. */
const ONE_BY_ONE = new Set(['register', 'issueToken', 'changeMyPassword', 'logoutEverywhere']);
const TAKES_AWAY = /^(delete|remove|revoke|lift|leave|logout|end)/;

let w: World;
let raw: RawHttp;
let valid: ValidRequests;
let document: OpenApiDocument;
let operations: Map<string, PlacedOperation>;
let key: string;
const statuses = new Map<number, number>();

beforeAll(async () => {
  w = await world();
  raw = new RawHttp(w.origin);
  valid = await ValidRequests.prepare(w);
  document = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  key = (await valid.root.http.post('/integrations/keys', { name: 'asker', scopes: [...SCOPES] })).body.key;
}, 60_000);

afterAll(async () => {
  const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const counts = [...statuses]
    .toSorted(([one], [other]) => one - other)
    .map(([status, count]) => `${count} × ${status}`);
  process.stderr.write(
    `\nfuzz: FUZZ_SEED=${SEED}, ${sent} requests to ${operations?.size} operations: ${counts.join(', ')}\n`,
  );
  raw?.close();
  await w?.close();
});

/** What takes things away comes last. */
const IN_ORDER = OPERATIONS.toSorted((one, other) => Number(TAKES_AWAY.test(one)) - Number(TAKES_AWAY.test(other)));

describe('every answer is one of those that the document declares', () => {
  it.each(IN_ORDER)(
    '%s',
    async (operationId) => {
      const placed = operations.get(operationId)!;
      const tokens = await freshTokens();
      const drawn = fc.sample(requestsOf(document, placed), { seed: SEED, numRuns: REQUESTS });
      const faults: string[] = [];
      for (let first = 0; first < drawn.length; first += FROM_ONE) {
        const base = await valid.of(placed);
        const some = drawn.slice(first, first + FROM_ONE);
        const atOnce = ONE_BY_ONE.has(operationId) ? 1 : AT_ONCE;
        for (let i = 0; i < some.length; i += atOnce)
          faults.push(
            ...(await Promise.all(some.slice(i, i + atOnce).map((one) => faultOf(placed, one, base, tokens)))).filter(
              (fault) => fault !== undefined,
            ),
          );
      }
      expect(faults.slice(0, 5)).toEqual([]);
    },
    120_000,
  );
});

async function faultOf(
  { method, path: template, operation }: PlacedOperation,
  drawn: Drawn,
  base: Awaited<ReturnType<ValidRequests['of']>>,
  tokens: Record<Exclude<Asker, 'right' | 'nobody'>, string>,
): Promise<string | undefined> {
  const request = madeOf(drawn, base, template);
  const token = drawn.asker === 'right' ? base.token : drawn.asker === 'nobody' ? undefined : tokens[drawn.asker];
  const bearer = drawn.asker === 'right' && operation.security?.length === 0 ? undefined : token;
  const sent = `${drawn.asker}: ${method.toUpperCase()} ${request.path.slice(0, 200)} ${(request.body ?? '').slice(0, 400)}`;
  try {
    const answer = await raw.send({
      ...request,
      method: method.toUpperCase(),
      headers: { ...request.headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) },
    });
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const fault = faultIn(answer);
    return fault && `${fault}\n  for ${sent}`;
  } catch (error) {
    return `${(error as Error).message}\n  for ${sent}`;
  }
}

/** What was asked before may have taken away roles and sessions; this is about what comes now. */
async function freshTokens() {
  await w.database.query(`UPDATE blocks SET lifted_at = now() WHERE lifted_at IS NULL`);
  await w.database.query(
    `UPDATE accounts SET role = CASE id WHEN $1 THEN 'superuser' ELSE 'user' END WHERE role <> 'user' OR id = $1`,
    [valid.root.id],
  );
  await w.database.query('UPDATE filters SET enabled = false');
  const tokenOf = async (accountId: number) => {
    const [row] = await w.database.query<{ id: number; epoch: number }>(
      `INSERT INTO sessions (account_id, expires_at) VALUES ($1, now() + interval '1 day') RETURNING id, (SELECT epoch FROM accounts WHERE id = $1)`,
      [accountId],
    );
    return w.app.get(AccessTokens, { strict: false }).issue({ accountId, sessionId: row!.id, epoch: row!.epoch });
  };
  valid.root.token = await tokenOf(valid.root.id);
  return { superuser: valid.root.token, person: await tokenOf(valid.quinn.id), server: key, broken: 'x.y.z' };
}
