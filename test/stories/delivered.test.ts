import { setTimeout as sleep } from 'node:timers/promises';
import { DeliveredRepository } from '../../src/messaging/delivered.repository.js';
import { eventually, expectProblem } from '../support/expect.js';
import { secondNode } from '../support/second-node.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

/** Up to where a room has reached the devices of its members, in rooms that want to know; one node. */
let w: World;
let alice: Person, bob: Person, mallory: Person, eve: Person, mod: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '100' });
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  [eve, mod] = [await w.person('eve'), await w.person('mod', { role: 'moderator' })];
}, 60_000);
afterAll(() => w.close());

const room = async (members: Person[] = [bob], more: object = { deliveredMarks: true }): Promise<number> => {
  const request = { name: 'vault', preset: 'private', members: members.map(({ id }) => id), ...more };
  return (await alice.http.post('/rooms', request)).body.id;
};
const say = async (roomId: number, times = 1) => {
  let seq = 0;
  for (let n = 0; n < times; n++)
    seq = (await alice.http.post(`/rooms/${roomId}/messages`, { text: `${n}`, clientId: newClientId() })).body.seq;
  return seq;
};
const told = (socket: ListeningSocket, roomId: number) =>
  socket.of('delivered.marked').filter((fact) => fact.roomId === roomId);
const seqs = (socket: ListeningSocket, roomId: number) => told(socket, roomId).map((fact) => fact.deliveredSeq);
const hearsOf = (socket: ListeningSocket, roomId: number, seq: number) =>
  socket.hears('delivered.marked', (fact) => fact.roomId === roomId && fact.deliveredSeq === seq);
const kept = (roomId: number) =>
  w.database.query<{ account_id: number; seq: number }>(
    'SELECT account_id, seq FROM deliveries WHERE room_id = $1 ORDER BY account_id',
    [roomId],
  );
const marksIn = async (person: Person, roomId: number) =>
  (await person.http.get(`/rooms/${roomId}/delivered`)).body.items;
/** Everything told to this socket before now has arrived when this resolves. */
const settled = async (socket: ListeningSocket) => void (await socket.send('presence.set', { state: 'online' }));
const change = (person: Person, roomId: number, body: object) => person.http.patch(`/rooms/${roomId}`, body);

