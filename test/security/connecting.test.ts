import pg from 'pg';
import { Connections } from '../../src/realtime/connections.js';
import { eventually, expectRefusal } from '../support/expect.js';
import { FIRST_PACKETS, IMPOSTORS } from './hostile-frames.js';
import { RawHttp } from './raw-http.js';
import { heardFrame, SocketWorld } from './socket-world.js';

/** Who does not sign in gets nothing, and not for long; who asks for too much at once is refused, in time, and in order. */

let s: SocketWorld;

beforeAll(async () => {
  s = await SocketWorld.open();
}, 60_000);
afterEach(() => s.checkBystander());
afterAll(() => s?.close());

describe('connecting', () => {
  it('is for those who sign in first: all others get a refusal at most, and the end after five seconds', async () => {
    const surprises = await Promise.all([
      ...IMPOSTORS.map(([what, frame, reason]) => surpriseAfter(what, frame, `"message":"${reason}"`)),
      ...FIRST_PACKETS.map((frame) => surpriseAfter(frame, frame)),
      ...Array.from({ length: 20 }, () => surpriseAfter('silence')),
    ]);
    expect(surprises.filter((surprise) => surprise !== undefined)).toEqual([]);
    expect(await s.stored('unsigned')).toBe(0);
  }, 20_000);

  async function surpriseAfter(what: string, frame?: string, refusal?: string): Promise<string | undefined> {
    const raw = await s.silent();
    if (frame !== undefined) {
      raw.say(frame);
      if (refusal !== undefined && !(await heardFrame(raw, '44')).includes(refusal))
        return `${what}: ${raw.heard.at(-1)}`;
      raw.say(`42["message.send",${s.send('unsigned')}]`);
      raw.say(`421["message.send",${s.send('unsigned')}]`);
    }
    await eventually(() => raw.closed, `the end after ${what}`, 9_000);
    const told = raw.heard.filter((one) => !one.startsWith('0{') && !one.startsWith('44'));
    if (told.length > 0) return `${what}: was told ${told.join(' ')}`;
    return frame === undefined && raw.closedAfter! < 3_000 ? `${what}: ended after ${raw.closedAfter} ms` : undefined;
  }

  it('knows one namespace, however many are asked for', async () => {
    const raw = await s.socket();
    for (let i = 0; i < 1_000; i++) raw.say(`40/room${i},{}`);
    const refused = () => raw.heard.filter((frame) => frame.startsWith('44/room')).length;
    await eventually(() => refused() === 1_000 || raw.closed, 'all namespaces to be refused');
    expect(raw.heard.filter((frame) => frame.startsWith('40/'))).toEqual([]);
  });

  it('lets a socket follow 500 rooms, and not one more', async () => {
    const raw = await s.socket();
    const permissions = 'can_see, can_read, can_post, can_join, can_add, can_remove, can_leave, can_edit, can_delete';
    const rooms = await s.world.database.query<{ id: string }>(
      `INSERT INTO rooms (kind, preset, ${permissions})
       SELECT kind, preset, ${permissions} FROM rooms, generate_series(1, 501) WHERE id = $1 RETURNING id`,
      [s.lobby],
    );
    const follow = (roomId: number) => raw.ask(`"room.resume",{"roomId":${roomId},"after":0}`);
    // The lobby is one of them already.
    for (const { id } of rooms.slice(0, 499)) expect(await follow(Number(id))).toMatchObject({ ok: true });
    expectRefusal(await follow(Number(rooms[499]!.id)), 'rate/limited');
    expect(await follow(Number(rooms[0]!.id))).toMatchObject({ ok: true });
  }, 30_000);

  it('is forbidden to foreign web pages', async () => {
    const { host } = new URL(s.world.origin);
    const http = new RawHttp(s.world.origin);
    const upgrade = (origin: string) => {
      const ask =
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
      const head = `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n${ask}\r\n\r\n`;
      return http.exchange(head, 300);
    };
    const foreign = [
      'http://evil.example',
      'null',
      'file://',
      `${s.world.origin}.evil.example`,
      `https://evil.example/?${s.world.origin}`,
    ];
    for (const origin of [...foreign, `http://${host}@evil.example`]) {
      expect(await upgrade(origin)).toMatch(/^HTTP\/1\.1 403 [^]*"code":"origin\/forbidden"/);
    }
    expect(await upgrade(s.world.origin)).toMatch(/^HTTP\/1\.1 101 /);
  });

  it.each([
    '/socket.io/',
    '/socket.io/?EIO=4',
    '/socket.io/?EIO=3&transport=websocket',
    '/socket.io/?EIO=4&transport=polling',
    '/socket.io/?EIO=99&transport=__proto__',
    '/socket.io/?EIO=4&transport=websocket',
    '/socket.io/?EIO=4&transport=websocket&sid=nobody',
    '/socket.io/?EIO=4&transport[]=polling',
    '/socket.io/?EIO=4&EIO=4&transport=polling',
    '/socket.io/nowhere',
  ])('takes a WebSocket: without one %s is refused', async (path) => {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const answer = await fetch(s.world.origin + path, { method, ...(method === 'POST' && { body: '40{}' }) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
  });
});

describe('floods', () => {
  /** Holds the lobby's row, so that commands wait in the queue of their socket. */
  async function whileLobbyIsHeld<T>(work: (release: () => Promise<void>) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: s.world.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [s.lobby]);
      return await work(async () => void (await client.query('COMMIT')));
    } finally {
      await client.end();
    }
  }

  it('leave 64 commands waiting behind the one at work, refuse the rest at once, and keep the order', async () => {
    const raw = await s.socket();
    const clientIds = Array.from({ length: 200 }, (_, index) => `flood-${index}`);
    const acks = await whileLobbyIsHeld(async (release) => {
      for (const [i, clientId] of clientIds.entries()) raw.say(`42${1_000 + i}["message.send",${s.send(clientId)}]`);
      for (let i = 65; i < 200; i++) expectRefusal(await raw.ackOf(1_000 + i), 'event/queue-full');
      await release();
      return Promise.all(clientIds.slice(0, 65).map((_, i) => raw.ackOf(1_000 + i)));
    });
    expect(acks.filter((ack) => ack === 'closed' || !ack.ok)).toEqual([]);
    const kept = await s.world.database.query<{ client_id: string }>(
      `SELECT client_id FROM messages WHERE client_id LIKE 'flood-%' ORDER BY seq`,
    );
    expect(kept.map((row) => row.client_id)).toEqual(clientIds.slice(0, 65));
  });

  it('get every ack within five seconds also when the database does not move, and are not done later', async () => {
    const raw = await s.socket();
    const began = Date.now();
    const waits = await whileLobbyIsHeld(async () => {
      for (let i = 0; i < 40; i++) raw.say(`42${2_000 + i}["message.send",${s.send(`stuck-${i}`)}]`);
      const wait = async (i: number) => {
        expect(await raw.ackOf(2_000 + i)).toMatchObject({ ok: false, problem: { status: 503 } });
        return Date.now() - began;
      };
      return Promise.all(Array.from({ length: 40 }, (_, i) => wait(i)));
    });
    expect(Math.max(...waits)).toBeLessThan(5_500);
    expect(await raw.fate()).toBe('served');
    const late = await s.world.database.query(`SELECT 1 FROM messages WHERE client_id LIKE 'stuck-%'`);
    expect(late.length).toBeLessThanOrEqual(1);
  }, 20_000);

  it('without acks harm nobody', async () => {
    const raw = await s.socket();
    for (let i = 0; i < 5_000; i++) raw.say('42["read.mark",{"roomId":"x"}]');
    expect(await raw.fate()).toBe('served');
  });

  it('of sockets that come and go leave none behind', async () => {
    for (let i = 0; i < 50; i++) (await s.socket()).close();
    const open = () => s.world.app.get(Connections, { strict: false }).of(s.mallory.id).length;
    await eventually(() => open() === 0, 'the end of all sockets');
  });
});
