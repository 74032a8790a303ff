import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { WebhookWorker } from '../../src/integrations/webhook.worker.js';
import { freshDatabase } from '../support/databases.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { type Node, secondNode } from '../support/second-node.js';
import { type Person, world, type World } from '../support/world.js';
import { Receiver, RECEIVER_ADDRESS, type Received, say, Shop } from './receiver.js';

/** Webhooks: what is posted to whom, in which order, what happens while nobody answers, and where nothing is ever posted. */

const ENVIRONMENT = { BESEDKA_OUTGOING_ALLOWED: RECEIVER_ADDRESS };

let w: World;
let root: Person;
let receiver: Receiver;
let own: Awaited<ReturnType<typeof freshDatabase>>;
let other: Node | undefined;
let paths = 0;

beforeAll(async () => {
  own = await freshDatabase();
  w = await world(ENVIRONMENT, { ...own, drop: () => Promise.resolve() });
  root = await w.person('root', { role: 'superuser' });
  receiver = await Receiver.open();
});
afterEach(() => {
  receiver.answer = (response) => void response.writeHead(204).end();
});
afterAll(async () => {
  await other?.close();
  await w?.close();
  await receiver?.close();
  await own?.drop();
});

const shop = (scopes?: Parameters<typeof Shop.open>[2]) => Shop.open(() => w, root, scopes);
const freshPath = () => `/hook-${++paths}`;
const textsAt = (path: string) => receiver.at(path).map(({ event }) => event.data.text ?? event.type);
const workNow = () => w.app.get(WebhookWorker, { strict: false }).workSoon();

/** Lets so many hours pass for everything that waits. */
async function pass(hours: number): Promise<void> {
  const ago = `make_interval(secs => ${Math.round(hours * 3600)})`;
  await w.database.query(`UPDATE webhooks SET resume_at = resume_at - ${ago}`);
  await w.database.query(`UPDATE webhook_deliveries SET queued_at = queued_at - ${ago}`);
  await w.database.query(`UPDATE webhook_lanes SET due_at = due_at - ${ago}`);
  workNow();
}

async function restart(): Promise<void> {
  await w.app.close();
  w = await world(ENVIRONMENT, { ...own, drop: () => Promise.resolve() });
  root.http = new HttpClient(w.origin, () => root.token);
}

/** A server with two rooms, two people in them, and a webhook. */
async function scene(more: object = {}) {
  const one = await shop();
  const roomId = await one.room();
  const second = await one.room();
  const alice = await one.person('alice', [roomId, second]);
  const bob = await one.person('bob', [roomId]);
  const path = freshPath();
  const hook = await one.webhook(receiver.url(path), more);
  return { one, roomId, second, alice, bob, path, hook };
}

