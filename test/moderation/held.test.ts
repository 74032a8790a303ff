import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MessageScreens } from '../../src/messaging/message-screens.js';
import { FilterScreen } from '../../src/moderation/filters/filter.screen.js';
import { FilterSet } from '../../src/moderation/filters/filter-set.js';
import { FlaggedMessages } from '../../src/moderation/filters/flagged-messages.service.js';
import { Problem } from '../../src/platform/problems.js';
import { eventually, expectProblem } from '../support/expect.js';
import { secondNode } from '../support/second-node.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

let w: World;
let alice: Person, bob: Person, mod: Person, mona: Person, root: Person;
let his: ListeningSocket;
let lobby: number;
let count = 0;

beforeAll(async () => {
  w = await world();
  [alice, bob] = [await w.person('alice'), await w.person('bob')];
  mod = await w.person('mod', { role: 'moderator' });
  mona = await w.person('mona', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
  lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'open', members: [bob.id] })).body.id;
  his = await bob.socket();
  await his.hears('session.ready');
  const filters = { advice: ['refuse', 'numskull'], adverts: ['hold', 'casino'], contacts: ['flag', 'phone'] };
  for (const [name, [action, entry]] of Object.entries(filters))
    expect((await mod.http.post('/moderation/filters', { name, kind: 'words', action, entries: [entry] })).status).toBe(
      201,
    );
});
afterAll(() => w?.close());

const somebody = async (name = 'mallory') => {
  const person = await w.person(`${name} ${++count}`);
  await person.http.post(`/rooms/${lobby}/join`, {});
  return person;
};
const send = (person: Person, text: string, clientId = newClientId(), roomId = lobby) =>
  person.http.post(`/rooms/${roomId}/messages`, { text, clientId });
const cases = async (query: string) =>
  (await mod.http.get(`/moderation/reports?limit=200&${query}`)).body.items as any[];
const casesOf = (person: Person, query = '') => cases(`accountId=${person.id}${query}`);
const decide = (caseId: number, action: string, more: object = {}, by = mod) =>
  by.http.post(`/moderation/reports/${caseId}/decision`, { action, reason: 'looked at it', ...more });
/** All that bob has heard of somebody by now. */
async function heardByBob(of: Person): Promise<any[]> {
  const clientId = newClientId();
  await send(alice, 'a mark', clientId);
  await his.hears('message.sent', (message) => message.clientId === clientId);
  return his.of('message.sent').filter((message) => message.author.id === of.id);
}

