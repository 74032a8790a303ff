import { eventually, expectProblem } from '../support/expect.js';
import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

let w: World;
let alice: Person, mod: Person, mona: Person, root: Person;
let count = 0;

beforeAll(async () => {
  w = await world();
  alice = await w.person('alice');
  mod = await w.person('mod', { role: 'moderator' });
  mona = await w.person('mona', { role: 'moderator' });
  root = await w.person('root', { role: 'superuser' });
});
afterAll(() => w?.close());

const somebody = (name = 'mallory') => w.person(`${name} ${++count}`);

async function room(members: Person[], preset = 'private'): Promise<number> {
  const answer = await alice.http.post('/rooms', { name: 'vault', preset, members: members.map(({ id }) => id) });
  expect(answer.status).toBe(201);
  return answer.body.id as number;
}

async function say(person: Person, roomId: number, text: string): Promise<any> {
  const answer = await person.http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() });
  expect(answer.status).toBe(201);
  return answer.body;
}

const report = (by: Person, type: string, id: number, more: object = {}) =>
  by.http.post('/reports', { target: { type, id }, reason: 'spam', ...more });
const queue = async (query = '', by = mod) =>
  (await by.http.get(`/moderation/reports?limit=200&${query}`)).body.items as any[];
const caseOf = async (type: string, id: number, query = '', by = mod) =>
  (await queue(query, by)).find(({ target }) => target.type === type && target.id === id);
const decide = (by: Person, caseId: number, action: string, more: object = {}) =>
  by.http.post(`/moderation/reports/${caseId}/decision`, { action, reason: 'looked at it', ...more });
const trail = async (query: string, by = mod) => (await by.http.get(`/moderation/audit?${query}`)).body.items as any[];

/** Mallory's message in a room of alice and bob, reported by bob. */
async function scene() {
  const [mallory, bob] = [await somebody(), await somebody('bob')];
  const vault = await room([mallory, bob]);
  const message = await say(mallory, vault, 'buy tea, cheap tea');
  const { body } = await report(bob, 'message', message.id, { text: 'again' });
  const found = await caseOf('message', message.id);
  return { mallory, bob, vault, message, reportId: body.id as number, caseId: found.id as number };
}

