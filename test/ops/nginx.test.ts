import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { parse } from 'yaml';
import { Drain } from '../../src/ops/drain.service.js';
import { readConfig } from '../../src/platform/config.js';
import { WorkInFlight } from '../../src/platform/work-in-flight.js';
import { Connections } from '../../src/realtime/connections.js';
import { freePort } from '../durability/rig/scene.js';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { type Node, secondNode } from '../support/second-node.js';
import { ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

function isInstalled(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('\n=== NO NGINX on this machine: docker/nginx.conf is not run ===\n');
    return false;
  }
}

const BEHIND_ONE_PROXY = { BESEDKA_TRUST_PROXY: '1' };

(isInstalled() ? describe : describe.skip)('docker/nginx.conf before two nodes', () => {
  let directory: string;
  let nginx: ChildProcess | undefined;
  let first: World, second: Node;
  let alice: Person, bob: Person;
  let lobby: number;
  let through: string;
  const sockets: ListeningSocket[] = [];

  beforeEach(async () => {
    first = await world(BEHIND_ONE_PROXY);
    second = await secondNode(first, BEHIND_ONE_PROXY);
    [alice, bob] = [await first.person('alice'), await first.person('bob')];
    lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id] })).body
      .id as number;
    directory = mkdtempSync(join(tmpdir(), 'besedka-nginx-'));
    mkdirSync(join(directory, 'tmp'));
    // Run as root, its workers are somebody else.
    for (const path of ['', 'tmp']) chmodSync(join(directory, path), 0o777);
    const port = await freePort();
    through = `http://127.0.0.1:${port}`;
    const conf = readFileSync('docker/nginx.conf', 'utf8')
      .replace('besedka-1:3000', new URL(first.origin).host)
      .replace('besedka-2:3000', new URL(second.origin).host)
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replaceAll('/tmp/', `${directory}/tmp/`);
    expect(conf).not.toMatch(/besedka-\d:/);
    writeFileSync(join(directory, 'nginx.conf'), conf);
    const args = ['-p', directory, '-c', join(directory, 'nginx.conf')];
    execFileSync('nginx', ['-t', '-q', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    nginx = spawn('nginx', [...args, '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'inherit'] });
    await eventually(async () => (await fetch(`${through}/health/ready`).catch(() => undefined))?.ok, 'nginx', 20_000);
  }, 60_000);
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    if (nginx && nginx.exitCode === null) {
      const ended = new Promise((resolve) => nginx!.once('exit', resolve));
      nginx.kill('SIGTERM');
      await ended;
    }
    await second.close();
    await first.close();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const as = (person: Person) => new HttpClient(through, () => person.token);
  /** A stock client, which comes back by itself. */
  const connect = async (person: Person): Promise<ListeningSocket> => {
    const socket = new ListeningSocket(
      io(through, { transports: ['websocket'], forceNew: true, auth: { token: person.token } }),
    );
    sockets.push(socket);
    await socket.hears('session.ready');
    return socket;
  };
  const say = (text: string, person = alice) =>
    as(person).post(`/rooms/${lobby}/messages`, { text, clientId: newClientId() });
  const countOn = (app: World['app']) => [...app.get(Connections).all()].length;

  it('carries requests and WebSockets to both nodes, with the address of the caller and no other', async () => {
    const listening = await Promise.all([connect(bob), connect(bob), connect(bob), connect(bob)]);
    expect(countOn(first.app) + countOn(second.app)).toBe(4);
    expect(Math.min(countOn(first.app), countOn(second.app))).toBeGreaterThan(0);
    expect((await say('hello')).status).toBe(201);
    for (const socket of listening) await socket.hears('message.sent', ({ text }) => text === 'hello');

    await fetch(`${through}/api/v1/auth/token`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '203.0.113.7' },
      body: new URLSearchParams({ grant_type: 'password', username: bob.username, password: bob.password }),
    });
    const { body } = await as(bob).get('/auth/sessions');
    const addresses = (body.items as { address: string }[]).map(({ address }) => address);
    expect(addresses.length).toBeGreaterThan(1);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
    expect((await fetch(`${through}/metrics`)).status).toBe(404);
  });

  it('lets nobody notice that a node stops: requests go to the other one, and so do sockets, by themselves', async () => {
    const listening = await Promise.all([connect(bob), connect(bob), connect(bob), connect(bob)]);
    const gone = countOn(first.app);
    let draining = true;
    const statuses: number[] = [];
    const talk = (async () => {
      while (draining)
        statuses.push((await say(`during ${statuses.length}`)).status, (await as(bob).get('/rooms')).status);
    })();
    await eventually(() => statuses.length > 4, 'some talk');
    await first.app.get(Drain).run();
    await eventually(() => countOn(second.app) === 4, 'all sockets on the other node', 20_000);
    draining = false;
    await talk;
    expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([]);
    const told = listening.filter((socket) => socket.of('server.draining').length > 0);
    expect(told).toHaveLength(gone);
    expect(gone).toBeGreaterThan(0);
    await say('after');
    for (const socket of listening) await socket.hears('message.sent', ({ text }) => text === 'after');
  });

  it('passes a refusal on as it is where no node can help', async () => {
    await as(alice).get('/rooms');
    for (const { app } of [first, second]) app.get(WorkInFlight).refuseMore();
    expectProblem(await say('too late'), 503, 'server/draining');
    expectProblem(await new HttpClient(through).get('/health/ready'), 503, 'server/draining');
  });

  it('does not repeat what must not be done twice', async () => {
    await as(alice).get('/rooms');
    for (const { app } of [first, second]) app.get(WorkInFlight).refuseMore();
    const before = await refusals();
    expectProblem(await as(alice).post('/rooms', { name: 'once', preset: 'private' }), 503, 'server/draining');
    expect((await refusals()) - before).toBe(1);
    expectProblem(await say('twice'), 503, 'server/draining');
    expect((await refusals()) - before).toBe(3);
  });

  async function refusals(): Promise<number> {
    const { registry } = await import('../../src/platform/metrics.js');
    const { values } = await registry.getSingleMetric('besedka_problems_total')!.get();
    return values.find(({ labels }) => labels.code === 'server/draining')?.value ?? 0;
  }
});

