import { overEveryTransport, newClientId } from '../support/transports.js';
import { expectProblem, eventually } from '../support/expect.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mallory: Person, mod: Person;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  bob = await w.person('bob');
  mallory = await w.person('mallory');
  mod = await w.person('mod', { role: 'moderator' });
});
afterAll(() => w.close());

async function room(members: Person[], preset = 'private'): Promise<number> {
  const answer = await alice.http.post('/rooms', {
    name: 'vault',
    preset,
    members: members.map((person) => person.id),
  });
  expect(answer.status).toBe(201);
  return answer.body.id as number;
}

const history = async (person: Person, roomId: number, query = '') =>
  (await person.http.get(`/rooms/${roomId}/messages${query}`)).body;
const storedIn = async (roomId: number) =>
  Number(
    (await w.database.query<{ n: number }>('SELECT count(*)::int AS n FROM messages WHERE room_id = $1', [roomId]))[0]!
      .n,
  );

overEveryTransport((t) => {
  it('keeps a message and tells the members, and nobody else', async () => {
    const vault = await room([bob]);
    const [bobHears, malloryHears] = [await bob.socket(), await mallory.socket()];
    const sent = await t.send(alice, vault, { text: 'Добрый вечер! 🫖' });
    expect(sent).toMatchObject({
      ok: true,
      duplicate: false,
      message: { roomId: vault, text: 'Добрый вечер! 🫖', author: { id: alice.id, username: 'alice' }, version: 1 },
    });
    const heard = await bobHears.hears('message.sent', (fact) => fact.roomId === vault);
    expect(heard).toEqual(sent.message);
    expect((await history(bob, vault)).items.at(-1)).toEqual(sent.message);
    await t.send(alice, vault, { text: 'second' });
    await bobHears.hears('message.sent', (fact) => fact.text === 'second');
    expect(malloryHears.of('message.sent').filter((fact) => fact.roomId === vault)).toEqual([]);
    expect(bobHears.of('message.sent').filter((fact) => fact.roomId === vault)).toHaveLength(2);
  });

  it('answers a repeated send with the message kept, and stores it once', async () => {
    const vault = await room([bob]);
    const clientId = newClientId();
    const first = await t.send(alice, vault, { text: 'once', clientId });
    const again = await Promise.all([1, 2, 3].map(() => t.send(alice, vault, { text: 'once', clientId })));
    for (const repeat of again) expect(repeat).toMatchObject({ ok: true, duplicate: true, message: first.message });
    expect(await storedIn(vault)).toBe(1);
  });

  it('stores one of many simultaneous sends with one key', async () => {
    const vault = await room([bob]);
    const clientId = newClientId();
    const all = await Promise.all(
      Array.from({ length: 8 }, () => t.send(alice, vault, { text: 'together', clientId })),
    );
    expect(all.filter((one) => one.ok && !one.duplicate)).toHaveLength(1);
    expect(new Set(all.map((one) => one.message.id)).size).toBe(1);
    expect(await storedIn(vault)).toBe(1);
  });

  it('refuses the same key with another text, room or reply', async () => {
    const vault = await room([bob]);
    const lobby = await room([bob], 'open');
    const clientId = newClientId();
    const { message } = await t.send(alice, vault, { text: 'this', clientId });
    expect(await t.send(alice, vault, { text: 'that', clientId })).toMatchObject({
      ok: false,
      code: 'message/key-reused',
    });
    expect(await t.send(alice, lobby, { text: 'this', clientId })).toMatchObject({
      ok: false,
      code: 'message/key-reused',
    });
    expect(await t.send(alice, vault, { text: 'this', clientId, replyTo: message.id })).toMatchObject({
      ok: false,
      code: 'message/key-reused',
    });
    expect(await t.send(bob, vault, { text: 'that', clientId })).toMatchObject({ ok: true, duplicate: false });
  });

  it('refuses outsiders as if the room did not exist, and stores nothing', async () => {
    const vault = await room([bob]);
    expect(await t.send(mallory, vault, { text: 'let me in' })).toMatchObject({ ok: false, code: 'room/not-found' });
    expect(await t.send(mallory, 4_000_000_000, { text: 'nowhere' })).toMatchObject({
      ok: false,
      code: 'room/not-found',
    });
    expect(await t.send(mod, vault, { text: 'a moderator may' })).toMatchObject({ ok: true });
    expect(await storedIn(vault)).toBe(1);
  });

  it('gives every change of the room the next seq, without holes, in the order of the answers', async () => {
    const vault = await room([bob]);
    const sent = [];
    for (let i = 0; i < 5; i++) sent.push(await t.send(i % 2 ? alice : bob, vault, { text: `number ${i}` }));
    await t.edit(bob, vault, sent[0]!.message.id, 'edited', 1);
    await t.delete(alice, vault, sent[1]!.message.id);
    const log = (await alice.http.get(`/rooms/${vault}/events?after=0&limit=200`)).body;
    expect(log.items.map((event: any) => event.seq)).toEqual(Array.from({ length: log.head }, (_, index) => index + 1));
    const seqs = sent.map((one) => one.message.seq as number);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(log.items.slice(-2).map((event: any) => event.event)).toEqual(['message.edited', 'message.deleted']);
  });

  it('refuses who is signed out, blocked or muted meanwhile, and stores nothing of his', async () => {
    const vault = await room([bob]);
    const carol = await w.person(`carol-${t.name === 'HTTP' ? 1 : 2}`);
    await alice.http.put(`/rooms/${vault}/members/${carol.id}`);
    expect(await t.send(carol, vault, { text: 'before' })).toMatchObject({ ok: true });
    const blocks = (mode: string, roomId: number | null, until: string) =>
      w.database.query(
        `INSERT INTO blocks (account_id, room_id, mode, reason, expires_at) VALUES ($1, $2, $3, 'spam', now() + $4::interval)`,
        [carol.id, roomId, mode, until],
      );
    await blocks('read_only', vault, '-1 second');
    expect(await t.send(carol, vault, { text: 'that block has expired' })).toMatchObject({ ok: true });
    await blocks('mute', vault, '1 hour');
    expect(await t.send(carol, vault, { text: 'muted' })).toMatchObject({
      ok: false,
      code: 'account/blocked',
      problem: { reason: 'spam', expiresAt: expect.any(String), blockId: expect.any(Number) },
    });
    await blocks('full', null, '1 hour');
    expect(await t.send(carol, vault, { text: 'blocked' })).toMatchObject({ ok: false, code: 'auth/session-ended' });
    await w.database.query('UPDATE blocks SET lifted_at = now() WHERE account_id = $1', [carol.id]);
    expect(await t.send(carol, vault, { text: 'lives again' })).toMatchObject({ ok: true });
    for (const change of ['ended_at = now()', `ended_at = NULL, expires_at = now() - interval '1 second'`]) {
      await w.database.query(`UPDATE sessions SET ${change} WHERE account_id = $1`, [carol.id]);
      expect(await t.send(carol, vault, { text: 'signed out' })).toMatchObject({
        ok: false,
        code: 'auth/session-ended',
      });
    }
    expect(await storedIn(vault)).toBe(3);
  });

  it('keeps replies within their room', async () => {
    const vault = await room([bob]);
    const other = await room([bob]);
    const { message } = await t.send(alice, vault, { text: 'question' });
    expect(await t.send(bob, vault, { text: 'answer', replyTo: message.id })).toMatchObject({
      ok: true,
      message: { replyTo: message.id },
    });
    expect(await t.send(bob, other, { text: 'answer', replyTo: message.id })).toMatchObject({
      ok: false,
      code: 'message/not-found',
    });
    expect(await storedIn(other)).toBe(0);
  });

  it('edits own messages by version, and tells the members', async () => {
    const vault = await room([bob]);
    const hears = await bob.socket();
    const { message } = await t.send(alice, vault, { text: 'teh' });
    expect(await t.edit(bob, vault, message.id, 'mine now', 1)).toMatchObject({ ok: false, code: 'message/not-yours' });
    expect(await t.edit(alice, vault, message.id, 'the', 1)).toMatchObject({
      ok: true,
      message: { text: 'the', version: 2, seq: message.seq },
    });
    expect(await t.edit(alice, vault, message.id, 'stale', 1)).toMatchObject({
      ok: false,
      code: 'message/version-stale',
    });
    const fact = await hears.hears('message.edited', (one) => one.roomId === vault);
    expect(fact).toMatchObject({ seq: message.seq + 1, message: { id: message.id, text: 'the', version: 2 } });
    expect(fact.message.editedAt).not.toBeNull();
  });

  it('leaves a tombstone whose text is gone everywhere, and which stays deleted', async () => {
    const vault = await room([bob]);
    const hears = await bob.socket();
    const { message } = await t.send(alice, vault, { text: 'a secret word' });
    expect(await t.delete(bob, vault, message.id)).toMatchObject({ ok: false, code: 'message/not-yours' });
    expect(await t.delete(alice, vault, message.id)).toMatchObject({ ok: true });
    expect(await t.delete(alice, vault, message.id)).toMatchObject({ ok: true });
    expect(await hears.hears('message.deleted', (one) => one.roomId === vault)).toMatchObject({
      messageId: message.id,
      messageSeq: message.seq,
      deletedBy: alice.id,
    });
    expect(await t.edit(alice, vault, message.id, 'back', 1)).toMatchObject({ ok: false, code: 'message/deleted' });
    const seen = await Promise.all(
      [
        `/rooms/${vault}/messages`,
        `/rooms/${vault}/messages/${message.id}`,
        `/rooms/${vault}/events?after=0`,
        '/rooms',
      ].map((path) => bob.http.get(path)),
    );
    for (const answer of seen) expect(answer.text).not.toContain('a secret word');
    expect((await history(bob, vault)).items).toMatchObject([{ id: message.id, text: '' }]);
    expect(hears.of('message.deleted').filter((one) => one.roomId === vault)).toHaveLength(1);
  });

  it('lets moderators delete what others wrote', async () => {
    const vault = await room([bob]);
    const { message } = await t.send(bob, vault, { text: 'rude' });
    expect(await t.delete(mod, vault, message.id)).toMatchObject({ ok: true });
    expect((await history(bob, vault)).items).toMatchObject([{ text: '' }]);
  });

  it('counts unread messages of others, moves the mark only forward, and tells every device', async () => {
    const vault = await room([bob]);
    const second = await bob.socket();
    const sent = [];
    for (const text of ['one', 'two', 'three']) sent.push((await t.send(alice, vault, { text })).message);
    await t.send(bob, vault, { text: 'my own does not count' });
    const unreadOf = async (person: Person) =>
      (await person.http.get('/unread')).body.rooms.find((one: any) => one.roomId === vault)?.unreadCount ?? 0;
    expect(await unreadOf(bob)).toBe(3);
    expect(await unreadOf(alice)).toBe(1);
    expect(await t.markRead(bob, vault, sent[0].seq)).toMatchObject({
      ok: true,
      state: { readSeq: sent[0].seq, unreadCount: 2 },
    });
    await second.hears('read.marked', (fact) => fact.roomId === vault && fact.unreadCount === 2);
    await t.delete(alice, vault, sent[1].id);
    expect(await unreadOf(bob)).toBe(1);
    expect(await t.markRead(bob, vault, 1)).toMatchObject({ ok: true, state: { readSeq: sent[0].seq } });
    expect(await t.markRead(bob, vault, 999_999)).toMatchObject({ ok: true, state: { unreadCount: 0 } });
    expect((await bob.http.put(`/rooms/${vault}/unread`, { seq: sent[2].seq })).body).toMatchObject({
      readSeq: sent[2].seq - 1,
      unreadCount: 1,
    });
    expect(await t.markRead(mallory, vault, 1)).toMatchObject({ ok: false, code: 'room/not-found' });
  });

  it('returns the text as it came, to the byte', async () => {
    const vault = await room([bob]);
    for (const text of [
      ' padded ',
      'e\u0301 is not \u00e9',
      '👩‍👩‍👧 \u202eright to left\u202c',
      'a'.repeat(15_999) + '🫖',
      '<script>alert(1)</script>',
      'a\r\nb\tc',
      '%s $1 \\x41 {"a":1}',
    ]) {
      const sent = await t.send(alice, vault, { text });
      expect(sent.message?.text).toBe(text);
      expect((await history(bob, vault, '?limit=1')).items[0].text).toBe(text);
    }
  });

  it.each([
    ['empty', ''],
    ['blank', ' \n\t '],
    ['too long', 'a'.repeat(16_001)],
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
    ['no text', 7],
  ])('refuses %s text and stores nothing', async (_name, text) => {
    const vault = await room([bob]);
    expect(await t.send(alice, vault, { text })).toMatchObject({
      ok: false,
      code: 'request/invalid',
      problem: { errors: [{ pointer: '#/text' }] },
    });
    expect(await storedIn(vault)).toBe(0);
  });
});