describe('a report', () => {
  it('of a message, a room or a person opens a case, and its reporter finds it among his own', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const message = await say(mallory, vault, 'buy tea');
    const filed = await report(bob, 'message', message.id, { text: 'the third one', reason: 'harassment' });
    expect(filed.status).toBe(201);
    expect(filed.body).toMatchObject({
      target: { type: 'message', id: message.id, roomId: vault },
      reason: 'harassment',
      text: 'the third one',
      outcome: null,
      decidedAt: null,
    });
    expect((await report(bob, 'room', vault)).body.target).toEqual({ type: 'room', id: vault, roomId: vault });
    expect((await report(bob, 'account', mallory.id)).body.target).toEqual({
      type: 'account',
      id: mallory.id,
      roomId: null,
    });
    const mine = (await bob.http.get('/reports')).body.items as any[];
    expect(mine.map(({ target }) => target.type)).toEqual(['account', 'room', 'message']);
    expect(mine[2]).toEqual(filed.body);
    const page = (await bob.http.get('/reports?limit=2')).body;
    expect(page).toMatchObject({ hasMore: true, items: mine.slice(0, 2) });
    expect((await bob.http.get(`/reports?limit=2&cursor=${page.next}`)).body.items).toEqual([mine[2]]);
    expect((await mallory.http.get('/reports')).body.items).toEqual([]);
    expect(await caseOf('message', message.id)).toMatchObject({
      state: 'open',
      source: 'report',
      account: { id: mallory.id },
      excerpt: 'buy tea',
      reportCount: 1,
      reasons: [{ reason: 'harassment', count: 1 }],
      claim: null,
      decision: null,
    });
    expect(await caseOf('room', vault)).toMatchObject({ account: { id: alice.id }, excerpt: 'vault' });
    expect(await caseOf('account', mallory.id)).toMatchObject({
      account: { id: mallory.id },
      excerpt: mallory.username,
    });
  });

  it('is one while it is open, also of many at once; another begins after the decision', async () => {
    const { bob, message, caseId, reportId } = await scene();
    const again = await report(bob, 'message', message.id, { reason: 'hate', text: 'other words' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: reportId, reason: 'spam', text: 'again' });
    expect(await caseOf('message', message.id)).toMatchObject({ id: caseId, reportCount: 1 });
    await decide(mod, caseId, 'dismiss');
    const answers = await Promise.all([1, 2, 3, 4].map(() => report(bob, 'message', message.id)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers[0]!.body.id).not.toBe(reportId);
    const next = await caseOf('message', message.id);
    expect(next.reportCount).toBe(1);
    expect(next.id).not.toBe(caseId);
  });

  it('joins the reports of others in one case, also at the same moment', async () => {
    const people = await Promise.all(['bob', 'carol', 'dave', 'erin'].map((name) => somebody(name)));
    const mallory = await somebody();
    const lobby = await room([mallory], 'open');
    const message = await say(mallory, lobby, 'buy tea');
    const reasons = ['spam', 'spam', 'hate', 'other'];
    const answers = await Promise.all(
      people.map((one, n) => report(one, 'message', message.id, { reason: reasons[n] })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const cases = (await queue()).filter(({ target }) => target.type === 'message' && target.id === message.id);
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({
      reportCount: 4,
      reasons: [
        { reason: 'spam', count: 2 },
        { reason: 'hate', count: 1 },
        { reason: 'other', count: 1 },
      ],
    });
    const { reports } = (await mod.http.get(`/moderation/reports/${cases[0].id}`)).body;
    expect(new Set(reports.map(({ reporter }: any) => reporter.id))).toEqual(new Set(people.map(({ id }) => id)));
  });

  it('is taken from the muted and from those who may only read', async () => {
    for (const mode of ['mute', 'read_only']) {
      const [mallory, bob] = [await somebody(), await somebody('bob')];
      const vault = await room([mallory, bob]);
      const message = await say(mallory, vault, 'rude');
      await mod.http.post('/moderation/blocks', { accountId: bob.id, reason: 'x', mode, scope: 'global' });
      expect((await report(bob, 'message', message.id)).status).toBe(201);
    }
  });

  it('is refused of what the reporter does not see, as if it were not there', async () => {
    const [mallory, bob, eve] = [await somebody(), await somebody('bob'), await somebody('eve')];
    const vault = await room([mallory, bob]);
    const message = await say(mallory, vault, 'in private');
    expectProblem(await report(eve, 'message', message.id), 404, 'message/not-found');
    expectProblem(await report(eve, 'message', 4_000_000), 404, 'message/not-found');
    expectProblem(await report(eve, 'room', vault), 404, 'room/not-found');
    expectProblem(await report(eve, 'account', 4_000_000), 404, 'account/not-found');
    await bob.http.delete(`/rooms/${vault}/members/me`);
    expectProblem(await report(bob, 'message', message.id), 404, 'message/not-found');
    expect(await caseOf('message', message.id)).toBeUndefined();
    const inRoom = (roomId: number) =>
      alice.http.post('/reports', { target: { type: 'message', id: message.id, roomId }, reason: 'spam' });
    expectProblem(await inRoom(vault + 1), 404, 'message/not-found');
    expect((await inRoom(vault)).status).toBe(201);
  });

  it('is taken from guests of what they see in their rooms', async () => {
    const [mallory, gwen] = [await somebody(), await somebody('gwen')];
    const [vault, lobby] = [await room([mallory, gwen]), await room([mallory], 'open')];
    const [near, far] = [await say(mallory, vault, 'rude'), await say(mallory, lobby, 'rude')];
    await w.database.query('UPDATE accounts SET guest = true WHERE id = $1', [gwen.id]);
    expect((await report(gwen, 'message', near.id)).status).toBe(201);
    expectProblem(await report(gwen, 'message', far.id), 404, 'message/not-found');
    expectProblem(await report(gwen, 'room', lobby), 404, 'room/not-found');
    expectProblem(await report(gwen, 'account', mallory.id), 403, 'account/guest');
    expect((await gwen.http.get('/reports')).body.items).toHaveLength(1);
  });

  it('is refused to whoever is removed from the room while he files it', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob]);
    const message = await say(mallory, vault, 'in private');
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock($1)', [bob.id]);
    const filing = report(bob, 'message', message.id);
    await eventually(async () => {
      const waiting = await w.database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%pg_advisory_xact_lock_shared%'`,
      );
      return waiting.length > 0;
    }, 'the waiting report');
    await holder.query('DELETE FROM members WHERE room_id = $1 AND account_id = $2', [vault, bob.id]);
    await holder.query('SELECT pg_advisory_unlock($1)', [bob.id]);
    await holder.release();
    expectProblem(await filing, 404, 'message/not-found');
  });

  it('is refused of oneself and of what one wrote', async () => {
    const mallory = await somebody();
    const vault = await room([mallory]);
    const message = await say(mallory, vault, 'my own');
    expectProblem(await report(mallory, 'message', message.id), 409, 'report/self');
    expectProblem(await report(mallory, 'account', mallory.id), 409, 'report/self');
    expect((await report(alice, 'room', vault)).status).toBe(201);
    expect(await caseOf('message', message.id)).toBeUndefined();
  });

  it('is refused where it is not as documented', async () => {
    const bob = await somebody('bob');
    const target = { type: 'account', id: alice.id };
    for (const body of [
      { target, reason: 'rude' },
      { target },
      { reason: 'spam' },
      { target: [target], reason: 'spam' },
      { target: [], reason: 'spam' },
      { target: null, reason: 'spam' },
      { target: { type: 'held_message', id: 1 }, reason: 'spam' },
      { target: { ...target, more: 1 }, reason: 'spam' },
      { target: { ...target, roomId: 1 }, reason: 'spam' },
      { target, reason: 'spam', text: '' },
      { target, reason: 'spam', text: 'x'.repeat(1_001) },
    ])
      expectProblem(await bob.http.post('/reports', body), 400, 'request/invalid');
    expect((await bob.http.get('/reports')).body.items).toEqual([]);
  });

  it('keeps what was said when it was reported: editing and deleting hide nothing', async () => {
    const { mallory, message, caseId, vault } = await scene();
    const edited = await mallory.http.patch(`/rooms/${vault}/messages/${message.id}`, { text: 'nice day', version: 1 });
    expect(edited.status).toBe(200);
    await report(alice, 'message', message.id);
    await mallory.http.delete(`/rooms/${vault}/messages/${message.id}`);
    const dave = await somebody('dave');
    await alice.http.put(`/rooms/${vault}/members/${dave.id}`);
    expect((await report(dave, 'message', message.id)).status).toBe(201);
    const { reports, context, excerpt } = (await mod.http.get(`/moderation/reports/${caseId}`)).body;
    expect(reports.map(({ snapshot }: any) => snapshot)).toEqual(['buy tea, cheap tea', 'nice day', 'nice day']);
    expect(excerpt).toBe('buy tea, cheap tea');
    expect(context.find((one: any) => one.id === message.id)).toMatchObject({ text: '', version: 2 });
    const [kept] = await w.database.query<{ texts: number }>(
      'SELECT count(*)::int AS texts FROM case_snapshots WHERE case_id = $1',
      [caseId],
    );
    expect(kept!.texts).toBe(2);
  });

  it('of a moderator about a room he is not in is a look that the audit log keeps', async () => {
    const mallory = await somebody();
    const vault = await room([mallory, mona]);
    const message = await say(mallory, vault, 'in private');
    const looks = async (by: Person) => await trail(`actor=${by.id}&action=room.read&target=room:${vault}`);
    await report(mona, 'message', message.id);
    expect(await looks(mona)).toEqual([]);
    await report(mod, 'message', message.id);
    expect((await looks(mod)).map(({ after }) => after)).toEqual([{ messageId: message.id }]);
  });

  it('is filed once under one Idempotency-Key', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const headers = { 'idempotency-key': 'one-report-of-mallory' };
    const body = { target: { type: 'account', id: mallory.id }, reason: 'spam' };
    const first = await bob.http.post('/reports', body, { headers });
    await decide(mod, (await caseOf('account', mallory.id)).id, 'dismiss');
    const again = await bob.http.post('/reports', body, { headers });
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
    expect(await caseOf('account', mallory.id)).toBeUndefined();
  });
});

