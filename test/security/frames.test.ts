import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { PROBLEMS, type ProblemView } from '../../src/platform/problems.js';
import { Connections } from '../../src/realtime/connections.js';
import { COMMANDS } from '../../src/realtime/events.js';
import { eventually, expectRefusal } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { type Person, world, type World } from '../support/world.js';
import { HOSTILE_VALUES, nested, TEXTS, UNSTORABLE, wide } from './hostile-values.js';
import { RawHttp } from './raw-http.js';
import { RawSocket } from './raw-socket.js';

/** Whatever a socket sends: its acks are answered or it is closed, alone; nothing is stored that was refused, and the others notice nothing. */

let w: World;
let alice: Person;
let mallory: Person;
let bystander: ListeningSocket;
let lobby: number;
let messages = 0;
const opened: RawSocket[] = [];
const failures: unknown[] = [];
const note = (error: unknown) => void failures.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  process.on('uncaughtExceptionMonitor', note);
  w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '1000' });
  [alice, mallory] = [await w.person('alice'), await w.person('mallory')];
  lobby = ((await alice.http.post('/rooms', { name: 'lobby', preset: 'open', members: [mallory.id] })).body as { id: number }).id;
  bystander = await alice.socket();
}, 60_000);

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.close();
  expect(failures).toEqual([]);
  // The bystander is served, hears himself, and has heard nothing that was refused.
  const clientId = `bystander-${++messages}`;
  expect(await bystander.send('message.send', { roomId: lobby, text: 'still here', clientId })).toMatchObject({ ok: true });
  await bystander.hears('message.sent', (message) => message.clientId === clientId);
  expect((await alice.http.get(`/rooms/${lobby}`)).status).toBe(200);
});

afterAll(async () => {
  process.off('unhandledRejection', note);
  process.off('uncaughtExceptionMonitor', note);
  await w?.close();
});

async function socket(): Promise<RawSocket> {
  const raw = await RawSocket.signedIn(w.origin, mallory.token);
  opened.push(raw);
  return raw;
}

async function silent(): Promise<RawSocket> {
  const raw = await RawSocket.open(w.origin);
  opened.push(raw);
  return raw;
}

const stored = async (clientId: string) => (await w.database.query('SELECT 1 FROM messages WHERE client_id = $1', [clientId])).length;
const send = (clientId: string, text = 'hello') => `{"roomId":${lobby},"text":${JSON.stringify(text)},"clientId":"${clientId}"}`;

/** Rows for it.each whose titles stay short. */
const titled = (spellings: readonly string[]) => spellings.map((one) => [JSON.stringify(one).slice(0, 50), one] as const);

