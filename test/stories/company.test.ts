import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from '../../src/realtime/connections.js';
import type { SocketIoWire } from '../../src/realtime/wire.js';
import { eventually, expectProblem, expectRefusal } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

/** Who is here and who is typing, on one node without Redis. */
let w: World;
let alice: Person, bob: Person, mallory: Person, mod: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '100' });
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  mod = await w.person('mod', { role: 'moderator' });
}, 60_000);
afterAll(() => w.close());

let count = 0;
const room = async (members: Person[] = [bob]) =>
  (
    await alice.http.post('/rooms', {
      name: `vault ${++count}`,
      preset: 'private',
      members: members.map((person) => person.id),
    })
  ).body.id as number;
const typing = (socket: ListeningSocket, roomId: number) =>
  socket.heard
    .filter(({ event, payload }) => event.startsWith('typing.') && payload.roomId === roomId)
    .map(({ event, payload }) => `${payload.account.username} ${event.slice(7)}`);
/** Everything told to this socket before now has arrived when this resolves. */
const settled = async (socket: ListeningSocket) => void (await socket.send('presence.set', { state: 'online' }));
const states = (socket: ListeningSocket, person: Person) =>
  socket
    .of('presence.changed')
    .flatMap(({ people }) => people)
    .filter(({ accountId }) => accountId === person.id)
    .map(({ state }) => state as string);

describe('typing', () => {
  it('is told to the others in the room for six seconds, and not to himself or to outsiders', async () => {
    const vault = await room();
    const [hers, her2, his, outside] = [
      await alice.socket(),
      await alice.socket(),
      await bob.socket(),
      await mallory.socket(),
    ];
    expect(await hers.send('typing.start', { roomId: vault })).toEqual({ ok: true });
    const began = performance.now();
    expect(await his.hears('typing.started', ({ roomId }) => roomId === vault)).toEqual({
      roomId: vault,
      account: { id: alice.id, username: 'alice', firstName: '', lastName: '' },
    });
    await eventually(() => typing(his, vault).includes('alice stopped'), 'the end', 9_000);
    expect(performance.now() - began).toBeGreaterThan(5_500);
    for (const socket of [hers, her2, outside]) await settled(socket);
    expect([typing(hers, vault), typing(her2, vault), typing(outside, vault)]).toEqual([[], [], []]);
    expect((await bob.http.get(`/rooms/${vault}/events?after=0`)).body.head).toBe(2);
  });

  it('ends with the message, with a word, and is told once however often it is said', async () => {
    const vault = await room();
    const [hers, his] = [await alice.socket(), await bob.socket()];
    for (let n = 0; n < 10; n++) await hers.send('typing.start', { roomId: vault });
    await hers.send('typing.stop', { roomId: vault });
    await hers.send('typing.stop', { roomId: vault });
    await hers.send('typing.start', { roomId: vault });
    await hers.send('message.send', { roomId: vault, text: 'there', clientId: newClientId() });
    await his.hears('message.sent', ({ text }) => text === 'there');
    await settled(his);
    expect(typing(his, vault)).toEqual(['alice started', 'alice stopped', 'alice started', 'alice stopped']);
  });

  it('goes on while it is said again', async () => {
    const vault = await room();
    const [hers, his] = [await alice.socket(), await bob.socket()];
    for (let n = 0; n < 4; n++) {
      await hers.send('typing.start', { roomId: vault });
      await sleep(2_200);
    }
    await settled(his);
    expect(typing(his, vault)).toEqual(Array(4).fill('alice started'));
  }, 20_000);

  it('is refused to whoever may not post, and nobody hears of it', async () => {
    const vault = await room([bob, mallory]);
    const [hers, his] = [await mallory.socket(), await bob.socket()];
    const blocked = await mod.http.post('/moderation/blocks', {
      accountId: mallory.id,
      reason: 'floods',
      mode: 'mute',
      scope: vault,
    });
    expect(blocked.status).toBe(201);
    expectRefusal(await hers.send('typing.start', { roomId: vault }), 'account/blocked');
    expectRefusal(await hers.send('typing.start', { roomId: await room() }), 'room/not-found');
    await settled(his);
    expect(typing(his, vault)).toEqual([]);
  });

  it('is not told to somebody who was removed, nor to a socket that reads too slowly', async () => {
    const vault = await room([bob, mallory]);
    const [hers, his, slow] = [await alice.socket(), await mallory.socket(), await bob.socket()];
    await alice.http.delete(`/rooms/${vault}/members/${mallory.id}`);
    await his.hears('member.removed', ({ roomId }) => roomId === vault);
    const listens = await bob.socket();
    const [connection] = w.app
      .get(Connections, { strict: false })
      .of(bob.id)
      .filter((one) => (one.wire as SocketIoWire).socket.id === slow.io.id);
    connection!.isBusy = () => true;
    await hers.send('typing.start', { roomId: vault });
    await listens.hears('typing.started', ({ roomId }) => roomId === vault);
    for (const socket of [his, slow]) await settled(socket);
    expect([typing(his, vault), typing(slow, vault)]).toEqual([[], []]);
  });

  it('of more than five people at once is not told', async () => {
    const crowd = await Promise.all(Array.from({ length: 7 }, (_, n) => w.person(`typist ${n}`)));
    const vault = await room([bob, ...crowd]);
    const his = await bob.socket();
    for (const person of crowd)
      expect(await (await person.socket()).send('typing.start', { roomId: vault })).toEqual({ ok: true });
    await settled(his);
    expect(typing(his, vault)).toHaveLength(5);
  });
});

