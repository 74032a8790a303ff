import { AccessTokens } from '../../src/accounts/access.tokens.js';
import { quantile } from '../durability/rig/figures.js';
import { storm } from '../durability/rig/storm.js';
import { TcpProxy } from '../durability/rig/tcp-proxy.js';
import { newClientId } from '../support/transports.js';
import { type World, world } from '../support/world.js';

const PEOPLE = 6;
const SOCKETS = 300;
const SAID = 20;
const LONGEST_MS = 30_000;

let here: World;
let proxy: TcpProxy;
beforeAll(async () => {
  here = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '1000' });
  proxy = await TcpProxy.to(Number(new URL(here.origin).port));
}, 60_000);
afterAll(async () => {
  proxy?.close();
  await here?.close();
});

/** Time spent with reading tokens, where all of it passes. */
function timeTokens(): { spentMs: number; read: number } {
  const spent = { spentMs: 0, read: 0 };
  const tokens = here.app.get(AccessTokens, { strict: false });
  const { read } = tokens;
  tokens.read = (token) => {
    const began = performance.now();
    try {
      return read.call(tokens, token);
    } finally {
      spent.read++;
      spent.spentMs += performance.now() - began;
    }
  };
  return spent;
}

it('lets everybody whose connection was cut at the same moment come back and catch up', async () => {
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => here.person(`person${index}`)));
  const [alice] = people as [(typeof people)[0]];
  const members = people.slice(1).map(({ id }) => id);
  const lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members })).body as { id: number };
  const say = async (): Promise<number> => {
    let last = 0;
    for (let count = 0; count < SAID; count++) {
      const request = { text: `said ${count}`, clientId: newClientId() };
      const { status, body } = await alice.http.post(`/rooms/${lobby.id}/messages`, request);
      expect(status).toBe(201);
      last = (body as { seq: number }).seq;
    }
    return last;
  };
  let spent = { spentMs: 0, read: 0 };
  let before = process.cpuUsage();
  const { back, ...figures } = await storm({
    proxy,
    tokens: Array.from({ length: SOCKETS }, (_, index) => people[index % PEOPLE]!.token),
    roomId: lobby.id,
    say,
    onCut: () => {
      spent = timeTokens();
      before = process.cpuUsage();
    },
    longestMs: LONGEST_MS,
  });
  const { user, system } = process.cpuUsage(before);
  const share = (spent.spentMs * 1_000) / (user + system);
  const at = (part: number) => `${quantile(back, part).toFixed(0)} ms`;
  process.stderr.write(
    `\nReconnect storm: ${back.length} of ${SOCKETS} back and caught up, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}; ` +
      `tokens took ${(share * 100).toFixed(1)} % of the CPU time of service and clients\n`,
  );
  expect(figures).toEqual({ sockets: SOCKETS, serverErrors: 0, otherRefusals: 0, wrong: 0 });
  expect(back).toHaveLength(SOCKETS);
  expect(back.at(-1)).toBeLessThan(LONGEST_MS);
  expect(spent.read).toBeGreaterThanOrEqual(SOCKETS);
  expect(share).toBeLessThan(0.2);
}, 90_000);