describe('packets that are none', () => {
  it.each(titled(['', '9', '8', 'x', '5', '6', '1', '0', '4', '4x', '47', '49["a"]', '4-1', '42', '42{', '42[', '42"message.send"', '42{}', '42null', '42[]', '42[null]', '42[{}]', '42[true]', '42[["message.send"]]',
    '42[""', '421', '421[', '4299999999999999999999999["message.send",{}', '42/', '42/,', '42/nowhere', '42/nowhere,["message.send",{}]', '44', '44{}', '44"x"', '41x', '43', '43["x"]', '437["x"]', '43-1["x"]', '437', '437{}', '43999999999999999999999["x"]', '431e3["x"]', '46["x"]', '461-7["x"]',
    '45', '45-', '451-', '45x-["message.send"]', '45-1["message.send"]', '4599999-["message.send"]', '451-["message.send",{"_placeholder":true,"num":7}]', '42\u0000', '\u0000', '4'.repeat(60_000), `42${'['.repeat(60_000)}`, `42["${'\\u0000'.repeat(9_000)}"]`, `40/${'x'.repeat(50_000)},`]))(
    'are followed by service or by the end: %s', async (_title, frame) => {
      const raw = await socket();
      raw.say(frame);
      await raw.fate();
    });

  it.each(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'])('closes the socket that calls an event %s', async (name) => {
    const raw = await socket();
    expect(await raw.ask(`"${name}",{}`)).toBe('closed');
  });

  it('takes binary parts for no argument', async () => {
    const raw = await socket();
    raw.say(`451-7["message.send",{"roomId":${lobby},"text":{"_placeholder":true,"num":0},"clientId":"binary"}]`);
    raw.say(Buffer.from('hello'));
    expectRefusal(await raw.ackOf(7), 'request/invalid');
    raw.say('451-8["message.send",{"_placeholder":true,"num":0}]');
    raw.say(randomBytes(50_000));
    expectRefusal(await raw.ackOf(8), 'request/invalid');
    expect(await raw.fate()).toBe('served');
    expect(await stored('binary')).toBe(0);
  });

  it.each([
    ['a binary frame out of nowhere', (raw: RawSocket) => raw.say(randomBytes(100))],
    ['text where an attachment is due', (raw: RawSocket) => (raw.say('451-["message.send",{"_placeholder":true,"num":0}]'), raw.say('42["message.send",{}]'))],
    ['an attachment that nothing holds', (raw: RawSocket) => (raw.say('451-["message.send",{"_placeholder":true,"num":3}]'), raw.say(randomBytes(10)))],
    ['64 KiB and a byte', (raw: RawSocket) => raw.say(`421["message.send","${'x'.repeat(64 * 1024)}"]`)],
    ['40 000 arguments', (raw: RawSocket) => raw.say(`421["message.send"${',1'.repeat(40_000)}]`)],
    ['an unmasked frame', (raw: RawSocket) => raw.write(Buffer.from([0x81, 0x02, 0x34, 0x32]))],
    ['reserved bits', (raw: RawSocket) => raw.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]))],
    ['an unknown opcode', (raw: RawSocket) => raw.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]))],
    ['a long control frame', (raw: RawSocket) => raw.write(Buffer.concat([Buffer.from([0x89, 0xfe, 0, 200, 0, 0, 0, 0]), Buffer.alloc(200)]))],
    ['a continuation of nothing', (raw: RawSocket) => raw.write(Buffer.from([0x80, 0x80, 0, 0, 0, 0]))],
    ['a frame of 2^63 bytes', (raw: RawSocket) => raw.write(Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))],
    ['text that is not UTF-8', (raw: RawSocket) => raw.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, 0x34, 0x32, 0xff, 0xfe]))],
    ['HTTP', (raw: RawSocket) => raw.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))],
  ])('closes the socket that sends %s', async (_what, misbehave) => {
    const raw = await socket();
    misbehave(raw);
    expect(await raw.fate()).toBe('closed');
  });
});

describe('commands that are none', () => {
  it.each(titled(['message.sent', 'session.ready', 'room.deleted', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '*', 'MESSAGE.SEND', 'message.send ', 'message', 'message.send\\u0000', 'ping', 'error', 'x'.repeat(10_000)]))(
    'are answered with event/unknown: %s', async (_title, name) => {
      expectRefusal(await (await socket()).ask(`"${name}",{}`), 'event/unknown');
    });

  it.each(['1', '0', '-1', '1.5', '1e999'])('answers the number %s with event/unknown, or closes', async (name) => {
    const ack = await (await socket()).ask(`${name},{}`);
    if (ack !== 'closed') expectRefusal(ack, 'event/unknown');
  });

  it('tells nobody of a fact that a client makes up', async () => {
    const raw = await socket();
    expectRefusal(await raw.ask(`"message.sent",${send('made-up')}`), 'event/unknown');
    raw.say(`42["message.sent",${send('made-up')}]`);
    expect(await raw.fate()).toBe('served');
    expect(bystander.of('message.sent').map((message) => message.clientId)).not.toContain('made-up');
  });

  it.each(['999999999', '9007199254740991', '9007199254740993', '99999999999999999999999', '007', '0'])('answers an ack called %s, or closes', async (id) => {
    const raw = await socket();
    raw.say(`42${id}["read.mark",{}]`);
    await eventually(() => raw.closed ?? raw.heard.find((frame) => frame.startsWith('43') && frame.includes('request/invalid')), 'an answer');
    await raw.fate();
  });
});