describe('a webhook', () => {
  it('gets what happens in the rooms of its server and its people, signed, in order, and nothing of anybody else', async () => {
    const { roomId, alice, bob, path, hook } = await scene();
    const other = await shop();
    const elsewhere = freshPath();
    await other.webhook(receiver.url(elsewhere));
    const mallory = await w.person('mallory');
    const hers = (await mallory.http.post('/rooms', { name: 'hers', preset: 'open' })).body.id;
    const apart = (await mallory.http.put(`/direct/${alice.id}`)).body.id;
    const between = (await bob.http.put(`/direct/${alice.id}`)).body.id;
    await say(mallory.http, hers, 'not yours');
    await say(mallory.http, apart, 'between her and me');
    await say(alice.http, apart, 'between me and her');
    await say(alice.http, between, 'between us');
    const { body: message } = await say(alice.http, roomId, 'one');
    await alice.http.patch(`/rooms/${roomId}/messages/${message.id}`, { text: 'two', version: 1 });
    await bob.http.delete(`/rooms/${roomId}/members/me`);
    await eventually(() => receiver.at(path).some(({ event }) => event.type === 'member.left'), 'the last event');
    await eventually(() => textsAt(path).includes('between us'), 'the direct message');
    const heard = receiver.at(path);
    expect(heard.filter(({ event }) => event.data.roomId === roomId).map(({ event }) => event.type)).toEqual([
      'message.sent',
      'message.edited',
      'member.left',
    ]);
    expect(new Set(heard.map(({ event }) => event.data.roomId))).toEqual(new Set([roomId, between]));
    for (const { body, headers, event } of heard) {
      expect(new Webhook(hook.secret).verify(body, headers as Record<string, string>)).toEqual(event);
      expect(headers['webhook-id']).toBe(event.id);
      expect(() => new Webhook(hook.secret).verify(body.replace('{', '{ '), headers as Record<string, string>)).toThrow(
        'No matching signature found',
      );
    }
    expect(receiver.at(elsewhere)).toEqual([]);
  });

  it('gets the types and rooms that it asked for, and with `readable` groups that its server may read as well', async () => {
    const { one, roomId, second, alice, path } = await scene({ events: ['message.sent'] });
    const narrow = freshPath();
    await one.webhook(receiver.url(narrow), { roomIds: [second] });
    const wide = freshPath();
    await one.webhook(receiver.url(wide), { rooms: 'readable', events: ['message.sent'] });
    const quinn = await w.person('quinn');
    const [open, closed] = await Promise.all(
      ['open', 'private'].map(
        async (preset) => (await quinn.http.post('/rooms', { name: `of quinn, ${preset}`, preset })).body.id,
      ),
    );
    await say(quinn.http, closed, 'for few');
    await say(quinn.http, open, 'for all');
    await one.person('carol', [roomId]);
    await say(alice.http, roomId, 'first');
    await say(one.http, second, 'second');
    await eventually(() => receiver.at(path).length === 2 && receiver.at(narrow).length === 1, 'what was asked for');
    await eventually(() => receiver.at(wide).length === 3, 'what may be read');
    expect(new Set(textsAt(path))).toEqual(new Set(['first', 'second']));
    expect(textsAt(narrow)).toEqual(['second']);
    expect(new Set(textsAt(wide))).toEqual(new Set(['first', 'for all', 'second']));
  });

  it('is signed by two secrets while they change over, and shows each of them once', async () => {
    const { one, roomId, alice, path, hook } = await scene();
    const rotated = await one.http.post(`/integrations/webhooks/${hook.id}/rotate`, { overlapSeconds: 60 });
    expect(rotated.body).toMatchObject({ secret: expect.stringMatching(/^whsec_/), overlapUntil: expect.any(String) });
    await say(alice.http, roomId, 'signed twice');
    const [both] = await eventually(() => (receiver.at(path).length === 1 ? receiver.at(path) : undefined));
    const verify = (secret: string, { body, headers }: Received) =>
      new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(verify(hook.secret, both!)).toEqual(verify(rotated.body.secret, both!));
    expect(both!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    await w.database.query('UPDATE webhooks SET overlap_until = now() WHERE id = $1', [hook.id]);
    await say(alice.http, roomId, 'signed once');
    const [, late] = await eventually(() => (receiver.at(path).length === 2 ? receiver.at(path) : undefined));
    expect(() => verify(hook.secret, late!)).toThrow('No matching signature found');
    verify(rotated.body.secret, late!);
    const shown = await one.http.get(`/integrations/webhooks/${hook.id}`);
    expect(shown.text).not.toContain('whsec_');
    const kept = await w.database.query('SELECT encode(sealed_secrets, $1) AS sealed FROM webhooks', ['escape']);
    expect(JSON.stringify(kept)).not.toContain('whsec_');
  });

  it('never gets the text of a message that was deleted before it could be delivered', async () => {
    const { roomId, alice, path } = await scene();
    receiver.answer = (response) => void response.writeHead(500).end();
    const { body: message } = await say(alice.http, roomId, 'a slip');
    await eventually(() => receiver.at(path).length === 1, 'the first attempt');
    await alice.http.delete(`/rooms/${roomId}/messages/${message.id}`);
    receiver.answer = (response) => void response.writeHead(200).end();
    await pass(0.1);
    await eventually(() => receiver.at(path).length === 3, 'both events');
    const [first, second, third] = receiver.at(path).map(({ event }) => event);
    expect(first).toMatchObject({ type: 'message.sent', data: { text: 'a slip' } });
    expect(second).toMatchObject({ id: first.id, data: { text: '', deletedAt: expect.any(String) } });
    expect(third).toMatchObject({ type: 'message.deleted', data: { messageId: message.id } });
  });

  it('is told of no event that was rolled back or refused', async () => {
    const { one, roomId, alice, path } = await scene();
    await expect(
      w.database.write(async (tx) => {
        await tx.record({ kind: 'room.changed', roomId, actorId: alice.id });
        throw new Error('and back');
      }),
    ).rejects.toThrow('and back');
    const mallory = await w.person('mallory at the door');
    expectProblem(await say(mallory.http, roomId, 'let me in'), 404, 'room/not-found');
    // What was committed before a webhook was asked for is not for it, though it was not numbered yet.
    const late = freshPath();
    let made: Promise<unknown> | undefined;
    await w.database.write(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('besedka'), hashtext('event-feed'))`);
      await say(one.http, roomId, 'before');
      made = one.webhook(receiver.url(late));
      await eventually(
        async () =>
          (await w.database.query('SELECT 1 FROM pg_locks WHERE locktype = $1 AND NOT granted', ['advisory']))[0],
        'it to wait',
      );
    });
    await made;
    const { body: message } = await say(one.http, roomId, 'the next thing');
    await eventually(() => receiver.at(late).length > 0, 'the late one');
    expect(textsAt(late)).toEqual(['the next thing']);
    await eventually(() => receiver.at(path).length === 2, 'the events that were');
    expect(textsAt(path)).toEqual(['before', 'the next thing']);
    expect(receiver.at(path)[1]!.event.data).toMatchObject({ id: message.id, seq: message.seq });
  });
});

describe('while a receiver is down', () => {
  it('for 72 hours, with the service restarted meanwhile, every event arrives under a stable id and in order of its room', async () => {
    const { one, roomId, second, alice, bob, path, hook } = await scene();
    receiver.answer = (response, { path: at }) =>
      void (at === path ? response.destroy() : response.writeHead(204).end());
    for (const text of ['1', '2', '3']) for (const room of [roomId, second]) await say(alice.http, room, text);
    await eventually(() => receiver.at(path).length >= 2, 'the first attempts');
    await quiet();
    for (let hour = 0; hour < 66; hour += 6) {
      const before = receiver.at(path).length;
      if (hour === 30) {
        await restart();
        await say(new HttpClient(w.origin, () => bob.token), roomId, '4');
      }
      await pass(hour < 60 ? 6 : 11.9);
      if (hour < 12) await eventually(() => receiver.at(path).length > before, 'another attempt');
      await quiet();
    }
    const tried = new Set(receiver.at(path).map(({ event }) => event.id));
    expect(tried.size).toBe(2);
    const { body: waiting } = await one.again().http.get(`/integrations/webhooks/${hook.id}`);
    expect(waiting).toMatchObject({ parked: 0, pending: 7, enabled: true });
    expect(waiting.failures).toBeGreaterThan(8);
    receiver.received.length = 0;
    receiver.answer = (response) => void response.writeHead(204).end();
    for (let tries = 0; receiver.at(path).length < 7 && tries < 20; tries++) {
      await pass(2);
      await quiet();
    }
    await eventually(() => receiver.at(path).length === 7, 'everything');
    const inRoom = (id: number) => receiver.at(path).filter(({ event }) => event.data.roomId === id);
    expect(inRoom(roomId).map(({ event }) => event.data.text)).toEqual(['1', '2', '3', '4']);
    expect(inRoom(second).map(({ event }) => event.data.text)).toEqual(['1', '2', '3']);
    expect([...tried].every((id) => receiver.at(path).some(({ event }) => event.id === id))).toBe(true);
  }, 60_000);

  it('longer than that, an event is given up, the room goes on, and a replay delivers what was given up', async () => {
    const { one, roomId, alice, path, hook } = await scene();
    receiver.answer = (response) => void response.writeHead(503).end();
    await say(alice.http, roomId, 'the old one');
    await eventually(() => receiver.at(path).length === 1, 'the first attempt');
    await quiet();
    const deliveries = async (query = '') =>
      (await one.http.get(`/integrations/webhooks/${hook.id}/deliveries${query}`)).body.items;
    expect(await deliveries()).toMatchObject([
      { state: 'pending', attempts: 1, lastStatus: 503, lastError: 'status', nextAttemptAt: expect.any(String) },
    ]);
    const wait = Date.parse((await deliveries())[0].nextAttemptAt) - Date.parse((await deliveries())[0].lastAttemptAt);
    expect(wait).toBeGreaterThan(3_500);
    expect(wait).toBeLessThan(6_500);
    await pass(73);
    await eventually(async () => (await deliveries('?state=parked')).length === 1, 'the end of patience');
    receiver.answer = (response) => void response.writeHead(204).end();
    await say(alice.http, roomId, 'the new one');
    await eventually(() => textsAt(path).includes('the new one'), 'the room to go on');
    const [parked] = await deliveries('?state=parked');
    const replayed = await one.http.post(`/integrations/webhooks/${hook.id}/replay`, { from: parked.position });
    expect(replayed.body).toEqual({ queued: 1 });
    await eventually(() => textsAt(path).at(-1) === 'the old one', 'the replay');
    expect(receiver.at(path).at(-1)!.event.id).toBe(parked.eventId);
    const range = { from: parked.position, to: parked.position + 1 };
    expect(
      (await one.http.post(`/integrations/webhooks/${hook.id}/replay`, { ...range, parkedOnly: true })).body,
    ).toEqual({ queued: 0 });
    expect((await one.http.post(`/integrations/webhooks/${hook.id}/replay`, range)).body).toEqual({ queued: 2 });
    await eventually(() => textsAt(path).slice(-2).join() === 'the old one,the new one', 'the range, in order');
    for (const to of [range.from - 1, range.from + 10_000])
      expectProblem(
        await one.http.post(`/integrations/webhooks/${hook.id}/replay`, { from: range.from, to }),
        400,
        'request/invalid',
      );
  });

  it('for one event, only what follows in its room waits', async () => {
    const { one, roomId, second, alice, path } = await scene();
    receiver.answer = (response, { event }) => void response.writeHead(event.data.text === 'poison' ? 500 : 200).end();
    await say(alice.http, roomId, 'poison');
    await say(alice.http, roomId, 'behind it');
    await say(one.http, second, 'beside it');
    await eventually(() => textsAt(path).includes('beside it') && textsAt(path).includes('poison'), 'the other room');
    await quiet();
    expect(textsAt(path)).not.toContain('behind it');
    receiver.answer = (response) => void response.writeHead(200).end();
    await pass(0.1);
    await eventually(() => textsAt(path).includes('behind it'), 'the room to go on');
    expect(textsAt(path).filter((text) => text !== 'beside it')).toEqual(['poison', 'poison', 'behind it']);
  });

  it('for good, which it says by 410, the webhook is disabled until it is enabled again', async () => {
    const { one, roomId, alice, path, hook } = await scene();
    receiver.answer = (response) => void response.writeHead(410).end();
    await say(alice.http, roomId, 'first');
    const look = async () => (await one.http.get(`/integrations/webhooks/${hook.id}`)).body;
    await eventually(async () => !(await look()).enabled, 'the end');
    expect(await look()).toMatchObject({ disabledReason: 'gone', pending: 1 });
    receiver.answer = (response) => void response.writeHead(204).end();
    await say(alice.http, roomId, 'missed');
    await quiet();
    expect(textsAt(path)).toEqual(['first']);
    const enabled = await one.http.patch(`/integrations/webhooks/${hook.id}`, { enabled: true });
    expect(enabled.body).toMatchObject({ enabled: true, disabledReason: null, failures: 0 });
    await eventually(() => receiver.at(path).length === 2, 'what waited');
    expect(textsAt(path)).toEqual(['first', 'first']);
    const log = await root.http.get(
      `/moderation/audit?target=integrator:${one.key.integrator.id}&action=webhook.disable`,
    );
    expect(log.body.items).toHaveLength(1);
  });
});

describe('what a receiver answers', () => {
  it('is looked at for five seconds and 64 KB, and followed nowhere', async () => {
    const { one, path } = await scene();
    const test = async (answer: Receiver['answer']) => {
      const at = freshPath();
      const { id } = await one.webhook(receiver.url(at));
      answers.set(at, answer);
      return (await one.http.post(`/integrations/webhooks/${id}/test`)).body;
    };
    const answers = new Map<string, Receiver['answer']>();
    receiver.answer = (response, received) => answers.get(received.path)!(response, received);
    const [good, away, huge, slow, dribbling] = await Promise.all([
      test((response) => void response.writeHead(202).end()),
      test((response) => void response.writeHead(302, { location: receiver.url(path) }).end()),
      test((response) => void response.writeHead(200).end(Buffer.alloc(5_000_000))),
      test(() => undefined),
      test((response) => {
        const timer = setInterval(() => response.write('x'), 200);
        response.on('close', () => clearInterval(timer));
      }),
    ]);
    expect(good).toMatchObject({ ok: true, status: 202, error: null });
    expect(away).toMatchObject({ ok: false, status: 302, error: 'status' });
    expect(huge).toMatchObject({ ok: true, status: 200 });
    for (const late of [slow, dribbling]) expect(late).toMatchObject({ ok: false, status: null, error: 'timeout' });
    expect(receiver.at(path)).toEqual([]);
    const posted = receiver.received.find(({ event }) => event.type === 'webhook.test')!;
    expect(posted.event).toMatchObject({
      id: expect.stringMatching(/^test_/),
      data: { webhookId: expect.any(Number) },
    });
  }, 15_000);
});

describe('two nodes', () => {
  it('share the work: each event arrives once and in order, and whoever lost his claim notes nothing', async () => {
    const { one, roomId, second, alice, path, hook } = await scene();
    other = await secondNode(w, ENVIRONMENT);
    const there = other.as(alice);
    const numbers = Array.from({ length: 20 }, (_, item) => String(item + 1));
    for (const number of numbers) await Promise.all([say(alice.http, roomId, number), say(there, second, number)]);
    await eventually(() => receiver.at(path).length >= 40, 'everything', 10_000);
    for (const room of [roomId, second])
      expect(
        receiver
          .at(path)
          .filter(({ event }) => event.data.roomId === room)
          .map(({ event }) => event.data.text),
      ).toEqual(numbers);
    const held: ServerResponse[] = [];
    receiver.answer = (response) => {
      if (receiver.at(path).length === 42) response.writeHead(204).end();
      else held.push(response);
    };
    for (const text of ['stuck', 'behind it']) await say(alice.http, roomId, text);
    await eventually(() => held.length === 1, 'the node that gets stuck');
    await w.database.query('UPDATE webhook_lanes SET claimed_until = now() WHERE webhook_id = $1', [hook.id]);
    await eventually(() => held.length === 2, 'the other node, which has come further');
    held[0]!.writeHead(500).end();
    const stuck = async () =>
      (await one.http.get(`/integrations/webhooks/${hook.id}/deliveries?limit=2`)).body.items[1];
    for (let look = 0; look < 20; look++) expect(await stuck()).toMatchObject({ state: 'delivered', attempts: 1 });
    held[1]!.writeHead(204).end();
    await quiet();
    expect(textsAt(path).slice(-3)).toEqual(['stuck', 'stuck', 'behind it']);
    expect(await stuck()).toMatchObject({ lastStatus: 204 });
  }, 20_000);
});

const INSIDE = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.1/',
  'https://2130706433/',
  'https://017700000001/',
  'https://127.255.255.254:8443/',
  'https://0/',
  'https://0.0.0.0/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://0xa9fea9fe/',
  'https://100.64.0.1/',
  'https://100.127.255.255/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://[::]/',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[fc00::1]/',
  'https://[fd12:3456:789a::1]/',
  'https://[fe80::1]/',
  'https://[ff02::1]/',
  'https://①②⑦.⓪.⓪.①/',
  'https://%31%32%37.0.0.1/',
  'http://shop.example/',
  'http://127.0.0.1/',
  `http://127.0.0.1#@${RECEIVER_ADDRESS}/`,
  `https://user:secret@shop.example/`,
  'https://user@shop.example/',
  'https://shop.example:0/',
  'ftp://shop.example/',
  'file:///etc/passwd',
  'gopher://shop.example/',
  'javascript:alert(1)',
  '//shop.example/',
  'https://',
  'not an address',
];

describe('an address inside', () => {
  it('is refused when a webhook is made or changed, in whichever spelling', async () => {
    const { one, hook } = await scene();
    const codes = new Map<string, unknown>();
    for (const url of INSIDE) {
      const made = await one.http.post('/integrations/webhooks', { url });
      const changed = await one.http.patch(`/integrations/webhooks/${hook.id}`, { url });
      codes.set(url, [made.status, changed.status, made.body.code === changed.body.code]);
    }
    expect([...codes].filter(([, seen]) => String(seen) !== '400,400,true')).toEqual([]);
    expectProblem(await one.http.post('/integrations/webhooks', { url: INSIDE[0] }), 400, 'integrator/url-not-allowed');
    const hooked = { url: 'https://localhost/', onFailure: 'allow' };
    expectProblem(await one.http.put('/integrations/before-send', hooked), 400, 'integrator/url-not-allowed');
    expect((await one.http.get('/integrations/webhooks')).body.items).toHaveLength(1);
  });

  it('is refused again when it is connected to, as a name may have been turned to it since', async () => {
    const { one, hook } = await scene();
    const inside = INSIDE.filter(
      (url) => url.startsWith('https://') && URL.canParse(url) && !url.includes('shop.example'),
    );
    expect(inside.length).toBeGreaterThan(30);
    const seen = new Map<string, unknown>();
    for (const url of inside) {
      await w.database.query('UPDATE webhooks SET url = $2 WHERE id = $1', [hook.id, url]);
      const { ok, status, error } = (await one.http.post(`/integrations/webhooks/${hook.id}/test`)).body;
      seen.set(url, [ok, status, error]);
    }
    expect([...seen].filter(([, result]) => String(result) !== 'false,,not-allowed')).toEqual([]);
  });
});

describe('the keys of a server', () => {
  it('end its webhooks with the last one that has the scope, and let them go on with a new one', async () => {
    const { one, roomId, alice, path } = await scene();
    await root.http.delete(`/integrations/keys/${one.key.id}`);
    await say(alice.http, roomId, 'after the end');
    await eventually(
      async () => (await w.database.query('SELECT 1 FROM webhook_lanes WHERE room_id = $1', [roomId])).length === 1,
      'it to be queued',
    );
    await pass(0);
    await quiet();
    expect(receiver.at(path)).toEqual([]);
    const key = { name: 'shop again', scopes: ['webhooks'], integratorId: one.key.integrator.id };
    expect((await root.http.post('/integrations/keys', key)).status).toBe(201);
    await pass(0);
    await eventually(() => textsAt(path).join() === 'after the end', 'what waited');
  });

  it('reach the webhooks of their own server only, up to twenty of them, and leave a trace of each change', async () => {
    const { one, hook } = await scene();
    const other = await shop();
    for (const attempt of [
      other.http.get(`/integrations/webhooks/${hook.id}`),
      other.http.patch(`/integrations/webhooks/${hook.id}`, { name: 'mine' }),
      other.http.delete(`/integrations/webhooks/${hook.id}`),
      other.http.post(`/integrations/webhooks/${hook.id}/rotate`, {}),
      other.http.post(`/integrations/webhooks/${hook.id}/test`),
      other.http.get(`/integrations/webhooks/${hook.id}/deliveries`),
      other.http.post(`/integrations/webhooks/${hook.id}/replay`, { from: 1 }),
    ])
      expectProblem(await attempt, 404, 'webhook/not-found');
    const person = await one.person('alice');
    const asHim = { headers: { 'x-act-as': String(person.id) } };
    expectProblem(await one.http.get('/integrations/webhooks', asHim), 403, 'key/required');
    const made = await Promise.all(
      Array.from({ length: 21 }, () => one.http.post('/integrations/webhooks', { url: receiver.url('/many') })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(19);
    expectProblem(
      made.find(({ status }) => status !== 201)!,
      409,
      'webhook/too-many',
    );
    expect((await one.http.patch(`/integrations/webhooks/${hook.id}`, { name: 'orders' })).body.name).toBe('orders');
    expect((await one.http.delete(`/integrations/webhooks/${hook.id}`)).status).toBe(204);
    expectProblem(await one.http.get(`/integrations/webhooks/${hook.id}`), 404, 'webhook/not-found');
    const log = await root.http.get(`/moderation/audit?target=integrator:${one.key.integrator.id}&limit=3`);
    expect(log.body.items.map(({ action }: { action: string }) => action).slice(0, 2)).toEqual([
      'webhook.delete',
      'webhook.change',
    ]);
    expect(JSON.stringify(log.body)).not.toContain('whsec_');
  });
});

/** Resolves when nothing is under way: no lane is claimed, and what was due was tried. */
async function quiet(): Promise<void> {
  await eventually(async () => {
    const [row] = await w.database.query<{ busy: number }>(
      `SELECT count(*) AS busy FROM webhook_lanes l JOIN webhooks w ON w.id = l.webhook_id WHERE l.claimed_until > clock_timestamp()`,
    );
    return row!.busy === 0;
  }, 'quiet');
}