overEveryTransport((t) => {
  it('tells the other members what has reached a device, and neither himself nor who only listens', async () => {
    const lobby = await room([bob], { preset: 'open', deliveredMarks: true });
    const seq = await say(lobby, 3);
    const [hers, his, looking, outside] = [
      await alice.socket(),
      await bob.socket(),
      await mallory.socket(),
      await eve.socket(),
    ];
    expect(await looking.send('room.resume', { roomId: lobby, after: seq })).toMatchObject({ ok: true });
    expect(await t.markDelivered(bob, lobby, seq)).toMatchObject({ ok: true, roomId: lobby, deliveredSeq: seq });
    expect(await hearsOf(hers, lobby, seq)).toEqual({ roomId: lobby, accountId: bob.id, deliveredSeq: seq });
    for (const socket of [his, looking, outside]) await settled(socket);
    expect([his, looking, outside].map((socket) => told(socket, lobby))).toEqual([[], [], []]);
    expect(await marksIn(alice, lobby)).toEqual([
      { accountId: alice.id, deliveredSeq: 1, readSeq: 1 },
      { accountId: bob.id, deliveredSeq: seq, readSeq: 2 },
    ]);
    expect((await bob.http.get(`/rooms/${lobby}`)).body.headSeq).toBe(seq);
    expect((await bob.http.get('/unread')).body.rooms).toContainEqual(
      expect.objectContaining({ roomId: lobby, unreadCount: 3 }),
    );
  });

  it('moves only forward, and never beyond the newest seq', async () => {
    const vault = await room();
    const seq = await say(vault, 4);
    const hers = await alice.socket();
    expect(await t.markDelivered(bob, vault, seq - 1)).toMatchObject({ deliveredSeq: seq - 1 });
    await hearsOf(hers, vault, seq - 1);
    expect(await t.markDelivered(bob, vault, seq - 2)).toMatchObject({ ok: true, deliveredSeq: seq - 1 });
    expect(await t.markDelivered(bob, vault, 999_999)).toMatchObject({ ok: true, deliveredSeq: seq });
    expect(await t.markDelivered(bob, vault, seq - 3)).toMatchObject({ ok: true, deliveredSeq: seq });
    await hearsOf(hers, vault, seq);
    expect(seqs(hers, vault)).toEqual([seq - 1, seq]);
    expect(await kept(vault)).toEqual([{ account_id: bob.id, seq }]);
  });

  it('is moved by reading, and stays when the read mark goes back', async () => {
    const vault = await room([bob], {});
    const seq = await say(vault, 3);
    await t.markRead(bob, vault, seq - 1);
    await change(alice, vault, { deliveredMarks: true });
    const [hers, outside] = [await alice.socket(), await mallory.socket()];
    await bob.http.put(`/rooms/${vault}/unread`, { seq: 1 });
    await hearsOf(hers, vault, seq - 1);
    await t.markRead(bob, vault, seq);
    const mark = { accountId: bob.id, deliveredSeq: seq, readSeq: seq };
    expect(await hearsOf(hers, vault, seq)).toEqual({ roomId: vault, accountId: bob.id, deliveredSeq: seq });
    expect((await marksIn(alice, vault))[1]).toEqual(mark);
    expect(await t.markDelivered(bob, vault, seq - 1)).toMatchObject({ deliveredSeq: seq });
    await settled(outside);
    expect(told(outside, vault)).toEqual([]);
  });

  it('is refused in a room that does not want it, which pays nothing for reading', async () => {
    const vault = await room([bob], {});
    const [seq, hers] = [await say(vault), await alice.socket()];
    expect(await t.markDelivered(bob, vault, seq)).toMatchObject({ ok: false, code: 'room/delivered-marks-off' });
    expectProblem(await bob.http.get(`/rooms/${vault}/delivered`), 409, 'room/delivered-marks-off');
    const keep = jest.spyOn(w.app.get(DeliveredRepository, { strict: false }), 'keep');
    await t.markRead(bob, vault, seq);
    await sleep(1_300);
    await settled(hers);
    expect([keep.mock.calls, told(hers, vault), await kept(vault)]).toEqual([[], [], []]);
    keep.mockRestore();
  });

  it('is refused to outsiders, and to moderators who only look on', async () => {
    const vault = await room();
    expect(await t.markDelivered(mallory, vault, 1)).toMatchObject({ ok: false, code: 'room/not-found' });
    expect(await t.markDelivered(mod, vault, 1)).toMatchObject({ ok: false, code: 'room/not-member' });
    expectProblem(await mallory.http.get(`/rooms/${vault}/delivered`), 404, 'room/not-found');
    expectProblem(await mod.http.get(`/rooms/${vault}/delivered`), 403, 'room/not-member');
  });

  it('is open to the muted and to who may only read, and closed to who is kept out', async () => {
    const vault = await room([bob, eve, mallory]);
    const [seq, hers] = [await say(vault), await alice.socket()];
    const marks = [];
    for (const [person, mode] of [
      [bob, 'mute'],
      [eve, 'read_only'],
      [mallory, 'full'],
    ] as const) {
      const request = { accountId: person.id, reason: 'floods', mode, scope: vault };
      expect((await mod.http.post('/moderation/blocks', request)).status).toBe(201);
      marks.push(await t.markDelivered(person, vault, seq));
    }
    expect(marks.map(({ ok, code }) => code ?? ok)).toEqual([true, true, 'room/not-found']);
    await eventually(() => told(hers, vault).length === 2, 'two marks');
  });
});

