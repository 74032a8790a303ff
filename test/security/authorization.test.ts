import { HistoryService } from '../../src/messaging/history.service.js';
import { operationsOf, type OpenApiDocument, type PlacedOperation } from '../../src/ops/openapi-document.js';
import { Connections } from '../../src/realtime/connections.js';
import { COMMANDS } from '../../src/realtime/events.js';
import { RoomFeed } from '../../src/realtime/room-feed.js';
import { RoomStream } from '../../src/realtime/room-stream.js';
import { eventually } from '../support/expect.js';
import { CALLS } from './authorization.calls.js';
import { leakIn, Matrix } from './authorization.matrix.js';
import { verdictOf } from './authorization.policy.js';
import { markOf, Scene } from './authorization.scene.js';
import { expectedOf, type Outcome, ROOM_RELATIONS, ROWS, SIGNED_IN } from './authorization.table.js';

/** Every operation and every command, by every actor, in every relation: what comes out is what the table says, a refusal changes nothing, and nobody sees what he may not. */

let scene: Scene;
let operations: Map<string, PlacedOperation>;
let matrix: Matrix;

beforeAll(async () => {
  scene = await Scene.open();
  const document = (await scene.world.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  matrix = new Matrix(scene, operations);
  for (const relation of ROOM_RELATIONS) await scene.plant(relation, scene.person('peter').id);
  await scene.listen();
}, 60_000);

afterAll(async () => {
  process.stderr.write(
    `\nauthorization matrix: ${matrix?.cells} cells of ${operations?.size} operations and ${Object.keys(COMMANDS).length} commands, ${ROWS.length} rows\n`,
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
      for (const relation of row.cells.keys()) surprises.push(...(await matrix.surprisesIn(row, relation)));
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
    expect(JSON.stringify(scene.sockets.get('member')!.heard)).toContain(markOf('own'));
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

describe('a membership that ends', () => {
  it('ends what begins to listen behind it, on the word of an older look at the database', async () => {
    const [alice, bob] = [scene.person('alice'), scene.person('bob')];
    const made = await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: [bob.id] });
    const { id: roomId, headSeq } = made.body as { id: number; headSeq: number };
    const [hers, his] = [await alice.socket(), await bob.socket()];
    expect((await alice.http.delete(`/rooms/${roomId}/members/${bob.id}`)).status).toBe(204);
    await hers.hears('member.removed', (fact) => fact.roomId === roomId);
    for (const connection of scene.world.app.get(Connections, { strict: false }).of(bob.id))
      scene.world.app.get(RoomFeed, { strict: false }).subscribe(connection, roomId, headSeq);
    await his.hears('member.removed', (fact) => fact.roomId === roomId);
    await say(alice.http, roomId, 'not-for-bob');
    await hers.hears('message.sent', (message) => message.clientId === 'not-for-bob');
    await his.send('read.mark', { roomId, seq: 0 });
    for (const socket of [his, scene.sockets.get('member')!])
      expect(socket.of('message.sent').map((message) => message.clientId)).not.toContain('not-for-bob');
  });
});

describe('a membership that began again', () => {
  it('is not ended by the end of the one before, which a slow stream tells later', async () => {
    const [alice, bob] = [scene.person('alice'), scene.person('bob')];
    const made = await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: [bob.id] });
    const { id: roomId, headSeq } = made.body as { id: number; headSeq: number };
    expect((await alice.http.delete(`/rooms/${roomId}/members/${bob.id}`)).status).toBe(204);
    expect((await alice.http.put(`/rooms/${roomId}/members/${bob.id}`)).status).toBe(200);
    const history = scene.world.app.get(HistoryService, { strict: false });
    const [connection] = scene.world.app.get(Connections, { strict: false }).of(bob.id);
    const stream = new RoomStream(
      roomId,
      headSeq,
      (...range) => history.facts(...range),
      () => undefined,
      () => false,
    );
    const subscription = stream.subscribe(connection!, headSeq + 2, headSeq + 2);
    stream.offer(headSeq + 2);
    stream.pump();
    await eventually(() => stream.reached === headSeq + 2, 'both facts');
    expect(stream.subscriptions.has(subscription)).toBe(true);
    expect(subscription.live).toBe(true);
  });
});

async function say(http: { post: Scene['world']['http']['post'] }, roomId: number, clientId: string): Promise<void> {
  expect((await http.post(`/rooms/${roomId}/messages`, { text: clientId, clientId })).status).toBe(201);
}
