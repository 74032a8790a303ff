import { Webhook } from 'standardwebhooks';
import { eventually, expectProblem } from '../support/expect.js';
import { newClientId } from '../support/transports.js';
import { connectSocket } from '../support/socket.js';
import { type Person, world, type World } from '../support/world.js';
import { Receiver, RECEIVER_ADDRESS, say, Shop } from './receiver.js';

/** Hooks before sending: what a server says of a message before it is stored, and what happens when it says nothing. */

let w: World;
let root: Person;
let receiver: Receiver;

beforeAll(async () => {
  w = await world({ BESEDKA_OUTGOING_ALLOWED: RECEIVER_ADDRESS });
  root = await w.person('root', { role: 'superuser' });
  receiver = await Receiver.open();
});
afterAll(async () => {
  await w?.close();
  await receiver?.close();
});

const reply = (body: unknown) =>
  (receiver.answer = (response) => void response.writeHead(200).end(JSON.stringify(body)));

/** A server with a room, somebody in it, and a hook; each scene has a path of its own. */
async function scene(more: object = {}) {
  const one = await Shop.open(() => w, root);
  const roomId = await one.room();
  const alice = await one.person('alice', [roomId]);
  const path = `/before-${one.key.id}`;
  const set = (changes: object = {}) =>
    one.http.put('/integrations/before-send', { url: receiver.url(path), onFailure: 'refuse', ...more, ...changes });
  const answer = await set();
  expect(answer.status).toBe(200);
  return { one, roomId, alice, path, set, secret: answer.body.secret as string };
}

const stored = async (roomId: number) =>
  (await w.database.query<{ text: string }>('SELECT text FROM messages WHERE room_id = $1 ORDER BY seq', [roomId])).map(
    ({ text }) => text,
  );

it('is shown each message of its rooms, signed, and lets it pass', async () => {
  const { one, roomId, alice, path, secret } = await scene();
  reply({ action: 'allow' });
  const { body: first } = await say(alice.http, roomId, 'hello', 'first');
  await alice.http.patch(`/rooms/${roomId}/messages/${first.id}`, { text: 'hello again', version: 1 });
  const [sending, editing] = receiver.at(path);
  for (const { body, headers, event } of [sending!, editing!])
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(event);
  const author = { id: alice.id, username: expect.any(String) };
  expect(sending!.event).toMatchObject({
    type: 'message.sending',
    data: { roomId, author, text: 'hello', clientId: 'first', replyTo: null },
  });
  expect(editing!.event).toMatchObject({
    type: 'message.editing',
    data: { roomId, author, text: 'hello again', messageId: first.id },
  });
  await say(one.http, roomId, 'what the server says itself');
  const mallory = await w.person('mallory');
  const hers = (await mallory.http.post('/rooms', { name: 'hers', preset: 'private' })).body.id;
  expect((await say(mallory.http, hers, 'elsewhere')).status).toBe(201);
  expectProblem(await say(mallory.http, roomId, 'let me in'), 404, 'room/not-found');
  const guest = (await one.http.post('/integrations/tokens', { guest: true, rooms: [roomId] })).body.token;
  const socket = await connectSocket(w.origin, { token: guest });
  expect(await socket.send('message.send', { roomId, text: 'by socket', clientId: newClientId() })).toMatchObject({
    ok: true,
  });
  expect(receiver.at(path).map(({ event }) => event.data.text)).toEqual(['hello', 'hello again', 'by socket']);
  socket.close();
});

it('refuses a message, with what it has to say to the author, and the message is nowhere', async () => {
  const { roomId, alice } = await scene();
  reply({ action: 'refuse', reason: 'Номера карт не пересылаем.' });
  const problem = expectProblem(await say(alice.http, roomId, '4111 1111'), 403, 'message/refused');
  expect(problem).toMatchObject({ reason: 'Номера карт не пересылаем.' });
  reply({ action: 'allow' });
  const { body: message } = await say(alice.http, roomId, 'no numbers');
  reply({ action: 'refuse' });
  const edit = await alice.http.patch(`/rooms/${roomId}/messages/${message.id}`, { text: '4111 1111', version: 1 });
  expect(expectProblem(edit, 403, 'message/refused')).not.toHaveProperty('reason');
  expect(await stored(roomId)).toEqual(['no numbers']);
});

it('gives a message another text, which filters look at like any, and a repetition gets the message stored', async () => {
  const { roomId, alice, path } = await scene();
  let count = 0;
  receiver.answer = (response, { event }) =>
    void response.writeHead(200).end(JSON.stringify({ action: 'rewrite', text: `${event.data.text} [${++count}]` }));
  const first = await say(alice.http, roomId, 'call me', 'once');
  const again = await say(alice.http, roomId, 'call me', 'once');
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(first.body);
  expect(first.body.text).toBe('call me [1]');
  expect(receiver.at(path)).toHaveLength(1);
  expectProblem(await say(alice.http, roomId, 'something else', 'once'), 422, 'message/key-reused');
  const both = await Promise.all([1, 2, 3].map(() => say(alice.http, roomId, 'all at once', 'together')));
  expect(new Set(both.map(({ body }) => body.id)).size).toBe(1);
  expect(await stored(roomId)).toEqual(['call me [1]', both[0]!.body.text]);
  const filter = { name: 'rude', kind: 'words', action: 'refuse', entries: ['numskull'] };
  expect((await root.http.post('/moderation/filters', filter)).status).toBe(201);
  reply({ action: 'rewrite', text: 'you numskull' });
  expectProblem(await say(alice.http, roomId, 'harmless'), 403, 'message/filtered');
});

