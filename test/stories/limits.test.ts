import { connect, type Socket } from 'node:net';
import { eventually, expectProblem, expectRefusal } from '../support/expect.js';
import { connectSocket } from '../support/socket.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

/** Limits are so slow here that nothing comes back during a test; alice is never limited, whatever mallory does. */

let w: World;
let alice: Person;
let lobby: number;
let people = 0;
const opened: Socket[] = [];

beforeAll(async () => {
  w = await world({
    BESEDKA_TRUST_PROXY: '1',
    BESEDKA_LIMIT_SEND: '5/1000s',
    BESEDKA_LIMIT_REQUESTS: '8/1000s',
    BESEDKA_LIMIT_ANONYMOUS: '12/1000s',
    BESEDKA_LIMIT_INTEGRATOR: '6/1000s',
    BESEDKA_LIMIT_SEARCH: '2/1000s',
    BESEDKA_LIMIT_CREATE_ROOM: '3/1000s',
    BESEDKA_LIMIT_OPEN_DIRECT: '2/1000s',
    BESEDKA_LIMIT_HANDSHAKE: '9/1000s',
    BESEDKA_LIMIT_RATE_ABUSE: '1/2s',
    BESEDKA_SOCKETS_PER_ADDRESS: '4',
    BESEDKA_SOCKETS_PER_ACCOUNT: '3',
  });
  alice = await person('alice');
  lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'open' })).body.id;
}, 60_000);
afterEach(() => opened.splice(0).forEach((socket) => socket.destroy()));
afterAll(() => w?.close());

const address = () => `198.18.${++people >> 8}.${people & 255}`;

/** Somebody of an address of his own, so that the limits of addresses keep out of the way. */
async function person(name: string): Promise<Person> {
  const headers = { 'x-forwarded-for': address() };
  const password = 'long enough';
  const { body: account } = await w.http.post('/accounts', { username: name, password }, { headers });
  const grant = { grant_type: 'password', username: name, password };
  const { body: tokens } = await w.http.post('/auth/token', grant, { headers });
  const one = { id: account.id, username: name, password, token: tokens.access_token, refreshToken: '' } as Person;
  one.http = new (w.http.constructor as any)(w.origin, () => one.token);
  one.socket = () => connectSocket(w.origin, { token: one.token }, { extraHeaders: { ...headers } });
  return one;
}

const from = (caller: string) => ({ extraHeaders: { 'x-forwarded-for': caller } });

async function member(name: string): Promise<Person> {
  const one = await person(name);
  expect((await one.http.post(`/rooms/${lobby}/join`, {})).status).toBe(200);
  return one;
}

async function storedBy({ id }: Person): Promise<number> {
  return (await w.database.query('SELECT 1 FROM messages WHERE author_id = $1', [id])).length;
}

describe('messages', () => {
  overEveryTransport((transport) => {
    it('are taken from one budget of the account; what comes beyond it is refused and not stored', async () => {
      const mallory = await member(`mallory ${transport.name}`);
      for (let i = 0; i < 5; i++)
        expect(await transport.send(mallory, lobby, { text: `${i}` })).toMatchObject({ ok: true });
      const { code, problem } = await transport.send(mallory, lobby, { text: 'one too many' });
      expect(code).toBe('rate/limited');
      expect(problem).toMatchObject({
        status: 429,
        limit: 'send',
        detail: 'At most 5 in 1000 seconds for one account.',
      });
      expect(problem.retryAfter).toBeGreaterThan(150);
      expect(problem.retryAfter).toBeLessThanOrEqual(200);
      expect(Math.ceil(problem.retryAfterMs / 1000)).toBe(problem.retryAfter);
      expect(await storedBy(mallory)).toBe(5);
    });

    it('count again when a known clientId comes again', async () => {
      const mallory = await member(`repeating ${transport.name}`);
      const request = { text: 'once', clientId: newClientId() };
      expect(await transport.send(mallory, lobby, request)).toMatchObject({ ok: true, duplicate: false });
      for (let i = 0; i < 4; i++)
        expect(await transport.send(mallory, lobby, request)).toMatchObject({ ok: true, duplicate: true });
      expect((await transport.send(mallory, lobby, request)).code).toBe('rate/limited');
    });
  });

  it('have one budget over all doors, and everybody his own', async () => {
    const [bob, carol] = [await member('bob'), await member('carol')];
    const socket = await bob.socket();
    const request = () => ({ text: 'hello', clientId: newClientId() });
    for (let i = 0; i < 5; i++) {
      if (i % 2) expect((await bob.http.post(`/rooms/${lobby}/messages`, request())).status).toBe(201);
      else expect(await socket.send('message.send', { roomId: lobby, ...request() })).toMatchObject({ ok: true });
    }
    expectProblem(await bob.http.post(`/rooms/${lobby}/messages`, request()), 429, 'rate/limited');
    expectRefusal(await socket.send('message.send', { roomId: lobby, ...request() }), 'rate/limited');
    expect((await carol.http.post(`/rooms/${lobby}/messages`, request())).status).toBe(201);
    socket.close();
  });
});

