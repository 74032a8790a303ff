import { AccountsService } from '../../src/accounts/accounts.service.js';
import { PasswordsService } from '../../src/accounts/passwords.service.js';
import { RolesService } from '../../src/accounts/roles.service.js';
import { SetupLinks } from '../../src/accounts/setup-links.service.js';
import type { Answer } from '../support/http.js';
import { eventually, expectProblem } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';

const PASSWORD = 'correct horse battery staple';
/** Of locks: those in the database of this test. */
const HERE = `database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
let w: World;
let alice: Person;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
});
afterAll(() => w.close());

/** The pointer and message of the only mistake in a refused request. */
function onlyMistake(answer: Answer): string {
  const { errors = [] } = expectProblem(answer, 400, 'request/invalid');
  expect(errors).toHaveLength(1);
  return `${errors[0]!.pointer} ${errors[0]!.message}`;
}

const statusesOf = (answers: Answer[]) => answers.map((answer) => answer.status).sort((a, b) => a - b);

const roleOf = async (username: string) =>
  (await w.database.query<{ role: string }>('SELECT role FROM accounts WHERE username = $1', [username]))[0]?.role;

describe('Registering', () => {
  it('answers the own view and lets the person sign in', async () => {
    const person = {
      username: 'bob',
      email: 'Bob@Example.org',
      firstName: 'Боб',
      lastName: 'Марли',
      phone: '+7 900',
      address: 'Кингстон,\nЯмайка',
    };
    const answer = await w.http.post('/accounts', { ...person, password: PASSWORD });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.any(Number),
      ...person,
      role: 'user',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await w.signIn('bob', PASSWORD)).toMatchObject({ token_type: 'bearer' });
  });

  it('keeps only an argon2id hash of the password', async () => {
    const [row] = await w.database.query<{ row: string; hash: string }>(
      `SELECT a::text AS row, password_hash AS hash FROM accounts a WHERE username = 'alice'`,
    );
    expect(row!.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(row!.row).not.toContain(alice.password);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no user name', { username: undefined }, '#/username must be a string'],
    ['a number for a user name', { username: 17 }, '#/username must be a string'],
    ['an object for a user name', { username: { $ne: '' } }, '#/username must be a string'],
    ['an empty user name', { username: '' }, '#/username must not be empty'],
    ['a user name of 65 characters', { username: 'x'.repeat(65) }, '#/username must have at most 64 characters'],
    ['a blank at the end of a user name', { username: 'alice ' }, '#/username must not begin or end with a blank'],
    [
      'a zero-width character in a user name',
      { username: 'ali\u200bce' },
      '#/username must not contain control or invisible characters',
    ],
    [
      'a bidirectional override in a user name',
      { username: 'ali\u202ece' },
      '#/username must not contain control or invisible characters',
    ],
    ['NUL in a user name', { username: 'ali\0ce' }, '#/username must not contain NUL or lone surrogates'],
    [
      'a lone surrogate in a user name',
      { username: 'ali\ud800ce' },
      '#/username must not contain NUL or lone surrogates',
    ],
    ['no password', { password: undefined }, '#/password must be a string'],
    ['null for a password', { password: null }, '#/password must be a string'],
    ['a password of 7 characters', { password: '1234567' }, '#/password must have at least 8 characters'],
    ['a password of 257 characters', { password: 'x'.repeat(257) }, '#/password must have at most 256 characters'],
    [
      'a lone surrogate in a password',
      { password: '12345678\udc00' },
      '#/password must not contain NUL or lone surrogates',
    ],
    ['an e-mail address that is none', { email: 'alice' }, '#/email must be an e-mail address'],
    ['null for an e-mail address', { email: null }, '#/email must be a string'],
    ['a list for a first name', { firstName: ['a'] }, '#/firstName must be a string'],
    ['null for a phone', { phone: null }, '#/phone must be a string'],
    ['a role', { role: 'superuser' }, '#/role is not a known field'],
    ['an id', { id: 1 }, '#/id is not a known field'],
    ['a ready hash', { passwordHash: 'x' }, '#/passwordHash is not a known field'],
  ])('refuses %s', async (_what, change, mistake) => {
    expect(onlyMistake(await w.http.post('/accounts', { username: 'mallory', password: PASSWORD, ...change }))).toBe(
      mistake,
    );
    expect(await roleOf('mallory')).toBeUndefined();
  });

  it.each([
    '{"username":"mallory","password":"12345678","__proto__":{"role":"superuser"}}',
    '{"username":"mallory","password":"12345678","constructor":{"prototype":{"role":"superuser"}}}',
  ])('refuses the poisoned body %s', async (raw) => {
    expectProblem(await w.http.post('/accounts', undefined, { raw }), 400, 'request/invalid');
    expect(await roleOf('mallory')).toBeUndefined();
    expect(({} as { role?: string }).role).toBeUndefined();
  });

  it('refuses what is not an object', async () => {
    for (const raw of ['[]', '"alice"', '17', 'null', 'true'])
      expectProblem(await w.http.post('/accounts', undefined, { raw }), 400, 'request/invalid');
    expectProblem(await w.http.post('/accounts', undefined, { raw: '{' }), 400, 'request/malformed');
    expectProblem(await w.http.post('/accounts'), 400, 'request/invalid');
  });

  it('counts characters, not their bytes', async () => {
    const longest = '🐧'.repeat(64);
    expect((await w.http.post('/accounts', { username: longest, password: '🔑'.repeat(256) })).body).toMatchObject({
      username: longest,
    });
    expect(onlyMistake(await w.http.post('/accounts', { username: `${longest}🐧`, password: PASSWORD }))).toBe(
      '#/username must have at most 64 characters',
    );
    expect(onlyMistake(await w.http.post('/accounts', { username: 'mallory', password: '🔑'.repeat(7) }))).toBe(
      '#/password must have at least 8 characters',
    );
  });

  it.each(['ALICE', 'ａｌｉｃｅ', 'Ａlice'])('refuses %s beside alice', async (username) => {
    expectProblem(await w.http.post('/accounts', { username, password: PASSWORD }), 409, 'account/username-taken');
  });

  it('knows letter case and composed letters in every alphabet', async () => {
    expect((await w.http.post('/accounts', { username: 'Йёлка', password: PASSWORD })).status).toBe(201);
    for (const username of ['йЁЛКА', 'Йёлка'.normalize('NFD')])
      expectProblem(await w.http.post('/accounts', { username, password: PASSWORD }), 409, 'account/username-taken');
    expect(await w.signIn('ЙЁЛКА', PASSWORD)).toBeTruthy();
  });

  it('takes a password in whichever way a keyboard composes its letters', async () => {
    await w.http.post('/accounts', { username: 'composer', password: 'пароль с й'.normalize('NFD') });
    expect(await w.signIn('composer', 'пароль с й'.normalize('NFC'))).toBeTruthy();
  });

  it('refuses an e-mail address that is registered in another spelling, without a word about whose it is', async () => {
    await w.http.post('/accounts', { username: 'carol', email: 'Carol@Example.org', password: PASSWORD });
    const problem = expectProblem(
      await w.http.post('/accounts', { username: 'mallory', email: 'CAROL@example.org', password: PASSWORD }),
      409,
      'account/email-taken',
    );
    expect(JSON.stringify(problem)).not.toMatch(/carol/i);
  });

  it('gives a name to one of those who ask for it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        w.http.post('/accounts', { username: 'dave', email: 'dave@example.org', password: PASSWORD }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    for (const answer of answers.filter((one) => one.status !== 201))
      expectProblem(answer, 409, 'account/username-taken');
  });
});

describe('One’s own account', () => {
  it('changes what is given and keeps the rest', async () => {
    const erin = await w.person('erin');
    const before = (await erin.http.get('/accounts/me')).body;
    expect(before).toMatchObject({ id: erin.id, username: 'erin', email: null, firstName: '', role: 'user' });

    const changes = {
      email: 'Erin@example.org',
      firstName: 'Эрин',
      lastName: 'Б',
      phone: '123',
      address: 'Дублин\nул. 1',
    };
    for (const [field, value] of Object.entries(changes))
      expect((await erin.http.patch('/accounts/me', { [field]: value })).body).toMatchObject({ [field]: value });
    const after = await erin.http.get('/accounts/me');
    expect(after.body).toEqual({ ...before, ...changes });
    expect((await erin.http.patch('/accounts/me', {})).body).toEqual(after.body);
    expect((await erin.http.patch('/accounts/me', { email: null, phone: '' })).body).toEqual({
      ...after.body,
      email: null,
      phone: '',
    });

    const events = await w.database.query<{ kind: string; seq: number }>(
      'SELECT kind, seq FROM account_events WHERE account_id = $1 ORDER BY seq',
      [erin.id],
    );
    expect(events).toEqual(Array.from({ length: 6 }, (_, index) => ({ kind: 'account.changed', seq: index + 1 })));
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a role', { role: 'superuser' }, '#/role is not a known field'],
    ['a user name', { username: 'root' }, '#/username is not a known field'],
    ['a password', { password: PASSWORD }, '#/password is not a known field'],
    ['an id', { id: 1 }, '#/id is not a known field'],
    ['null for a first name', { firstName: null }, '#/firstName must be a string'],
    ['an invisible last name', { lastName: 'a\u2066' }, '#/lastName must not contain control or invisible characters'],
    ['a number for an e-mail address', { email: 5 }, '#/email must be a string'],
    ['an address that is too long', { address: 'x'.repeat(257) }, '#/address must have at most 256 characters'],
  ])('refuses %s', async (_what, change, mistake) => {
    const before = (await alice.http.get('/accounts/me')).body;
    expect(onlyMistake(await alice.http.patch('/accounts/me', change))).toBe(mistake);
    expect((await alice.http.get('/accounts/me')).body).toEqual(before);
  });

  it('refuses the e-mail address of another, also to those who take one at once', async () => {
    const people = await Promise.all(['frank', 'grace', 'heidi'].map((name) => w.person(name)));
    const answers = await Promise.all(
      people.map((person) => person.http.patch('/accounts/me', { email: 'shared@example.org' })),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    for (const answer of answers.filter((one) => one.status !== 200)) expectProblem(answer, 409, 'account/email-taken');
  });
});

describe('Other people', () => {
  it('are seen by their public profile only', async () => {
    const ivan = await w.person('ivan');
    await ivan.http.patch('/accounts/me', { email: 'ivan@example.org', phone: '1', address: 'x', firstName: 'Иван' });
    const seen = { id: ivan.id, username: 'ivan', firstName: 'Иван', lastName: '' };
    expect((await alice.http.get(`/accounts/${ivan.id}`)).body).toEqual(seen);
    expect((await alice.http.get('/accounts?query=ivan')).body).toEqual({
      items: [seen],
      hasMore: false,
      next: null,
      prev: null,
    });
  });

  it('are not found under an id that nobody has', async () => {
    expectProblem(await alice.http.get('/accounts/9007199254740991'), 404, 'account/not-found');
  });

  it.each(['0', '01', '-1', '1e3', '0x10', '1.0', '9007199254740992', '99999999999999999999', 'you', '%00', '1%20'])(
    'are not asked for by the id %s',
    async (id) => {
      expectProblem(await alice.http.get(`/accounts/${id}`), 400, 'request/invalid');
    },
  );

  it('are found by the beginning of any of their names, in any letter case', async () => {
    const judy = await w.person('judy_50%');
    await judy.http.patch('/accounts/me', { firstName: 'Ювента', lastName: 'Ёжикова' });
    const found = async (query: string) =>
      (
        (await alice.http.get(`/accounts?query=${encodeURIComponent(query)}`)).body as { items: { username: string }[] }
      ).items.map((one) => one.username);
    for (const query of ['judy', 'JUDY_50%', 'юв', 'ЮВЕНТА', 'ёжик', 'ЁЖИКОВА', 'Ёжикова'.normalize('NFD')])
      expect(await found(query)).toEqual(['judy_50%']);
    for (const query of ['udy', 'judyx50', 'judy%', 'вента', 'j_dy', '\\', '%', '_', `'`, `judy' --`])
      expect(await found(query)).toEqual([]);
  });

  it('are listed page by page, each once, by user name', async () => {
    const names = ['🐤', '🐥', '🦆', '🐦', '🐧'].map((bird) => `птица ${bird.repeat(50)}`);
    for (const username of names) await w.http.post('/accounts', { username, password: PASSWORD });
    const seen: string[] = [];
    for (let cursor = '', pages = 0; pages < 10; pages++) {
      const { body } = await alice.http.get(`/accounts?limit=2&query=${encodeURIComponent('ПТИЦА')}${cursor}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      expect(body.hasMore).toBe(body.next !== null);
      seen.push(...body.items.map((one: { username: string }) => one.username));
      if (!body.next) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(new Set(names));
    const all = (await alice.http.get('/accounts?limit=200')).body.items.map(
      (one: { username: string }) => one.username,
    );
    expect(all).toEqual(expect.arrayContaining([...names, 'alice', 'bob']));
    expect(seen).toEqual(all.filter((name: string) => name.startsWith('птица')));
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=1.5',
    'cursor=',
    'cursor=!',
    'cursor=e30',
    'cursor=IngiOjF9',
    'cursor=LTE',
    'query=',
    'query=%20',
    `query=${'x'.repeat(65)}`,
    'query=a&query=b',
    'query[$ne]=a',
    'offset=1',
  ])('are not listed by %s', async (query) => {
    expectProblem(await alice.http.get(`/accounts?${query}`), 400, 'request/invalid');
  });

  it('are hidden from strangers', async () => {
    for (const path of ['/accounts', '/accounts/me', `/accounts/${alice.id}`]) {
      const answer = await w.http.get(path);
      expectProblem(answer, 401, 'auth/required');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expectProblem(await w.http.patch('/accounts/me', {}), 401, 'auth/required');
    expectProblem(await w.http.put('/accounts/me/password', {}), 401, 'auth/required');
    expectProblem(await w.http.put(`/accounts/${alice.id}/role`, { role: 'superuser' }), 401, 'auth/required');
  });
});

