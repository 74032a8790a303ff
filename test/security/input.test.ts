import { expectProblem } from '../support/expect.js';
import { world, type World } from '../support/world.js';
import { HOSTILE_NAMES, TEXTS, UNSTORABLE } from './hostile-values.js';
import { ValidRequests } from './valid-requests.js';

/** What people write is kept as they wrote it or refused; what a request says of its author is never believed. */

let w: World;
let valid: ValidRequests;
let room: string;

beforeAll(async () => {
  w = await world();
  valid = await ValidRequests.prepare(w);
  room = `/rooms/${valid.lobby}/messages`;
}, 60_000);

afterAll(() => w?.close());

describe('texts', () => {
  it.each(Object.entries(TEXTS))('with %s come back byte for byte', async (what, text) => {
    const sent = await valid.root.http.post(room, { text, clientId: what.replaceAll(' ', '.') });
    expect(sent).toMatchObject({ status: 201, body: { text } });
    const { id, seq } = sent.body as { id: number; seq: number };
    expect((await valid.root.http.get(`${room}/${id}`)).body).toMatchObject({ text });
    expect((await valid.root.http.get(`${room}?around=${seq}&limit=1`)).body).toMatchObject({ items: [{ text }] });
    expect((await valid.root.http.get(`/rooms/${valid.lobby}/events?after=${seq - 1}`)).body).toMatchObject({
      items: [{ seq, data: { text } }],
    });
    expect((await valid.root.http.patch(`${room}/${id}`, { text: `${text} ${text}`, version: 1 })).body).toMatchObject({
      text: `${text} ${text}`,
    });
  });

  it('may be 16 000 code points long, however many bytes that are, and not one more', async () => {
    for (const [index, one] of ['a', 'ж', '😀'].entries()) {
      const longest = one.repeat(16_000);
      expect(await valid.root.http.post(room, { text: longest, clientId: `longest-${index}` })).toMatchObject({
        status: 201,
        body: { text: longest },
      });
      expectProblem(
        await valid.root.http.post(room, { text: longest + one, clientId: `longer-${index}` }),
        400,
        'request/invalid',
      );
    }
  });

  it.each(UNSTORABLE)('that no database keeps are refused everywhere: %j', async (text) => {
    const { http } = valid.root;
    for (const answer of [
      await http.post(room, { text, clientId: 'unstorable' }),
      await http.post(room, { text: 'fine', clientId: `x${text}` }),
      await http.post('/rooms', { name: `x${text}`, preset: 'open' }),
      await http.patch(`/rooms/${valid.lobby}`, { topic: text }),
      await http.patch('/accounts/me', { firstName: text }),
      await w.http.post('/accounts', { username: `x${text}`, password: 'long enough for all' }),
      await w.http.post('/accounts', { username: 'somebody', password: `long enough for all${text}` }),
      await w.http.post('/auth/token', { grant_type: 'password', username: `x${text}`, password: 'whatever' }),
    ])
      expectProblem(answer, 400, 'request/invalid');
    expect(await w.database.query(`SELECT 1 FROM messages WHERE client_id = 'unstorable'`)).toEqual([]);
  });

  it.each(HOSTILE_NAMES)('that only look like a name are none: %j', async (name) => {
    expectProblem(await valid.root.http.post('/rooms', { name, preset: 'open' }), 400, 'request/invalid');
    const account = { username: name, password: 'long enough for all' };
    expectProblem(await w.http.post('/accounts', account), 400, 'request/invalid');
  });

  it.each(['ROOT', 'Root', 'ｒｏｏｔ', 'ℛoot'])(
    'that spell a taken user name otherwise do not make a new one: %s',
    async (username) => {
      expectProblem(
        await w.http.post('/accounts', { username, password: 'long enough for all' }),
        409,
        'account/username-taken',
      );
    },
  );
});

describe('what a request says of its author', () => {
  it('is refused, and the author is whose token it is', async () => {
    for (const forged of [
      { author: { id: 1 } },
      { authorId: 1 },
      { senderId: 1 },
      { seq: 1 },
      { id: 1 },
      { createdAt: '2020-01-01T00:00:00Z' },
      { roomId: 1 },
      { version: 7 },
    ])
      expectProblem(
        await valid.quinn.http.post(room, { text: 'forged', clientId: 'forged', ...forged }),
        400,
        'request/invalid',
      );
    expect((await valid.quinn.http.post(room, { text: 'mine', clientId: 'mine' })).body).toMatchObject({
      author: { id: valid.quinn.id, username: 'quinn' },
    });
    expect(await w.database.query(`SELECT 1 FROM messages WHERE client_id = 'forged'`)).toEqual([]);
  });

  it('gives no role', async () => {
    for (const raised of [
      '{"role":"superuser"}',
      '{"id":1}',
      '{"__proto__":{"role":"superuser"}}',
      '{"constructor":{"prototype":{"role":"superuser"}}}',
      '{"address":"x","isAdmin":true}',
    ])
      expectProblem(
        await valid.quinn.http.patch('/accounts/me', undefined, {
          raw: raised,
          headers: { 'content-type': 'application/json' },
        }),
        400,
        'request/invalid',
      );
    expectProblem(
      await w.http.post('/accounts', { username: 'riser', password: 'long enough for all', role: 'superuser' }),
      400,
      'request/invalid',
    );
    expect((await valid.quinn.http.get('/accounts/me')).body).toMatchObject({ role: 'user' });
  });
});
