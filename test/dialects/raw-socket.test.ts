import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Drain } from '../../src/ops/drain.service.js';
import { Limits } from '../../src/platform/limits.js';
import { Connections } from '../../src/realtime/connections.js';
import { eventually } from '../support/expect.js';
import { type Node, secondNode } from '../support/second-node.js';
import { type Person, world, type World } from '../support/world.js';
import { RawClient } from './raw-client.js';

/** The plain WebSocket of RosChat: who may open it, what it hears and says, and what ends it. */

let w: World;
let root: Person, alice: Person, bob: Person, mallory: Person;
let chat: number, other: number;
const tokens = new Map<string, string>();
const clients: RawClient[] = [];

beforeAll(async () => {
  w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '100' });
  root = await w.person('root', { role: 'superuser' });
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  for (const { username, password } of [root, alice, bob, mallory])
    tokens.set(username, await signIn(w.origin, username, password));
  [chat, other] = [await room('vault', [alice, bob]), await room('attic', [mallory])];
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => w?.close());

async function signIn(origin: string, username: string, password: string): Promise<string> {
  const answer = await fetch(`${origin}/api/accounts/login/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  return ((await answer.json()) as { token: string }).token;
}

const room = async (name: string, people: Person[]) =>
  (await root.http.post('/rooms', { name, preset: 'closed', members: people.map(({ id }) => id) })).body.id as number;
const tokenOf = ({ username }: Person) => ({ authorization: `Token ${tokens.get(username)}` });

async function open(
  who: Person | Record<string, string>,
  where: number | string = chat,
  origin = w.origin,
): Promise<RawClient> {
  const headers = 'http' in who ? tokenOf(who as Person) : who;
  const client = await RawClient.open(`${origin}/ws/api/chat/${where}`, headers);
  clients.push(client);
  return client;
}

const refusal = async (...args: Parameters<typeof open>) => (await open(...args)).refusal;
const post = (who: Person, text: string, where = chat) =>
  who.http.post(`/rooms/${where}/messages`, { text, clientId: randomUUID() });
/** Sends a last message that everybody in the room hears, so that whatever should not be heard had its time. */
async function settled(client: RawClient, where = chat): Promise<void> {
  const text = `the end ${randomUUID()}`;
  await post(root, text, where);
  await client.hears(text);
}
const textsIn = async (where: number) =>
  (await root.http.get(`/rooms/${where}/messages?limit=200`)).body.items.map(({ text }: { text: string }) => text);
const openOf = ({ id }: Person) => w.app.get(Connections, { strict: false }).of(id);

describe('the handshake', () => {
  it('opens for who may read the chat, by token, with and without the slash', async () => {
    for (const where of [chat, `${chat}/`]) expect((await open(alice, where)).isOpen).toBe(true);
    expect((await open({ authorization: `tOkEn ${tokens.get('bob')}` })).isOpen).toBe(true);
    expect((await open(root, other)).isOpen).toBe(true);
    const looks = await w.database.query(`SELECT 1 FROM audit_log WHERE action = 'room.read' AND actor_id = $1`, [
      root.id,
    ]);
    expect(looks).toEqual([]);
  });

  it('opens by a ticket, once', async () => {
    const { ticket } = (await alice.http.post('/auth/tickets')).body as { ticket: string };
    const client = await open({}, `${chat}/?ticket=${ticket}`);
    client.say({ message: 'from a browser' });
    expect(await client.hears('from a browser')).toMatchObject({ username: 'alice' });
    expect((await refusal({}, `${chat}/?ticket=${ticket}`))![0]).toBe(401);
    const bobs = (await bob.http.post('/auth/tickets')).body as { ticket: string };
    expect((await refusal({}, `${other}/?ticket=${bobs.ticket}`))![0]).toBe(403);
  });

  it('is refused to strangers, to people of other chats, and where there is no chat', async () => {
    const { refusedWith } = await open({});
    expect(refusedWith).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Token' } });
    expect(JSON.parse(refusedWith!.body)).toEqual({ detail: 'Учетные данные не были предоставлены.' });
    const token = tokens.get('alice');
    for (const authorization of [`Token ${'0'.repeat(40)}`, `Bearer ${alice.token}`, 'Token'])
      expect((await refusal({ authorization }))![0]).toBe(401);
    expect((await refusal({}, `${chat}/?token=${token}`))![0]).toBe(401);
    expect((await refusal(alice, `${chat}/?token=${token}`))![0]).toBe(401);
    expect(await refusal(mallory)).toEqual([403, { error: 'You do not have access to this chat room' }]);
    for (const where of [999_999, 'abc', 0])
      expect(await refusal(alice, where)).toEqual([404, { error: 'Chat not found' }]);
    const foreign = await refusal({ ...tokenOf(alice), origin: 'https://evil.example' });
    expect(foreign![0]).toBe(403);
    expect((await open({ ...tokenOf(alice), origin: w.origin })).isOpen).toBe(true);
  });

  it('is refused at once where nobody takes it, and Socket.IO opens as before', async () => {
    for (const path of ['/ws/', '/nowhere', '/ws/api/chat/', '/socket.io']) {
      const client = await RawClient.open(w.origin + path);
      expect([client.refusal![0], client.refusal![1].code]).toEqual([404, 'route/not-found']);
    }
    const socket = await alice.socket();
    await socket.hears('session.ready');
    socket.close();
    await eventually(() => openOf(alice).length === 0, 'its place to be free');
  });

  it('counts with the sockets of the account and of the address', async () => {
    const few = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '2', BESEDKA_LIMIT_HANDSHAKE: '6/m' });
    try {
      const eve = await few.person('eve');
      const id = (await eve.http.post('/rooms', { name: 'nook', preset: 'private' })).body.id as number;
      const headers = { authorization: `Token ${await signIn(few.origin, 'eve', eve.password)}` };
      await eve.socket();
      const address = `${few.origin}/ws/api/chat/${id}`;
      const own = [await RawClient.open(address, headers), await RawClient.open(address, headers)];
      expect(own.map(({ isOpen }) => isOpen)).toEqual([true, false]);
      expect([own[1]!.refusal![0], own[1]!.refusedWith!.headers['retry-after']]).toEqual([429, '5']);
      own[0]!.close();
      const again = await eventually(async () => {
        const next = await RawClient.open(address, headers);
        return next.isOpen || next.refusedWith!.headers['retry-after'] !== '5' ? next : undefined;
      }, 'the place to be free');
      expect(again.isOpen).toBe(true);
      again.close();
      while (few.app.get(Limits, { strict: false }).left('handshake', '127.0.0.1').points > 0)
        (await RawClient.open(address)).close();
      expect((await RawClient.open(address, headers)).refusal![0]).toBe(429);
    } finally {
      await few.close();
    }
  });
});

describe('a message', () => {
  it('is heard by all in the chat, the sender too, and by nobody else', async () => {
    const [hers, his, elsewhere] = [await open(alice), await open(bob), await open(mallory, other)];
    hers.say({ message: '  Hi Postman ' });
    const frames = [await hers.hears('Hi Postman'), await his.hears('Hi Postman')];
    const [{ id, createdAt }] = (await root.http.get(`/rooms/${chat}/messages?limit=1`)).body.items;
    const [, year, month, day, time] = /^(.{4})-(..)-(..)T(.{8})/.exec(createdAt)!;
    const moscow = new Date(Date.parse(createdAt) + 3 * 3_600_000).toISOString().slice(0, 19);
    for (const frame of frames)
      expect(frame).toEqual({
        message: 'Hi Postman',
        username: 'alice',
        first_name: '',
        last_name: '',
        timestamp: `${day}-${month}-${year} ${time}`,
        id,
        user_id: alice.id,
        sent_at: expect.stringMatching(new RegExp(`^${moscow}(\\.\\d{3}000)?\\+03:00$`)),
      });
    await settled(elsewhere, other);
    expect(elsewhere.texts).not.toContain('Hi Postman');
    expect(hers.texts).toEqual(['Hi Postman']);
  });

  it('of another room is not heard, also when the hearer is brought into that one meanwhile', async () => {
    const his = await open(bob);
    const cellar = await room('cellar', [alice]);
    const socket = await bob.socket();
    await socket.hears('session.ready');
    await root.http.put(`/rooms/${cellar}/members/${bob.id}`);
    await post(alice, 'in the cellar', cellar);
    await socket.hears('message.sent', ({ text }) => text === 'in the cellar');
    socket.close();
    await settled(his);
    expect(his.texts).not.toContain('in the cellar');
  });

  it('goes through every door to every other, each once and in the order of the room', async () => {
    const [raw, socket] = [await open(alice), await bob.socket()];
    await socket.hears('session.ready');
    await post(bob, 'by HTTP');
    await socket.send('message.send', { roomId: chat, text: 'by Socket.IO', clientId: randomUUID() });
    raw.say({ message: 'raw' });
    await raw.hears('raw');
    await fetch(`${w.origin}/api/chat/${chat}/message`, {
      method: 'POST',
      headers: { ...tokenOf(bob), 'content-type': 'application/json' },
      body: '{"content":"by the dialect"}',
    });
    await raw.hears('by the dialect');
    const said = ['by HTTP', 'by Socket.IO', 'raw', 'by the dialect'];
    expect(raw.texts).toEqual(said);
    await socket.hears('message.sent', ({ text }) => text === 'by the dialect');
    expect(socket.of('message.sent').map(({ text }) => text)).toEqual(said);
    expect((await textsIn(chat)).slice(-4)).toEqual(said);
  });

  it('is stored in the order in which it was said', async () => {
    const [hers, his] = [await open(alice), await open(bob)];
    const said = Array.from({ length: 60 }, (_, n) => `fifo ${n}`);
    for (const message of said) hers.say({ message });
    await his.hears('fifo 59');
    expect(his.texts).toEqual(said);
    await hers.hears('fifo 59');
    expect(hers.texts).toEqual(said);
  });

  it('is not heard from somebody whom the hearer has blocked', async () => {
    const [hers, his] = [await open(alice), await open(bob)];
    await alice.http.put(`/accounts/me/personal-blocks/${bob.id}`);
    try {
      his.say({ message: 'psst' });
      await his.hears('psst');
      await settled(hers);
      expect(hers.texts).not.toContain('psst');
    } finally {
      await alice.http.delete(`/accounts/me/personal-blocks/${bob.id}`);
    }
  });

  it('is heard from another node, and by it', async () => {
    const node = await secondNode(w);
    try {
      const [here, there] = [await open(alice), await open(bob, chat, node.origin)];
      here.say({ message: 'over there' });
      there.say({ message: 'over here' });
      for (const client of [here, there]) for (const text of ['over there', 'over here']) await client.hears(text);
      expect(here.texts).toEqual(there.texts);
    } finally {
      await node.close();
    }
  }, 20_000);
});

describe('a frame', () => {
  it('without a message is ignored', async () => {
    const client = await open(alice);
    for (const frame of ['{}', '{"text":"x"}', '{"message":"   "}', '{"message":null}', '[]', '"x"', '8', 'null'])
      client.say(frame);
    client.say({ message: 'after them' });
    await client.hears('after them');
    expect(client.texts).toEqual(['after them']);
  });

  it('that is no JSON ends the socket behind what was said before it', async () => {
    const [client, witness] = [await open(alice), await open(bob)];
    client.say({ message: 'before' });
    client.say('{"message":');
    client.say({ message: 'never' });
    expect(await client.closed()).toBe(1011);
    await settled(witness);
    expect(witness.texts.slice(0, -1)).toEqual(['before']);
  });

  it('that is binary or too large ends the socket', async () => {
    const [one, two] = [await open(alice), await open(alice)];
    one.webSocket.send(Buffer.from('{"message":"binary"}'));
    expect(await one.closed()).toBe(1003);
    two.say({ message: 'x'.repeat(70_000) });
    expect(await two.closed()).toBe(1009);
    await eventually(() => openOf(alice).length === 0, 'the places to be free');
  });

  it('that is refused is answered to its sender alone, who stays', async () => {
    const [hers, his] = [await open(alice), await open(bob)];
    const mute = { accountId: bob.id, reason: 'spam', mode: 'mute', scope: 'global' };
    const { id } = (await root.http.post('/moderation/blocks', mute)).body as { id: number };
    his.say({ message: 'muted' });
    await eventually(() => his.heard.some(({ error }) => error), 'the refusal');
    expect(his.heard).toEqual([{ error: 'У вас нет прав для выполнения этой операции.' }]);
    await root.http.delete(`/moderation/blocks/${id}`);
    his.say({ message: ['no text'] });
    his.say({ message: 'x'.repeat(16_001) });
    await eventually(() => his.heard.length === 3, 'two more');
    expect(his.heard.slice(1)).toEqual([
      { message: ['Требуется строка.'] },
      { message: ['Убедитесь, что в этом поле не больше 16000 символов.'] },
    ]);
    his.say({ message: 'heard again' });
    await hers.hears('heard again');
    expect(hers.texts).toEqual(['heard again']);
  });
});

describe('limits', () => {
  it('hold as on every door, and end a socket that goes on', async () => {
    const few = await world({ BESEDKA_LIMIT_SEND: '3/10s', BESEDKA_LIMIT_REQUESTS: '20/m' });
    try {
      const [eve, ivan] = [await few.person('eve'), await few.person('ivan')];
      const open = async (who: Person) => {
        const id = (await who.http.post('/rooms', { name: 'nook', preset: 'private' })).body.id as number;
        const headers = { authorization: `Token ${await signIn(few.origin, who.username, who.password)}` };
        return await RawClient.open(`${few.origin}/ws/api/chat/${id}`, headers);
      };
      const [hers, his] = [await open(eve), await open(ivan)];
      for (let n = 0; n < 5; n++) hers.say({ message: `n ${n}` });
      await eventually(() => hers.heard.length === 5, 'five answers');
      expect(hers.texts.filter(Boolean)).toEqual(['n 0', 'n 1', 'n 2']);
      expect(hers.heard.filter(({ detail }) => detail)).toHaveLength(2);
      expect(hers.isOpen).toBe(true);
      for (let n = 0; n < 8; n++) hers.say({ message: 'flood' });
      expect(await hers.closed()).toBe(1008);
      for (let n = 0; n < 90; n++) his.say('{}');
      expect(await his.closed()).toBe(1008);
    } finally {
      await few.close();
    }
  });

  it('cut who reads nothing, and leave the others alone', async () => {
    const [stalled, quick] = [await open(alice), await open(bob)];
    const connection = openOf(alice).at(-1);
    (stalled.webSocket as unknown as { _socket: { pause(): void } })._socket.pause();
    const long = 'щ'.repeat(7_900);
    for (let n = 0; !connection!.ended && n < 400; n++) await post(bob, `${n} ${long}`);
    await eventually(() => connection!.ended, 'the end of the stalled socket', 8_000);
    expect(connection!.endedBecause).toBe('slow_consumer');
    await settled(quick);
    expect(quick.isOpen).toBe(true);
  }, 30_000);
});

describe('its end', () => {
  const block = async (who: Person, scope: 'global' | number = 'global') => {
    const request = { accountId: who.id, reason: 'floods', mode: 'full', scope };
    const answer = await root.http.post('/moderation/blocks', request);
    expect(answer.status).toBe(201);
    return answer.body.id as number;
  };

  it('comes with the end of the session, of the membership and of the room', async () => {
    const eve = await w.person('eve');
    const attic = await room('cellar', [eve]);
    const token = await signIn(w.origin, 'eve', eve.password);
    const mine = () => open({ authorization: `Token ${token}` }, attic);
    const [first, witness] = [await mine(), await open(root, attic)];
    await root.http.delete(`/rooms/${attic}/members/${eve.id}`);
    expect(await first.closed()).toBe(1008);
    await settled(witness, attic);
    expect(first.texts).toEqual([]);
    expect((await mine()).refusal![0]).toBe(403);
    await root.http.put(`/rooms/${attic}/members/${eve.id}`);
    const second = await mine();
    await root.http.delete(`/rooms/${attic}`);
    expect([await second.closed(), await witness.closed()]).toEqual([1008, 1008]);
    expect((await mine()).refusal![0]).toBe(404);
    const cellar = await room('cellar', [eve]);
    const third = await open({ authorization: `Token ${token}` }, cellar);
    await eve.http.post('/auth/logout-all');
    expect(await third.closed()).toBe(1008);
    expect((await open({ authorization: `Token ${token}` }, cellar)).refusal![0]).toBe(401);
  });

  it('comes with a block everywhere or of its room, before the block is answered', async () => {
    const witness = await open(alice);
    for (const scope of ['global', chat] as const) {
      const client = await open(bob);
      const id = await block(bob, scope);
      expect(openOf(bob).every(({ ended }) => ended)).toBe(true);
      client.say({ message: 'too late' });
      expect(await client.closed()).toBe(1008);
      expect((await open(bob)).refusal![0]).toBe(scope === 'global' ? 401 : 403);
      await root.http.delete(`/moderation/blocks/${id}`);
      // Whom a block keeps out of a room is no member of it any more.
      await root.http.put(`/rooms/${chat}/members/${bob.id}`);
    }
    await settled(witness);
    expect(witness.texts).not.toContain('too late');
  });

  it('comes on every node: nothing is heard or said behind the answer of a block, in 20 trials', async () => {
    const node: Node = await secondNode(w);
    try {
      for (let trial = 0; trial < 20; trial++) {
        const sockets = [await open(bob), await open(bob, chat, node.origin)];
        expect(sockets.map(({ refusal }) => refusal)).toEqual([undefined, undefined]);
        let talking = true;
        const talk = (async () => {
          for (let n = 0; talking; n++) {
            await post(alice, `${trial}.${n}`);
            for (const socket of sockets) if (socket.isOpen) socket.say({ message: `bob ${trial}.${n}` });
          }
        })();
        await Promise.all(sockets.map((socket) => eventually(() => socket.heard.length > 2, 'talk')));
        await sleep(Math.random() * 5);
        const id = await block(bob);
        const [newest] = await w.database.query<{ id: number }>('SELECT max(id) AS id FROM messages');
        await post(alice, `after ${trial}`);
        talking = false;
        await talk;
        await Promise.all(sockets.map((socket) => socket.closed()));
        const behind = await w.database.query<{ id: number; author_id: number }>(
          'SELECT id, author_id FROM messages WHERE id > $1',
          [newest!.id],
        );
        expect(behind.filter(({ author_id: author }) => author === bob.id)).toEqual([]);
        const heard = sockets.flatMap((socket) => socket.heard.map((frame) => frame.id as number));
        expect(behind.filter((message) => heard.includes(message.id))).toEqual([]);
        await root.http.delete(`/moderation/blocks/${id}`);
      }
    } finally {
      await node.close();
    }
  }, 60_000);

  it('comes with the node, which then opens no more', async () => {
    const node = await secondNode(w);
    try {
      const client = await open(alice, chat, node.origin);
      client.say({ message: 'said in time' });
      await client.hears('said in time');
      const drained = node.app.get(Drain, { strict: false }).run();
      expect(await client.closed()).toBe(1012);
      await drained;
      expect((await open(alice, chat, node.origin)).refusal![0]).toBe(503);
      expect(await textsIn(chat)).toContain('said in time');
    } finally {
      await node.close();
    }
  }, 20_000);

  it('comes when the credential no longer holds', async () => {
    const brief = await world({ BESEDKA_ACCESS_TOKEN_SECONDS: '5' });
    try {
      const eve = await brief.person('eve');
      const id = (await eve.http.post('/rooms', { name: 'nook', preset: 'private' })).body.id as number;
      const token = await signIn(brief.origin, 'eve', eve.password);
      const address = `${brief.origin}/ws/api/chat/${id}`;
      const byToken = await RawClient.open(address, { authorization: `Token ${token}` });
      const { ticket } = (await eve.http.post('/auth/tickets')).body as { ticket: string };
      const byTicket = await RawClient.open(`${address}?ticket=${ticket}`);
      expect(await eventually(() => byTicket.closedWith, 'the end of the ticket', 9_000)).toBe(1008);
      byToken.say({ message: 'still here' });
      await byToken.hears('still here');
      byToken.close();
    } finally {
      await brief.close();
    }
  }, 20_000);
});