overEveryTransport((transport) => {
  describe('a text that a filter refuses', () => {
    it('is not stored and nobody hears it; its author learns neither the word nor the filter', async () => {
      const mallory = await somebody();
      const clientId = newClientId();
      const refused = await transport.send(mallory, lobby, { text: 'you numskull', clientId });
      expect(refused).toMatchObject({ ok: false, code: 'message/filtered', problem: { status: 403 } });
      expect(JSON.stringify(refused.problem)).not.toMatch(/numskull|advice/);
      expect(await transport.send(mallory, lobby, { text: 'you darling' })).toMatchObject({ ok: true });
      const heard = await heardByBob(mallory);
      expect(heard.map(({ text }) => text)).toEqual(['you darling']);
      expect(await w.database.query('SELECT 1 FROM messages WHERE client_id = $1', [clientId])).toEqual([]);
      expect(await casesOf(mallory)).toEqual([]);
    });

    it('is refused for what else stands against it first', async () => {
      const mallory = await w.person(`outsider ${++count}`);
      const vault = (await alice.http.post('/rooms', { name: 'vault', preset: 'private' })).body.id;
      for (const text of ['you numskull', 'a casino'])
        expect(await transport.send(mallory, vault, { text })).toMatchObject({ code: 'room/not-found' });
      await mod.http.post('/moderation/blocks', { accountId: mallory.id, reason: 'x', mode: 'mute', scope: 'global' });
      for (const text of ['you numskull', 'a casino'])
        expect(await transport.send(mallory, lobby, { text })).toMatchObject({ code: 'account/blocked' });
    });

    it('passes when a moderator or a superuser says it', async () => {
      for (const person of [mod, root])
        for (const text of ['you numskull', 'a casino', 'my phone'])
          expect(await transport.send(person, lobby, { text })).toMatchObject({ ok: true, message: { text } });
      expect(await casesOf(root)).toEqual([]);
    });

    it('is answered as the message it became before there was the filter', async () => {
      const mallory = await somebody();
      const word = `word${++count}`;
      const clientId = newClientId();
      const first = await transport.send(mallory, lobby, { text: word, clientId });
      expect(first).toMatchObject({ ok: true, duplicate: false });
      for (const action of ['refuse', 'hold']) {
        const filter = { name: 'late', kind: 'words', action, entries: [word] };
        const { id } = (await mod.http.post('/moderation/filters', filter)).body;
        const again = await transport.send(mallory, lobby, { text: word, clientId });
        expect(again).toMatchObject({ ok: true, duplicate: true, message: { id: first.message.id } });
        const other = await transport.send(mallory, lobby, { text: `${word} twice`, clientId });
        expect(other).toMatchObject({ ok: false, code: 'message/key-reused' });
        expect((await transport.send(mallory, lobby, { text: word })).ok).toBe(false);
        await mod.http.delete(`/moderation/filters/${id}`);
      }
    });
  });

  describe('a text that a filter holds', () => {
    it('waits once under its name, unheard, and stands in the queue with what hit', async () => {
      const mallory = await somebody();
      const theirs = await mod.socket();
      const clientId = newClientId();
      const held = await transport.send(mallory, lobby, { text: 'a casino', clientId });
      expect(held).toMatchObject({ ok: false, code: 'message/held', problem: { status: 403, state: 'waiting' } });
      const { heldId } = held.problem;
      const again = await transport.send(mallory, lobby, { text: 'a casino', clientId });
      expect(again.problem).toMatchObject({ code: 'message/held', heldId, state: 'waiting' });
      const other = await transport.send(mallory, lobby, { text: 'another casino', clientId });
      expect(other).toMatchObject({ ok: false, code: 'message/key-reused' });
      expect((await heardByBob(mallory)).map(({ text }) => text)).not.toContain('a casino');
      const [one, ...more] = await casesOf(mallory);
      expect(more).toEqual([]);
      expect(one).toMatchObject({
        source: 'filter',
        target: { type: 'held_message', id: heldId, roomId: lobby },
        account: { id: mallory.id },
        excerpt: 'a casino',
        reportCount: 1,
      });
      await theirs.hears('report.opened', (fact) => fact.caseId === one.id);
      const { reports } = (await mod.http.get(`/moderation/reports/${one.id}`)).body;
      expect(reports[0].detail).toEqual({
        hits: [
          {
            filterId: expect.any(Number),
            name: 'adverts',
            action: 'hold',
            findings: [{ entry: 'casino', start: 2, end: 8 }],
          },
        ],
      });
    });

    it('is sent in the name of its author when a moderator releases it', async () => {
      const mallory = await somebody();
      const clientId = newClientId();
      const hers = await mallory.socket();
      const { problem } = await transport.send(mallory, lobby, { text: 'a casino', clientId });
      const [one] = await casesOf(mallory);
      const decided = await decide(one.id, 'release');
      expect(decided.status).toBe(200);
      const heard = await his.hears('message.sent', (message) => message.clientId === clientId);
      expect(heard).toMatchObject({ text: 'a casino', author: { id: mallory.id }, roomId: lobby });
      expect(decided.body.decision).toMatchObject({ action: 'release', facts: { messageId: heard.id } });
      const fact = await hers.hears('held.outcome');
      expect(fact).toEqual({
        accountSeq: expect.any(Number),
        heldId: problem.heldId,
        roomId: lobby,
        clientId,
        outcome: 'released',
      });
      expect(his.of('held.outcome')).toEqual([]);
      const again = await transport.send(mallory, lobby, { text: 'a casino', clientId });
      expect(again).toMatchObject({ ok: true, duplicate: true, message: { id: heard.id } });
      expectProblem(await decide(one.id, 'discard'), 409, 'report/decided');
    });

    it('is gone when a moderator discards it, and its author learns so', async () => {
      const mallory = await somebody();
      const clientId = newClientId();
      const hers = await mallory.socket();
      const { problem } = await transport.send(mallory, lobby, { text: 'a casino', clientId });
      const [one] = await casesOf(mallory);
      expect((await decide(one.id, 'discard')).body.decision).toMatchObject({ action: 'discard' });
      expect(await hers.hears('held.outcome')).toMatchObject({ heldId: problem.heldId, outcome: 'discarded' });
      const again = await transport.send(mallory, lobby, { text: 'a casino', clientId });
      expect(again.problem).toMatchObject({ code: 'message/held', heldId: problem.heldId, state: 'discarded' });
      const [row] = await w.database.query<any>('SELECT text, state FROM held_messages WHERE id = $1', [
        problem.heldId,
      ]);
      expect(row).toEqual({ text: '', state: 'discarded' });
      expect((await heardByBob(mallory)).map(({ clientId: name }) => name)).not.toContain(clientId);
      expect(await casesOf(mallory)).toEqual([]);
    });
  });

  describe('a text in which a filter finds something to look at', () => {
    it('is sent and heard, and stands in the queue', async () => {
      const mallory = await somebody();
      const sent = await transport.send(mallory, lobby, { text: 'my phone' });
      expect(sent).toMatchObject({ ok: true, duplicate: false, message: { text: 'my phone' } });
      await his.hears('message.sent', (message) => message.id === sent.message.id);
      const one = await eventually(async () => (await casesOf(mallory))[0]);
      expect(one).toMatchObject({
        source: 'filter',
        target: { type: 'message', id: sent.message.id, roomId: lobby },
        excerpt: 'my phone',
      });
    });
  });

  describe('a new text of a message', () => {
    it('is refused where it would be held or refused, and the message stays as it was', async () => {
      const mallory = await somebody();
      const { message } = await transport.send(mallory, lobby, { text: 'kind words' });
      for (const text of ['a casino', 'numskull'])
        expect(await transport.edit(mallory, lobby, message.id, text, 1)).toMatchObject({ code: 'message/filtered' });
      expect((await mallory.http.get(`/rooms/${lobby}/messages/${message.id}`)).body).toMatchObject({
        text: 'kind words',
        version: 1,
      });
      expect(await casesOf(mallory)).toEqual([]);
      expect(await transport.edit(bob, lobby, message.id, 'a casino', 1)).toMatchObject({ code: 'message/not-yours' });
      expect(await transport.edit(mallory, lobby, message.id, 'a casino', 7)).toMatchObject({
        code: 'message/version-stale',
      });
      await heardByBob(mallory);
      expect(his.of('message.edited').filter((fact) => fact.message.id === message.id)).toEqual([]);
    });

    it('stands in the queue where a filter finds something to look at', async () => {
      const mallory = await somebody();
      const { message } = await transport.send(mallory, lobby, { text: 'kind words' });
      const edited = await transport.edit(mallory, lobby, message.id, 'my phone', 1);
      expect(edited).toMatchObject({ ok: true, message: { text: 'my phone' } });
      const one = await eventually(async () => (await casesOf(mallory))[0]);
      expect(one).toMatchObject({ target: { type: 'message', id: message.id }, excerpt: 'my phone' });
    });
  });
});

