import { eventually } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';
import { type Door, doorsOf, type Place } from './doors.js';
import { RawClient } from './raw-client.js';

/** One conversation, many doors: what is sent through one is read through every other one, and no rule is passed by any. */

const NAMES = ['the native API', 'Socket.IO', 'pychat', 'chatapi', 'atomchat', 'roschat', 'thanchat'];
const GROUP_DOORS = NAMES.filter((name) => name !== 'pychat');
const DIRECT_DOORS = NAMES;

let w: World;
let alice: Person, bob: Person, mallory: Person, root: Person;
let doors: Map<string, Door>;
let group: Place, direct: Place;
const sent: string[] = [];

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  root = await w.person('root', { role: 'superuser' });
  doors = new Map(doorsOf(w).map((door) => [door.name, door]));
  group = { kind: 'group', roomId: await roomOf('private'), between: [alice, bob] };
  const { body } = await alice.http.put(`/direct/${bob.id}`);
  direct = { kind: 'direct', roomId: body.id, between: [alice, bob] };
});
afterAll(() => w?.close());

async function roomOf(preset: string, more: object = {}): Promise<number> {
  const room = { name: 'lobby', preset, members: [bob.id], ...more };
  return (await alice.http.post('/rooms', room)).body.id;
}

const pairsOf = (names: readonly string[]) => names.flatMap((one) => names.map((other) => [one, other] as const));
const door = (name: string) => doors.get(name)!;