describe('the headers', () => {
  const told = (headers: Headers) =>
    ['ratelimit-policy', 'ratelimit', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'retry-after'].map((name) =>
      headers.get(name),
    );

  it('of each answer tell what is left, and of a refusal when there is more', async () => {
    const dave = await member('dave');
    const send = (text: unknown) =>
      dave.http
        .post(`/rooms/${lobby}/messages`, { text, clientId: newClientId() })
        .then(({ headers }) => told(headers));
    expect(await send('one')).toEqual(['"send";q=5;w=1000', '"send";r=4;t=200', '5', '4', null]);
    expect(await send('two')).toEqual([
      '"send";q=5;w=1000',
      expect.stringMatching(/^"send";r=3;t=(399|400)$/),
      '5',
      '3',
      null,
    ]);
    expect((await send(null))[3]).toBe('3');
    for (const left of ['2', '1', '0']) expect((await send('more'))[3]).toBe(left);
    const [, , , remaining, retryAfter] = await send('too many');
    expect(remaining).toBe('0');
    expect(Number(retryAfter)).toBeGreaterThan(150);
  });

  it('name the budget that the operation has: of requests, its own, or of the address for strangers', async () => {
    const erin = await person('erin');
    const policy = async (answer: Promise<{ headers: Headers }>) => (await answer).headers.get('ratelimit-policy');
    expect(await policy(erin.http.get('/rooms?view=mine'))).toBe('"requests";q=8;w=1000');
    expect(await policy(erin.http.get('/accounts?query=a'))).toBe('"search";q=2;w=1000');
    expect(await policy(erin.http.post('/rooms', { name: 'x', preset: 'open' }))).toBe('"create-room";q=3;w=1000');
    expect(await policy(erin.http.put(`/direct/${alice.id}`))).toBe('"open-direct";q=2;w=1000');
    const stranger = { headers: { 'x-forwarded-for': address() } };
    expect(await policy(w.http.post('/auth/token', { grant_type: 'nothing' }, stranger))).toBe(
      '"anonymous";q=12;w=1000',
    );
    expect(await policy(w.http.post('/accounts', { username: 'x' }, stranger))).toMatch(
      /^"register";q=1000000;w=3600$/,
    );
    expect(await policy(w.http.get('/rooms'))).toBe(null);
    expect(await policy(w.http.get('/health/live'))).toBe(null);
  });
});

