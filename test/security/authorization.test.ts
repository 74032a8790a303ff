import { operationsOf, type OpenApiDocument, type PlacedOperation } from '../../src/ops/openapi-document.js';
import { PROBLEMS, type ProblemView } from '../../src/platform/problems.js';
import { COMMANDS } from '../../src/realtime/events.js';
import type { Answer } from '../support/http.js';
import { connectSocket } from '../support/socket.js';
import { type Call, CALLS, type Cell } from './authorization.calls.js';
import { verdictOf } from './authorization.policy.js';
import { markOf, Scene } from './authorization.scene.js';
import {
  type ActorName,
  ACTORS,
  NOBODIES,
  type Outcome,
  ROOM_RELATIONS,
  type RoomRelation,
  type Row,
  ROWS,
  SIGNED_IN,
} from './authorization.table.js';

/** Every operation and every command, by every actor, in every relation: what comes out is what the table says, a refusal changes nothing, and nobody sees what he may not. */

/** Rows whose success makes a room another room than its relation says. */
const SPOILS = new Set([
  'deleteRoom',
  'joinRoom',
  'leaveRoom',
  'addMember:stranger',
  'removeMember:member',
  'removeMember:owner',
  'removeMember:self',
]);
const isRoom = (relation: string): relation is RoomRelation => (ROOM_RELATIONS as readonly string[]).includes(relation);
const isNobody = (actor: ActorName) => (NOBODIES as readonly string[]).includes(actor);

let scene: Scene;
let operations: Map<string, PlacedOperation>;
let cells = 0;

beforeAll(async () => {
  scene = await Scene.open();
  const document = (await scene.world.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  await scene.listen();
  for (const relation of ROOM_RELATIONS) await scene.plant(relation, scene.person('peter').id);
}, 60_000);

afterAll(async () => {
  process.stderr.write(
    `\nauthorization matrix: ${cells} cells of ${operations?.size} operations and ${Object.keys(COMMANDS).length} commands, ${ROWS.length} rows\n`,
  );
  await scene?.close();
});

describe('the table', () => {
  it('has a row for every operation and command, and every row its operation and its call', () => {
    const known = [...operations.keys(), ...Object.keys(COMMANDS)].sort();
    expect([...new Set(ROWS.map((row) => row.target))].sort()).toEqual(known);
    expect(Object.keys(CALLS).sort()).toEqual(ROWS.map((row) => row.name).sort());
  });

  it('has the relations to rooms for everything that names a room', () => {
    const aboutRooms = [...operations.values()]
      .filter(({ path }) => path.includes('{roomId}'))
      .map(({ operation }) => operation.operationId);
    const commandsAboutRooms = Object.entries(COMMANDS)
      .filter(([, { request }]) => 'roomId' in request.shape)
      .map(([name]) => name);
    const rows = ROWS.filter((row) => ROOM_RELATIONS.every((relation) => row.cells.has(relation)));
    expect([...new Set(rows.map((row) => row.target))].sort()).toEqual([...aboutRooms, ...commandsAboutRooms].sort());
  });

  it('agrees with the policy model', () => {
    const refusals = new Set<Outcome>(['room/not-found', 'room/not-member', 'room/forbidden']);
    const disagreements: string[] = [];
    for (const row of ROWS.filter((one) => one.rule !== undefined))
      for (const relation of ROOM_RELATIONS)
        for (const actor of SIGNED_IN) {
          const says = expectedOf(row, relation, actor);
          const verdict = verdictOf(row, relation, actor);
          if ((refusals.has(says) ? says : 'reached') !== verdict)
            disagreements.push(`${row.name}, ${relation}, ${actor}: ${says}, but the model ${verdict}`);
        }
    expect(disagreements).toEqual([]);
  });
});

describe('every actor in every relation gets what the table says', () => {
  it.each(ROWS.map((row) => [row.name, row] as const))(
    '%s',
    async (_name, row) => {
      const surprises: string[] = [];
      for (const relation of row.cells.keys()) surprises.push(...(await surprisesIn(row, relation)));
      expect(surprises).toEqual([]);
    },
    60_000,
  );
});

describe('what was heard meanwhile', () => {
  it('is much for members, and for outsiders nothing at all', async () => {
    const eve = scene.sockets.get('eve')!;
    for (const name of ['member', 'owner', 'peter', 'carol'])
      expect(scene.sockets.get(name)!.of('message.sent').length).toBeGreaterThan(10);
    expect(eve.heard.map(({ event }) => event)).toEqual(['session.ready']);
    expect(eve.of('session.ready')[0].rooms).toEqual([]);
    expect(eve.io.connected).toBe(true);
  });

  it('never came out of a room that is hidden from the listener', () => {
    const leaks = SIGNED_IN.flatMap((actor) =>
      scene.sockets
        .get(actor)!
        .heard.filter(({ payload }) => leakIn(JSON.stringify(payload), actor))
        .map(({ event }) => `${actor} heard ${event}`),
    );
    expect(leaks).toEqual([]);
  });
});

describe('a right that ends', () => {
  it('silences the rooms that a moderator looked into, once he is none', async () => {
    const mona = await scene.world.person('mona', { role: 'moderator' });
    const [socket, carol, roomId] = [await mona.socket(), scene.person('carol'), await scene.room('private')];
    expect(await socket.send('room.resume', { roomId, after: 0 })).toMatchObject({ ok: true });
    await say(carol.http, roomId, 'before');
    await socket.hears('message.sent', (message) => message.clientId === 'before');
    await scene.person('root').http.put(`/accounts/${mona.id}/role`, { role: 'user' });
    await socket.hears('role.changed');
    await say(carol.http, roomId, 'behind');
    await scene.sockets.get('peter')!.hears('message.sent', (message) => message.clientId === 'behind');
    await socket.send('read.mark', { roomId, seq: 0 });
    expect(socket.of('message.sent').map((message) => message.clientId)).not.toContain('behind');
  });
});

async function say(http: { post: Scene['world']['http']['post'] }, roomId: number, clientId: string): Promise<void> {
  expect((await http.post(`/rooms/${roomId}/messages`, { text: clientId, clientId })).status).toBe(201);
}

function expectedOf(row: Row, relation: string, actor: ActorName): Outcome {
  return row.cells.get(relation)![ACTORS.indexOf(actor)]!;
}

/** Who must be refused comes first, all at once, and must leave everything as it was; who may, follows. */
async function surprisesIn(row: Row, relation: string): Promise<string[]> {
  const refused = ACTORS.filter((actor) => expectedOf(row, relation, actor) !== 'ok');
  const allowed = ACTORS.filter((actor) => expectedOf(row, relation, actor) === 'ok');
  const prepared = await Promise.all(refused.map((actor) => prepare(row, relation, actor)));
  const before = await scene.fingerprint();
  const surprises = (await Promise.all(prepared.map((one) => surprisesOf(row, one)))).flat();
  if ((await scene.fingerprint()) !== before) surprises.push(`${relation}: all were refused, but something changed`);
  const spoils = SPOILS.has(row.name) && isRoom(relation);
  const work = async (actor: ActorName) => surprisesOf(row, await prepare(row, relation, actor));
  if (!spoils) return [...surprises, ...(await Promise.all(allowed.map(work))).flat()];
  for (const actor of allowed) {
    surprises.push(...(await work(actor)));
    scene.spoil(relation);
  }
  return surprises;
}

async function prepare(row: Row, relation: string, actorName: ActorName): Promise<{ cell: Cell; call: Call }> {
  const cell = {
    scene,
    actorName,
    actor: scene.actor(actorName).id,
    relation,
    roomId: isRoom(relation) ? await scene.room(relation) : 0,
  };
  return { cell, call: await CALLS[row.name]!(cell) };
}

async function surprisesOf(row: Row, { cell, call }: { cell: Cell; call: Call }): Promise<string[]> {
  cells++;
  const { actorName, relation } = cell;
  const expected = expectedOf(row, relation, actorName);
  const { outcome, text, complaints } = await (operations.has(row.target)
    ? overHttp(row, cell, call)
    : overSocket(row, cell, call));
  const leak = leakIn(text, actorName);
  return [
    ...complaints,
    ...(outcome === expected ? [] : [`${outcome} instead of ${expected}`]),
    ...(leak === undefined ? [] : [`saw ${leak}`]),
  ].map((surprise) => `${actorName}, ${relation}: ${surprise}`);
}

interface Result {
  outcome: string;
  text: string;
  complaints: string[];
}

async function overHttp(row: Row, { actorName }: Cell, { params = {}, query, body, token }: Call): Promise<Result> {
  const { method, path } = operations.get(row.target)!;
  const address =
    path.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name])) + (query === undefined ? '' : `?${query}`);
  const { http } = scene.actor(actorName);
  const answer = await http.request(
    method.toUpperCase(),
    address,
    body,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  return {
    outcome: answer.status < 400 ? 'ok' : String((answer.body as ProblemView | null)?.code),
    text: answer.text,
    complaints: complaintsAbout(answer),
  };
}