describe('the queue', () => {
  it('has the most reported first and among equals the oldest, page by page, or simply the oldest', async () => {
    const people = await Promise.all([1, 2, 3].map(() => somebody('bob')));
    const about = await Promise.all([1, 2, 3, 4].map(() => somebody()));
    for (const [n, times] of [1, 3, 1, 2].entries())
      for (const one of people.slice(0, times)) await report(one, 'account', about[n]!.id);
    const wanted = new Set(about.map(({ id }) => id));
    const order = async (query: string, limit = 200) => {
      const seen: number[] = [];
      for (let cursor = ''; ;) {
        const { body } = await mod.http.get(`/moderation/reports?type=account&limit=${limit}&${query}${cursor}`);
        seen.push(...body.items.map((one: any) => one.target.id));
        if (!body.next) return seen.filter((id) => wanted.has(id)).map((id) => about.findIndex((one) => one.id === id));
        cursor = `&cursor=${body.next}`;
      }
    };
    expect(await order('')).toEqual([1, 3, 0, 2]);
    expect(await order('', 1)).toEqual([1, 3, 0, 2]);
    expect(await order('order=oldest')).toEqual([0, 1, 2, 3]);
    expect(await order('order=oldest', 1)).toEqual([0, 1, 2, 3]);
    for (const n of [2, 0]) await decide(mod, (await caseOf('account', about[n]!.id)).id, 'dismiss');
    expect(await order('')).toEqual([1, 3]);
    expect(await order('state=decided')).toEqual([2, 0]);
    expect(await order('state=decided', 1)).toEqual([2, 0]);
    for (const cursor of ['x', 'WzFd', 'WzEsMiwzXQ', 'Wy0xLDFd', 'WzQwMDAwMDAwMDAwLDFd'])
      expectProblem(await mod.http.get(`/moderation/reports?cursor=${cursor}`), 400, 'request/invalid');
  });

  it('tells the age by the clock of the database', async () => {
    const { message, caseId } = await scene();
    await w.database.query(`UPDATE cases SET opened_at = opened_at - interval '90 seconds' WHERE id = $1`, [caseId]);
    const { ageSeconds } = await caseOf('message', message.id);
    expect(ageSeconds).toBeGreaterThanOrEqual(90);
    expect(ageSeconds).toBeLessThan(150);
  });

  it('is narrowed by type, by account and by claim', async () => {
    const { mallory, message, caseId, vault } = await scene();
    const bob = await somebody('bob');
    await report(bob, 'account', mallory.id);
    const ids = async (query: string, by = mod) =>
      (await queue(`order=oldest&accountId=${mallory.id}&${query}`, by)).map(({ target }) => target.type);
    expect(await ids('')).toEqual(['message', 'account']);
    expect(await ids('type=message')).toEqual(['message']);
    expect(await ids('type=room')).toEqual([]);
    await mod.http.put(`/moderation/reports/${caseId}/claim`, {});
    expect(await ids('claimed=mine')).toEqual(['message']);
    expect(await ids('claimed=others')).toEqual([]);
    expect(await ids('claimed=nobody')).toEqual(['account']);
    expect(await ids('claimed=others', mona)).toEqual(['message']);
    expect(await ids('claimed=mine', mona)).toEqual([]);
    for (const query of ['state=closed', 'type=rooms', 'claimed=me', 'order=newest', 'accountId=0'])
      expectProblem(await mod.http.get(`/moderation/reports?${query}`), 400, 'request/invalid');
    expectProblem(await alice.http.get('/moderation/reports'), 403, 'role/insufficient');
    expect(message.roomId).toBe(vault);
  });
});

describe('a case', () => {
  it('shows five messages before and after the reported one, which is a look into the room', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    const vault = await room([mallory, bob, mona]);
    const said = [];
    for (let n = 0; n < 13; n++) said.push(await say(n % 2 ? mallory : bob, vault, `text ${n}`));
    await report(bob, 'message', said[7].id);
    const { id } = await caseOf('message', said[7].id);
    const looks = async (by: Person) => await trail(`actor=${by.id}&action=room.read&target=room:${vault}`);
    expect(await looks(mod)).toEqual([]);
    const { context } = (await mod.http.get(`/moderation/reports/${id}`)).body;
    expect(context.map(({ text }: any) => text)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `text ${n}`));
    expect(await looks(mod)).toHaveLength(1);
    await mona.http.get(`/moderation/reports/${id}`);
    expect(await looks(mona)).toEqual([]);
  });

  it('has no context where moderators have no rank, but what was reported', async () => {
    const { caseId, vault } = await scene();
    await w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [vault]);
    const { body } = await mod.http.get(`/moderation/reports/${caseId}`);
    expect(body.context).toBeNull();
    expect(body.reports[0].snapshot).toBe('buy tea, cheap tea');
  });

  it('shows the record of the account that answers for it', async () => {
    const { mallory, bob, caseId } = await scene();
    const block = { accountId: mallory.id, reason: 'floods', mode: 'mute', scope: 'global' };
    const { id: blockId } = (await mod.http.post('/moderation/blocks', block)).body;
    await report(bob, 'account', mallory.id);
    const other = await caseOf('account', mallory.id);
    const record = async () => (await mod.http.get(`/moderation/reports/${caseId}`)).body.record;
    expect(await record()).toMatchObject({ blocks: [{ id: blockId }], decisions: [], openCases: 1 });
    await decide(mona, other.id, 'dismiss');
    expect(await record()).toMatchObject({
      decisions: [
        {
          caseId: other.id,
          target: { type: 'account', id: mallory.id },
          decision: { action: 'dismiss', reason: 'looked at it', by: { id: mona.id, username: 'mona' } },
        },
      ],
      openCases: 0,
    });
    expectProblem(await mod.http.get('/moderation/reports/4000000'), 404, 'report/not-found');
  });

  it('about a moderator is kept from him: he neither hears, sees, claims nor decides it', async () => {
    const [bob, mila] = [await somebody('bob'), await w.person('mila', { role: 'moderator' })];
    const [his, others] = [await mila.socket(), await mod.socket()];
    await report(bob, 'account', mila.id);
    const { id } = await caseOf('account', mila.id);
    await others.hears('report.opened', (fact) => fact.caseId === id);
    expect(await caseOf('account', mila.id, '', mila)).toBeUndefined();
    expectProblem(await mila.http.get(`/moderation/reports/${id}`), 409, 'moderation/self');
    expectProblem(await mila.http.put(`/moderation/reports/${id}/claim`, {}), 409, 'moderation/self');
    expectProblem(await mila.http.delete(`/moderation/reports/${id}/claim`), 409, 'moderation/self');
    expectProblem(await decide(mila, id, 'dismiss'), 409, 'moderation/self');
    expect((await trail(`actor=${mila.id}`)).map(({ action, target }) => [action, target.id])).toEqual([
      ['report.decide.refused', id],
      ['report.release.refused', id],
      ['report.claim.refused', id],
    ]);
    expect((await decide(mod, id, 'dismiss')).status).toBe(200);
    await others.hears('report.decided', (fact) => fact.caseId === id);
    await his.send('read.mark', { roomId: 1, seq: 0 });
    expect(his.heard.map(({ event }) => event)).toEqual(['session.ready']);
  });
});