describe('a message that waits', () => {
  it('is not released against the rules of its room, and goes on waiting', async () => {
    const mallory = await somebody();
    const clientId = newClientId();
    await send(mallory, 'a casino', clientId);
    const [one] = await casesOf(mallory);
    const block = { accountId: mallory.id, reason: 'floods', mode: 'mute', scope: lobby };
    const { id } = (await mod.http.post('/moderation/blocks', block)).body;
    const refused = expectProblem(await decide(one.id, 'release'), 409, 'message/not-releasable');
    expect(refused.refusal).toBe('account/blocked');
    expect((await casesOf(mallory))[0]).toMatchObject({ id: one.id, state: 'open' });
    await mod.http.delete(`/moderation/blocks/${id}`);
    expect((await decide(one.id, 'release')).status).toBe(200);
    await his.hears('message.sent', (message) => message.clientId === clientId);
  });

  it('is sent once when two moderators release it at the same time', async () => {
    for (let trial = 0; trial < 10; trial++) {
      const mallory = await somebody();
      await send(mallory, 'a casino');
      const [one] = await casesOf(mallory);
      const answers = await Promise.all([decide(one.id, 'release'), decide(one.id, 'discard', {}, mona)]);
      expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409]);
      const rows = await w.database.query('SELECT 1 FROM messages WHERE author_id = $1', [mallory.id]);
      expect(rows).toHaveLength(answers[0].status === 200 ? 1 : 0);
    }
  });

  it('waits once though it is sent many times at once', async () => {
    const mallory = await somebody();
    const clientId = newClientId();
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(mallory, 'a casino', clientId)));
    const ids = new Set(answers.map((answer) => expectProblem(answer, 403, 'message/held').heldId));
    expect(ids.size).toBe(1);
    expect(await casesOf(mallory)).toHaveLength(1);
  });

  it('is taken away by every other decision about it, and never left behind by one', async () => {
    const mallory = await somebody();
    await send(mallory, 'a casino');
    const [one] = await casesOf(mallory);
    for (const action of ['dismiss', 'delete_message', 'restore'])
      expectProblem(await decide(one.id, action), 400, 'request/invalid');
    expect((await decide(one.id, 'mute', { scope: 'global' })).status).toBe(200);
    const rows = await w.database.query<any>('SELECT state FROM held_messages WHERE author_id = $1', [mallory.id]);
    expect(rows).toEqual([{ state: 'discarded' }]);
    const { message } = { message: (await send(bob, 'kind words')).body };
    await alice.http.post('/reports', { target: { type: 'message', id: message.id, roomId: lobby }, reason: 'spam' });
    const [reported] = await casesOf(bob);
    for (const action of ['release', 'discard'])
      expectProblem(await decide(reported.id, action), 400, 'request/invalid');
  });

  it('is one of twenty at most of the same author', async () => {
    const mallory = await somebody();
    for (let waiting = 0; waiting < 20; waiting++) expectProblem(await send(mallory, 'a casino'), 403, 'message/held');
    expectProblem(await send(mallory, 'a casino'), 403, 'message/filtered');
    expectProblem(await send(await somebody(), 'a casino'), 403, 'message/held');
  });

  it('is none in a room where moderators have no say: there it is refused, and nothing is brought before them', async () => {
    const mallory = await somebody();
    const { id } = (await mallory.http.post('/rooms', { name: 'den', preset: 'private' })).body;
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [id]);
    expectProblem(await send(mallory, 'a casino', newClientId(), id), 403, 'message/filtered');
    expect((await send(mallory, 'my phone', newClientId(), id)).status).toBe(201);
    await eventually(async () => (await w.database.query('SELECT 1 FROM flagged_messages')).length === 0);
    expect(await casesOf(mallory)).toEqual([]);
  });
});

