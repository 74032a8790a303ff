import { BesedkaClient, type ClientStorage, memoryStorage, type Room } from '../../client/index.js';
import { eventually } from '../support/expect.js';
import { secondNode } from '../support/second-node.js';
import { type Person, world, type World } from '../support/world.js';
import { ChatProxy } from './chat-proxy.js';

let w: World;
let alice: Person;
let bob: Person;
let mallory: Person;
let mod: Person;
let proxy: ChatProxy;
let lobby: number;
const clients: BesedkaClient[] = [];

jest.setTimeout(120_000);

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  mod = await w.person('mod', { role: 'moderator' });
});
afterAll(() => w?.close());
beforeEach(async () => {
  proxy = await ChatProxy.before(w.origin);
  const room = await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id] });
  lobby = (room.body as { id: number }).id;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.stop();
  await proxy.close();
});

function client(person: Person, storage: ClientStorage = memoryStorage()): BesedkaClient {
  const made = new BesedkaClient({ url: proxy.origin, credentials: { getToken: () => person.token }, storage });
  clients.push(made);
  return made;
}

async function inLobby(person: Person, storage?: ClientStorage): Promise<Room> {
  const made = client(person, storage);
  made.start();
  await online(made);
  const room = made.room(lobby);
  await room.open();
  return room;
}

function online(made: BesedkaClient): Promise<unknown> {
  return eventually(() => made.connection.state === 'online', 'a connection', 20_000);
}

/** What a client that has just begun shows of the room. */
async function fresh(person: Person): Promise<string> {
  const room = await inLobby(person);
  while (room.hasOlder) await room.loadOlder(200);
  return shown(room);
}

function shown(room: Room): string {
  return JSON.stringify(room.messages.map(({ id, seq, text, deleted, version }) => [seq, id, version, deleted, text]));
}

const texts = (room: Room) => room.messages.map(({ text }) => text);