describe('requests', () => {
  it.each([
    ['that have no limit of their own', 8, (one: Person) => one.http.get('/accounts/me')],
    ['to search', 2, (one: Person) => one.http.get('/accounts?query=al')],
    ['to open direct rooms', 2, (one: Person) => one.http.put(`/direct/${alice.id}`)],
    ['for new rooms', 3, (one: Person) => one.http.post('/rooms', { name: 'many', preset: 'open' })],
  ])('%s are limited for each account', async (what, most, ask) => {
    const mallory = await person(`asking ${what.slice(-12)}`);
    for (let i = 0; i < most; i++) expect((await ask(mallory)).status).toBeLessThan(300);
    const { limit } = expectProblem(await ask(mallory), 429, 'rate/limited');
    expect(limit).not.toBe('send');
    expect((await ask(await person(`other ${what.slice(-12)}`))).status).toBeLessThan(300);
  });

  it('of strangers are limited for each address, a whole IPv6 /64 being one, and not for people who are signed in', async () => {
    const refresh = (from: string) =>
      w.http.post(
        '/auth/token',
        { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) },
        { headers: { 'x-forwarded-for': from } },
      );
    for (let i = 0; i < 12; i++) expectProblem(await refresh(`2001:db8:0:1::${i}`), 401, 'auth/refresh-invalid');
    expectProblem(await refresh('2001:db8:0:1:ffff::1'), 429, 'rate/limited');
    expectProblem(await refresh('2001:db8:0:2::1'), 401, 'auth/refresh-invalid');
    const frank = await person('frank');
    expect((await frank.http.get('/accounts/me', { headers: { 'x-forwarded-for': '2001:db8:0:1::1' } })).status).toBe(
      200,
    );
  });

  it('of a server count for its key, for whomever it acts, and its messages for their author', async () => {
    const root = await person('root');
    await w.database.query("UPDATE accounts SET role = 'superuser' WHERE id = $1", [root.id]);
    const request = { name: 'shop', scopes: ['act_as', 'users', 'rooms', 'messages:write'] };
    const made = await root.http.post('/integrations/keys', request);
    expect(made.status).toBe(201);
    const ivy = await member('ivy');
    const as = (other: Person) => ({
      headers: { 'x-api-key': made.body.key, 'x-act-as': `${other.id}` },
    });
    const look = (other: Person) => w.http.get(`/rooms/${lobby}`, as(other));
    expect((await look(ivy)).headers.get('ratelimit-policy')).toBe('"integrator";q=6;w=1000');
    const sent = await w.http.post(`/rooms/${lobby}/messages`, { text: 'hello', clientId: newClientId() }, as(ivy));
    expect([sent.status, sent.headers.get('ratelimit')]).toEqual([201, expect.stringMatching(/^"send";r=4;/)]);
    for (let i = 0; i < 5; i++) expect((await look(i % 2 ? alice : ivy)).status).toBe(200);
    expect(expectProblem(await look(alice), 429, 'rate/limited').limit).toBe('integrator');
    expect((await ivy.http.get('/accounts/me')).status).toBe(200);
  });

  it('of supervisors are not limited', async () => {
    for (let i = 0; i < 30; i++) expect((await w.http.get('/health/live')).status).toBe(200);
  });
});

describe('a socket that goes on at three times its limit', () => {
  it.each([
    ['message.send', 5, 'send'],
    ['read.mark', 8, 'requests'],
    ['no.such.command', 8, 'requests'],
  ])(
    'with %s is told rate_abuse and closed, alone, and its account waits to come back',
    async (event, points, limit) => {
      const mallory = await person(`abusive ${event}`);
      const [flooding, other] = [await mallory.socket(), await mallory.socket()];
      const bystander = await alice.socket();
      const flood = () => flooding.send(event, { roomId: lobby, text: 'spam', clientId: newClientId() });
      for (let i = 0; i < points; i++) expect((await flood()).problem?.code).not.toBe('rate/limited');
      for (let i = 0; i < 2 * points; i++)
        expect((await flood()).problem).toMatchObject({ code: 'rate/limited', limit });
      expect(flooding.of('session.ended')).toEqual([]);
      expectRefusal(await flood(), 'rate/limited');
      await eventually(() => flooding.closedBecause, 'the end of the flooding socket');
      expect(flooding.heard.at(-1)).toEqual({ event: 'session.ended', payload: { reason: 'rate_abuse' } });
      await expect(mallory.socket()).rejects.toMatchObject({
        message: 'rate/limited',
        data: { code: 'rate/limited', limit: 'rate-abuse', retryAfter: expect.any(Number) },
      });
      expect([other.io.connected, bystander.io.connected]).toEqual([true, true]);
      const again = () => connectSocket(w.origin, { token: mallory.token }, from(address())).catch(() => undefined);
      (await eventually(again, 'the end of the penalty', 8_000)).close();
      for (const socket of [other, bystander]) socket.close();
    },
    20_000,
  );
});