describe('the setting', () => {
  it('is told, kept and off at first', async () => {
    const vault = await room([bob], {});
    const his = await bob.socket();
    expect((await bob.http.get(`/rooms/${vault}`)).body.deliveredMarks).toBe(false);
    expect((await change(alice, vault, { deliveredMarks: true })).body.deliveredMarks).toBe(true);
    expect(await his.hears('room.changed', (fact) => fact.roomId === vault)).toMatchObject({
      room: { deliveredMarks: true },
    });
    expect((await change(alice, vault, { topic: 'tea' })).body.deliveredMarks).toBe(true);
    for (const deliveredMarks of ['true', 1, null, []])
      expectProblem(await change(alice, vault, { deliveredMarks }), 400, 'request/invalid');
  });

  it('belongs to whoever may change the room', async () => {
    const lobby = await room([bob], { preset: 'open' });
    expectProblem(await change(bob, lobby, { deliveredMarks: true }), 403, 'room/forbidden');
    expect((await change(alice, lobby, { deliveredMarks: true })).status).toBe(200);
  });

  it('of a direct room belongs to either of the two, and nothing else of it', async () => {
    const direct = (await alice.http.put(`/direct/${bob.id}`)).body.id;
    expect((await change(bob, direct, { deliveredMarks: true })).body.deliveredMarks).toBe(true);
    expect((await change(alice, direct, { deliveredMarks: false })).body.deliveredMarks).toBe(false);
    expectProblem(await change(bob, direct, { deliveredMarks: true, topic: 'tea' }), 403, 'room/forbidden');
    expectProblem(await change(mod, direct, { deliveredMarks: true }), 403, 'room/forbidden');
    expectProblem(await change(mallory, direct, { deliveredMarks: true }), 404, 'room/not-found');
  });

  it('of a direct room is no way around a personal block', async () => {
    const direct = (await alice.http.put(`/direct/${eve.id}`)).body.id;
    await alice.http.put(`/accounts/me/personal-blocks/${eve.id}`);
    expectProblem(await change(eve, direct, { deliveredMarks: true }), 403, 'room/forbidden');
    expectProblem(await change(alice, direct, { deliveredMarks: true }), 409, 'account/personally-blocked');
    await alice.http.delete(`/accounts/me/personal-blocks/${eve.id}`);
    expect((await change(eve, direct, { deliveredMarks: true })).status).toBe(200);
  });

  it('turned off forgets the marks, also those that still wait', async () => {
    const vault = await room();
    const seq = await say(vault, 2);
    await bob.http.put(`/rooms/${vault}/delivered`, { seq: seq - 1 });
    await eventually(async () => (await kept(vault)).length === 1, 'the first mark');
    await bob.http.put(`/rooms/${vault}/delivered`, { seq });
    await change(alice, vault, { deliveredMarks: false });
    await sleep(1_500);
    expect(await kept(vault)).toEqual([]);
  });

  it('counts for nothing in a room of more than a hundred', async () => {
    const vault = await room();
    const [seq, hers] = [await say(vault), await alice.socket()];
    const size = (members: number) =>
      w.database.query('UPDATE rooms SET member_count = $2 WHERE id = $1', [vault, members]);
    await size(101);
    expectProblem(await bob.http.put(`/rooms/${vault}/delivered`, { seq }), 409, 'room/delivered-marks-off');
    expectProblem(await bob.http.get(`/rooms/${vault}/delivered`), 409, 'room/delivered-marks-off');
    await size(100);
    expect((await bob.http.put(`/rooms/${vault}/delivered`, { seq })).status).toBe(200);
    await hearsOf(hers, vault, seq);
  });
});

it('is told and written once a second, however often it is said, and the last one counts', async () => {
  const vault = await room();
  const last = await say(vault, 30);
  const [hers, his] = [await alice.socket(), await bob.socket()];
  const keep = jest.spyOn(w.app.get(DeliveredRepository, { strict: false }), 'keep');
  const began = performance.now();
  for (let seq = last - 29; seq <= last; seq++) {
    expect(await his.send('delivered.mark', { roomId: vault, seq })).toEqual({
      ok: true,
      roomId: vault,
      deliveredSeq: seq,
    });
    await sleep(20);
  }
  await hearsOf(hers, vault, last);
  const most = 2 + Math.floor((performance.now() - began) / 1_000);
  expect(most).toBeLessThan(20);
  expect(seqs(hers, vault).length).toBeLessThanOrEqual(most);
  expect(keep.mock.calls.length).toBeLessThanOrEqual(most);
  expect(seqs(hers, vault)).toEqual(seqs(hers, vault).toSorted((a, b) => a - b));
  keep.mockRestore();
});

