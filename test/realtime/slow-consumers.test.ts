import { Connections } from '../../src/realtime/connections.js';
import type { SocketIoWire } from '../../src/realtime/wire.js';
import { RawSocket } from '../security/raw-socket.js';
import { eventually } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';

/** A peer whose TCP connection is open and not read: nothing of our own is replaced, the kernel's buffers fill up as they would. */

let w: World;
let alice: Person;
let bob: Person;
let mallory: Person;
let lobby: number;
const LONG = 'x'.repeat(15_000);

beforeAll(async () => {
  w = await world();
  [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
  const room = { name: 'lobby', preset: 'open', members: [bob.id, mallory.id] };
  lobby = (await alice.http.post('/rooms', room)).body.id;
}, 60_000);
afterAll(() => w?.close());

const say = (socket: ListeningSocket, text: string) =>
  socket.send('message.send', { roomId: lobby, text, clientId: newClientId() });
const openOf = (person: Person) => w.app.get(Connections, { strict: false }).of(person.id);
const tcpOf = (raw: RawSocket) => (raw.webSocket as unknown as { _socket: { pause(): void; resume(): void } })._socket;
const textsOf = (heard: readonly { seq: number; text: string }[]) =>
  heard.map(({ seq, text }) => `${seq} ${text.slice(0, 9)}`);

/** Sends long messages until the condition holds, at most 8 MB of them a socket. */
async function talkUntil(speaker: ListeningSocket, enough: () => boolean): Promise<number> {
  let said = 0;
  while (!enough() && said < 550) {
    const burst = Array.from({ length: 10 }, () => say(speaker, `${++said} ${LONG}`));
    for (const ack of await Promise.all(burst)) expect(ack).toMatchObject({ ok: true });
  }
  return said;
}

describe('a consumer that stops reading', () => {
  it('is cut while messages go on; the others lose nothing, and it resumes by seq', async () => {
    const [speaker, hears] = [await alice.socket(), await bob.socket()];
    const stalled = await RawSocket.signedIn(w.origin, mallory.token);
    const before = hears.of('message.sent').length;
    tcpOf(stalled).pause();
    const began = performance.now();
    let cutAfter = 0;
    const said = await talkUntil(speaker, () => {
      if (openOf(mallory).length === 0) cutAfter ||= performance.now() - began;
      return cutAfter > 0;
    });
    expect(cutAfter).toBeGreaterThan(0);
    await say(speaker, 'the last one');
    await hears.hears('message.sent', (fact) => fact.text === 'the last one');
    const heard = hears.of('message.sent').slice(before);
    expect(heard.map((fact) => fact.text.slice(0, 9))).toEqual([
      ...Array.from({ length: said }, (_, i) => `${i + 1} ${LONG}`.slice(0, 9)),
      'the last ',
    ]);

    tcpOf(stalled).resume();
    await eventually(() => stalled.closed, 'the end of the stalled connection');
    const got = stalled.heard.flatMap((frame) =>
      frame.startsWith('42["message.sent"') ? [JSON.parse(frame.slice(2))[1]] : [],
    );
    expect(textsOf(got)).toEqual(textsOf(heard.slice(0, got.length)));
    expect(got.length).toBeLessThan(heard.length);

    const again = await mallory.socket();
    const missed: typeof got = [];
    for (let after = got.at(-1)?.seq ?? heard[0].seq - 1, more = true; more; after = missed.at(-1)!.seq) {
      const ack = await again.send('room.resume', { roomId: lobby, after });
      expect(ack.ok).toBe(true);
      missed.push(...ack.events.map((event: { data: object }) => event.data));
      const live = again.of('message.sent').filter((fact) => fact.seq > missed.at(-1)!.seq);
      more = ack.more && live.length === 0;
      if (ack.more) {
        await again.hears('message.sent', (fact) => fact.text === 'the last one');
        missed.push(...again.of('message.sent').filter((fact) => fact.seq > missed.at(-1)!.seq));
        more = false;
      }
    }
    expect(textsOf([...got, ...missed])).toEqual(textsOf(heard));
    for (const socket of [speaker, hears, again]) socket.close();
  }, 60_000);

  it('is cut also while nothing new is said, once it has taken nothing for three seconds', async () => {
    const [stalled, quiet] = [
      await RawSocket.signedIn(w.origin, mallory.token),
      await RawSocket.signedIn(w.origin, bob.token),
    ];
    tcpOf(stalled).pause();
    const [connection] = openOf(mallory);
    // Its own questions fill the way back; no fact follows.
    for (let i = 0; i < 6; i++) stalled.say(`42${i}["room.resume",{"roomId":${lobby},"after":0}]`);
    const began = performance.now();
    await eventually(() => connection!.ended, 'the end of the stalled connection', 12_000);
    expect(performance.now() - began).toBeGreaterThan(2_000);
    await eventually(() => w.app.getHttpServer().listening && openOf(mallory).length === 0, 'its place to be free');
    expect(await quiet.fate()).toBe('served');
    for (const raw of [stalled, quiet]) raw.close();
  }, 30_000);

  it('is cut for what waits in the operating system alone, while little is said to it', async () => {
    const speaker = await alice.socket();
    const stalled = await RawSocket.signedIn(w.origin, mallory.token);
    const [connection] = openOf(mallory);
    tcpOf(stalled).pause();
    // Two megabytes, which the kernel takes whole: nothing of it waits in this process.
    for (let i = 0; i < 140; i++) expect(await say(speaker, `${i} ${LONG}`)).toMatchObject({ ok: true });
    expect(
      ((connection!.wire as SocketIoWire).socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer,
    ).toEqual([]);
    await eventually(() => connection!.ended, 'the end of the stalled connection', 8_000);
    for (const socket of [speaker, stalled]) socket.close();
  }, 30_000);

  it('is answered no further while it reads nothing, however much it asks', async () => {
    const stalled = await RawSocket.signedIn(w.origin, mallory.token);
    tcpOf(stalled).pause();
    const [connection] = openOf(mallory);
    for (let i = 0; i < 60; i++) stalled.say(`42${i}["room.resume",{"roomId":${lobby},"after":0}]`);
    let most = 0;
    await eventually(
      () => {
        const { writeBuffer } = (connection!.wire as SocketIoWire).socket.conn as unknown as {
          writeBuffer: { data?: string }[];
        };
        most = Math.max(
          most,
          writeBuffer.reduce((size, { data }) => size + (data?.length ?? 0), 0),
        );
        return connection!.ended;
      },
      'the end of the stalled connection',
      15_000,
    );
    // One answer of 200 such messages is 3 MB: 60 of them would be 180.
    expect(most).toBeLessThan(10_000_000);
    stalled.close();
  }, 30_000);

  it('and one that reads slowly, but reads, is not cut', async () => {
    const slow = await RawSocket.signedIn(w.origin, mallory.token);
    const [connection] = openOf(mallory);
    const tcp = tcpOf(slow);
    slow.say(`421["room.resume",{"roomId":${lobby},"after":0}]`);
    for (let i = 0; i < 12; i++) {
      tcp.pause();
      await new Promise((resolve) => setTimeout(resolve, 400));
      tcp.resume();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(await slow.ackOf(1)).toMatchObject({ ok: true });
    expect(connection!.ended).toBe(false);
    slow.close();
  }, 30_000);
});
