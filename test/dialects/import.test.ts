import { spawn } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecoyHashes } from '../../src/accounts/decoy.hashes.js';
import { ForeignAccountRepository } from '../../src/accounts/foreign-account.repository.js';
import { isForeignHash } from '../../src/accounts/foreign.hash.js';
import { TokenKey } from '../../src/accounts/token.key.js';
import { CommandMistaken } from '../../src/ops/cli/failures.js';
import { type OlderServer, BLUEPRINTS, OLDER_SERVERS } from '../../src/ops/cli/import/blueprints.js';
import type { Blueprint } from '../../src/ops/cli/import/blueprint.js';
import { demandTables, importEverything } from '../../src/ops/cli/import/importer.js';
import { main } from '../../src/ops/cli/main.js';
import { openPostgres } from '../../src/ops/cli/import/postgres-source.repository.js';
import { openSqlite } from '../../src/ops/cli/import/sqlite.source.js';
import type { Tally } from '../../src/ops/cli/import/tally.js';
import { besedka, ensureBuild, ROOT } from '../ops/besedka-process.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { connectSocket } from '../support/socket.js';
import { type World, world } from '../support/world.js';
import { ChangedFiles, loadDump, sqliteFile } from './older-servers.js';

/** What older servers kept comes over: who can sign in, what was said in which order and when, what is refused, and what a second run does. */

jest.setTimeout(120_000);

const files = new ChangedFiles();
let w: World;
let atom: Awaited<ReturnType<typeof loadDump>>;
let ros: Awaited<ReturnType<typeof loadDump>>;

beforeAll(async () => {
  ensureBuild();
  [w, atom, ros] = [await world({ CHATAPI_TRUSTED: 'true' }), await loadDump('atomchat'), await loadDump('roschat')];
});
afterAll(async () => {
  await w?.close();
  await atom?.drop();
  await ros?.drop();
  files.remove();
});

interface Wishes {
  source?: string;
  merge?: boolean;
}

async function bring(
  server: OlderServer,
  from: string,
  { source: name = server, merge = false }: Wishes = {},
): Promise<Tally> {
  const blueprint: Blueprint = BLUEPRINTS[server];
  const source = await (from.startsWith('postgres') ? openPostgres(from) : openSqlite(from));
  const silent = { begin: () => undefined, done: () => undefined, end: () => undefined };
  try {
    await demandTables(server, blueprint, source);
    return (await importEverything(w.app, blueprint, source, { source: name, merge }, silent)).tally;
  } finally {
    await source.close();
  }
}

const fates = ({ counts }: Tally) =>
  Object.fromEntries(
    Object.entries(counts).map(([kind, { made, merged, known, skipped }]) => [
      kind,
      [made, merged, known, skipped].join(' '),
    ]),
  );

async function signedIn(username: string, password: string): Promise<HttpClient> {
  const { access_token: token } = await w.signIn(username, password);
  return new HttpClient(w.origin, () => token);
}

const hashOf = async (username: string) =>
  (
    await w.database.query<{ password_hash: string | null }>('SELECT password_hash FROM accounts WHERE username = $1', [
      username,
    ])
  )[0]!.password_hash;
const everything = async () =>
  (
    await w.database.query<{ rows: string }>(
      `SELECT concat_ws(' ', (SELECT count(*) FROM accounts), (SELECT count(*) FROM rooms), (SELECT count(*) FROM members),
         (SELECT count(*) FROM messages), (SELECT count(*) FROM room_events), (SELECT count(*) FROM account_events)) AS rows`,
    )
  )[0]!.rows;
const holes = async () =>
  await w.database.query(
    `SELECT r.id FROM rooms r LEFT JOIN (
       SELECT room_id, count(*) AS entries, max(seq) AS head FROM (SELECT room_id, seq FROM messages UNION ALL SELECT room_id, seq FROM room_events) log GROUP BY room_id
     ) log ON log.room_id = r.id
     WHERE (r.last_seq, r.last_seq) IS DISTINCT FROM (coalesce(log.entries, 0), coalesce(log.head, 0))
       OR r.message_count <> (SELECT count(*) FROM messages m WHERE m.room_id = r.id)
       OR r.member_count <> (SELECT count(*) FROM members m WHERE m.room_id = r.id)`,
  );
