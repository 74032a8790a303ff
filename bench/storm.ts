import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { VERIFICATION } from '../src/accounts/access.tokens.js';
import { quantile } from '../test/durability/rig/figures.js';
import { storm as storms, type StormFigures } from '../test/durability/rig/storm.js';
import { TcpProxy } from '../test/durability/rig/tcp-proxy.js';
import { type Bench, staged } from './bench.js';
import { cpuSeconds } from './processes.js';
import { profiling, Service } from './service.js';

const accounts = 100;
const sockets = 2_000;
const said = 20;
const longestMs = 60_000;
const verifications = 5_000;

/** 2 000 sockets lose their connection at the same moment, come back without a pause, and catch up on what was said meanwhile. No peer. */
export const storm: Bench = async (options) => {
  const { databases, rounds } = options;
  const { world, copy } = await databases.seeded(async (seeder) => {
    const people = await seeder.people(accounts);
    return { people, hall: await seeder.room('hall', 'private', people) };
  });
  const { people, hall } = world;
  return staged(async (keep) => {
    const service = await keep(Service.start(await copy(), profiling(options.profile)));
    const tokens = await service.tokens(people);
    const proxy = await TcpProxy.to(Number(new URL(service.url).port));
    const runs: (StormFigures & { cpu: number })[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        let before = 0;
        const figures = await storms({
          proxy,
          tokens: Array.from({ length: sockets }, (_, index) => tokens.get(people[index % accounts]!.id)!),
          roomId: hall,
          say: () => say(service.url, tokens.get(people[0]!.id)!, hall),
          onCut: () => (before = cpuSeconds(service.pid)),
          longestMs,
        });
        runs.push({ ...figures, cpu: cpuSeconds(service.pid) - before });
      }
    } finally {
      proxy.close();
    }
    const each = verificationSeconds();
    const of = (what: string, unit: string, value: (run: (typeof runs)[0]) => number, goal?: string) => ({
      what,
      unit,
      peer: [],
      ours: runs.map(value),
      ...(goal !== undefined && { goal }),
    });
    return [
      of('sockets back and caught up', `of ${sockets}`, ({ back }) => back.length, `${sockets}`),
      of('until back and caught up, median', 'ms', ({ back }) => quantile(back, 0.5)),
      of('until back and caught up, p99', 'ms', ({ back }) => quantile(back, 0.99)),
      of('until back and caught up, the last', 'ms', ({ back }) => quantile(back, 1), '≤ 30 000'),
      of('answers with 5xx', '', ({ serverErrors }) => serverErrors, '0'),
      of('other refusals', '', ({ otherRefusals }) => otherRefusals),
      of('sockets with holes or repetitions', '', ({ wrong }) => wrong, '0'),
      of('CPU time of the service', 'ms a socket', ({ cpu }) => (cpu * 1_000) / sockets),
      of('share of it for verifying tokens', '%', ({ cpu }) => (each * sockets * 100) / cpu, '≤ 20'),
    ];
  });
};

async function say(url: string, token: string, roomId: number): Promise<number> {
  let last = 0;
  for (let count = 0; count < said; count++) {
    const answer = await fetch(`${url}/api/v1/rooms/${roomId}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ text: `said ${count}`, clientId: randomUUID() }),
    });
    if (!answer.ok) throw new Error(`Saying: ${answer.status} ${await answer.text()}`);
    last = ((await answer.json()) as { seq: number }).seq;
  }
  return last;
}

/** What it costs to verify one token, as the service does it. */
function verificationSeconds(): number {
  const jwt = new JwtService({ secret: createSecretKey(randomBytes(48)), verifyOptions: VERIFICATION });
  const { issuer, audience } = VERIFICATION;
  const token = jwt.sign(
    { typ: 'access', sid: 1, epoch: 1 },
    { algorithm: 'HS256', issuer, audience, subject: '1', expiresIn: 600 },
  );
  const { user, system } = process.cpuUsage();
  for (let count = 0; count < verifications; count++) jwt.verify(token);
  const now = process.cpuUsage({ user, system });
  return (now.user + now.system) / 1e6 / verifications;
}