describe('a claim', () => {
  const claim = (by: Person, caseId: number, body: object = {}) =>
    by.http.put(`/moderation/reports/${caseId}/claim`, body);
  const release = (by: Person, caseId: number) => by.http.delete(`/moderation/reports/${caseId}/claim`);

  it('is told to the other moderators, renewed, taken over where that is said, and given up', async () => {
    const { caseId } = await scene();
    const [hers, alices] = [await mona.socket(), await alice.socket()];
    const first = await claim(mod, caseId);
    expect(first.body.claim).toMatchObject({ by: { id: mod.id, username: 'mod' } });
    const minutes = (Date.parse(first.body.claim.until) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(13);
    expect(minutes).toBeLessThan(17);
    expect(await hers.hears('report.claimed')).toMatchObject({ caseId, claim: first.body.claim });
    const renewed = await claim(mod, caseId);
    expect(Date.parse(renewed.body.claim.until)).toBeGreaterThan(Date.parse(first.body.claim.until));
    for (const refused of [
      await claim(mona, caseId),
      await claim(mona, caseId, { takeOver: false }),
      await release(mona, caseId),
    ])
      expect(expectProblem(refused, 409, 'report/claimed')).toMatchObject({
        claimedBy: { id: mod.id, username: 'mod' },
        claimedUntil: renewed.body.claim.until,
      });
    expect((await claim(mona, caseId, { takeOver: true })).body.claim.by.id).toBe(mona.id);
    expectProblem(await release(mod, caseId), 409, 'report/claimed');
    expect((await release(mona, caseId)).status).toBe(204);
    expect((await release(mona, caseId)).status).toBe(204);
    await hers.hears('report.claimed', ({ claim: now }) => now === null);
    expect(hers.of('report.claimed').map(({ claim: now }) => now?.by.id ?? null)).toEqual([
      mod.id,
      mod.id,
      mona.id,
      null,
    ]);
    expect(alices.of('report.claimed')).toEqual([]);
    const rows = await trail(`target=report:${caseId}&from=${first.body.openedAt}`);
    expect(rows.map(({ action, actorId, before, after }) => [action, actorId, before?.by.id, after?.by?.id])).toEqual([
      ['report.release', mona.id, mona.id, undefined],
      ['report.release.refused', mod.id, undefined, undefined],
      ['report.claim', mona.id, mod.id, mona.id],
      ['report.release.refused', mona.id, undefined, undefined],
      ['report.claim.refused', mona.id, undefined, undefined],
      ['report.claim.refused', mona.id, undefined, undefined],
      ['report.claim', mod.id, undefined, mod.id],
    ]);
  });

  it('ends by itself', async () => {
    const { caseId } = await scene();
    await claim(mod, caseId);
    await w.database.query(`UPDATE cases SET claimed_until = claimed_until - interval '15 minutes' WHERE id = $1`, [
      caseId,
    ]);
    expect((await mona.http.get(`/moderation/reports/${caseId}`)).body.claim).toBeNull();
    expect((await claim(mona, caseId)).body.claim.by.id).toBe(mona.id);
  });

  it('of two at once goes to one', async () => {
    const { caseId } = await scene();
    const answers = await Promise.all([mod, mona, root].map((by) => claim(by, caseId)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
  });

  it('binds nobody: another may decide, and the audit log says whose claim it was', async () => {
    const { caseId } = await scene();
    await claim(mod, caseId);
    expect((await decide(mona, caseId, 'dismiss')).body).toMatchObject({ state: 'decided', claim: null });
    const [act] = await trail(`target=report:${caseId}&action=report.decide`);
    expect(act).toMatchObject({ actorId: mona.id, after: { action: 'dismiss', claimedBy: mod.id } });
    for (const refused of [await claim(mod, caseId), await release(mod, caseId)])
      expectProblem(refused, 409, 'report/decided');
  });
});

describe('a decision', () => {
  it('is told: to moderators who decided what, to reporters the outcome alone, to nobody else anything', async () => {
    const { mallory, bob, vault, message, caseId, reportId } = await scene();
    await report(alice, 'message', message.id);
    const [mods, reporters, reported] = [await mona.socket(), await bob.socket(), await mallory.socket()];
    const answer = await decide(mod, caseId, 'dismiss', { reason: 'a joke' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: caseId,
      state: 'decided',
      decision: { action: 'dismiss', reason: 'a joke', by: { id: mod.id, username: 'mod' }, facts: {} },
    });
    const target = { type: 'message', id: message.id, roomId: vault };
    const { decidedAt } = answer.body.decision;
    expect(await mods.hears('report.decided')).toEqual({
      accountSeq: expect.any(Number),
      caseId,
      target,
      action: 'dismiss',
      by: { id: mod.id, username: 'mod' },
      decidedAt,
    });
    expect(await reporters.hears('report.outcome')).toEqual({
      accountSeq: expect.any(Number),
      reportId,
      target,
      outcome: 'dismissed',
    });
    expect((await bob.http.get('/reports')).body.items[0]).toMatchObject({ outcome: 'dismissed', decidedAt });
    expect(mods.of('report.outcome')).toEqual([]);
    expect(reporters.of('report.decided')).toEqual([]);
    await say(alice, vault, 'and now to something else');
    await reported.hears('message.sent');
    expect(reported.heard.map(({ event }) => event)).toEqual(['session.ready', 'message.sent']);
    expect(JSON.stringify([reporters.heard, (await bob.http.get('/reports')).body])).not.toMatch(/a joke|"mod"/);
  });

  it('comes once: of many moderators at once one decides, the others are told who did', async () => {
    for (let n = 0; n < 5; n++) {
      const { caseId, bob } = await scene();
      const answers = await Promise.all([mod, mona, root, mod, mona].map((by) => decide(by, caseId, 'dismiss')));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409]);
      const { decision } = answers.find(({ status }) => status === 200)!.body;
      for (const refused of answers.filter(({ status }) => status === 409))
        expect(expectProblem(refused, 409, 'report/decided')).toMatchObject({
          decidedBy: decision.by,
          decidedAt: decision.decidedAt,
          decision: 'dismiss',
        });
      expect(await trail(`target=report:${caseId}&action=report.decide`)).toHaveLength(1);
      const events = await w.database.query(
        `SELECT 1 FROM account_events WHERE account_id = $1 AND kind = 'report.outcome'`,
        [bob.id],
      );
      expect(events).toHaveLength(1);
    }
  });

  it('goes with its row of the audit log: when the connection dies before the commit, there is neither', async () => {
    const { bob, caseId } = await scene();
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(25189, 2)');
    const deciding = decide(mod, caseId, 'dismiss');
    const waiting = await eventually(async () => {
      const [found] = await w.database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory' AND query LIKE '%audit_append%'`,
      );
      return found?.pid;
    }, 'the waiting decision');
    await w.database.query('SELECT pg_terminate_backend($1)', [waiting]);
    expect((await deciding).status).toBe(503);
    await holder.query('SELECT pg_advisory_unlock(25189, 2)');
    await holder.release();
    expect(await trail(`target=report:${caseId}`)).toEqual([]);
    expect((await mod.http.get(`/moderation/reports/${caseId}`)).body.state).toBe('open');
    expect((await bob.http.get('/reports')).body.items[0].outcome).toBeNull();
    expect((await decide(mod, caseId, 'dismiss')).status).toBe(200);
    expect(await trail(`target=report:${caseId}`)).toHaveLength(1);
  });

  it('is refused to whoever is no moderator any more at its moment', async () => {
    const { caseId } = await scene();
    const former = await w.person('former', { role: 'moderator' });
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock($1)', [former.id]);
    const deciding = decide(former, caseId, 'dismiss');
    await eventually(async () => {
      const waiting = await w.database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%pg_advisory_xact_lock_shared%'`,
      );
      return waiting.length > 0;
    }, 'the waiting decision');
    await holder.query(`UPDATE accounts SET role = 'user' WHERE id = $1`, [former.id]);
    await holder.query('SELECT pg_advisory_unlock($1)', [former.id]);
    await holder.release();
    expectProblem(await deciding, 403, 'role/insufficient');
    expect(await trail(`actor=${former.id}`)).toEqual([
      expect.objectContaining({ action: 'report.decide.refused', target: { kind: 'report', id: caseId } }),
    ]);
  });

  it('is refused where it is none', async () => {
    const { caseId } = await scene();
    for (const more of [
      { action: 'forgive' },
      { reason: '' },
      { reason: undefined },
      { scope: 'global' },
      { mode: 'full' },
      { deleteMessages: 'all' },
      { expiresAt: null },
      { more: 1 },
    ])
      expectProblem(await decide(mod, caseId, 'dismiss', more), 400, 'request/invalid');
    expectProblem(await decide(mod, 4_000_000, 'dismiss'), 404, 'report/not-found');
    expect((await mod.http.get(`/moderation/reports/${caseId}`)).body.state).toBe('open');
  });
});