describe('presence', () => {
  it('is seen by those who share a room, over both doors, and by nobody else', async () => {
    const [carol, dave, eve] = [await w.person('carol'), await w.person('dave'), await w.person('eve')];
    const vault = (await carol.http.post('/rooms', { name: 'pair', preset: 'private', members: [dave.id] })).body
      .id as number;
    const ids = [dave.id, eve.id, carol.id, 999_999_999];
    const seen = async (person: Person) =>
      (await person.http.get(`/presence?accountIds=${ids.join(',')}`)).body.items.map((one: any) => [
        one.accountId,
        one.state,
      ]);
    expect(await seen(carol)).toEqual([
      [dave.id, 'offline'],
      [carol.id, 'offline'],
    ]);
    const hers = await carol.socket();
    await dave.socket();
    const ack = await hers.send('presence.watch', { accountIds: ids });
    expect(ack.people.map((one: any) => [one.accountId, one.state])).toEqual([
      [dave.id, 'online'],
      [carol.id, 'online'],
    ]);
    expect(await seen(carol)).toEqual(ack.people.map((one: any) => [one.accountId, one.state]));
    expect(await seen(eve)).toEqual([[eve.id, 'offline']]);
    expect(
      (await (await eve.socket()).send('presence.watch', { accountIds: ids })).people.map((one: any) => one.accountId),
    ).toEqual([eve.id]);
    expect((await mod.http.delete(`/rooms/${vault}`)).status).toBe(204);
    expect(await seen(carol)).toEqual([[carol.id, 'online']]);
  });

  it('is away when all sockets are, and told to those who watch once a second', async () => {
    await room();
    const [hers, bystander] = [await alice.socket(), await alice.socket()];
    const [one, two] = [await bob.socket(), await bob.socket()];
    for (const { wire } of w.app.get(Connections, { strict: false }).of(bob.id)) {
      const { socket } = wire as SocketIoWire;
      if (![one.io.id, two.io.id].includes(socket.id)) socket.disconnect(true);
    }
    await hers.send('presence.watch', { accountIds: [bob.id, mallory.id] });
    await one.send('presence.set', { state: 'away' });
    await sleep(1_500);
    expect(states(hers, bob)).toEqual([]);
    for (let n = 0; n < 20; n++) await two.send('presence.set', { state: n % 2 === 0 ? 'online' : 'away' });
    await hers.hears('presence.changed', ({ people }) => people.some((person: any) => person.state === 'away'));
    expect(states(hers, bob)).toEqual(['away']);
    await two.send('presence.set', { state: 'online' });
    await eventually(() => states(hers, bob).length === 2, 'the way back');
    expect(states(hers, bob)).toEqual(['away', 'online']);
    await hers.send('presence.watch', { accountIds: [] });
    await two.send('presence.set', { state: 'away' });
    await sleep(1_500);
    expect(states(hers, bob)).toEqual(['away', 'online']);
    expect(bystander.of('presence.changed')).toEqual([]);
  });

  it('outlives the last socket by twenty seconds, and a return within them is not noticed', async () => {
    const [frank, grace] = [await w.person('frank'), await w.person('grace')];
    await room([frank, grace]);
    const hers = await alice.socket();
    const [leaves, returns] = [await frank.socket(), await grace.socket()];
    await hers.send('presence.watch', { accountIds: [frank.id, grace.id] });
    const left = performance.now();
    leaves.close();
    returns.close();
    await sleep(3_000);
    await grace.socket();
    await eventually(() => states(hers, frank).length > 0, 'the end of his presence', 25_000);
    expect(states(hers, frank)).toEqual(['offline']);
    expect(performance.now() - left).toBeGreaterThan(19_000);
    await sleep(1_500);
    expect(states(hers, grace)).toEqual([]);
    const [{ lastSeenAt, state }] = (await alice.http.get(`/presence?accountIds=${frank.id}`)).body.items;
    expect(state).toBe('offline');
    const ago = Date.now() - Date.parse(lastSeenAt);
    expect(ago).toBeGreaterThan(15_000);
    expect(ago).toBeLessThan(60_000);
  }, 40_000);

  it('is no longer told of somebody with whom no room is shared any more', async () => {
    const [heidi, ivan] = [await w.person('heidi'), await w.person('ivan')];
    const vault = (await heidi.http.post('/rooms', { name: 'pair', preset: 'private', members: [ivan.id] })).body
      .id as number;
    const [hers, his] = [await heidi.socket(), await ivan.socket()];
    await hers.send('presence.watch', { accountIds: [ivan.id] });
    expect((await ivan.http.delete(`/rooms/${vault}/members/me`)).status).toBe(204);
    await his.send('presence.set', { state: 'away' });
    await eventually(() => states(hers, ivan).length > 0, 'the last word');
    await his.send('presence.set', { state: 'online' });
    await sleep(1_500);
    expect(hers.of('presence.changed').flatMap(({ people }) => people)).toEqual([
      { accountId: ivan.id, state: 'unknown', lastSeenAt: null },
    ]);
  });

  it('of somebody who has blocked me personally is hidden, as if we shared no room', async () => {
    const [judy, karl] = [await w.person('judy'), await w.person('karl')];
    await judy.http.post('/rooms', { name: 'pair', preset: 'private', members: [karl.id] });
    const seen = async (person: Person, other: Person) =>
      (await person.http.get(`/presence?accountIds=${other.id}`)).body.items.map((one: any) => one.state);
    expect([await seen(judy, karl), await seen(karl, judy)]).toEqual([['offline'], ['offline']]);
    expect((await judy.http.put(`/accounts/me/personal-blocks/${karl.id}`)).status).toBeLessThan(300);
    expect([await seen(judy, karl), await seen(karl, judy)]).toEqual([['offline'], []]);
  });

  it('is asked for in one form only', async () => {
    for (const query of [
      '',
      'accountIds=',
      'accountIds=0',
      'accountIds=1,,2',
      'accountIds=1&accountIds=2',
      `accountIds=${Array(201).fill(1).join(',')}`,
    ])
      expectProblem(await alice.http.get(`/presence?${query}`), 400, 'request/invalid');
    const hers = await alice.socket();
    expectRefusal(await hers.send('presence.watch', { accountIds: Array(201).fill(1) }), 'request/invalid');
    expectRefusal(await hers.send('presence.set', { state: 'offline' }), 'request/invalid');
  });
});