function complaintsAbout({ status, headers, body }: Answer): string[] {
  if (status < 400) return [];
  const complaints: string[] = [];
  const { code } = body as ProblemView;
  if (PROBLEMS[code]?.[0] !== status) complaints.push(`${code} with status ${status}`);
  if (!headers.get('content-type')?.startsWith('application/problem+json'))
    complaints.push(`a refusal as ${headers.get('content-type')}`);
  if (status === 401 && headers.get('www-authenticate') !== 'Bearer') complaints.push('401 without WWW-Authenticate');
  return complaints;
}

async function overSocket(row: Row, { actorName }: Cell, { body }: Call): Promise<Result> {
  if (isNobody(actorName)) {
    const { token } = scene.actor(actorName);
    const refusal = await connectSocket(scene.world.origin, token === undefined ? {} : { token }).then(
      (socket) => (socket.close(), { message: 'ok', data: undefined }),
      (error: Error & { data?: unknown }) => error,
    );
    return { outcome: refusal.message, text: JSON.stringify(refusal.data ?? null), complaints: [] };
  }
  const ack = (await scene.sockets.get(actorName)!.send(row.target, body)) as { ok: boolean; problem?: ProblemView };
  const problem = ack.problem;
  const complaints =
    problem && PROBLEMS[problem.code]?.[0] !== problem.status ? [`${problem.code} with status ${problem.status}`] : [];
  return { outcome: ack.ok ? 'ok' : String(problem?.code), text: JSON.stringify(ack), complaints };
}

/** The room, hidden from the actor by the table, whose mark stands in the text. */
function leakIn(text: string, actor: ActorName): RoomRelation | undefined {
  const seeing = ROWS.find((row) => row.name === 'getRoom')!;
  return ROOM_RELATIONS.find(
    (relation) => expectedOf(seeing, relation, actor) !== 'ok' && text.includes(markOf(relation)),
  );
}