describe('what is decided happens with the decision', () => {
  const rows = (statement: string, ...values: unknown[]) => w.database.query<any>(statement, values);
  const socketsOf = (...people: Person[]) => Promise.all(people.map((one) => one.socket()));

  it('delete_message takes the message away from its readers, and the author gets a statement of reasons', async () => {
    const { mallory, bob, vault, message, caseId } = await scene();
    const [reader, author] = await socketsOf(bob, mallory);
    const answer = await decide(mod, caseId, 'delete_message', { reason: 'advertising' });
    expect(answer.body.decision).toMatchObject({ action: 'delete_message', facts: { deleted: true } });
    expect(await reader!.hears('message.deleted')).toMatchObject({ messageId: message.id, deletedBy: mod.id });
    expect(await reader!.hears('report.outcome')).toMatchObject({ outcome: 'acted' });
    await author!.hears('account.sanctioned', (fact) => fact.kind === 'message_deletion');
    expect((await bob.http.get(`/rooms/${vault}/messages/${message.id}`)).body.text).toBe('');
    expect((await mallory.http.get('/accounts/me/sanctions')).body.items).toEqual([
      expect.objectContaining({ kind: 'message_deletion', source: 'report', ground: 'spam', reason: 'advertising' }),
    ]);
    expect((await trail(`target=message:${message.id}`)).map(({ action, reason }) => [action, reason])).toEqual([
      ['message.delete', 'advertising'],
    ]);
    const { body } = await mod.http.get(`/moderation/reports/${caseId}`);
    expect(body.reports[0].snapshot).toBe('buy tea, cheap tea');
    expect(body.record.sanctions).toHaveLength(1);
    await report(alice, 'message', message.id);
    const next = await caseOf('message', message.id);
    expect((await decide(mod, next.id, 'delete_message')).body.decision.facts).toEqual({ deleted: false });
  });

  it('restore is for superusers: it brings back what a moderator took away', async () => {
    const { bob, vault, message, caseId } = await scene();
    expectProblem(await decide(root, caseId, 'restore'), 409, 'message/not-restorable');
    await mod.http.delete(`/moderation/messages/${message.id}`, { reason: 'rude' });
    const reader = await bob.socket();
    expectProblem(await decide(mod, caseId, 'restore'), 403, 'role/insufficient');
    expect(await trail(`actor=${mod.id}&target=report:${caseId}&action=report.decide.refused`)).toHaveLength(1);
    const answer = await decide(root, caseId, 'restore', { reason: 'it was a joke' });
    expect(answer.body.decision).toMatchObject({ action: 'restore', by: { id: root.id } });
    await reader.hears('message.restored', (fact) => fact.message.id === message.id);
    expect(await reader.hears('report.outcome')).toMatchObject({ outcome: 'dismissed' });
    expect((await bob.http.get(`/rooms/${vault}/messages/${message.id}`)).body.text).toBe('buy tea, cheap tea');
    expect((await trail(`target=message:${message.id}&action=message.restore`))[0]).toMatchObject({
      reason: 'it was a joke',
    });
  });

  it('warn tells the person, names the message, and takes nothing away', async () => {
    const { mallory, bob, vault, message, caseId } = await scene();
    await report(bob, 'account', mallory.id, { reason: 'harassment' });
    const [author, reader] = await socketsOf(mallory, bob);
    const answer = await decide(mod, caseId, 'warn', { reason: 'no advertising here' });
    const warned = await author!.hears('account.warned');
    expect(warned).toMatchObject({ reason: 'no advertising here', messageId: message.id });
    expect(answer.body.decision.facts).toEqual({ sanctionId: warned.sanctionId });
    await reader!.hears('report.outcome', ({ outcome }) => outcome === 'acted');
    expect(reader!.heard.map(({ event }) => event)).toEqual(['session.ready', 'report.outcome']);
    expect((await mallory.http.get(`/accounts/me/sanctions/${warned.sanctionId}`)).body).toMatchObject({
      kind: 'warning',
      source: 'report',
      ground: 'spam',
      messages: [{ text: 'buy tea, cheap tea' }],
    });
    const person = await caseOf('account', mallory.id);
    await decide(mod, person.id, 'warn');
    expect((await mallory.http.get('/accounts/me/sanctions')).body.items[0]).toMatchObject({ ground: 'harassment' });
    await say(mallory, vault, 'sorry');
  });

  it('warn names no message of a room that is closed to moderators', async () => {
    const { mallory, vault, caseId } = await scene();
    await rows('UPDATE rooms SET moderated = false WHERE id = $1', vault);
    const author = await mallory.socket();
    expectProblem(await decide(mod, caseId, 'delete_message'), 404, 'message/not-found');
    expect((await decide(mod, caseId, 'warn')).status).toBe(200);
    expect(await author.hears('account.warned')).toMatchObject({ messageId: null });
  });

  it('mute silences in its scope, until its end, and deletes as far back as is said', async () => {
    const { mallory, vault, message, caseId } = await scene();
    const lobby = await room([mallory]);
    const expiresAt = '2099-01-01T00:00:00.000Z';
    const more = { scope: vault, expiresAt, deleteMessages: 'all', reason: 'floods' };
    const { facts } = (await decide(mod, caseId, 'mute', more)).body.decision;
    expect((await mod.http.get(`/moderation/blocks/${facts.blockId}`)).body).toMatchObject({
      account: { id: mallory.id },
      mode: 'mute',
      scope: vault,
      expiresAt,
      reason: 'floods',
      createdBy: mod.id,
      deletionId: facts.deletionId,
    });
    const again = await mallory.http.post(`/rooms/${vault}/messages`, { text: 'x', clientId: newClientId() });
    expectProblem(again, 403, 'account/blocked');
    await say(mallory, lobby, 'elsewhere');
    await eventually(
      async () => (await alice.http.get(`/rooms/${vault}/messages/${message.id}`)).body.deletedAt,
      'the deletion',
      15_000,
    );
    expect((await mallory.http.get('/accounts/me/sanctions')).body.items.map((one: any) => one.source)).toEqual([
      'report',
      'report',
    ]);
    expect((await trail(`target=account:${mallory.id}&action=block.create`))[0].after.blockId).toBe(facts.blockId);
  });

  it('block shuts out when the call returns: not before every node has acted on it', async () => {
    const { mallory, caseId } = await scene();
    const socket = await mallory.socket();
    const node = '00000000-0000-4000-8000-000000000001';
    await rows(`INSERT INTO nodes (id, seen_at) VALUES ($1, clock_timestamp() + interval '1 minute')`, node);
    await rows('INSERT INTO node_accounts (account_id, node_id, acted_seq) VALUES ($1, $2, 0)', mallory.id, node);
    let returned = false;
    const deciding = decide(mod, caseId, 'block', { scope: 'global' }).finally(() => (returned = true));
    await socket.hears('session.ended');
    await eventually(
      async () => (await rows('SELECT 1 FROM cases WHERE id = $1 AND decided_at IS NOT NULL', caseId)).length,
    );
    expectProblem(await mallory.http.get('/accounts/me'), 401, 'auth/session-ended');
    expect(returned).toBe(false);
    await rows('UPDATE node_accounts SET acted_seq = 1000 WHERE node_id = $1', node);
    expect((await deciding).status).toBe(200);
    await rows('DELETE FROM node_accounts WHERE node_id = $1', node);
    await rows('DELETE FROM nodes WHERE id = $1', node);
  });

  it('block says that it is decided where a node does not follow, and how to wait for that node', async () => {
    const { mallory, message, caseId } = await scene();
    const node = '00000000-0000-4000-8000-000000000002';
    await rows(`INSERT INTO nodes (id, seen_at) VALUES ($1, clock_timestamp() + interval '1 minute')`, node);
    await rows('INSERT INTO node_accounts (account_id, node_id, acted_seq) VALUES ($1, $2, 0)', mallory.id, node);
    const more = { scope: 'global', deleteMessages: 'all' };
    const answer = await decide(mod, caseId, 'block', more);
    const { detail } = expectProblem(answer, 503, 'server/timeout');
    expect(detail).toContain('The case is decided');
    expect(detail).not.toContain('Repeat the request');
    expect(answer.headers.get('retry-after')).toBeNull();
    expectProblem(await decide(mod, caseId, 'block', more), 409, 'report/decided');
    expectProblem(await mallory.http.get('/accounts/me'), 401, 'auth/session-ended');
    const deleted = async () => (await rows('SELECT deleted_at FROM messages WHERE id = $1', message.id))[0].deleted_at;
    await eventually(deleted, 'the deletion', 15_000);
    const body = { accountId: mallory.id, mode: 'full', scope: 'global', reason: 'certainty' };
    const waiting = await mod.http.post('/moderation/blocks', body);
    expect(expectProblem(waiting, 503, 'server/timeout').detail).toContain('Repeat the request');
    expect(waiting.headers.get('retry-after')).toBe('1');
    await rows('UPDATE node_accounts SET acted_seq = 1000 WHERE node_id = $1', node);
    expect((await mod.http.post('/moderation/blocks', body)).status).toBe(200);
    await rows('DELETE FROM node_accounts WHERE node_id = $1', node);
    await rows('DELETE FROM nodes WHERE id = $1', node);
  });

  it('block is full where nothing else is said, bans from a room, and is the one in force where there is one', async () => {
    const { mallory, bob, vault, caseId } = await scene();
    await report(bob, 'account', mallory.id);
    const first = (await decide(mod, caseId, 'block', { scope: vault })).body.decision.facts;
    expect((await mod.http.get(`/moderation/blocks/${first.blockId}`)).body).toMatchObject({
      mode: 'full',
      scope: vault,
    });
    expectProblem(await mallory.http.get(`/rooms/${vault}/messages`), 404, 'room/not-found');
    const person = await caseOf('account', mallory.id);
    const second = await decide(mod, person.id, 'block', { scope: vault });
    expect(second.body.decision.facts).toEqual(first);
    await report(alice, 'account', mallory.id);
    const third = await decide(mod, (await caseOf('account', mallory.id)).id, 'block', {
      scope: 'global',
      mode: 'read_only',
    });
    expect((await mod.http.get(`/moderation/blocks/${third.body.decision.facts.blockId}`)).body).toMatchObject({
      mode: 'read_only',
      scope: 'global',
    });
  });

  it('of two different decisions at once only one happens', async () => {
    for (let n = 0; n < 5; n++) {
      const { mallory, message, caseId } = await scene();
      const [deleted, muted, dismissed] = await Promise.all([
        decide(mod, caseId, 'delete_message'),
        decide(mona, caseId, 'mute', { scope: 'global' }),
        decide(root, caseId, 'dismiss'),
      ]);
      const won = [deleted, muted, dismissed].map(({ status }) => status === 200);
      expect(won.filter(Boolean)).toHaveLength(1);
      const blocks = (await mod.http.get(`/moderation/blocks?accountId=${mallory.id}`)).body.items;
      const { deletedAt } = (await alice.http.get(`/rooms/${message.roomId}/messages/${message.id}`)).body;
      expect([deletedAt !== null, blocks.length === 1]).toEqual([won[0], won[1]]);
    }
  });

  it('or does not happen at all: when the connection dies before the commit, there is neither block nor decision', async () => {
    const { mallory, vault, caseId } = await scene();
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(25189, 2)');
    const socket = await mallory.socket();
    const deciding = decide(mod, caseId, 'block', { scope: vault });
    const waiting = await eventually(async () => {
      const [found] = await rows(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory' AND query LIKE '%audit_append%'`,
      );
      return found?.pid;
    }, 'the waiting decision');
    await rows('SELECT pg_terminate_backend($1)', waiting);
    expect((await deciding).status).toBe(503);
    await holder.query('SELECT pg_advisory_unlock(25189, 2)');
    await holder.release();
    expect((await mod.http.get(`/moderation/reports/${caseId}`)).body.state).toBe('open');
    expect((await mod.http.get(`/moderation/blocks?accountId=${mallory.id}`)).body.items).toEqual([]);
    expect(await trail(`target=report:${caseId}`)).toEqual([]);
    expect(await trail(`target=account:${mallory.id}`)).toEqual([]);
    await say(mallory, vault, 'still here');
    await socket.hears('message.sent');
    expect(socket.heard.map(({ event }) => event)).toEqual(['session.ready', 'message.sent']);
  });

  it('is refused where the action does not fit the target or its parameters do not fit the action', async () => {
    const { bob, mallory, caseId } = await scene();
    await report(bob, 'account', mallory.id);
    const { id: direct } = (await mallory.http.put(`/direct/${bob.id}`)).body;
    await report(bob, 'room', direct);
    const [person, between] = [await caseOf('account', mallory.id), await caseOf('room', direct)];
    expect(between.account).toBeNull();
    const refusals: [number, string, object, string][] = [
      [person.id, 'delete_message', {}, '#/action'],
      [person.id, 'restore', {}, '#/action'],
      [between.id, 'delete_message', {}, '#/action'],
      [between.id, 'warn', {}, '#/action'],
      [between.id, 'block', { scope: 'global' }, '#/action'],
      [caseId, 'dismiss', { scope: 'global' }, '#/scope'],
      [caseId, 'dismiss', { expiresAt: null }, '#/expiresAt'],
      [caseId, 'warn', { deleteMessages: 'all' }, '#/deleteMessages'],
      [caseId, 'mute', { scope: 'global', mode: 'full' }, '#/mode'],
      [caseId, 'block', { scope: 'global', mode: 'mute' }, '#/mode'],
      [caseId, 'mute', {}, '#/scope'],
      [caseId, 'block', { scope: 0 }, '#/scope'],
      [caseId, 'block', { scope: 'global', expiresAt: '2001-01-01T00:00:00.000Z' }, '#/expiresAt'],
    ];
    for (const [id, action, more, pointer] of refusals) {
      const problem = expectProblem(await decide(mod, id, action, more), 400, 'request/invalid');
      expect([action, problem.errors!.map((one) => one.pointer)]).toEqual([action, [pointer]]);
    }
    expect((await mod.http.get(`/moderation/reports/${caseId}`)).body.state).toBe('open');
    expect((await decide(mod, between.id, 'dismiss')).status).toBe(200);
  });
});

