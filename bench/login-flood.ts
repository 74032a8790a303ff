import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, interleaved, staged } from './bench.js';
import { type Driven, drive } from './driver/drive.js';
import { HttpClient } from './driver/http-client.js';
import { about } from './report.js';
import { Service } from './service.js';

const senders = 8;
const callers = 64;
const pauseMs = 20;
const textLength = 64;
/** The sides run one after the other, and the whole must end within twenty seconds. */
const mostMs = 4_000;

/** As if each caller came from an address of his own: else one address is refused before it costs anything. */
const MANY_ADDRESSES = { BESEDKA_LIMIT_SIGN_IN_ADDRESS: '1000000/h' };

interface Flood {
  refused: number;
  answered: number;
  stop(): Promise<void>;
}

/** p99 of sends of 8 closed-loop senders while 64 callers sign in without end; the peer is the same service without them. */
export const loginFlood: Bench = async (options) => {
  const { world, copy } = await options.databases.seeded(async (seeder) => {
    const people = await seeder.people(senders);
    const rooms: number[] = [];
    for (const [index, person] of people.entries()) rooms.push(await seeder.room(`own ${index}`, 'private', [person]));
    return { people, rooms };
  });
  return staged(async (keep) => {
    const service = await keep(Service.start(await copy(), [], MANY_ADDRESSES));
    const tokens = await service.tokens(world.people);
    const list = world.people.map(({ id }, index) => ({
      token: tokens.get(id) ?? '',
      roomId: world.rooms[index] ?? 0,
    }));
    const window = { warmUpMs: options.warmUpMs, measureMs: Math.min(mostMs, options.measureMs) };
    const sends = () =>
      drive({ kind: 'send', url: service.url, senders: list, inFlight: 1, textLength, ...window }, service.pid);
    const floods: Flood[] = [];
    const { calm, flooded } = await interleaved(
      { ...options, rounds: 1 },
      {
        calm: { whose: 'peer', measure: sends },
        flooded: {
          whose: 'ours',
          measure: async () => {
            const flood = signInsTo(service.url);
            floods.push(flood);
            return sends().finally(() => flood.stop());
          },
        },
      },
    );
    const p99 = (runs: Driven[]) => runs.map(({ latency }) => latency.p99);
    const each = (read: (flood: Flood) => number) => floods.map(read);
    return [
      {
        what: `p99 of a send under a flood of sign-ins (peer: without it)`,
        unit: 'ms',
        peer: p99(calm),
        ours: p99(flooded),
        goal: '≤ 2',
        about: [...calm, ...flooded].map(about).join('\n'),
      },
      {
        what: 'sends a second',
        unit: 'messages/s',
        peer: calm.map(({ perSecond }) => perSecond),
        ours: flooded.map(({ perSecond }) => perSecond),
      },
      { what: 'sign-ins that cost a hash', unit: '', peer: [], ours: each(({ answered }) => answered) },
      { what: 'sign-ins refused at once', unit: '', peer: [], ours: each(({ refused }) => refused) },
    ];
  });
};

/** Each caller signs in under a name that nobody has, which costs as much as a wrong password, and again when it is answered. */
function signInsTo(url: string): Flood {
  let running = true;
  const flood: Flood = {
    refused: 0,
    answered: 0,
    stop: async () => {
      running = false;
      await Promise.all(calling);
    },
  };
  const calling = Array.from({ length: callers }, (_, index) => call(index));
  return flood;

  async function call(index: number): Promise<void> {
    const client = new HttpClient(url);
    for (let count = 0; running; count++) {
      const body = { grant_type: 'password', username: `nobody ${index} ${count}`, password: 'a wrong password' };
      const { status } = await client.request('POST', '/api/v1/auth/token', body);
      if (status === 401) flood.answered++;
      else flood.refused++;
      await sleep(pauseMs);
    }
    client.close();
  }
}