const django = (password: string, iterations = 1_000) =>
  `pbkdf2_sha256$${iterations}$pepper$${pbkdf2Sync(password, 'pepper', iterations, 32, 'sha256').toString('base64')}`;

describe('the data of every older server', () => {
  it.each<[OlderServer, () => string, Record<string, string>]>([
    [
      'pychat',
      () => sqliteFile('pychat'),
      { accounts: '4 0 0 0', rooms: '0 0 0 0', members: '0 0 0 0', messages: '3 0 0 0' },
    ],
    [
      'chatapi',
      () => sqliteFile('chatapi'),
      { accounts: '3 0 0 0', rooms: '6 0 0 0', members: '8 0 0 0', messages: '0 0 0 0' },
    ],
    ['atomchat', () => atom.url, { accounts: '6 0 0 0', rooms: '3 0 0 0', members: '6 0 0 0', messages: '7 0 0 0' }],
    ['roschat', () => ros.url, { accounts: '3 0 0 0', rooms: '2 0 0 0', members: '1 0 0 0', messages: '1 0 0 0' }],
    [
      'thanchat',
      () => sqliteFile('thanchat'),
      { accounts: '3 0 0 0', rooms: '3 0 0 0', members: '0 0 0 0', messages: '4 0 0 0' },
    ],
  ])('of %s comes over once, and a second run changes nothing', async (server, from, expected) => {
    const first = await bring(server, from());
    expect(fates(first)).toEqual(expected);
    expect(first.skipped).toEqual([]);
    const before = await everything();
    const known = Object.fromEntries(
      Object.entries(expected).map(([kind, text]) => [kind, `0 0 ${text.split(' ')[0]} 0`]),
    );
    expect(fates(await bring(server, from()))).toEqual(known);
    expect(await everything()).toBe(before);
    expect(await holes()).toEqual([]);
  });

  it('signs people in with the passwords they had, once by the old hash and then by ours, through every door', async () => {
    expect(await hashOf('ironman')).toMatch(/^pbkdf2_sha256\$260000\$/);
    expectProblem(
      await w.http.post('/auth/token', { grant_type: 'password', username: 'ironman', password: 'Kraken-7733' }),
      401,
      'auth/credentials-wrong',
    );
    expect(await hashOf('ironman')).toMatch(/^pbkdf2_sha256/);
    const basic = `Basic ${Buffer.from('ironman:Kraken-7732').toString('base64')}`;
    const token = async () =>
      (await fetch(`${w.origin}/chat/token/`, { method: 'POST', headers: { authorization: basic } })).json();
    expect(await token()).toEqual({ token: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
    const ours = await hashOf('ironman');
    expect(ours).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await w.signIn('ironman', 'Kraken-7732');
    expect(await hashOf('ironman')).toBe(ours);
    const form = async (path: string, username: string) => {
      const body = new URLSearchParams({ username, password: 'Kraken-7731' });
      return (await (await fetch(`${w.origin}${path}`, { method: 'POST', body })).json()) as Record<string, string>;
    };
    expect((await form('/api/auth/tokens/', 'modera')).token).toMatch(/^[0-9a-f]{40}$/);
    const { auth_token: tiger } = await form('/userauth/token/login', 'tiger');
    const headers = { authorization: `Token ${tiger}` };
    const rooms = (await (await fetch(`${w.origin}/chatApp/chatRooms/`, { headers })).json()) as {
      id: number;
      name: string;
    }[];
    const lobby = rooms.find(({ name }) => name === 'lobby')!;
    const said = await fetch(`${w.origin}/chatApp/messages/?chat_room_id=${lobby.id}`, { headers });
    expect(((await said.json()) as { message_text: string }[]).map((one) => one.message_text)).toEqual([
      'Message to tiger #1',
      'no join needed',
      'forge',
    ]);
    expect((await form('/api/accounts/login/', 'dan')).token).toMatch(/^[0-9a-f]{40}$/);
    for (const username of ['modera', 'tiger', 'dan']) expect(await hashOf(username)).toMatch(/^\$argon2id\$/);
  });

  it('signs in when two doors are opened at once', async () => {
    const answers = await Promise.all([1, 2].map(() => w.signIn('penguin', 'Kraken-7732')));
    expect(answers.map((answer) => typeof answer.access_token)).toEqual(['string', 'string']);
    expect(await hashOf('penguin')).toMatch(/^\$argon2id\$/);
  });

  it('shows what was said in the order and at the times it had, and counts it as read', async () => {
    const http = await signedIn('cap', 'Kraken-7733');
    expect((await http.get('/rooms')).body.items).toEqual([]);
    const [iron, admin] = [await signedIn('ironman', 'Kraken-7732'), await signedIn('admin', 'Kraken-7731')];
    const [room] = (await iron.get('/rooms')).body.items as { id: number; unreadCount: number; preset: string }[];
    expect(room).toMatchObject({ unreadCount: 0, preset: 'direct' });
    const said = (await admin.get(`/rooms/${room!.id}/messages`)).body.items as {
      text: string;
      createdAt: string;
      author: { username: string };
    }[];
    expect(said.map(({ text, createdAt, author }) => [author.username, text, createdAt])).toEqual([
      ['ironman', 'Привет!', '2026-11-20T14:46:28.523Z'],
      ['admin', 'Привет, Железный Человек!', '2026-11-20T14:46:28.531Z'],
      ['admin', 'Как дела? Снова спасаешь мир?', '2026-11-20T14:46:28.538Z'],
    ]);
    expectProblem(await http.get(`/rooms/${room!.id}/messages`), 404, 'room/not-found');
    const stored = await w.database.query<{ at: string }>(
      `SELECT to_char(created_at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') AS at FROM messages WHERE room_id = $1 ORDER BY seq LIMIT 1`,
      [room!.id],
    );
    expect(stored).toEqual([{ at: '14:46:28.523093' }]);
    const answer = await iron.post(`/rooms/${room!.id}/messages`, { text: 'Как всегда.', clientId: 'a-1' });
    expect([answer.status, answer.body.seq]).toEqual([201, 6]);
  });

  it('becomes rooms with the rules they had: direct, roster, private, closed and open', async () => {
    const rows = await w.database.query<{ room: string }>(
      `SELECT concat_ws(' ', r.preset, nullif(r.name, ''), r.name_key IS NOT NULL, r.capacity, r.member_count, r.message_count) AS room
       FROM rooms r JOIN foreign_ids f ON f.kind = 'room' AND f.id = r.id WHERE r.name <> 'chat_x_kvkr' ORDER BY f.source, r.id`,
    );
    expect(rows.map(({ room }) => room)).toEqual([
      'private Разговоры о погоде_jjna t 3 5',
      'private Соло_jjna t 1 0',
      'direct f 2 2 2',
      'roster chat_1_kvkr t 2 0',
      'roster chat_2_kvkr t 2 0',
      'roster chat_3_kvkr t 1 0',
      'roster chat_n_kvkr t 0 0',
      'roster chat_all_kvkr t 3 0',
      'closed первый f 1 1',
      'closed второй f 0 0',
      'open test chat room 1 f 100 0 0',
      'open open f 1 0 0',
      'open lobby f 2 0 3',
    ]);
    const penguin = await signedIn('penguin', 'Kraken-7732');
    const lobby = ((await penguin.get('/rooms?view=open')).body.items as { id: number; name: string }[]).find(
      ({ name }) => name === 'lobby',
    )!;
    const me = (await penguin.get('/accounts/me')).body as { id: number };
    const join = (password: string) => penguin.post(`/rooms/${lobby.id}/join`, { password });
    expectProblem(await join('chatRoomPassword'), 403, 'room/password-wrong');
    expect((await join('s3cret')).status).toBeLessThan(300);
    expect(me.id).toBeGreaterThan(0);
    const secrets = await w.database.query<{ secret_hash: string }>(
      'SELECT secret_hash FROM rooms WHERE secret_hash IS NOT NULL',
    );
    expect(secrets.every(({ secret_hash: hash }) => hash.startsWith('$argon2id$'))).toBe(true);
  });

  it('makes moderators of those who moderated, superusers of nobody, and blocks whom they had blocked', async () => {
    const rows = await w.database.query<{ username: string; role: string }>(
      `SELECT username, role FROM accounts WHERE role <> 'user'`,
    );
    expect(rows).toEqual([{ username: 'modera', role: 'moderator' }]);
    const blocks = await w.database.query(
      `SELECT a.username, b.mode, b.reason FROM blocks b JOIN accounts a ON a.id = b.account_id`,
    );
    expect(blocks).toEqual([{ username: 'masha_jjna', mode: 'full', reason: 'Not active on atomchat' }]);
    const audit = await w.database.query<{ action: string }>('SELECT action FROM audit_log ORDER BY id');
    expect(audit.map(({ action }) => action)).toEqual(expect.arrayContaining(['role.change', 'block.create']));
  });
});

it('lets a server go on where ChatAPI stopped, with the ids that the import tells', async () => {
  const spoken = await files.change('chatapi', (file) =>
    file.run(
      `INSERT INTO chat_message (text, created_at, author_id, chat_id) VALUES ('first', '2022-02-02 02:02:02.5', 1, 1), ('second', '2022-02-02 02:02:03', 2, 1)`,
    ),
  );
  await bring('chatapi', spoken, { source: 'spoken' });
  const ids = async (kind: string) =>
    Object.fromEntries(
      (
        await w.database.query<{ there: string; here: number }>(
          `SELECT foreign_id AS there, id AS here FROM foreign_ids WHERE source = 'spoken' AND kind = $1`,
          [kind],
        )
      ).map(({ there, here }) => [there, here]),
    ) as Record<string, number>;
  const [people, chats] = [await ids('account'), await ids('room')];
  const ask = async (path: string, body: object) =>
    (await (
      await fetch(`${w.origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json()) as Record<string, unknown>[];
  expect((await ask('/chats/get', { user: people['1'] })).map(({ id, users }) => [id, users])).toEqual([
    [chats['1'], [people['1'], people['2']]],
    [chats['6'], [people['1'], people['2'], people['3']]],
    [chats['3'], [people['1']]],
    [chats['2'], [people['1'], people['3']]],
  ]);
  await ask('/messages/add', { chat: chats['1'], author: people['1'], text: 'third' });
  const said = await ask('/messages/get', { chat: chats['1'] });
  expect(said.map(({ text, author }) => [text, author])).toEqual([
    ['first', people['1']],
    ['second', people['2']],
    ['third', people['1']],
  ]);
  expect(said[0]!.created_at).toBe('2022-02-02T02:02:02.500000Z');
});

describe('a second run', () => {
  it('brings what is new, seats nobody who left, and tells whoever is connected in the order of the log', async () => {
    await w.database.query(
      `DELETE FROM members WHERE account_id = (SELECT id FROM accounts WHERE username = 'ivan_jjna')`,
    );
    await w.database.query(
      `UPDATE rooms SET member_count = (SELECT count(*) FROM members m WHERE m.room_id = rooms.id)`,
    );
    const petya = await w.database.query<{ id: number }>(`SELECT id FROM accounts WHERE username = 'petya_jjna'`);
    await w.database.query('UPDATE accounts SET password_hash = $2 WHERE id = $1', [
      petya[0]!.id,
      django('petya was here'),
    ]);
    const http = await signedIn('petya_jjna', 'petya was here');
    const rooms = (await http.get('/rooms')).body.items as { id: number; name: string }[];
    const weather = rooms.find(({ name }) => name.startsWith('Разговоры'))!;
    await http.post(`/rooms/${weather.id}/messages`, { text: 'свежее', clientId: 'fresh-1' });
    await atom.query(`INSERT INTO chat_message VALUES (8, 'и ещё снег, @petya_jjna', '2026-11-20 15:00:00+00', 1, 1)`);
    const [inside, outside] = [
      await connectSocket(w.origin, { token: (await w.signIn('petya_jjna', 'petya was here')).access_token }),
      await connectSocket(w.origin, { token: (await w.signIn('cap', 'Kraken-7733')).access_token }),
    ];
    await Promise.all([inside, outside].map((socket) => socket.hears('session.ready')));
    const tally = await bring('atomchat', atom.url);
    expect(fates(tally)).toEqual({ accounts: '0 0 6 0', rooms: '0 0 3 0', members: '0 0 6 0', messages: '1 0 7 0' });
    await inside.hears(
      'message.sent',
      ({ text, createdAt }) => text.startsWith('и ещё') && createdAt === '2026-11-20T15:00:00.000Z',
    );
    expect(inside.of('message.sent')).toHaveLength(1);
    expect(outside.heard.map(({ event }) => event).filter((event) => event !== 'session.ready')).toEqual([]);
    for (const socket of [inside, outside]) socket.close();
    const texts = (await http.get(`/rooms/${weather.id}/messages`)).body.items as { text: string; createdAt: string }[];
    expect(texts.slice(-2).map(({ text, createdAt }) => [text, createdAt.slice(11, 16)])).toEqual([
      ['свежее', expect.any(String)],
      ['и ещё снег, @petya_jjna', '15:00'],
    ]);
    const mine = (await http.get('/rooms')).body.items as { id: number; unreadCount: number; mentionCount: number }[];
    expect(mine.find(({ id }) => id === weather.id)).toMatchObject({ unreadCount: 0, mentionCount: 0 });
    expect(await w.database.query('SELECT * FROM mention_work')).toEqual([]);
    const ivan = await w.database.query(
      `SELECT 1 FROM members WHERE account_id = (SELECT id FROM accounts WHERE username = 'ivan_jjna')`,
    );
    expect(ivan).toEqual([]);
    expect(await holes()).toEqual([]);
  });

  it('refuses the database of another server under the same name, and takes it under its own', async () => {
    const other = await files.change('pychat', (file) => {
      file.run(`UPDATE auth_user SET username = 'zoe', date_joined = '2020-01-01 00:00:00' WHERE id = 2`);
      file.run('DELETE FROM auth_user WHERE id > 2');
    });
    const before = await everything();
    await expect(bring('pychat', other)).rejects.toThrow(/database of another server/);
    expect(await everything()).toBe(before);
    expect(fates(await bring('pychat', other, { source: 'pychat-2' })).accounts).toBe('2 0 0 0');
  });
});

describe('collisions', () => {
  it('never end in the account of a stranger, except where the operator says that they are one', async () => {
    const anna = await w.person('anna');
    await w.person('boss', { role: 'moderator' });
    const people = await files.change('pychat', (file) => {
      file.run('DELETE FROM chat_message');
      file.run(
        `UPDATE auth_user SET username = 'Anna', email = 'tiger@example.org', password = '${django('hers alone')}' WHERE id = 1`,
      );
      file.run(`UPDATE auth_user SET username = 'anna' WHERE id = 2`);
      file.run(`UPDATE auth_user SET username = 'boss' WHERE id = 3`);
      file.run(`UPDATE auth_user SET username = ' zero\u200bwidth ', password = 'md5$x$y' WHERE id = 4`);
      file.run(
        `INSERT INTO chat_message (dt, text, sender_id, receiver_id) VALUES ('2021-05-05 05:05:05', 'to both', 1, 2)`,
      );
    });
    const apart = await bring('pychat', people, { source: 'a' });
    expect(fates(apart).accounts).toBe('4 0 0 0');
    const named = async (source: string) =>
      (
        await w.database.query<{ username: string }>(
          `SELECT a.username FROM foreign_ids f JOIN accounts a ON a.id = f.id WHERE f.source = $1 AND f.kind = 'account' ORDER BY f.foreign_id`,
          [source],
        )
      ).map(({ username }) => username);
    expect(await named('a')).toEqual(['Anna-a', 'anna-a-2', 'boss-a', 'zerowidth']);
    expect(apart.changed.map(({ what, count }) => [what.split(',')[0], count])).toEqual([
      ['came without the e-mail address', 1],
      ['came under another name', 4],
      ['was a superuser there; if so here: npx besedka user role <name> superuser', 1],
      ['came without a password', 1],
    ]);
    await w.signIn('anna', anna.password);
    await w.signIn('Anna-a', 'hers alone');
    expectProblem(
      await w.http.post('/auth/token', { grant_type: 'password', username: 'anna', password: 'hers alone' }),
      401,
      'auth/credentials-wrong',
    );
    const listening = await anna.socket();
    await listening.hears('session.ready');
    const merged = await bring('pychat', people, { source: 'b', merge: true });
    await listening.hears('room.added');
    expect(listening.of('message.sent')).toEqual([]);
    expect(fates(merged)).toMatchObject({ accounts: '3 1 0 0', messages: '1 0 0 0' });
    expect(await named('b')).toEqual(['anna', 'anna-b', 'boss-b', 'zerowidth-b']);
    await w.signIn('anna', anna.password);
    const rooms = (await anna.http.get('/rooms')).body.items as { id: number }[];
    expect(rooms).toHaveLength(1);
  });

  it('are told: texts, authors, receivers and rooms that cannot come over', async () => {
    const broken = await files.change('thanchat', (file) => {
      file.run('PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on; DELETE FROM chatApp_message');
      const say = (
        text: string | null,
        room: number | null,
        sender: number,
        person: number | null,
        time: string | null = '2021-01-01 10:00:00',
      ) =>
        file.run(
          'INSERT INTO chatApp_message (message_text, chat_room_receiver_id, sender_id, user_receiver_id, creation_date) VALUES (?, ?, ?, ?, ?)',
          [text, room, sender, person, time],
        );
      say('   ', 3, 1, null);
      say('a'.repeat(16_001), 3, 1, null);
      say('nobody says it', 3, 99, null);
      say('nowhere', 77, 1, null);
      say('to nobody', null, 1, 99);
      say('to no place', null, 1, null);
      say('NUL \0', 3, 1, null);
      say('fine', 3, 1, null);
      say('without a time', 3, 1, null, null);
      say('in a bad time', 3, 1, null, '2021-02-31 10:00:00');
      file.run(`UPDATE chatApp_chatroom SET name = '' WHERE id = 1`);
      file.run(`INSERT INTO chatApp_user_chatroom (chat_room_id, user_id) VALUES (2, 1), (2, 2), (2, 99), (98, 1)`);
      file.run(
        `INSERT INTO chatApp_user_chatroom (chat_room_id, user_id, user_exit_time) VALUES (3, 2, '2021-01-01 10:00:00')`,
      );
    });
    const tally = await bring('thanchat', broken, { source: 'broken' });
    expect(fates(tally)).toEqual({ accounts: '3 0 0 0', rooms: '3 0 0 0', members: '2 0 0 2', messages: '3 0 0 7' });
    expect(tally.skipped.map(({ kind, what, examples }) => [kind, what, ...examples])).toEqual([
      ['messages', 'the text must not be blank', 5],
      ['messages', 'the text must have at most 16000 characters', 6],
      ['messages', 'the author is missing', 7],
      ['messages', 'the room is missing', 8],
      ['messages', 'the receiver is missing', 9, 10],
      ['messages', 'the text must not contain NUL or lone surrogates', 11],
      ['members', 'the account is missing', '2:99'],
      ['members', 'the room is missing', '98:1'],
    ]);
    expect(tally.changed.map(({ what, examples }) => [what.split(',')[0], ...examples])).toEqual(
      expect.arrayContaining([
        ['came under another name', ' → room'],
        ['has more members than its capacity; nobody else comes in', 'open'],
        ['has no time there', 13, 14],
      ]),
    );
    const times = await w.database.query<{ at: Date }>(
      `SELECT created_at AS at FROM messages WHERE client_id LIKE 'import:broken:%'`,
    );
    expect(times.map(({ at }) => at.toISOString())).toEqual(Array(3).fill('2021-01-01T10:00:00.000Z'));
    expect(await holes()).toEqual([]);
  });
});

describe('a hash of another server', () => {
  it.each([
    ['with too many iterations', django('it is right', 2_000_001)],
    ['with no iterations', django('it is right').replace('$1000$', '$0$')],
    ['with a short key', 'pbkdf2_sha256$1000$pepper$AAAA'],
    ['of another kind', 'pbkdf2_sha1$1000$pepper$gFQdq3GKUs2Y0uG4vHmdEBLEJhQ='],
    ['that is none', '!unusable'],
  ])('%s signs nobody in', async (_name, hash) => {
    await w.database.query(
      `INSERT INTO accounts (username, username_key) VALUES ('corrupt', 'corrupt') ON CONFLICT DO NOTHING`,
    );
    await w.database.query(`UPDATE accounts SET password_hash = $1 WHERE username = 'corrupt'`, [hash]);
    expectProblem(
      await w.http.post('/auth/token', { grant_type: 'password', username: 'corrupt', password: 'it is right' }),
      401,
      'auth/credentials-wrong',
    );
    expect(await hashOf('corrupt')).toBe(hash);
  });
});

it('refuses names that nobody has as slowly as accounts, and as often: the time tells nothing', async () => {
  const decoys = async () => {
    const fresh = new DecoyHashes(w.database, w.app.get(ForeignAccountRepository), w.app.get(TokenKey));
    return await Promise.all(Array.from({ length: 400 }, (_, index) => fresh.of(`nobody ${index}`)));
  };
  const iterations = (hash: string | undefined) => hash?.split('$')[1];
  const [first, again] = [await decoys(), await decoys()];
  expect(first.map(iterations)).toEqual(again.map(iterations));
  const [shares] = await w.database.query<{ slow: number; all: number }>(
    `SELECT count(*) FILTER (WHERE password_hash LIKE 'pbkdf2%')::integer AS slow, count(*)::integer AS all FROM accounts WHERE password_hash IS NOT NULL`,
  );
  const slow = first.filter((hash) => hash !== undefined);
  expect(Math.abs(slow.length / first.length - shares!.slow / shares!.all)).toBeLessThan(0.12);
  expect(new Set(slow.map(iterations)).size).toBeGreaterThan(1);
  expect(slow.every((hash) => isForeignHash(hash))).toBe(true);
  await w.database.query('UPDATE accounts SET password_hash = NULL WHERE password_hash LIKE $1', ['pbkdf2%']);
  expect((await decoys()).filter((hash) => hash !== undefined)).toEqual([]);
});

describe('besedka import', () => {
  const run = (...args: string[]) => besedka(['import', ...args], { DATABASE_URL: w.url, DATA_DIR: tmpdir() });

  it('prints what came over, and writes which ids there are which here', async () => {
    const ids = files.path('ids.json');
    const { code, stdout, stderr } = await run(
      'chatapi',
      sqliteFile('chatapi'),
      '--source',
      'cli',
      '--ids',
      ids,
      '--json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'cli',
      accounts: { made: 3 },
      rooms: { made: 6 },
      skippedBecause: [],
    });
    const { accounts, rooms } = JSON.parse(readFileSync(ids, 'utf8')) as {
      accounts: Record<string, number>;
      rooms: Record<string, number>;
    };
    expect([Object.keys(accounts), Object.keys(rooms).length]).toEqual([['1', '2', '3'], 6]);
    const names = await w.database.query<{ username: string }>('SELECT username FROM accounts WHERE id = $1', [
      accounts['1'],
    ]);
    expect(names).toEqual([{ username: 'user_1_kvkr-cli' }]);
  });

  it('refuses what is no such database with exit code 2, says why, and writes nothing', async () => {
    const before = await everything();
    const view = await files.change('pychat', (file) =>
      file.run(
        'ALTER TABLE chat_message RENAME TO old; CREATE VIEW chat_message AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 1 AS sender_id, 1 AS receiver_id, 1 AS dt, 1 AS text FROM n',
      ),
    );
    const damaged = Buffer.from(readFileSync(sqliteFile('pychat')));
    damaged.fill(0xff, 4_096, 60_000);
    const waiting = files.write('wal.sqlite3', readFileSync(sqliteFile('pychat')));
    files.write('wal.sqlite3-wal', 'changes');
    const cases: [string, OlderServer, string, RegExp][] = [
      ['no file', 'pychat', files.path('nowhere'), /There is no file/],
      ['a text', 'pychat', files.write('a.txt', 'hello'), /is no SQLite file/],
      ['an empty file', 'pychat', files.write('empty', ''), /is no SQLite file/],
      ['a directory', 'pychat', tmpdir(), /There is no file/],
      [
        'another server',
        'roschat',
        sqliteFile('pychat'),
        /no database of roschat: it has no table accounts_customuser/,
      ],
      ['a column that is missing', 'chatapi', sqliteFile('pychat'), /it has no table chat_user/],
      ['a view without end', 'pychat', view, /it has no table chat_message/],
      ['a damaged file', 'pychat', files.write('damaged', damaged), /is damaged/],
      ['what another server still writes', 'pychat', waiting, /Stop the other server first/],
    ];
    for (const [, server, from, why] of cases) await expect(bring(server, from)).rejects.toThrow(why);
    await expect(bring('pychat', files.path('nowhere'))).rejects.toBeInstanceOf(CommandMistaken);
    expect(await run('pychat', files.path('nowhere'))).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('There is no file') as string,
    });
    await expect(bring('thanchat', ros.url)).rejects.toThrow(/no table userauth_user. Nothing was written/);
    await expect(bring('pychat', 'postgres://nobody@127.0.0.1:1/none')).rejects.toThrow(/was not reached/);
    expect(await everything()).toBe(before);
  });

  it('goes on where a run of 20 000 messages was killed, and doubles nothing', async () => {
    const many = await files.change('pychat', (file) =>
      file.run(`DELETE FROM chat_message; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO chat_message (id, dt, text, sender_id, receiver_id)
        SELECT i, strftime('%Y-%m-%d %H:%M:%S', 1500000000 + i, 'unixepoch') || '.000123', 'message @cap ' || i, 1 + i % 4, 1 + (i / 4) % 4 FROM n`),
    );
    const stored = async () =>
      (
        await w.database.query<{ count: number }>(
          `SELECT count(*)::integer AS count FROM messages WHERE client_id LIKE 'import:many:%'`,
        )
      )[0]!.count;
    const child = spawn(
      process.execPath,
      [join(ROOT, 'bin/besedka.mjs'), 'import', 'pychat', many, '--source', 'many'],
      {
        cwd: tmpdir(),
        env: { PATH: process.env.PATH, DATABASE_URL: w.url },
        stdio: 'ignore',
      },
    );
    const ended = new Promise((done) => child.once('close', done));
    await eventually(async () => (await stored()) > 0 || child.exitCode !== null, 'the first messages', 60_000);
    child.kill('SIGKILL');
    await ended;
    const half = await stored();
    expect(half % 500).toBe(0);
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(20_000);
    const { code, stdout } = await run('pychat', many, '--source', 'many');
    const [, made, known, skipped] = /^messages +(\d+) +0 +(\d+) +(\d+)$/m.exec(stdout)!.map(Number);
    expect({ code, made, known, skipped }).toEqual({ code: 0, made: 20_000 - half, known: half, skipped: 0 });
    expect(stdout).toMatch(/^from many +new +merged +known +skipped\naccounts +0 +0 +4 +0\n/);
    expect(stdout).toMatch(/^\d+ messages a second\.$/m);
    const order = await w.database.query<{ wrong: number }>(
      `SELECT count(*)::integer AS wrong FROM (
         SELECT split_part(client_id, ':', 3)::integer AS there, created_at, lag(split_part(client_id, ':', 3)::integer) OVER by_seq AS before,
           row_number() OVER (ORDER BY id) AS place
         FROM messages WHERE client_id LIKE 'import:many:%' WINDOW by_seq AS (PARTITION BY room_id ORDER BY seq)
       ) m WHERE before >= there OR place <> there OR created_at <> to_timestamp(1500000000 + there) + interval '123 microseconds'`,
    );
    expect(order).toEqual([{ wrong: 0 }]);
    expect(await stored()).toBe(20_000);
    expect(await w.database.query('SELECT 1 FROM mention_work LIMIT 1')).toEqual([]);
    expect(await holes()).toEqual([]);
  });
});

describe('the guides', () => {
  const guide = (server: OlderServer) => readFileSync(join(ROOT, `docs/guides/coming-from-${server}.md`), 'utf8');
  const ofGuides = { DATABASE_URL: '', DATA_DIR: tmpdir(), BESEDKA_LOG_LEVEL: 'silent' };
  const before = Object.fromEntries(Object.keys(ofGuides).map((name) => [name, process.env[name]]));

  beforeAll(() => void Object.assign(process.env, { ...ofGuides, DATABASE_URL: w.url }));
  afterAll(() => {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  it.each(OLDER_SERVERS)('of %s gives a command that imports', async (server) => {
    const [, command] = /^npx besedka (import .+)$/m.exec(guide(server))!;
    const places: Record<string, string> = {
      './db.sqlite3': sqliteFile(server),
      'ids.json': files.path('guide.json'),
      [`postgres://reader:secret@127.0.0.1:5432/${server}`]: server === 'atomchat' ? atom.url : ros.url,
    };
    const written: string[] = [];
    const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    await main(['node', 'besedka', ...command!.split(' ').map((word) => places[word] ?? word), '--json']).finally(() =>
      stdout.mockRestore(),
    );
    const told = JSON.parse(written.join('')) as { source: string; accounts: { made: number; known: number } };
    expect(told).toMatchObject({ source: server, accounts: { made: 0, known: expect.any(Number) as number } });
    expect(told.accounts.known).toBeGreaterThan(0);
  });

  it('are there for every older server and for no other', () => {
    const there = readdirSync(join(ROOT, 'docs/guides')).filter((file) => file.startsWith('coming-from-'));
    expect(there.sort()).toEqual(OLDER_SERVERS.map((server) => `coming-from-${server}.md`).sort());
  });
});