describe('docker/compose.cluster.yaml', () => {
  const { services, volumes } = parse(readFileSync('docker/compose.cluster.yaml', 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const nodes = Object.entries(services).filter(([, { build }]) => build);

  it('has the nodes that nginx and Prometheus look for', () => {
    const names = nodes.map(([name]) => name);
    expect(names).toEqual(['besedka-1', 'besedka-2']);
    const upstreams = [...readFileSync('docker/nginx.conf', 'utf8').matchAll(/^\s*server (\S+):3000 /gm)].map(
      ([, name]) => name,
    );
    expect(upstreams).toEqual(names);
    const prometheus = parse(readFileSync('docker/prometheus/prometheus.yaml', 'utf8')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    expect(prometheus.scrape_configs[0]!.static_configs[0]!.targets).toEqual(
      nodes.map(([name, { environment }]) => `${name}:${environment!.BESEDKA_METRICS_PORT}`),
    );
    expect(services.nginx!.ports).toEqual(['127.0.0.1:3000:8080']);
    expect(readFileSync('docker/nginx.conf', 'utf8')).toContain('listen 8080;');
  });

  it('gives settings that the service takes in production, and holds no secret', () => {
    for (const [, node] of nodes) {
      expect(node.environment!.BESEDKA_JWT_SECRET).toMatch(/^\$\{\w+:\?.+\}$/);
      const values: Record<string, string> = {
        BESEDKA_JWT_SECRET: 'x9K2mQ7vL4pR8tW1zB6nC3yD5fG0hJ-s',
        POSTGRES_PASSWORD: '5f0c',
      };
      const environment = Object.fromEntries(
        Object.entries(node.environment!).map(([name, text]) => [
          name,
          text.replace(
            /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g,
            (_all, key: string, otherwise = '') => values[key] ?? otherwise,
          ),
        ]),
      );
      const { config, warnings } = readConfig({ ...environment, NODE_ENV: 'production' }, '/nonexistent/.env');
      expect(warnings).toEqual([]);
      expect(config.get('BESEDKA_TRUST_PROXY')).toBe(1);
      expect(config.get('REDIS_URL')).toBe('redis://redis:6379');
      expect(node.ports).toBeUndefined();
      expect(parseInt(node.stop_grace_period!, 10)).toBeGreaterThan(10);
    }
    expect(services.postgres!.environment!.POSTGRES_PASSWORD).toMatch(/^\$\{\w+:\?.+\}$/);
  });

  it('mounts what exists, declares its volumes, and pins its images', () => {
    const mounts = Object.values(services).flatMap(({ volumes: own = [] }) =>
      own.map((volume) => volume.split(':')[0]!),
    );
    for (const path of mounts.filter((mount) => mount.startsWith('.')))
      expect(existsSync(join('docker', path))).toBe(true);
    expect(mounts.filter((mount) => !mount.startsWith('.')).sort()).toEqual(Object.keys(volumes).sort());
    for (const { image } of Object.values(services)) if (image) expect(image).toMatch(/^[\w/-]+:v?\d+[\w.-]*$/);
  });
});

interface Service {
  build?: object;
  image?: string;
  ports?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  stop_grace_period?: string;
}