describe('the hierarchy', () => {
  it('holds for decisions: against moderators and superusers a moderator can do nothing, and every attempt is written down', async () => {
    const bob = await somebody('bob');
    const [mila, lobby] = [await w.person(`mila ${++count}`, { role: 'moderator' }), await room([], 'open')];
    const ruth = await w.person(`ruth ${++count}`, { role: 'superuser' });
    for (const person of [mila, ruth]) {
      const message = await say(person, lobby, 'rude');
      await report(bob, 'message', message.id);
      const { id } = await caseOf('message', message.id);
      const about = person === mila ? mod : mila;
      for (const [action, more] of [
        ['warn', {}],
        ['mute', { scope: lobby }],
        ['block', { scope: 'global' }],
      ] as const) {
        expectProblem(await decide(about, id, action, more), 403, 'role/insufficient');
        const [attempt] = await trail(`actor=${about.id}&target=account:${person.id}&action=report.decide.refused`);
        expect(attempt).toMatchObject({
          after: { reportId: id, action, code: 'role/insufficient' },
          reason: 'looked at it',
        });
      }
      expect((await mod.http.get(`/moderation/blocks?accountId=${person.id}`)).body.items).toEqual([]);
      expect((await decide(root, id, 'warn')).status).toBe(200);
      expect((await person.http.get('/accounts/me/sanctions')).body.items).toHaveLength(1);
    }
  });

  it('keeps the last superuser', async () => {
    const bob = await somebody('bob');
    const others = await w.database.query<{ id: number }>(
      `SELECT id FROM accounts WHERE role = 'superuser' AND id <> $1`,
      [root.id],
    );
    const rita = await w.person(`rita ${++count}`, { role: 'superuser' });
    await w.database.query(
      `INSERT INTO blocks (account_id, mode, reason) SELECT id, 'full', 'away' FROM accounts WHERE id = ANY ($1::bigint[])`,
      [others.map(({ id }) => id)],
    );
    await report(bob, 'account', rita.id);
    await report(bob, 'account', root.id);
    const [hers, his] = [await caseOf('account', rita.id), await caseOf('account', root.id)];
    const answers = await Promise.all([
      decide(root, hers.id, 'block', { scope: 'global' }),
      decide(rita, his.id, 'block', { scope: 'global' }),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
    const won = answers.find(({ status }) => status === 200)!.body;
    expect(won.decision.facts.blockId).toBeGreaterThan(0);
    await w.database.query(
      `UPDATE blocks SET lifted_at = now() WHERE account_id = ANY ($1::bigint[]) AND lifted_at IS NULL`,
      [[root.id, rita.id, ...others.map(({ id }) => id)]],
    );
  });
});

describe('locks', () => {
  /** Whether a row is free at this moment. */
  const isFree = (table: string, id: number) =>
    w.database
      .query(`SELECT 1 FROM ${table} WHERE id = $1 FOR NO KEY UPDATE NOWAIT`, [id])
      .then(() => true)
      .catch((error: { driverError?: { code?: string } }) => {
        expect(error.driverError?.code).toBe('55P03');
        return false;
      });

  /** Holds an account's row while the work goes on as far as it can. */
  async function behind(accountId: number, work: () => Promise<unknown>, look: () => Promise<void>): Promise<void> {
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.startTransaction();
    await holder.query('SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
    const working = work();
    await eventually(async () => {
      const waiting = await w.database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM accounts%FOR NO KEY UPDATE%'`,
      );
      return waiting.length > 0;
    }, 'the work that waits for the account');
    await look();
    await holder.rollbackTransaction();
    await holder.release();
    await working;
  }

  it('of a decision go from the case to the streams of all who will hear of it, and only then to the room', async () => {
    const { mallory, bob, vault, message, caseId } = await scene();
    const late = await somebody('late');
    await alice.http.put(`/rooms/${vault}/members/${late.id}`);
    await report(late, 'message', message.id);
    await behind(
      late.id,
      () => decide(mod, caseId, 'block', { scope: vault }),
      async () => {
        expect(await isFree('cases', caseId)).toBe(false);
        for (const { id } of [mallory, bob, mod]) expect(await isFree('accounts', id)).toBe(false);
        expect(await isFree('rooms', vault)).toBe(true);
      },
    );
    expect((await mod.http.get(`/moderation/reports/${caseId}`)).body.decision.action).toBe('block');
  });

  it('of a decision begin with the author of what is deleted: the case comes after him', async () => {
    const { mallory, caseId } = await scene();
    const holder = w.database.source.createQueryRunner();
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock($1)', [mallory.id]);
    const deciding = decide(mod, caseId, 'delete_message');
    await eventually(async () => {
      const waiting = await w.database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%pg_advisory_xact_lock%'`,
      );
      return waiting.length > 0;
    }, 'the decision that waits for the author');
    const free = await isFree('cases', caseId);
    await holder.query('SELECT pg_advisory_unlock($1)', [mallory.id]);
    await holder.release();
    expect(free).toBe(true);
    expect((await deciding).status).toBe(200);
  });

  it('of a report go from the case to the streams of the moderators', async () => {
    const [mallory, bob] = [await somebody(), await somebody('bob')];
    await report(alice, 'account', mallory.id);
    await decide(mod, (await caseOf('account', mallory.id)).id, 'dismiss');
    let second: Promise<unknown> | undefined;
    await behind(
      root.id,
      () => report(bob, 'account', mallory.id),
      async () => {
        second = report(alice, 'account', mallory.id);
        await eventually(async () => {
          const waiting = await w.database.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO cases%'`,
          );
          return waiting.length > 0;
        }, 'the report that waits for the case');
      },
    );
    await second;
    expect(await caseOf('account', mallory.id)).toMatchObject({ reportCount: 2 });
  });

  it('let moderators decide at once about people who reported each other', async () => {
    for (let n = 0; n < 6; n++) {
      const people = await Promise.all([1, 2, 3].map(() => somebody('quarreller')));
      for (const one of people) for (const other of people) if (one !== other) await report(one, 'account', other.id);
      const cases = await Promise.all(people.map(({ id }) => caseOf('account', id)));
      const answers = await Promise.all(cases.map(({ id }, index) => decide([mod, mona, root][index]!, id, 'warn')));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      for (const [index, one] of people.entries()) {
        const kinds = await w.database.query<{ kind: string }>(
          'SELECT kind FROM account_events WHERE account_id = $1 ORDER BY seq',
          [one.id],
        );
        expect([
          index,
          kinds
            .map(({ kind }) => kind)
            .toSorted()
            .join(),
        ]).toEqual([index, 'account.warned,report.outcome,report.outcome']);
      }
    }
  });
});

