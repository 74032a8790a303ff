import { operationsOf, type OpenApiDocument, type PlacedOperation } from '../../src/ops/openapi-document.js';
import { type Scope, SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { expectProblem } from '../support/expect.js';
import { connectSocket } from '../support/socket.js';
import { CALLS, type Cell } from './authorization.calls.js';
import { KEYED } from './authorization.keys.js';
import { Matrix } from './authorization.matrix.js';
import { MISSING, Scene } from './authorization.scene.js';
import {
  type ActorName,
  expectedOf,
  isRoom,
  type Row,
  ROOM_RELATIONS,
  ROWS,
  SIGNED_IN,
} from './authorization.table.js';

/** Every operation with an API key: what takes none refuses the best of them, and what takes one holds to the rules for the person it acts for. */

const HTTP_ROWS = ROWS.filter((row) => !row.target.includes('.'));

let scene: Scene;
let operations: Map<string, PlacedOperation>;
let all: string;
let matrix: Matrix;

const isPublic = (row: Row) => operations.get(row.target)!.operation.security!.length === 0;

beforeAll(async () => {
  scene = await Scene.open();
  const document = (await scene.world.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  for (const relation of ROOM_RELATIONS) await scene.plant(relation, scene.person('peter').id);
  all = (await scene.key(SCOPES)).key;
  matrix = new Matrix(scene, operations, {
    actors: SIGNED_IN,
    expected: (row, relation, actor) =>
      row.target in KEYED || isPublic(row) ? expectedOf(row, relation, actor) : 'key/not-accepted',
    headersOf: (actor) => ({ 'x-api-key': all, 'x-act-as': String(actor) }),
  });
}, 60_000);

afterAll(async () => {
  process.stderr.write(`\nauthorization by key: ${matrix?.cells} cells\n`);
  await scene?.close();
});

it('is documented with the scope that each operation asks for', () => {
  const documented = [...operations].flatMap(([name, { operation }]) =>
    operation.security!.flatMap(({ apiKey }) => (apiKey ? [[name, apiKey.join()] as const] : [])),
  );
  expect(Object.fromEntries(documented)).toEqual(KEYED);
});

describe('a key with every scope that acts for a person gets what the person gets, and nothing where no key is taken', () => {
  it.each(HTTP_ROWS.map((row) => [row.name, row] as const))(
    '%s',
    async (_name, row) => {
      const surprises: string[] = [];
      for (const relation of row.cells.keys()) surprises.push(...(await matrix.surprisesIn(row, relation)));
      expect(surprises).toEqual([]);
    },
    60_000,
  );
});

describe('a key that lacks what an operation asks for is refused and changes nothing', () => {
  const keys = new Map<string, Promise<{ key: string }>>();
  const keyWith = (scopes: readonly Scope[]) => {
    const key = keys.get(scopes.join()) ?? scene.key(scopes);
    keys.set(scopes.join(), key);
    return key;
  };

  it.each(HTTP_ROWS.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
    if (isPublic(row)) return expect(KEYED).not.toHaveProperty(row.target);
    const scope = KEYED[row.target];
    const { path, method, body } = await callOf(row);
    const asRoot = String(scene.person('root').id);
    const refusals: [code: string, key: string, actAs?: string][] = [
      [scope ? 'key/scope-missing' : 'key/not-accepted', (await keyWith([])).key],
      [scope ? 'key/scope-missing' : 'key/not-accepted', (await keyWith([])).key, asRoot],
    ];
    if (scope) {
      refusals.push(
        ['key/scope-missing', (await keyWith(SCOPES.filter((one) => one !== scope))).key, asRoot],
        ['key/scope-missing', (await keyWith([scope])).key, asRoot],
        ['account/not-found', all, String(MISSING)],
        ['account/not-found', all, 'external:nobody'],
        ['request/invalid', all, 'root'],
      );
    }
    const before = await scene.fingerprint();
    for (const [code, key, actAs] of refusals) {
      const headers = { 'x-api-key': key, ...(actAs && { 'x-act-as': actAs }) };
      const answer = await scene.world.http.request(method, path, body, { headers });
      expect([(answer.body as { code: string }).code, answer.status < 500]).toEqual([code, true]);
    }
    const garbled = await scene.world.http.request(method, path, body, { headers: { 'x-api-key': `${all}x` } });
    expectProblem(garbled, 401, 'auth/key-invalid');
    expect(await scene.fingerprint()).toBe(before);
  });

  /** A call that the superuser may make. */
  async function callOf(row: Row) {
    const actorName: ActorName = 'superuser';
    const relation =
      [...row.cells.keys()].find((one) => expectedOf(row, one, actorName) === 'ok') ?? [...row.cells.keys()][0]!;
    const cell: Cell = {
      scene,
      actorName,
      actor: scene.person('root').id,
      relation,
      roomId: isRoom(relation) ? await scene.room(relation) : 0,
    };
    const { params = {}, query, body } = await CALLS[row.name]!(cell);
    const placed = operations.get(row.target)!;
    const path = placed.path.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
    return { path: path + (query === undefined ? '' : `?${query}`), method: placed.method.toUpperCase(), body };
  }
});

it('is not taken by a socket', async () => {
  for (const auth of [{ token: all }, {}]) {
    const refusal = await connectSocket(scene.world.origin, auth, {
      extraHeaders: { authorization: `Bearer ${all}`, 'x-api-key': all },
    }).then(
      () => 'connected',
      (error: Error) => error.message,
    );
    expect(refusal).toBe('key/not-accepted');
  }
});