describe('the typed client', () => {
  it('sends at once, shows the message on its way, and then as stored; the other member hears it, an outsider does not', async () => {
    const [hers, his] = [await inLobby(alice), await inLobby(bob)];
    const outside = client(mallory);
    outside.start();
    await online(outside);
    const heard: unknown[] = [];
    outside.on('message.sent', (message) => heard.push(message));

    hers.send('Tea is ready');
    expect(hers.pending).toEqual([expect.objectContaining({ text: 'Tea is ready', state: 'sending' })]);
    await eventually(
      () => his.messages.length === 1 && hers.messages.length === 1 && hers.pending.length === 0,
      'the message',
    );
    expect(texts(his)).toEqual(['Tea is ready']);
    expect(his.messages[0]!.author.username).toBe('alice');
    expect(heard).toEqual([]);
    await expect(outside.room(lobby).open()).rejects.toMatchObject({ code: 'room/not-found', status: 404 });
  });

  it('keeps the order of what is written in a burst', async () => {
    const [hers, his] = [await inLobby(alice), await inLobby(bob)];
    const written = Array.from({ length: 60 }, (_, index) => `line ${index}`);
    for (const text of written) hers.send(text);
    await eventually(() => his.messages.length === 60, 'all lines', 15_000);
    expect(texts(his)).toEqual(written);
    expect(texts(hers)).toEqual(written);
  });

  it('shows edits and deletions, and a refused send as failed until it is retried or discarded', async () => {
    const [hers, his] = [await inLobby(alice), await inLobby(bob)];
    his.send('helo');
    await eventually(() => hers.messages.length === 1 && his.messages.length === 1, 'the message');
    await his.edit(his.messages[0]!, 'hello');
    await eventually(() => texts(hers)[0] === 'hello', 'the edit');
    await his.delete(his.messages[0]!.id);
    await eventually(() => hers.messages[0]!.deleted, 'the deletion');
    expect(texts(hers)).toEqual(['']);
    await expect(hers.edit(hers.messages[0]!, 'mine')).rejects.toMatchObject({
      code: expect.stringMatching(/^message\//),
    });

    const block = await mod.http.post('/moderation/blocks', {
      accountId: bob.id,
      mode: 'mute',
      scope: 'global',
      reason: 'noise',
    });
    expect(block.status).toBe(201);
    const { clientId } = his.send('may I?');
    await eventually(() => his.pending[0]?.state === 'failed', 'the refusal');
    expect(his.pending[0]!.problem!.code).toBe('account/blocked');
    await mod.http.delete(`/moderation/blocks/${(block.body as { id: number }).id}`);
    his.retry(clientId);
    await eventually(() => texts(hers).includes('may I?') && his.pending.length === 0, 'the retried message');
    expect(await fresh(bob)).toBe(shown(his));
  });

  it('loses nothing and doubles nothing while acknowledgements are lost and connections are cut', async () => {
    const [hers, his] = [await inLobby(alice), await inLobby(bob)];
    proxy.ackLoss = 0.3;
    const written: string[] = [];
    for (let round = 0; round < 8; round++) {
      for (let n = 0; n < 10; n++) {
        const text = `round ${round} line ${n}`;
        written.push(text);
        hers.send(text);
      }
      await eventually(() => his.seq > round, 'some progress', 20_000);
      if (round % 2) proxy.cut();
    }
    await eventually(() => hers.pending.length === 0 && his.messages.length >= 80, 'all messages', 60_000);
    expect(proxy.lostAcks).toBeGreaterThan(5);
    expect(texts(his)).toEqual(written);
    await eventually(() => hers.messages.length === 80, 'her own view');
    expect(texts(hers)).toEqual(written);
    expect(await fresh(bob)).toBe(shown(his));
  });

  it('keeps what is written offline over a reload and sends it when the service is there again', async () => {
    const storage = memoryStorage();
    const his = await inLobby(bob);
    const before = client(alice, storage);
    before.start();
    await online(before);
    proxy.cut(true);
    await eventually(() => before.connection.state === 'waiting', 'the loss of the connection');
    before.room(lobby).send('written in a tunnel');
    before.room(lobby).send('and another');
    before.stop();

    const after = client(alice, storage);
    proxy.restore();
    after.start();
    await online(after);
    await eventually(() => texts(his).length === 2, 'the messages', 20_000);
    expect(texts(his)).toEqual(['written in a tunnel', 'and another']);
    await eventually(() => storage.keys('besedka:unsent:').length === 0, 'an empty outbox');
  });

  it('never sends what another person wrote on the same device', async () => {
    const storage = memoryStorage();
    const hers = client(alice, storage);
    hers.start();
    await online(hers);
    proxy.cut(true);
    await eventually(() => hers.connection.state !== 'online', 'the loss of the connection');
    hers.room(lobby).send('private thoughts of alice');
    hers.stop();
    proxy.restore();
    const his = await inLobby(bob, storage);
    his.send('bob here');
    await eventually(() => texts(his).length === 1, 'his message');
    expect(texts(his)).toEqual(['bob here']);
    expect(his.pending).toEqual([]);
    const again = await inLobby(alice, storage);
    await eventually(() => texts(his).length === 2, 'her message, sent by herself');
    expect(again.messages.at(-1)!.author.username).toBe('alice');
  });

  it('shows after minutes offline, a long log and another node exactly what a fresh load shows', async () => {
    const second = await secondNode(w);
    const his = await inLobby(bob);
    his.send('before');
    await eventually(() => texts(his).length === 1, 'the first message');
    proxy.cut(true);
    const direct = new BesedkaClient({
      url: w.origin,
      credentials: { getToken: () => alice.token },
      storage: memoryStorage(),
    });
    clients.push(direct);
    direct.start();
    await online(direct);
    const hers = direct.room(lobby);
    await hers.open();
    for (let n = 0; n < 120; n++) hers.send(`while he was away ${n}`);
    await eventually(() => hers.messages.length === 121 && hers.pending.length === 0, 'her messages', 30_000);
    await hers.edit(hers.messages[5]!, 'changed');
    await hers.delete(hers.messages[6]!.id);
    proxy.target = second.origin;
    proxy.restore();
    clients[0]!.tryNow();
    await eventually(() => his.seq === hers.seq, 'his client to catch up', 30_000);
    expect(shown(his)).toBe(shown(hers));
    expect(await fresh(bob)).toBe(shown(his));
    await second.close();
  });

  it('keeps the list of rooms with unread counts, on every device', async () => {
    const [hers, phone] = [await inLobby(alice), client(bob)];
    phone.start();
    await online(phone);
    await eventually(() => phone.rooms.list.some(({ id }) => id === lobby), 'the room in the list');
    hers.send('one');
    hers.send('two');
    await eventually(() => phone.room(lobby).unreadCount === 2, 'two unread');
    const desk = await inLobby(bob);
    await desk.markRead(desk.messages.at(-1)!.seq);
    await eventually(() => phone.room(lobby).unreadCount === 0, 'read on the other device');
    const room = await alice.http.post('/rooms', { name: 'vault', preset: 'private', members: [bob.id] });
    const vault = (room.body as { id: number }).id;
    await eventually(() => phone.rooms.list.some(({ id }) => id === vault), 'the new room');
    await bob.http.delete(`/rooms/${vault}/members/me`);
    await eventually(() => !phone.rooms.list.some(({ id }) => id === vault), 'the room gone');
  });

  it('tells the others that one is typing, until the message comes, and not oneself or an outsider', async () => {
    const [hers, his] = [await inLobby(alice), await inLobby(bob)];
    const outside = client(mallory);
    outside.start();
    await online(outside);
    const heard: unknown[] = [];
    for (const name of ['typing.started', 'typing.stopped'] as const) outside.on(name, (fact) => heard.push(fact));

    for (let key = 0; key < 5; key++) hers.typing();
    await eventually(() => his.typists.length === 1, 'her typing');
    expect(his.typists[0]!.username).toBe('alice');
    hers.stopTyping();
    await eventually(() => his.typists.length === 0, 'the end of it');
    hers.typing();
    await eventually(() => his.typists.length === 1, 'her typing again');
    const typistsAtMessage: number[] = [];
    his.on('fact', () => typistsAtMessage.push(his.typists.length));
    hers.send('here it is');
    await eventually(() => texts(his).length === 1, 'the message');
    expect(typistsAtMessage).toEqual([0]);
    hers.typing();
    await eventually(() => his.typists.length === 1, 'her typing once more');
    proxy.cut(true);
    await eventually(() => his.typists.length === 0, 'nobody typing where nothing is heard');
    expect(hers.typists).toEqual([]);
    expect(heard).toEqual([]);
  });

  it('tells how many others a message has reached, once their devices are there, and counts nobody twice', async () => {
    const room = { name: 'post', preset: 'private', deliveredMarks: true, members: [bob.id] };
    const post = ((await alice.http.post('/rooms', room)).body as { id: number }).id;
    const [hers, his] = [client(alice), client(bob)];
    hers.start();
    await online(hers);
    await hers.room(post).open();
    hers.room(post).send('anybody there?');
    const sent = await eventually(() => hers.room(post).messages[0], 'her message');
    expect(hers.room(post).deliveredCount(sent.seq)).toBe(0);
    his.start();
    await eventually(() => hers.room(post).deliveredCount(sent.seq) === 1, 'it on his device', 10_000);
    hers.room(post).send('good');
    const next = await eventually(() => hers.room(post).messages[1], 'her next message');
    await eventually(() => hers.room(post).deliveredCount(next.seq) === 1, 'it on his device too', 10_000);
    his.stop();
    hers.room(post).send('still there?');
    const last = await eventually(() => hers.room(post).messages[2], 'her last message');
    const again = client(alice);
    again.start();
    await online(again);
    await again.room(post).open();
    await eventually(() => again.room(post).deliveredCount(next.seq) === 1, 'the marks on another device of hers');
    expect(again.room(post).deliveredCount(last.seq)).toBe(0);
    expect(hers.room(post).deliveredCount(last.seq)).toBe(0);
  });

  it('tells of the people one watches who is here, over a lost connection too, and nothing of strangers', async () => {
    const dave = await w.person('dave');
    await alice.http.post('/rooms', { name: 'tea', preset: 'private', members: [dave.id] });
    const [hers, his] = [client(alice), client(dave)];
    await hers.presence.watch([dave.id, mallory.id]);
    hers.start();
    await eventually(() => hers.presence.of(dave.id)?.state === 'offline', 'dave away');
    his.start();
    await eventually(() => hers.presence.of(dave.id)?.state === 'online', 'dave here', 10_000);
    expect(hers.presence.of(mallory.id)).toBeUndefined();
    proxy.cut(true);
    await eventually(() => hers.presence.of(dave.id)?.state === 'unknown', 'nobody known of without a connection');
    proxy.restore();
    for (const one of [hers, his]) one.tryNow();
    await eventually(() => hers.presence.of(dave.id)?.state === 'online', 'dave here again', 20_000);
    await hers.presence.watch([]);
    expect(hers.presence.of(dave.id)).toBeUndefined();
  });

  it('refreshes its token once for all who ask, and ends when the session has ended', async () => {
    await w.person('carol');
    const pair = await w.signIn('carol', 'carol: long enough');
    const storage = memoryStorage();
    let refreshed = 0;
    const made = new BesedkaClient({
      url: proxy.origin,
      storage,
      credentials: { accessToken: expired(pair.access_token), refreshToken: pair.refresh_token },
    });
    clients.push(made);
    const kept = storage.set.bind(storage);
    storage.set = (key, value) => {
      if (key === 'besedka:tokens') refreshed++;
      kept(key, value);
    };
    const answers = await Promise.all([made.call('getMe', {}), made.call('getMe', {}), made.call('listRooms', {})]);
    expect(answers[0].username).toBe('carol');
    expect(refreshed).toBe(1);
    made.start();
    await online(made);
    await made.call('logoutEverywhere', {});
    await eventually(() => made.connection.state === 'ended', 'the end of the session');
    expect(made.connection).toMatchObject({ state: 'ended', reason: 'logout_all' });
  });
});

/** The same token with an end in the past, as its holder reads it. */
function expired(token: string): string {
  const [head, body, seal] = token.split('.') as [string, string, string];
  const claims = { ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object), exp: 1 };
  return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), seal].join('.');
}