describe('arguments that do not fit', () => {
  it('refuses several, or none, and stores nothing', async () => {
    const raw = await socket();
    expectRefusal(await raw.ask('"message.send"'), 'request/invalid');
    expectRefusal(await raw.ask(`"message.send",${send('twice-1')},${send('twice-2')}`), 'request/invalid');
    expectRefusal(await raw.ask(`"message.send",${send('beside')},null`), 'request/invalid');
    expectRefusal(await raw.ask(`"message.send",${send('many')}${',1'.repeat(30_000)}`), 'request/invalid');
    for (const clientId of ['twice-1', 'twice-2', 'beside', 'many']) expect(await stored(clientId)).toBe(0);
  });

  it('refuses depth and width at the first value too many', async () => {
    const raw = await socket();
    const within = (value: unknown) => raw.ask(`"message.send",${JSON.stringify({ roomId: lobby, text: 'deep', clientId: 'deep', x: value })}`);
    expectRefusal(await within(nested(7)), 'request/invalid');
    expectRefusal(await within(nested(8)), 'request/too-complex');
    expectRefusal(await within(wide(496)), 'request/invalid');
    expectRefusal(await within(wide(497)), 'request/too-complex');
    expectRefusal(await raw.ask(`"message.send",${'['.repeat(30_000)}${']'.repeat(30_000)}`), 'request/too-complex');
    expectRefusal(await raw.ask(`"message.send",${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`), 'request/too-complex');
  });

  it('refuses names that change what an object is', async () => {
    const raw = await socket();
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) expectRefusal(await raw.ask(`"message.send",{"${name}":{"role":"superuser"},${send('poison').slice(1)}`), 'request/invalid');
    expect(await stored('poison')).toBe(0);
    expect(({} as { role?: string }).role).toBeUndefined();
  });

  it('takes one word twice for its last meaning', async () => {
    expect(await (await socket()).ask(`"message.send",{"text":"first",${send('double', 'last').slice(1)}`)).toMatchObject({ ok: true, message: { text: 'last' } });
  });

  const VALID = (command: string): Record<string, unknown> =>
    ({
      'message.send': { roomId: lobby, text: 'hostile', clientId: `hostile-${++messages}` },
      'message.edit': { roomId: lobby, messageId: 1, text: 'hostile', version: 1 },
      'message.delete': { roomId: lobby, messageId: 1 },
      'room.resume': { roomId: lobby, after: 0 },
      'read.mark': { roomId: lobby, seq: 1 },
      'session.renew': { token: mallory.token },
    })[command]!;

  it.each(Object.keys(COMMANDS))('answers every hostile field of %s with a refusal or sense', async (command) => {
    const raw = await socket();
    const surprises: string[] = [];
    let asked = 0;
    const ask = async (request: unknown, mustRefuse: boolean) => {
      asked++;
      const ack = (await raw.ask(`"${command}",${JSON.stringify(request)}`)) as { ok?: boolean; problem?: ProblemView } | 'closed';
      const problem = ack === 'closed' ? undefined : ack.problem;
      const sound = ack !== 'closed' && (ack.ok === true ? !mustRefuse : problem !== undefined && PROBLEMS[problem.code]?.[0] === problem.status && problem.status < 500 && (!mustRefuse || problem.status === 400 || command === 'session.renew'));
      if (!sound) surprises.push(`${JSON.stringify(request)?.slice(0, 100)}: ${JSON.stringify(ack).slice(0, 200)}`);
    };
    for (const field of Object.keys(VALID(command))) {
      for (const value of HOSTILE_VALUES) await ask({ ...VALID(command), [field]: value }, typeof value !== typeof VALID(command)[field] || UNSTORABLE.includes(value as string));
      await ask({ ...VALID(command), [field]: undefined }, true);
    }
    for (const extra of ['id', 'seq', 'author', 'authorId', 'senderId', 'createdAt', 'version', 'role', 'nosuch', '']) if (!(extra in VALID(command))) await ask({ ...VALID(command), [extra]: 1 }, true);
    for (const whole of [null, true, 0, '', 'abc', [], [VALID(command)]]) await ask(whole, true);
    expect(surprises).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(60);
  });

  it('keeps texts byte for byte', async () => {
    const raw = await socket();
    for (const text of Object.values(TEXTS)) {
      const clientId = `text-${++messages}`;
      expect(await raw.ask(`"message.send",${send(clientId, text)}`)).toMatchObject({ ok: true, message: { text } });
      expect((await bystander.hears('message.sent', (message) => message.clientId === clientId)).text).toBe(text);
    }
  });

  it('counts code points: 16 000 of four bytes are a message, one more is none', async () => {
    const raw = await socket();
    expect(await raw.ask(`"message.send",${send('long', '😀'.repeat(16_000))}`)).toMatchObject({ ok: true });
    expect((await bystander.hears('message.sent', (message) => message.clientId === 'long')).text).toBe('😀'.repeat(16_000));
    expectRefusal(await raw.ask(`"message.send",${send('longer', '😀'.repeat(16_001))}`), 'request/invalid');
    expect(await stored('longer')).toBe(0);
  });
});

