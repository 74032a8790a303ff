import { setTimeout as sleep } from 'node:timers/promises';
import { connectSocket, type ListeningSocket } from '../support/socket.js';
import { eventually } from '../support/expect.js';
import { type TwoNodes, twoNodes } from './two-nodes.js';
import { call, type Credentials } from './victim.js';

let nodes: TwoNodes;
let mod: Credentials, alice: Credentials;
let count = 0;
const sockets: ListeningSocket[] = [];

beforeAll(async () => {
  nodes = await twoNodes();
  [mod, alice] = [await account('mod'), await account('alice')];
  await nodes.database.query(`UPDATE accounts SET role = 'moderator' WHERE id = $1`, [mod.id]);
}, 120_000);
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await nodes?.close();
}, 30_000);

async function account(username: string): Promise<Credentials> {
  const password = `${username}: long enough`;
  const { body } = await call(nodes.origins[0], '', 'POST', '/accounts', { username, password });
  const tokens = await call(nodes.origins[0], '', 'POST', '/auth/token', {
    grant_type: 'password',
    username,
    password,
  });
  return { id: body.id, token: tokens.body.access_token };
}

async function listening(node: 0 | 1, person: Credentials): Promise<ListeningSocket> {
  const socket = await connectSocket(nodes.origins[node], { token: person.token });
  sockets.push(socket);
  await socket.hears('session.ready');
  return socket;
}

/** Mallory listens at the second node in a room with alice. */
async function scene(): Promise<{ mallory: Credentials; roomId: number; socket: ListeningSocket }> {
  const mallory = await account(`mallory ${++count}`);
  const { body } = await call(nodes.origins[0], alice.token, 'POST', '/rooms', {
    name: `vault ${count}`,
    preset: 'private',
    members: [mallory.id],
  });
  return { mallory, roomId: body.id, socket: await listening(1, mallory) };
}

const say = async (roomId: number, text: string) => {
  const { status } = await call(nodes.origins[0], alice.token, 'POST', `/rooms/${roomId}/messages`, {
    text,
    clientId: `said-${++count}`,
  });
  expect(status).toBe(201);
};
const block = async (mallory: Credentials, more: object = {}) => {
  const began = performance.now();
  const body = { accountId: mallory.id, reason: 'floods', mode: 'full', scope: 'global', ...more };
  const { status } = await call(nodes.origins[0], mod.token, 'POST', '/moderation/blocks', body);
  return { status, took: performance.now() - began };
};
const texts = (socket: ListeningSocket) => socket.of('message.sent').map((message) => message.text);
const listed = async (accountId: number) =>
  (await nodes.database.query('SELECT 1 FROM node_accounts WHERE account_id = $1', [accountId])).rows.length;

it('closes sockets at another node before the blocking call returns', async () => {
  const { mallory, roomId, socket } = await scene();
  expect(await listed(mallory.id)).toBe(1);
  const { status, took } = await block(mallory);
  expect(status).toBe(201);
  expect(took).toBeLessThan(4_900);
  await say(roomId, 'behind');
  await eventually(() => socket.closedBecause, 'the close');
  expect(socket.heard.at(-1)).toEqual({ event: 'session.ended', payload: { reason: 'blocked' } });
  expect(texts(socket)).toEqual([]);
  await eventually(async () => (await listed(mallory.id)) === 0, 'an empty registry');
}, 30_000);

it('tells the other nodes at once, and does not wait for their sweep', async () => {
  const took: number[] = [];
  for (let n = 0; n < 7; n++) {
    const { mallory } = await scene();
    took.push((await block(mallory)).took);
    await sleep(150);
  }
  expect(took.toSorted((a, b) => a - b)[3]).toBeLessThan(250);
}, 30_000);

it('silences one room at another node where the block is for that room', async () => {
  const { mallory, roomId, socket } = await scene();
  await say(roomId, 'before');
  await socket.hears('message.sent', (message) => message.text === 'before');
  expect((await block(mallory, { scope: roomId })).status).toBe(201);
  await say(roomId, 'behind');
  await socket.hears('room.removed');
  await sleep(1_500);
  expect(texts(socket)).toEqual(['before']);
  expect(socket.closedBecause).toBeUndefined();
}, 30_000);

it('does not wait for a node that stands still, and that node tells nothing when it wakes', async () => {
  const { mallory, roomId, socket } = await scene();
  const frozen = nodes.processes[1];
  await say(roomId, 'before');
  await socket.hears('message.sent', (message) => message.text === 'before');
  frozen.kill('SIGSTOP');
  try {
    const { status, took } = await block(mallory);
    expect(status).toBe(201);
    expect(took).toBeGreaterThan(1_000);
    expect(took).toBeLessThan(4_900);
    for (let n = 0; n < 5; n++) await say(roomId, `behind ${n}`);
  } finally {
    frozen.kill('SIGCONT');
  }
  await socket.hears('session.ended');
  expect(texts(socket)).toEqual(['before']);
  // And it goes on for everybody else.
  const listener = await listening(1, alice);
  await say(roomId, 'afterwards');
  await listener.hears('message.sent', (message) => message.text === 'afterwards');
}, 30_000);

it('hears notices again after the database cut its connection', async () => {
  const { rowCount } = await nodes.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'besedka-node'`,
  );
  expect(rowCount).toBeGreaterThan(0);
  await eventually(async () => {
    const { rows } = await nodes.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'besedka-node'`,
    );
    return rows.length === rowCount;
  }, 'new links');
  const { mallory, socket } = await scene();
  const { status, took } = await block(mallory);
  expect(status).toBe(201);
  expect(took).toBeLessThan(900);
  await eventually(() => socket.closedBecause, 'the close');
}, 30_000);