it('knows every door', () => {
  expect([...doors.keys()].sort()).toEqual(NAMES.toSorted());
  const speaking = (kind: Place['kind']) => [...doors.values()].filter(({ kinds }) => kinds.includes(kind));
  expect(
    speaking('group')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(GROUP_DOORS.toSorted());
  expect(
    speaking('direct')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(DIRECT_DOORS.toSorted());
});

describe('what is sent is read', () => {
  let heard: Record<'bob' | 'mallory', ListeningSocket>;
  let raw: readonly RawClient[];
  beforeAll(async () => {
    heard = { bob: await bob.socket(), mallory: await mallory.socket() };
    const { token } = await signInAtRoschat(bob);
    const headers = { authorization: `Token ${token}` };
    const listen = ({ roomId }: Place) => RawClient.open(`${w.origin}/ws/api/chat/${roomId}/`, headers);
    raw = [await listen(group), await listen(direct)];
  });
  afterAll(() => raw?.forEach((client) => client.close()));

  it.each(pairsOf(GROUP_DOORS))('in a group, through %s by %s', async (one, other) => {
    await passes(group, one, other);
  });

  it.each(pairsOf(DIRECT_DOORS))('between two people, through %s by %s', async (one, other) => {
    await passes(direct, one, other);
  });

  it('once, in one order for all doors, and by nobody else', async () => {
    for (const place of [group, direct]) {
      const native = await door('the native API').read(bob, place);
      for (const { name, kinds, read } of doors.values()) {
        if (!kinds.includes(place.kind)) continue;
        expect({ [name]: await read(bob, place) }).toEqual({ [name]: native });
        // A list of what was sent to oneself has nothing of what others sent each other.
        const seen = await read(mallory, place);
        expect({ [name]: seen ?? [] }).toEqual({ [name]: [] });
      }
    }
    const texts = () => heard.bob.of('message.sent').map(({ text }) => text as string);
    await eventually(() => texts().length >= sent.length, 'bob hears them all');
    expect(texts().toSorted()).toEqual(sent.toSorted());
    expect(heard.mallory.of('message.sent')).toEqual([]);
    const frames = () => raw.flatMap((client) => client.texts);
    await eventually(() => frames().length >= sent.length, 'his plain sockets hear them all');
    expect(frames()).toEqual(sent);
  });

  async function passes(place: Place, one: string, other: string): Promise<void> {
    const text = `${place.kind}: from ${one} to ${other}`;
    expect(await door(one).send(alice, place, text)).toBe(201);
    sent.push(text);
    const read = await door(other).read(bob, place);
    expect(read?.filter((each) => each === text)).toEqual([text]);
    expect(read?.at(-1)).toBe(text);
  }
});

it('is one message for all doors when the native ones repeat it', async () => {
  const message = { text: 'once', clientId: newClientId() };
  const socket = await alice.socket();
  for (let i = 0; i < 2; i++) {
    expect((await alice.http.post(`/rooms/${group.roomId}/messages`, message)).status).toBe(i === 0 ? 201 : 200);
    expect((await socket.send('message.send', { roomId: group.roomId, ...message })).ok).toBe(true);
  }
  for (const name of GROUP_DOORS)
    expect((await door(name).read(bob, group))?.filter((text) => text === 'once')).toEqual(['once']);
});

describe.each(DIRECT_DOORS)('between two people through %s', (name) => {
  it('who has blocked the other personally gets nothing from him', async () => {
    await bob.http.put(`/accounts/me/personal-blocks/${alice.id}`);
    expect(await door(name).send(alice, direct, 'unwanted')).toBe(403);
    expect(await door(name).send(bob, direct, 'unwanted')).toBe(409);
    await bob.http.delete(`/accounts/me/personal-blocks/${alice.id}`);
    expect(await door(name).read(bob, direct)).not.toContain('unwanted');
    expect(await door(name).send(alice, direct, `welcome by ${name}`)).toBe(201);
  });
});

describe.each(NAMES)('through %s', (name) => {
  const places = () => [group, direct].filter(({ kind }) => door(name).kinds.includes(kind));

  it('who is blocked neither writes nor reads, and does both afterwards', async () => {
    const lift = await block('full');
    for (const place of places()) {
      expect([401, 403, 404]).toContain(await door(name).send(alice, place, 'blocked'));
      expect(await door(name).read(alice, place)).toBeUndefined();
      expect(await door(name).read(bob, place)).not.toContain('blocked');
    }
    await lift();
    for (const place of places()) expect(await door(name).send(alice, place, `free again by ${name}`)).toBe(201);
  });

  it('who is muted reads and does not write', async () => {
    const lift = await block('mute');
    for (const place of places()) {
      expect(await door(name).send(alice, place, 'muted')).toBe(403);
      expect(await door(name).read(alice, place)).toBeDefined();
      expect(await door(name).read(bob, place)).not.toContain('muted');
    }
    await lift();
  });
});

describe.each(GROUP_DOORS)('in a group through %s', (name) => {
  it('who is removed neither writes nor reads, and does both once he is back', async () => {
    const place = { ...group, roomId: await roomOf('private') };
    expect(await door(name).send(bob, place, 'here')).toBe(201);
    await alice.http.delete(`/rooms/${place.roomId}/members/${bob.id}`);
    expect([400, 403, 404]).toContain(await door(name).send(bob, place, 'gone'));
    expect((await door(name).read(bob, place)) ?? []).toEqual([]);
    await alice.http.put(`/rooms/${place.roomId}/members/${bob.id}`);
    expect(await door(name).read(bob, place)).toEqual(['here']);
    expect(await door(name).send(bob, place, 'back')).toBe(201);
  });

  it('who finds the room full does not get in', async () => {
    const place = { ...group, roomId: await roomOf('private', { capacity: 2 }) };
    const { add = door('the native API').add! } = door(name);
    expect(await add(alice, place, mallory)).toBe(409);
    expect([400, 403, 404]).toContain(await door(name).send(mallory, place, 'squeezed in'));
    expect((await door(name).read(mallory, place)) ?? []).toEqual([]);
    expect(await door(name).send(bob, place, 'only two')).toBe(201);
  });
});

async function signInAtRoschat({ username, password }: Person): Promise<{ token: string }> {
  const answer = await fetch(`${w.origin}/api/accounts/login/`, {
    method: 'POST',
    body: new URLSearchParams({ username, password }),
  });
  return (await answer.json()) as { token: string };
}

async function block(mode: string): Promise<() => Promise<unknown>> {
  const laid = await root.http.post('/moderation/blocks', {
    accountId: alice.id,
    reason: 'test',
    mode,
    scope: 'global',
  });
  expect(laid.status).toBe(201);
  return () => root.http.delete(`/moderation/blocks/${laid.body.id}`);
}