describe('a filter', () => {
  it('opens cases of its own and joins those of reporters', async () => {
    const { ReportCases } = await import('../../src/moderation/reports/report-cases.service.js');
    const cases = w.app.get(ReportCases, { strict: false });
    const { mallory, vault, message, caseId, bob } = await scene();
    const socket = await mona.socket();
    const flag = (target: { type: 'message' | 'held_message'; id: number; seq: number; text: string }) =>
      w.database.write((tx) =>
        cases.open(tx, {
          target: { ...target, accountId: mallory.id, roomId: vault },
          source: { kind: 'filter' },
          reason: 'filter',
          detail: { filterId: 3, name: 'advertising' },
        }),
      );
    const joined = await flag({ type: 'message', id: message.id, seq: message.seq, text: message.text });
    expect(joined).toMatchObject({ caseId, repeated: false });
    const { seq } = await say(bob, vault, 'hello');
    const held = await flag({ type: 'held_message', id: 77, seq, text: 'cheap tea' });
    expect(await socket.hears('report.opened')).toMatchObject({
      caseId: held.caseId,
      source: 'filter',
      target: { type: 'held_message', id: 77, roomId: vault },
      reason: 'filter',
    });
    expect(socket.of('report.opened')).toHaveLength(1);
    const { body } = await mod.http.get(`/moderation/reports/${held.caseId}`);
    expect(body).toMatchObject({ source: 'filter', account: { id: mallory.id }, excerpt: 'cheap tea', reportCount: 1 });
    expect(body.reports).toEqual([
      expect.objectContaining({
        source: 'filter',
        reporter: null,
        reason: 'filter',
        detail: { filterId: 3, name: 'advertising' },
        snapshot: 'cheap tea',
      }),
    ]);
    expect(body.context.map(({ text }: any) => text)).toContain('hello');
    expect((await mod.http.get(`/moderation/reports/${caseId}`)).body).toMatchObject({
      source: 'report',
      reportCount: 2,
    });
    expectProblem(await decide(mod, held.caseId, 'dismiss'), 400, 'request/invalid');
  });
});