describe('connecting', () => {
  const impostor = { token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.' };

  it.each([
    ['nothing', '40', 'auth/required'],
    ['an empty object', '40{}', 'auth/required'],
    ['a number', '40{"token":1}', 'auth/required'],
    ['a list', '40{"token":[]}', 'auth/required'],
    ['an object', '40{"token":{"a":1}}', 'auth/required'],
    ['no text', '40{"token":""}', 'auth/required'],
    ['a prototype', '40{"__proto__":{"token":"x"}}', 'auth/required'],
    ['a token without a signature', `40${JSON.stringify(impostor)}`, 'auth/token-invalid'],
    ['a long token', `40{"token":"${'x'.repeat(60_000)}"}`, 'auth/token-invalid'],
    ['NUL', '40{"token":"\\u0000"}', 'auth/token-invalid'],
    ['another namespace', '40/admin,{}', 'Invalid namespace'],
    ['an inherited namespace', '40/__proto__,{}', 'Invalid namespace'],
  ])('is refused with %s', async (_what, frame, reason) => {
    const raw = await silent();
    raw.say(frame);
    const refusal = await eventually(() => raw.heard.find((one) => one.startsWith('44')), 'connect_error');
    expect(refusal).toContain(`"message":"${reason}"`);
    expect(raw.heard.filter((one) => one.startsWith('40'))).toEqual([]);
    raw.say(`42["message.send",${send('unsigned')}]`);
    raw.say(`421["message.send",${send('unsigned')}]`);
    raw.say('2probe');
    expect(await stored('unsigned')).toBe(0);
  });

  it.each(['40[]', '40null', '40"token"', '401', '40{', '42["message.send",{}]', '421["message.send",{}]', '41'])('is closed, or waits for better, after %s', async (frame) => {
    const raw = await silent();
    raw.say(frame);
    raw.say(`421["message.send",${send('early')}]`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(raw.heard.filter((one) => !one.startsWith('0') && !one.startsWith('44'))).toEqual([]);
    expect(await stored('early')).toBe(0);
  });

  it('is over after five seconds for whoever has not signed in by then', async () => {
    const idle = await Promise.all(Array.from({ length: 20 }, () => silent()));
    const refused = await silent();
    refused.say('40{}');
    const chatty = await silent();
    const chatter = setInterval(() => chatty.say('3'), 200);
    await eventually(() => [...idle, refused, chatty].every((raw) => raw.closed !== undefined), 'all to be closed', 9_000).finally(() => clearInterval(chatter));
    for (const raw of [...idle, refused]) expect(raw.closedAfter).toBeGreaterThan(3_000);
  }, 15_000);

  it('has one namespace, however many are asked for', async () => {
    const raw = await socket();
    for (let i = 0; i < 1_000; i++) raw.say(`40/room${i},{}`);
    await eventually(() => raw.heard.filter((frame) => frame.startsWith('44/room')).length === 1_000 || raw.closed !== undefined, 'all namespaces to be refused');
    await raw.fate();
  });

  it('twice on one socket leaves one', async () => {
    const raw = await socket();
    raw.say(`40${JSON.stringify({ token: mallory.token })}`);
    await raw.fate();
    expect(raw.heard.filter((frame) => frame.startsWith('42["session.ready"')).length).toBeLessThanOrEqual(2);
  });

  it('is forbidden to foreign web pages', async () => {
    const { host } = new URL(w.origin);
    const upgrade = (origin: string) =>
      new RawHttp(w.origin).exchange(
        ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'), 200,
      );
    for (const origin of ['http://evil.example', 'null', 'file://', `${w.origin}.evil.example`, `https://evil.example/?${w.origin}`, `http://${host}@evil.example`]) expect(await upgrade(origin)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await upgrade(w.origin)).toMatch(/^HTTP\/1\.1 101 /);
  });

  it.each(['/socket.io/', '/socket.io/?EIO=4', '/socket.io/?EIO=3&transport=websocket', '/socket.io/?EIO=4&transport=polling', '/socket.io/?EIO=99&transport=__proto__', '/socket.io/?EIO=4&transport=websocket', '/socket.io/?EIO=4&transport=websocket&sid=nobody', '/socket.io/?EIO=4&transport[]=polling', '/socket.io/?EIO=4&EIO=4&transport=polling', '/socket.io/nowhere', '/socket.io/../socket.io/'])(
    'by plain HTTP at %s is refused', async (path) => {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const answer = await fetch(w.origin + path, { method, ...(method === 'POST' && { body: '40{}' }) });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      }
    });
});

describe('floods', () => {
  /** Holds the lobby's row, so that commands wait in the queue of their socket. */
  async function withLobbyHeld<T>(work: (release: () => Promise<void>) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: w.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [lobby]);
      return await work(async () => void (await client.query('COMMIT')));
    } finally {
      await client.end();
    }
  }

  it('queue 64 commands behind the one at work, refuse the rest at once, and keep their order', async () => {
    const raw = await socket();
    const clientIds = Array.from({ length: 200 }, (_, index) => `flood-${index}`);
    const acks = await withLobbyHeld(async (release) => {
      for (const [index, clientId] of clientIds.entries()) raw.say(`42${1_000 + index}["message.send",${send(clientId)}]`);
      for (const index of clientIds.keys()) if (index > 64) expectRefusal(await raw.ackOf(1_000 + index), 'event/queue-full');
      await release();
      return Promise.all(clientIds.slice(0, 65).map((_, index) => raw.ackOf(1_000 + index)));
    });
    expect(acks.map((ack) => ack.ok)).toEqual(Array.from({ length: 65 }, () => true));
    const kept = await w.database.query<{ client_id: string }>(`SELECT client_id FROM messages WHERE client_id LIKE 'flood-%' ORDER BY seq`);
    expect(kept.map((row) => row.client_id)).toEqual(clientIds.slice(0, 65));
  });

  it('get every ack within five seconds also when the database does not move', async () => {
    const raw = await socket();
    const began = Date.now();
    const waits = await withLobbyHeld(async () => {
      for (let i = 0; i < 40; i++) raw.say(`42${2_000 + i}["message.send",${send(`stuck-${i}`)}]`);
      return Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const ack = await raw.ackOf(2_000 + i);
          expect(ack).toMatchObject({ ok: false });
          expect(ack.problem.status).toBe(503);
          return Date.now() - began;
        }),
      );
    });
    expect(Math.max(...waits)).toBeLessThan(5_500);
  }, 20_000);

  it('of commands without an ack harm nobody', async () => {
    const raw = await socket();
    for (let i = 0; i < 5_000; i++) raw.say('42["read.mark",{"roomId":"x"}]');
    expect(await raw.fate()).toBe('served');
  });

  it('of sockets that come and go leave none behind', async () => {
    for (let i = 0; i < 50; i++) (await socket()).close();
    await eventually(() => w.app.get(Connections, { strict: false }).of(mallory.id).length === 0, 'all sockets to be gone');
  });
});