describe('a flagged message', () => {
  it('is brought before the moderators by whoever lives, when the process died behind the send', async () => {
    const mallory = await somebody();
    const clientId = newClientId();
    const { body: message } = await send(mallory, 'kind words', clientId);
    await w.database.query(
      `INSERT INTO flagged_messages (author_id, client_id, text, hits) VALUES ($1, $2, 'kind words', '{"hits": []}'), ($1, 'never stored', 'x', '{}')`,
      [mallory.id, clientId],
    );
    await w.database.query(
      `INSERT INTO flagged_messages (author_id, client_id, text, hits, created_at) VALUES ($1, 'long ago', 'x', '{}', now() - interval '2 minutes')`,
      [mallory.id],
    );
    w.app.get(FlaggedMessages, { strict: false }).workSoon();
    const one = await eventually(async () => (await casesOf(mallory))[0]);
    expect(one.target).toMatchObject({ type: 'message', id: message.id });
    const left = () =>
      w.database.query<any>('SELECT client_id FROM flagged_messages WHERE author_id = $1', [mallory.id]);
    await eventually(async () => (await left()).length === 1);
    expect(await left()).toEqual([{ client_id: 'never stored' }]);
    expect(await casesOf(mallory)).toHaveLength(1);
    await w.database.query('DELETE FROM flagged_messages');
  });
});