it('that is too late or says what nobody understands counts as silent: refused or sent, as was chosen', async () => {
  const { roomId, alice, path, set } = await scene({ timeoutMs: 100 });
  const answers: Receiver['answer'][] = [
    () => undefined,
    (response) => response.destroy(),
    (response) => void response.writeHead(500).end(),
    (response) => void response.writeHead(302, { location: receiver.url('/elsewhere') }).end(),
    (response) => void response.writeHead(200).end('yes'),
    (response) => void response.writeHead(200).end(JSON.stringify({ action: 'shrug' })),
    (response) => void response.writeHead(200).end(JSON.stringify({ action: 'rewrite', text: '' })),
    (response) => void response.writeHead(200).end(JSON.stringify({ action: 'rewrite', text: 'x'.repeat(16_001) })),
    (response) => void response.writeHead(200).end(JSON.stringify({ action: 'allow' }) + ' '.repeat(100_000)),
  ];
  for (const answer of answers) {
    receiver.answer = answer;
    await set();
    expect(expectProblem(await say(alice.http, roomId, 'unseen'), 503, 'message/unscreened')).toHaveProperty(
      'retryAfter',
    );
  }
  expect(await stored(roomId)).toEqual([]);
  // A kept connection that breaks is asked over once more, under the same id.
  expect(new Set(receiver.at(path).map(({ event }) => event.id)).size).toBe(answers.length);
  for (const answer of answers) {
    receiver.answer = answer;
    await set({ onFailure: 'allow' });
    expect((await say(alice.http, roomId, 'unseen')).status).toBe(201);
  }
  expect(await stored(roomId)).toHaveLength(answers.length);
  expect(receiver.at('/elsewhere')).toEqual([]);
});

it('that fails again and again rests for a while, and nobody waits for it meanwhile', async () => {
  const { roomId, alice, path } = await scene({ onFailure: 'allow' });
  receiver.answer = (response) => void response.writeHead(500).end();
  for (let item = 0; item < 8; item++) expect((await say(alice.http, roomId, `item ${item}`)).status).toBe(201);
  expect(receiver.at(path)).toHaveLength(5);
  expect(await stored(roomId)).toHaveLength(8);
});

it('is asked again where it had closed a kept connection, and nobody notices', async () => {
  const { roomId, alice, path } = await scene();
  const used = new WeakSet<object>();
  receiver.answer = (response) => {
    const { socket } = response;
    if (used.has(socket!)) return void socket!.resetAndDestroy();
    used.add(socket!);
    response.writeHead(204).end();
  };
  for (const text of ['one', 'two', 'three']) expect((await say(alice.http, roomId, text)).status).toBe(201);
  expect(receiver.at(path).length).toBeGreaterThan(3);
  expect(await stored(roomId)).toEqual(['one', 'two', 'three']);
});

it('shows its secret once, is changed and taken back, and ends with the last key of its server', async () => {
  const { one, roomId, alice, path, set, secret } = await scene();
  expect(secret).toMatch(/^whsec_/);
  expect((await set({ timeoutMs: 200 })).body).toMatchObject({ timeoutMs: 200, onFailure: 'refuse', secret: null });
  const renewed = (await set({ newSecret: true })).body.secret;
  expect(renewed).toMatch(/^whsec_/);
  expect(renewed).not.toBe(secret);
  const shown = await one.http.get('/integrations/before-send');
  expect(shown.body).toMatchObject({ url: receiver.url(path), timeoutMs: 300 });
  expect(shown.text).not.toContain('whsec_');
  reply({ action: 'refuse' });
  expectProblem(await say(alice.http, roomId, 'no'), 403, 'message/refused');
  await root.http.delete(`/integrations/keys/${one.key.id}`);
  await eventually(async () => (await say(alice.http, roomId, 'yes')).status === 201, 'the end of the hook');
  const key = { name: 'again', scopes: ['webhooks'], integratorId: one.key.integrator.id };
  const other = (await root.http.post('/integrations/keys', key)).body.key;
  const headers = { headers: { 'x-api-key': other } };
  await eventually(async () => (await say(alice.http, roomId, 'no')).status === 403, 'the hook again');
  expect((await w.http.delete('/integrations/before-send', undefined, headers)).status).toBe(204);
  expectProblem(await w.http.get('/integrations/before-send', headers), 404, 'integrator/no-before-send');
  expect((await say(alice.http, roomId, 'yes')).status).toBe(201);
  for (const wrong of [{ timeoutMs: 501 }, { timeoutMs: 49 }, { onFailure: 'shrug' }, { url: 'x' }])
    expectProblem(
      await w.http.put('/integrations/before-send', { url: receiver.url(), onFailure: 'allow', ...wrong }, headers),
      400,
      'request/invalid',
    );
});
