import { FACTS, type FactName } from '../../src/realtime/events.js';
import { eventually, expectRefusal } from '../support/expect.js';
import { connectSocket, type ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, root: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '40' });
  alice = await w.person('alice');
  bob = await w.person('bob');
  mallory = await w.person('mallory');
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w.close());

async function room(members: Person[] = [bob], preset = 'private'): Promise<number> {
  return (await alice.http.post('/rooms', { name: 'vault', preset, members: members.map((person) => person.id) })).body
    .id as number;
}
const say = async (person: Person, roomId: number, text: string) =>
  (await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() })).body;
const seqsIn = (socket: ListeningSocket, roomId: number) =>
  socket.heard
    .filter((one) => one.payload.roomId === roomId && one.payload.seq !== undefined)
    .map((one) => one.payload.seq as number);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function refusedConnect(auth: Record<string, unknown>, options = {}): Promise<any> {
  return connectSocket(w.origin, auth, options).then(
    () => Promise.reject(new Error('was let in')),
    (error: Error & { data?: unknown }) => error,
  );
}

describe('signing in', () => {
  it('says first who is connected and from where each room is live', async () => {
    const vault = await room();
    const socket = await bob.socket();
    const ready = await socket.hears('session.ready');
    expect(socket.heard[0]!.event).toBe('session.ready');
    expect(ready).toMatchObject({ accountId: bob.id, rooms: expect.arrayContaining([{ roomId: vault, headSeq: 2 }]) });
  });

  it('refuses sockets without a token, with a bad one, of an ended session, and from foreign pages', async () => {
    expect(await refusedConnect({})).toMatchObject({
      message: 'auth/required',
      data: { code: 'auth/required', status: 401 },
    });
    expect(await refusedConnect({ token: 'nonsense' })).toMatchObject({ data: { code: 'auth/token-invalid' } });
    expect(await refusedConnect({ token: { $ne: 1 } })).toMatchObject({ data: { code: 'auth/required' } });
    const { access_token: token } = await w.signIn('bob', bob.password);
    const own = await connectSocket(w.origin, { token });
    expect(
      (await fetch(`${w.origin}/api/v1/auth/logout`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(204);
    await eventually(() => own.closedBecause, 'the socket of the ended session to close');
    expect(await refusedConnect({ token })).toMatchObject({ data: { code: 'auth/session-ended' } });
    expect(
      await refusedConnect({ token: bob.token }, { extraHeaders: { origin: 'https://evil.example' } }),
    ).toMatchObject({ message: 'websocket error' });
    (await connectSocket(w.origin, { token: bob.token }, { extraHeaders: { origin: w.origin } })).close();
    (await connectSocket(w.origin, {}, { extraHeaders: { authorization: `Bearer ${bob.token}` } })).close();
  });

  it('limits the sockets of an account and takes closed ones off the count', async () => {
    const carol = await w.person('carol');
    const open = await Promise.all(range(1, 40).map(() => carol.socket()));
    expect(await refusedConnect({ token: carol.token })).toMatchObject({
      data: { code: 'socket/too-many', status: 429 },
    });
    open[0]!.close();
    await eventually(() => carol.socket().catch(() => undefined), 'a place for another socket');
    for (const socket of open) socket.close();
  });

  it('cuts every socket at once on sign-out everywhere, and only those of that person', async () => {
    const dave = await w.person('dave');
    const sockets = await Promise.all([dave.socket(), dave.socket()]);
    const bystander = await bob.socket();
    expect((await dave.http.post('/auth/logout-all')).status).toBe(204);
    for (const socket of sockets) {
      await eventually(() => socket.closedBecause);
      expect(socket.of('session.ended')).toEqual([{ reason: 'logout_all' }]);
    }
    expect(bystander.io.connected).toBe(true);
  });

  it('renews the token in place, warns before expiry and closes after it', async () => {
    const brief = await world({ BESEDKA_ACCESS_TOKEN_SECONDS: '5' });
    try {
      const erin = await brief.person('erin');
      const [renewing, idle] = [await erin.socket(), await erin.socket()];
      await idle.hears('session.expiring');
      const fresh = (
        await brief.http.post('/auth/token', { grant_type: 'refresh_token', refresh_token: erin.refreshToken })
      ).body;
      expect(await renewing.send('session.renew', { token: fresh.access_token })).toMatchObject({ ok: true });
      const stranger = await brief.person('stranger');
      expectRefusal(await renewing.send('session.renew', { token: stranger.token }), 'auth/token-invalid');
      await eventually(() => idle.closedBecause, 'the idle socket to be closed', 8_000);
      expect(idle.of('session.ended')).toEqual([{ reason: 'token_expired' }]);
      expect(renewing.io.connected).toBe(true);
    } finally {
      await brief.close();
    }
  });
});

describe('membership acts on open sockets at once', () => {
  it('lets somebody who is added hear the room from then on, and somebody removed nothing more', async () => {
    const vault = await room([]);
    const [hears, outsider] = [await bob.socket(), await mallory.socket()];
    await say(alice, vault, 'before');
    expect((await alice.http.put(`/rooms/${vault}/members/${bob.id}`)).status).toBe(200);
    await hears.hears('room.added', (fact) => fact.roomId === vault);
    await say(alice, vault, 'while');
    await hears.hears('message.sent', (fact) => fact.text === 'while');
    expect((await alice.http.delete(`/rooms/${vault}/members/${bob.id}`)).status).toBe(204);
    await say(alice, vault, 'after');
    await hears.hears('room.removed', (fact) => fact.roomId === vault && fact.reason === 'removed');
    await hears.hears('member.removed', (fact) => fact.roomId === vault && fact.account.id === bob.id);
    const own = await alice.socket();
    await say(alice, vault, 'last');
    await own.hears('message.sent', (fact) => fact.text === 'last');
    expect(
      hears
        .of('message.sent')
        .filter((fact) => fact.roomId === vault)
        .map((fact) => fact.text),
    ).toEqual(['while']);
    expectRefusal(await hears.send('room.resume', { roomId: vault, after: 0 }), 'room/not-found');
    expectRefusal(
      await hears.send('message.send', { roomId: vault, text: 'hello?', clientId: newClientId() }),
      'room/not-found',
    );
    expect(outsider.heard.filter((one) => one.payload.roomId === vault)).toEqual([]);
  });

  it('tells the deletion of a room as its last fact', async () => {
    const vault = await room();
    const hears = await bob.socket();
    expect((await root.http.delete(`/rooms/${vault}`)).status).toBe(204);
    expect(await hears.hears('room.deleted', (fact) => fact.roomId === vault)).toMatchObject({ by: root.id });
    expectRefusal(
      await hears.send('message.send', { roomId: vault, text: 'anybody?', clientId: newClientId() }),
      'room/not-found',
    );
  });
});

describe('resuming', () => {
  it('answers everything after a seq in order, then is live without a seam', async () => {
    const vault = await room();
    for (let i = 0; i < 30; i++) await say(alice, vault, `old ${i}`);
    const socket = await bob.socket();
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await say(alice, vault, `new ${i}`);
    })();
    const ack = await socket.send('room.resume', { roomId: vault, after: 5 });
    await writing;
    const log = (await bob.http.get(`/rooms/${vault}/events?after=0&limit=200`)).body;
    const answered = ack.events.map((event: any) => event.seq) as number[];
    expect(answered[0]).toBe(6);
    await eventually(() => seqsIn(socket, vault).at(-1) === log.head, 'the live end');
    const after = seqsIn(socket, vault).filter((seq) => seq > answered.at(-1)!);
    expect([...answered, ...after]).toEqual(range(6, log.head));
    expect(ack.events[0]).toEqual({ seq: 6, event: 'message.sent', data: log.items[5].data });
  });

  it('sends what does not fit into the answer as facts, in order and before what is live', async () => {
    const vault = await room();
    await w.database.query(
      `INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text) SELECT $1::bigint, n, $2::bigint, 'bulk-' || $1::bigint || '-' || n, '', 'bulk ' || n FROM generate_series(3, 2502) n`,
      [vault, alice.id],
    );
    await w.database.query('UPDATE rooms SET last_seq = 2502, message_count = 2500 WHERE id = $1', [vault]);
    const socket = await bob.socket();
    const ack = await socket.send('room.resume', { roomId: vault, after: 0 });
    expect(ack).toMatchObject({ ok: true, more: true, head: 2502 });
    await say(alice, vault, 'live');
    await eventually(() => seqsIn(socket, vault).at(-1) === 2503, 'the live message', 10_000);
    expect([...ack.events.map((event: any) => event.seq), ...seqsIn(socket, vault)]).toEqual(range(1, 2503));
  });

  it('refuses a room one may not read, a seq beyond the end, and follows open rooms without joining', async () => {
    const vault = await room();
    const lobby = await room([], 'open');
    const socket = await mallory.socket();
    expectRefusal(await socket.send('room.resume', { roomId: vault, after: 0 }), 'room/not-found');
    expectRefusal(await socket.send('room.resume', { roomId: lobby, after: 999 }), 'request/invalid');
    expect(await socket.send('room.resume', { roomId: lobby, after: 0 })).toMatchObject({ ok: true, more: false });
    await say(alice, lobby, 'tea');
    await socket.hears('message.sent', (fact) => fact.roomId === lobby);
    await say(alice, vault, 'secret');
    expect(socket.heard.filter((one) => one.payload.roomId === vault)).toEqual([]);
  });

  it('brings every socket every fact once and in order, while sockets come, resume and go', async () => {
    const vault = await room();
    const listeners: { socket: ListeningSocket; from: number; answered: number[] }[] = [];
    const writing = (async () => {
      for (let i = 0; i < 150; i++) await Promise.all([say(alice, vault, `a${i}`), say(bob, vault, `b${i}`)]);
    })();
    for (let i = 0; i < 12; i++) {
      const socket = await (i % 2 ? alice : bob).socket();
      const ready = await socket.hears('session.ready');
      const from = ready.rooms.find((one: any) => one.roomId === vault).headSeq as number;
      if (i % 3) listeners.push({ socket, from, answered: [] });
      else {
        const ack = await socket.send('room.resume', { roomId: vault, after: 1 });
        listeners.push({ socket, from: 1, answered: ack.events.map((event: any) => event.seq) });
      }
    }
    await writing;
    const { head } = (await alice.http.get(`/rooms/${vault}/events?after=0&limit=1`)).body;
    expect(head).toBe(302);
    for (const { socket, from, answered } of listeners) {
      await eventually(() => seqsIn(socket, vault).at(-1) === head);
      const live = seqsIn(socket, vault).filter((seq) => seq > (answered.at(-1) ?? 0));
      expect([...answered, ...live]).toEqual(range(from + 1, head));
    }
  });
});

describe('commands', () => {
  it('are handled in their order on one socket', async () => {
    const vault = await room();
    const socket = await alice.socket();
    const acks = await Promise.all(
      range(1, 30).map((n) => socket.send('message.send', { roomId: vault, text: `${n}`, clientId: newClientId() })),
    );
    expect(acks.every((ack) => ack.ok)).toBe(true);
    const page = (await alice.http.get(`/rooms/${vault}/messages?limit=50`)).body;
    expect(page.items.map((one: any) => one.text)).toEqual(range(1, 30).map(String));
  });

  it('beyond 64 in the queue are refused, the others done, and every ack comes', async () => {
    const vault = await room();
    const socket = await alice.socket();
    const acks = await Promise.all(
      range(1, 120).map((n) => socket.send('message.send', { roomId: vault, text: `${n}`, clientId: newClientId() })),
    );
    const refused = acks.filter((ack) => !ack.ok);
    expect(refused.length).toBeGreaterThan(0);
    for (const ack of refused) expectRefusal(ack, 'event/queue-full');
    expect((await alice.http.get(`/rooms/${vault}/messages?limit=200`)).body.items).toHaveLength(120 - refused.length);
  });

  it('follow the role that the database has now, not the one at sign-in', async () => {
    const vault = await room();
    const judge = await w.person('judge', { role: 'moderator' });
    const socket = await judge.socket();
    const [first, second] = [await say(bob, vault, 'one'), await say(bob, vault, 'two')];
    expect(await socket.send('message.delete', { roomId: vault, messageId: first.id })).toEqual({ ok: true });
    await w.database.query(`UPDATE accounts SET role = 'user' WHERE id = $1`, [judge.id]);
    expectRefusal(await socket.send('message.delete', { roomId: vault, messageId: second.id }), 'room/not-found');
    expectRefusal(
      await socket.send('message.send', { roomId: vault, text: 'still here?', clientId: newClientId() }),
      'room/not-found',
    );
  });
});

it('tells only facts that the event map describes', async () => {
  const vault = await room();
  const socket = await bob.socket();
  const message = await say(alice, vault, 'x');
  await alice.http.patch(`/rooms/${vault}/messages/${message.id}`, { text: 'y', version: 1 });
  await alice.http.delete(`/rooms/${vault}/messages/${message.id}`);
  await alice.http.patch(`/rooms/${vault}`, { topic: 'tea' });
  await alice.http.put(`/rooms/${vault}/members/${mallory.id}`);
  await mallory.http.delete(`/rooms/${vault}/members/me`);
  await bob.http.put(`/rooms/${vault}/read`, { seq: 3 });
  await bob.http.patch('/accounts/me', { firstName: 'Боб' });
  await root.http.put(`/accounts/${bob.id}/role`, { role: 'moderator' });
  await socket.hears('role.changed');
  await root.http.put(`/accounts/${bob.id}/role`, { role: 'user' });
  await alice.http.delete(`/rooms/${vault}/members/${bob.id}`);
  await socket.hears('member.removed', (fact) => fact.roomId === vault);
  await socket.hears('room.removed', (fact) => fact.roomId === vault);
  const names = new Set(socket.heard.map((one) => one.event));
  for (const name of [
    'message.sent',
    'message.edited',
    'message.deleted',
    'room.changed',
    'member.joined',
    'member.left',
    'read.marked',
    'account.changed',
  ])
    expect([...names]).toContain(name);
  for (const { event, payload } of socket.heard)
    expect({ event, result: FACTS[event as FactName]?.payload.safeParse(payload).error?.issues }).toEqual({
      event,
      result: undefined,
    });
});

it('reaches the present state from an old one by the facts alone', async () => {
  const vault = await room();
  await say(alice, vault, 'first');
  const before = (await bob.http.get(`/rooms/${vault}/messages?limit=200`)).body.items as any[];
  const socket = await bob.socket();
  const second = await say(alice, vault, 'second');
  await alice.http.patch(`/rooms/${vault}/messages/${second.id}`, { text: 'second, edited', version: 1 });
  await alice.http.delete(`/rooms/${vault}/messages/${before[0].id}`);
  const last = await say(bob, vault, 'third');
  await socket.hears('message.sent', (fact) => fact.id === last.id);
  const state = new Map(before.map((message) => [message.id, message]));
  for (const { event, payload } of socket.heard) {
    if (payload.roomId !== vault) continue;
    if (event === 'message.sent') state.set(payload.id, payload);
    if (event === 'message.edited') state.set(payload.message.id, payload.message);
    if (event === 'message.deleted')
      state.set(payload.messageId, { ...state.get(payload.messageId), text: '', deletedAt: expect.any(String) });
  }
  expect((await bob.http.get(`/rooms/${vault}/messages?limit=200`)).body.items).toEqual([...state.values()]);
});