describe('A role', () => {
  let ranks: World;
  let root: Person;
  let nick: Person;
  beforeAll(async () => {
    ranks = await world();
    root = await ranks.person('root', { role: 'superuser' });
    nick = await ranks.person('nick');
  });
  afterAll(() => ranks.close());

  const isNow = async (person: Person) =>
    (await ranks.database.query<{ role: string }>('SELECT role FROM accounts WHERE id = $1', [person.id]))[0]!.role;
  const grant = (by: Person, whom: Person, role: string) => by.http.put(`/accounts/${whom.id}/role`, { role });
  const superusers = async (...people: Person[]) => {
    await ranks.database.query(
      `UPDATE accounts SET role = CASE WHEN id = ANY ($1::bigint[]) THEN 'superuser' ELSE 'user' END`,
      [people.map((one) => one.id)],
    );
  };

  it('is granted by superusers only', async () => {
    const mod = await ranks.person('mod', { role: 'moderator' });
    for (const person of [nick, mod]) {
      expectProblem(await grant(person, person, 'superuser'), 403, 'role/insufficient');
      expectProblem(await grant(person, root, 'user'), 403, 'role/insufficient');
    }
    expectProblem(await grant(nick, nick, 'a role that is none'), 403, 'role/insufficient');
    expect(await isNow(nick)).toBe('user');
    expect((await grant(root, nick, 'moderator')).body).toEqual({
      id: nick.id,
      username: 'nick',
      firstName: '',
      lastName: '',
      role: 'moderator',
    });
    expect((await nick.http.get('/accounts/me')).body).toMatchObject({ role: 'moderator' });
    const events = await ranks.database.query('SELECT kind, data FROM account_events WHERE account_id = $1', [nick.id]);
    expect(events).toEqual([{ kind: 'role.changed', data: { role: 'moderator' } }]);
  });

  it('holds from the next request on, both ways, with the tokens that are there', async () => {
    await superusers(root);
    expectProblem(await grant(nick, nick, 'user'), 403, 'role/insufficient');
    await grant(root, nick, 'superuser');
    expect((await grant(nick, nick, 'superuser')).status).toBe(200);
    await grant(root, nick, 'user');
    expectProblem(await grant(nick, nick, 'user'), 403, 'role/insufficient');
  });

  it('is one of three and goes to somebody', async () => {
    await superusers(root);
    for (const role of ['admin', '', null, 3, ['user'], undefined])
      expectProblem(await root.http.put(`/accounts/${nick.id}/role`, { role }), 400, 'request/invalid');
    expectProblem(
      await root.http.put(`/accounts/${nick.id}/role`, { role: 'user', id: root.id }),
      400,
      'request/invalid',
    );
    expectProblem(await root.http.put('/accounts/999999/role', { role: 'user' }), 404, 'account/not-found');
    expectProblem(await root.http.put('/accounts/me/role', { role: 'user' }), 400, 'request/invalid');
  });

  it('stays with the last superuser', async () => {
    await superusers(root);
    expectProblem(await grant(root, root, 'user'), 409, 'account/last-superuser');
    expectProblem(await grant(root, root, 'moderator'), 409, 'account/last-superuser');
    expect((await grant(root, root, 'superuser')).status).toBe(200);
    await expect(ranks.app.get(RolesService).change('operator', root.id, 'user')).rejects.toMatchObject({
      code: 'account/last-superuser',
    });
    expect(await isNow(root)).toBe('superuser');
  });

  it('stays with one of two superusers who demote each other at once', async () => {
    for (let round = 0; round < 10; round++) {
      await superusers(root, nick);
      const answers = await Promise.all([grant(root, nick, 'user'), grant(nick, root, 'user')]);
      expect(statusesOf(answers)).toEqual([200, 403]);
      expect([await isNow(root), await isNow(nick)].sort()).toEqual(['superuser', 'user']);
    }
  });

  it('stays with one of several superusers who resign at once', async () => {
    const olga = await ranks.person('olga');
    for (let round = 0; round < 10; round++) {
      const people = [root, nick, olga];
      await superusers(...people);
      const answers = await Promise.all(people.map((person) => grant(person, person, 'user')));
      expect(statusesOf(answers)).toEqual([200, 200, 409]);
      expect((await Promise.all(people.map(isNow))).filter((role) => role === 'superuser')).toHaveLength(1);
    }
  });

  it('stays with the last superuser who is not blocked', async () => {
    await superusers(root, nick);
    await ranks.database.query(`INSERT INTO blocks (account_id, mode, reason) VALUES ($1, 'full', 'holiday')`, [
      nick.id,
    ]);
    expectProblem(await grant(root, root, 'user'), 409, 'account/last-superuser');
    await ranks.database.query('UPDATE blocks SET lifted_at = now()');
    expect((await grant(root, root, 'user')).status).toBe(200);
  });

  it('is given by the operator too, who also makes accounts, sets passwords and lists everybody', async () => {
    const accounts = ranks.app.get(AccountsService);
    const peggy = await accounts.create({ username: 'peggy', password: PASSWORD, role: 'moderator' });
    expect(peggy).toMatchObject({ role: 'moderator' });
    await ranks.app.get(RolesService).change('operator', peggy.id, 'superuser');
    expect(await accounts.idOf('PEGGY')).toBe(peggy.id);

    const session = await ranks.signIn('peggy', PASSWORD);
    await ranks.app.get(PasswordsService).set(peggy.id, 'another long password');
    expectProblem(
      await ranks.http.get('/accounts/me', { headers: { authorization: `Bearer ${session.access_token}` } }),
      401,
      'auth/session-ended',
    );
    expect(await ranks.signIn('peggy', 'another long password')).toBeTruthy();

    const listed: unknown[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await accounts.list({ limit: 2, ...(cursor ? { cursor } : {}) });
      listed.push(...page.items.map((one) => one.username));
      if (!page.next) break;
      cursor = page.next;
    }
    expect(listed).toEqual(['root', 'nick', 'mod', 'olga', 'peggy']);

    await expect(accounts.create({ username: 'x', password: 'short' })).rejects.toMatchObject({
      code: 'request/invalid',
    });
    await expect(accounts.create({ username: 'a\u200b', password: PASSWORD })).rejects.toMatchObject({
      code: 'request/invalid',
    });
    await expect(accounts.create({ username: 'x', password: PASSWORD, email: 'x' })).rejects.toMatchObject({
      code: 'request/invalid',
    });
    await expect(accounts.create({ username: 'Peggy', password: PASSWORD })).rejects.toMatchObject({
      code: 'account/username-taken',
    });
    await expect(ranks.app.get(PasswordsService).set(999_999, PASSWORD)).rejects.toMatchObject({
      code: 'account/not-found',
    });
    await expect(ranks.app.get(PasswordsService).set(peggy.id, 'short')).rejects.toMatchObject({
      code: 'request/invalid',
    });
    await expect(accounts.idOf('nobody')).rejects.toMatchObject({ code: 'account/not-found' });
  });
});