it('is neither told nor shown between two of whom one has blocked the other', async () => {
  const vault = await room([bob, mallory]);
  const [seq, hers, his, others] = [await say(vault), await alice.socket(), await bob.socket(), await mallory.socket()];
  await bob.http.put(`/accounts/me/personal-blocks/${mallory.id}`);
  for (const person of [alice, bob, mallory])
    expect((await person.http.put(`/rooms/${vault}/delivered`, { seq })).status).toBe(200);
  await eventually(() => told(hers, vault).length === 2, 'both marks');
  for (const socket of [his, others]) await hearsOf(socket, vault, seq);
  for (const socket of [his, others]) await settled(socket);
  const heardOf = (socket: ListeningSocket) => told(socket, vault).map(({ accountId }) => accountId);
  expect([heardOf(his), heardOf(others)]).toEqual([[alice.id], [alice.id]]);
  const shown = async (person: Person) => (await marksIn(person, vault)).map((mark: any) => mark.accountId);
  expect([await shown(alice), await shown(bob), await shown(mallory)]).toEqual([
    [alice.id, bob.id, mallory.id],
    [alice.id, bob.id],
    [alice.id, mallory.id],
  ]);
  await bob.http.delete(`/accounts/me/personal-blocks/${mallory.id}`);
});

it('of somebody who left meanwhile is neither kept nor told', async () => {
  const vault = await room([bob, mallory]);
  const [seq, hers] = [await say(vault, 2), await alice.socket()];
  await bob.http.put(`/rooms/${vault}/delivered`, { seq: seq - 1 });
  await hearsOf(hers, vault, seq - 1);
  await bob.http.put(`/rooms/${vault}/delivered`, { seq });
  await mallory.http.put(`/rooms/${vault}/delivered`, { seq });
  await alice.http.delete(`/rooms/${vault}/members/${bob.id}`);
  await eventually(() => told(hers, vault).some(({ accountId }) => accountId === mallory.id), 'the other mark');
  await settled(hers);
  expect(told(hers, vault).filter(({ accountId }) => accountId === bob.id)).toHaveLength(1);
  expect((await kept(vault)).find((row) => row.account_id === bob.id)).toMatchObject({ seq: seq - 1 });
  expect((await marksIn(alice, vault)).map((mark: any) => mark.accountId)).toEqual([alice.id, mallory.id]);
});

it('that could not be written is written later', async () => {
  const vault = await room();
  const [seq, hers] = [await say(vault), await alice.socket()];
  const keep = jest.spyOn(w.app.get(DeliveredRepository, { strict: false }), 'keep');
  keep.mockRejectedValueOnce(new Error('no connection'));
  await bob.http.put(`/rooms/${vault}/delivered`, { seq });
  await hearsOf(hers, vault, seq);
  expect(keep.mock.calls.length).toBeGreaterThan(1);
  keep.mockRestore();
});

it('that waits is written when the node stops, and never moves another node’s back', async () => {
  const vault = await room();
  const seq = await say(vault, 3);
  const node = await secondNode(w);
  try {
    await node.as(bob).put(`/rooms/${vault}/delivered`, { seq: seq - 2 });
    await eventually(async () => (await kept(vault)).length === 1, 'the first mark');
    await node.as(bob).put(`/rooms/${vault}/delivered`, { seq: seq - 1 });
    await node.as(alice).put(`/rooms/${vault}/delivered`, { seq });
    await w.database.query('UPDATE deliveries SET seq = $2 WHERE room_id = $1', [vault, seq]);
  } finally {
    await node.close();
  }
  expect(await kept(vault)).toEqual([
    { account_id: alice.id, seq },
    { account_id: bob.id, seq },
  ]);
});
