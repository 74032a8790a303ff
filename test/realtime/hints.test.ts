import { Hints, type Hint } from '../../src/platform/hints.js';
import { eventually } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person, bob: Person;
let publish: Hints['publish'];

beforeAll(async () => {
  w = await world();
  [alice, bob] = [await w.person('alice'), await w.person('bob')];
  const hints = w.app.get(Hints);
  publish = hints.publish.bind(hints);
});
afterAll(() => w.close());

/** What the network between writers and readers may do to hints. */
const roads: Record<string, (hints: readonly Hint[]) => void> = {
  'all arrive': (hints) => publish(hints),
  'none arrive': () => undefined,
  'every third is lost': (hints) => publish(hints.filter((hint) => hint.seq % 3 !== 0)),
  'all come twice and backwards': (hints) => publish([...hints, ...hints].reverse()),
  'they lose their facts': (hints) => publish(hints.map(({ stream, id, seq }) => ({ stream, id, seq }))),
  'they come late and in any order': (hints) => {
    for (const hint of hints) setTimeout(() => publish([hint]), Math.random() * 80);
  },
};

describe.each(Object.entries(roads))('when hints: %s', (_name, road) => {
  beforeEach(() => {
    w.app.get(Hints).publish = road;
  });
  afterEach(() => {
    w.app.get(Hints).publish = publish;
  });

  it('every socket hears every fact once and in order, added people included', async () => {
    const roomId = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private' })).body.id as number;
    const [listener, added] = [await alice.socket(), await bob.socket()];
    expect((await alice.http.put(`/rooms/${roomId}/members/${bob.id}`)).status).toBe(200);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        alice.http.post(`/rooms/${roomId}/messages`, { text: `m${i}`, clientId: newClientId() }),
      ),
    );
    const heard = (socket: ListeningSocket) =>
      socket.heard
        .filter((one) => one.payload.roomId === roomId && one.payload.seq)
        .map((one) => one.payload.seq as number);
    await eventually(() => heard(listener).at(-1) === 62, 'the last fact');
    const ready = await added.hears('room.added', (fact) => fact.roomId === roomId);
    await eventually(() => ready.headSeq === 62 || heard(added).at(-1) === 62, 'the last fact for bob');
    expect(heard(listener)).toEqual(Array.from({ length: 61 }, (_, i) => i + 2));
    expect(heard(added)).toEqual(Array.from({ length: 62 - ready.headSeq }, (_, i) => i + ready.headSeq + 1));
    listener.close();
    added.close();
  });
});