describe('The setup link', () => {
  let fresh: World;
  let links: SetupLinks;
  beforeAll(async () => {
    fresh = await world({ BESEDKA_REGISTRATION: 'closed' });
    links = fresh.app.get(SetupLinks);
  });
  afterAll(() => fresh.close());
  beforeEach(() => fresh.database.query(`UPDATE accounts SET role = 'user'`));

  const setUp = (token: string | undefined, username: string, change: object = {}) =>
    fresh.http.post('/auth/setup', { token, username, password: PASSWORD, ...change });

  it('makes the first superuser once, also while registration is closed', async () => {
    const token = await links.create();
    const answer = await setUp(token, 'root', { email: 'root@example.org' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ username: 'root', email: 'root@example.org', role: 'superuser' });
    expect(await fresh.signIn('root', PASSWORD)).toBeTruthy();
    expectProblem(await setUp(token, 'root-2'), 404, 'auth/setup-link-invalid');
    expect(await links.create()).toBeUndefined();
  });

  it('is gone after use even when the superuser is gone', async () => {
    const token = await links.create();
    expect((await setUp(token, 'once')).status).toBe(201);
    await fresh.database.query(`UPDATE accounts SET role = 'user'`);
    expectProblem(await setUp(token, 'twice'), 404, 'auth/setup-link-invalid');
  });

  it('lives for half an hour', async () => {
    const token = await links.create();
    const [link] = await fresh.database.query<{ minutes: number }>(
      'SELECT extract(epoch FROM expires_at - now()) / 60 AS minutes FROM setup_links',
    );
    expect(Number(link!.minutes)).toBeGreaterThan(29);
    expect(Number(link!.minutes)).toBeLessThanOrEqual(30);
    await fresh.database.query(`UPDATE setup_links SET expires_at = now() - interval '1 second'`);
    expectProblem(await setUp(token, 'late'), 404, 'auth/setup-link-invalid');
  });

  it('dies when a newer one is made', async () => {
    const older = await links.create();
    const newer = await links.create();
    expectProblem(await setUp(older, 'elder'), 404, 'auth/setup-link-invalid');
    expect((await setUp(newer, 'younger')).status).toBe(201);
  });

  it('is dead when a superuser has come another way', async () => {
    const token = await links.create();
    await fresh.app.get(AccountsService).create({ username: 'by hand', password: PASSWORD, role: 'superuser' });
    expectProblem(await setUp(token, 'too late'), 404, 'auth/setup-link-invalid');
  });

  it('survives a refused user name or password', async () => {
    await fresh.app.get(AccountsService).create({ username: 'taken', password: PASSWORD, email: 'taken@example.org' });
    const token = await links.create();
    expectProblem(await setUp(token, 'TAKEN'), 409, 'account/username-taken');
    expectProblem(await setUp(token, 'free', { email: 'taken@example.org' }), 409, 'account/email-taken');
    expectProblem(await setUp(token, 'free', { password: 'short' }), 400, 'request/invalid');
    expectProblem(await setUp(token, 'free', { role: 'superuser' }), 400, 'request/invalid');
    expect((await setUp(token, 'free')).status).toBe(201);
  });

  it('is not guessed', async () => {
    await links.create();
    expectProblem(await setUp('x'.repeat(43), 'mallory'), 404, 'auth/setup-link-invalid');
    expectProblem(await setUp(undefined, 'mallory'), 400, 'request/invalid');
    const [row] = await fresh.database.query<{ hash: Buffer }>('SELECT hash FROM setup_links');
    expectProblem(await setUp(row!.hash.toString('base64url'), 'mallory'), 404, 'auth/setup-link-invalid');
  });

  it('makes one superuser when several use it at once', async () => {
    for (let round = 0; round < 3; round++) {
      await fresh.database.query(`UPDATE accounts SET role = 'user'`);
      const token = await links.create();
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => setUp(token, `${name}${round}`)));
      expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
      for (const answer of answers.filter((one) => one.status !== 201))
        expectProblem(answer, 404, 'auth/setup-link-invalid');
      expect(await fresh.database.query(`SELECT 1 FROM accounts WHERE role = 'superuser'`)).toHaveLength(1);
    }
  });

  it('waits for whoever makes a superuser at this moment, and is dead then', async () => {
    const token = await links.create();
    const runner = fresh.database.source.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query(`SELECT pg_advisory_xact_lock(${0x6265}, 1)`);
    const setting = setUp(token, 'second');
    await eventually(
      async () =>
        (await fresh.database.query(`SELECT 1 FROM pg_locks WHERE ${HERE} AND locktype = 'advisory' AND NOT granted`))
          .length > 0,
      'the setup to wait',
    );
    await runner.query(
      `INSERT INTO accounts (username, username_key, role) VALUES ('the first', 'the first', 'superuser')`,
    );
    await runner.query('COMMIT');
    await runner.release();
    expectProblem(await setting, 404, 'auth/setup-link-invalid');
  });

  it('leaves registration closed', async () => {
    expectProblem(
      await fresh.http.post('/accounts', { username: 'mallory', password: PASSWORD }),
      403,
      'account/registration-closed',
    );
  });
});