describe('the table of texts', () => {
  it('gets the same verdicts when the texts are sent', async () => {
    const { filters, texts } = parse(readFileSync(join(__dirname, '../fixtures/filtered_texts.yaml'), 'utf8'));
    const { id: roomId } = (await bob.http.post('/rooms', { name: 'table', preset: 'private' })).body;
    const created: number[] = [];
    for (const filter of filters)
      created.push((await mod.http.post('/moderation/filters', { ...filter, roomId })).body.id);
    const outcomes = { pass: 201, flag: 201, hold: 'message/held', refuse: 'message/filtered' };
    const surprises: unknown[] = [];
    let author = await somebody('sender');
    for (const [index, { verdict, text }] of texts.entries()) {
      if (index % 15 === 0) {
        author = await somebody('sender');
        await bob.http.put(`/rooms/${roomId}/members/${author.id}`);
      }
      const { status, body } = await send(author, text, newClientId(), roomId);
      const outcome = status === 201 ? 201 : body.code;
      if (outcome !== outcomes[verdict as keyof typeof outcomes]) surprises.push({ text, verdict, outcome });
    }
    expect(surprises).toEqual([]);
    const flagged = texts.filter(({ verdict }: any) => verdict === 'flag').map(({ text }: any) => text);
    const excerpts = async () =>
      (await cases('type=message')).filter(({ target }) => target.roomId === roomId).map(({ excerpt }) => excerpt);
    await eventually(async () => (await excerpts()).length === flagged.length);
    expect(new Set(await excerpts())).toEqual(new Set(flagged));
    for (const id of created) await mod.http.delete(`/moderation/filters/${id}`);
  }, 60_000);
});

describe('another node', () => {
  it('obeys within a second what was changed here', async () => {
    const node = await secondNode(w);
    try {
      const mallory = await somebody();
      const word = `word${++count}`;
      const there = (text: string) =>
        node.as(mallory).post(`/rooms/${lobby}/messages`, { text, clientId: newClientId() });
      expect((await there(word)).status).toBe(201);
      const filter = { name: 'new', kind: 'words', action: 'refuse', entries: [word] };
      const { id } = (await mod.http.post('/moderation/filters', filter)).body;
      const began = performance.now();
      expectProblem(await send(mallory, word), 403, 'message/filtered');
      await eventually(async () => (await there(word)).body.code === 'message/filtered');
      // One second is the promise; this machine may have other work.
      expect(performance.now() - began).toBeLessThan(4_000);
      await mod.http.delete(`/moderation/filters/${id}`);
      await eventually(async () => (await there(word)).status === 201);
    } finally {
      await node.close();
    }
  });

  it('lets no message pass before it has read the filters', () => {
    const screens = new MessageScreens();
    const unread = new FilterSet(w.database, undefined as never);
    new FilterScreen(screens, unread, undefined as never, undefined as never).onModuleInit();
    const message = { author: alice as never, roomId: lobby, text: 'hello', replyTo: undefined, of: { clientId: 'x' } };
    expect(() => screens.look(message)).toThrow(Problem);
  });
});

describe('a screen of another kind', () => {
  it('may take its time, say it in other words, and is asked before those that only look', async () => {
    const screens = w.app.get(MessageScreens, { strict: false });
    const mallory = await somebody();
    const asked: string[] = [];
    screens.add({
      rewrites: true,
      screen: async ({ author, text }) => {
        if (author.accountId !== mallory.id) return undefined;
        asked.push(text);
        await new Promise((resolve) => setImmediate(resolve));
        if (text === 'stop') return { stop: () => Promise.resolve(new Problem('room/forbidden')) };
        return text.startsWith('say ') ? { text: text.slice(4) } : undefined;
      },
    });
    const clientId = newClientId();
    expect((await send(mallory, 'say hello', clientId)).body).toMatchObject({ text: 'hello' });
    expect(await send(mallory, 'say hello', clientId)).toMatchObject({ status: 200, body: { text: 'hello' } });
    expectProblem(await send(mallory, 'say numskull'), 403, 'message/filtered');
    expectProblem(await send(mallory, 'stop'), 403, 'room/forbidden');
    const { body } = await send(mallory, 'plain');
    const edited = await mallory.http.patch(`/rooms/${lobby}/messages/${body.id}`, { text: 'say more', version: 1 });
    expect(edited.body).toMatchObject({ text: 'more' });
    expect(asked).toEqual(['say hello', 'say hello', 'say numskull', 'stop', 'plain', 'say more']);
    expect(await send(bob, 'say hello')).toMatchObject({ body: { text: 'say hello' } });
  });
});