describe('connections', () => {
  const open = (port: number) => {
    const began = performance.now();
    const socket = connect(port, '127.0.0.1');
    opened.push(socket);
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', (data) => (heard += data.toString()));
    const ended = new Promise<{ heard: string; after: number }>((resolve) =>
      socket.once('close', () => resolve({ heard, after: performance.now() - began })),
    );
    return { socket, ended };
  };

  it('that send their headers or their body too slowly, or nothing, are ended within fifteen seconds', async () => {
    const port = Number(new URL(w.origin).port);
    const head = 'POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\n';
    const slow = [open(port), open(port), open(port), ...Array.from({ length: 20 }, () => open(port))];
    slow[0]!.socket.write('POST /api/v1/a');
    slow[1]!.socket.write(head);
    slow[2]!.socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a`);
    const drops = setInterval(() => {
      slow[1]!.socket.write('X: y\r\n');
      slow[2]!.socket.write('a');
    }, 500);
    expect((await alice.http.get(`/rooms/${lobby}`)).status).toBeLessThan(500);
    const ends = await Promise.all(slow.map(({ ended }) => ended));
    clearInterval(drops);
    expect(Math.max(...ends.map(({ after }) => after))).toBeLessThan(16_500);
    for (const { heard } of ends.slice(0, 3)) expect(heard).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request\/timeout"/);
  }, 40_000);

  it('of one address are limited in number, where no proxy stands before the service', async () => {
    const few = await world({ BESEDKA_CONNECTIONS_PER_ADDRESS: '5' });
    try {
      const port = Number(new URL(few.origin).port);
      const connections = Array.from({ length: 12 }, () => open(port));
      await eventually(() => connections.filter(({ socket }) => socket.destroyed).length >= 7, 'the refusals');
      expect(connections.filter(({ socket }) => socket.destroyed)).toHaveLength(7);
      for (const { socket } of connections) socket.destroy();
      await eventually(() => few.http.get('/health/live').catch(() => undefined), 'a place for another connection');
    } finally {
      await few.close();
    }
  }, 30_000);
});

describe('sockets', () => {
  it('of an account are limited, whichever addresses they come from', async () => {
    const grace = await person('grace');
    const open = () => connectSocket(w.origin, { token: grace.token }, from(address()));
    const sockets = [await open(), await open(), await open()];
    await expect(open()).rejects.toMatchObject({ message: 'socket/too-many', data: { status: 429 } });
    sockets[0]!.close();
    sockets.push(await eventually(() => open().catch(() => undefined), 'a place for another socket'));
    for (const socket of sockets) socket.close();
  });

  it('of an address are limited, whosever they are', async () => {
    const guests = await Promise.all(['h1', 'h2', 'h3', 'h4', 'h5'].map((name) => person(name)));
    const open = (guest: Person, caller: string) => connectSocket(w.origin, { token: guest.token }, from(caller));
    const sockets = [];
    for (const guest of guests.slice(0, 4)) sockets.push(await open(guest, '2001:db8:7::1'));
    await expect(open(guests[4]!, '2001:db8:7::2')).rejects.toMatchObject({ message: 'socket/too-many' });
    sockets.push(await open(guests[4]!, '2001:db8:8::1'));
    for (const socket of sockets) socket.close();
  });

  it('that do not sign in are limited for each address, and gone after five seconds', async () => {
    const caller = address();
    const strangers = await Promise.all([1, 2, 3, 4].map(() => upgrade(caller)));
    for (const stranger of strangers) expect(stranger.head).toMatch(/^HTTP\/1\.1 101 /);
    expect((await upgrade(caller)).head).toMatch(/^HTTP\/1\.1 429 [^]*"code":"socket\/too-many"/);
    expect((await upgrade(address())).head).toMatch(/^HTTP\/1\.1 101 /);
    for (const stranger of strangers) expect(await stranger.ended).toBeLessThan(9_000);
    const heidi = await person('heidi');
    (await connectSocket(w.origin, { token: heidi.token }, from(caller))).close();
  }, 30_000);

  it('are begun only so often from each address', async () => {
    const caller = address();
    for (let i = 0; i < 9; i++) {
      const ivan = await upgrade(caller);
      expect(ivan.head).toMatch(/^HTTP\/1\.1 101 /);
      ivan.end();
      await ivan.ended;
    }
    expect((await upgrade(caller)).head).toMatch(/^HTTP\/1\.1 429 [^]*Retry-After: 1\d\d\r\n[^]*"limit":"handshake"/);
    expect((await upgrade(address())).head).toMatch(/^HTTP\/1\.1 101 /);
  });
});

/** Asks to open a WebSocket; what is answered first, and after how many milliseconds the connection has ended. */
async function upgrade(caller: string): Promise<{ head: string; end: () => void; ended: Promise<number> }> {
  const began = performance.now();
  const { port } = new URL(w.origin);
  const socket = connect(Number(port), '127.0.0.1');
  opened.push(socket);
  socket.on('error', () => undefined);
  const ended = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now() - began)));
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Forwarded-For: ${caller}\r\n` +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const head = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.resume();
  return { head, end: () => socket.destroy(), ended };
}