it('pages through the history by seq in every direction', async () => {
  const vault = await room([bob]);
  const seqs: number[] = [];
  for (let i = 0; i < 25; i++)
    seqs.push((await alice.http.post(`/rooms/${vault}/messages`, { text: `n${i}`, clientId: newClientId() })).body.seq);
  const seqsOf = (page: any) => page.items.map((one: any) => one.seq);
  const newest = await history(bob, vault, '?limit=10');
  expect(seqsOf(newest)).toEqual(seqs.slice(15));
  const older = await history(bob, vault, `?limit=10&before=${newest.prev}`);
  expect(seqsOf(older)).toEqual(seqs.slice(5, 15));
  const oldest = await history(bob, vault, `?limit=10&before=${older.prev}`);
  expect(seqsOf(oldest)).toEqual(seqs.slice(0, 5));
  expect(oldest).toMatchObject({ hasMore: false, prev: null });
  const forward = await history(bob, vault, '?limit=20&after=0');
  expect(seqsOf(forward)).toEqual(seqs.slice(0, 20));
  expect(seqsOf(await history(bob, vault, `?limit=20&after=${forward.next}`))).toEqual(seqs.slice(20));
  const around = await history(bob, vault, `?limit=7&around=${seqs[12]}`);
  expect(seqsOf(around)).toEqual(seqs.slice(8, 15).length === 7 ? expect.arrayContaining([seqs[12]]) : []);
  expect(around.items).toHaveLength(7);
  expectProblem(await bob.http.get(`/rooms/${vault}/messages?before=5&after=2`), 400, 'request/invalid');
  expectProblem(await bob.http.get(`/rooms/${vault}/messages?limit=201`), 400, 'request/invalid');
});

it('writes many sends of many people at once, each once and without holes', async () => {
  const vault = await room([bob]);
  await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      (i % 2 ? alice : bob).http.post(`/rooms/${vault}/messages`, { text: `m${i}`, clientId: newClientId() }),
    ),
  );
  const log = await w.database.query<{ seq: number }>(
    'SELECT seq FROM messages WHERE room_id = $1 UNION ALL SELECT seq FROM room_events WHERE room_id = $1 ORDER BY seq',
    [vault],
  );
  expect(log.map((row) => row.seq)).toEqual(Array.from({ length: 202 }, (_, index) => index + 1));
  await eventually(async () => (await storedIn(vault)) === 200);
});

it('does not let one poisonous message fail its neighbours', async () => {
  const vault = await room([bob]);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      (i === 7 ? mallory : alice).http.post(`/rooms/${vault}/messages`, { text: `m${i}`, clientId: newClientId() }),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, (_, i) => (i === 7 ? 404 : 201)));
});
