import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { hasRedisServer } from '../support/redis-server.js';
import { eventually } from '../support/expect.js';
import { countByKind } from './checker/violation.js';
import { CLUSTER_BUGS, type ClusterBug } from './rig/bug-names.js';
import { type CompiledService, compileService } from './rig/compiled-service.js';
import { renderCluster } from './rig/cluster-figures.js';
import { CLUSTER_SENDERS, type ClusterOptions, tortureCluster } from './rig/cluster.js';
import { OwnPostgres } from './rig/own-postgres.js';
import { makeScene, removeScene, type Scene } from './rig/scene.js';
import { TcpProxy } from './rig/tcp-proxy.js';

jest.setTimeout(240_000);

/** Where there is no redis-server, only the proxy is shown. */
const withRedis = hasRedisServer ? describe : describe.skip;
const SEED = 20_261_120;
const NONE = { nodes: 0, postgres: 0, redis: 0 };

withRedis('two nodes under torture', () => {
  let service: CompiledService;
  let postgres: OwnPostgres;
  let scene: Scene;
  let runs = 0;

  beforeAll(async () => {
    service = compileService();
    postgres = await OwnPostgres.start();
    await postgres.create('scene');
    scene = await makeScene(service, CLUSTER_SENDERS, postgres.url('scene'));
  });
  afterAll(async () => {
    if (scene) removeScene(scene);
    service?.remove();
    await postgres?.stop();
  });

  async function run(options: Partial<ClusterOptions>) {
    const database = `run_${++runs}`;
    await postgres.create(database, 'scene');
    const usual = { seconds: 60, faults: NONE, least: 300, blocks: 0, seed: SEED };
    return tortureCluster({ service, scene, postgres, database, ...usual, ...options });
  }

  it('lose, double and reorder nothing, and let nobody write who may not', async () => {
    const faults = { nodes: 2, postgres: 1, redis: 2 };
    const { figures, violations } = await run({ faults, blocks: 2 });
    process.stderr.write(
      `\nTwo nodes, the short form (npm run torture:cluster is the long one):\n${renderCluster(figures)}\n`,
    );
    expect(violations).toEqual([]);
    expect(figures.counts.nodes).toBeGreaterThanOrEqual(2);
    expect(figures.counts).toMatchObject({ postgres: 1, redis: 2 });
    // What did not happen was not tested.
    expect(figures.acknowledged).toBeGreaterThanOrEqual(300);
    expect(figures.unsettled).toBe(0);
    expect(figures.forbidden).toBeGreaterThan(0);
    expect(figures.silencings).toHaveLength(4);
    expect(figures.faults.filter(({ recoveredAfter }) => recoveredAfter === undefined)).toEqual([]);
    expect(figures.heard).toBeGreaterThan(figures.acknowledged);
  });

  it.each(Object.entries(CLUSTER_BUGS))('betray the bug %s as %s', async (bug, kind) => {
    const { violations } = await run({ bug: bug as ClusterBug });
    expect([...countByKind(violations).keys()]).toContain(kind);
  });
});

describe('the proxy of the rig', () => {
  const close: (() => unknown)[] = [];
  afterEach(() => {
    for (const step of close.splice(0).reverse()) step();
  });

  /** Everything that came through the proxy, and the connection that carried it. */
  async function throughProxy() {
    const got = { text: '', ended: false };
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => (got.text += chunk)).on('close', () => (got.ended = true));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = await TcpProxy.to((server.address() as AddressInfo).port);
    const open = (): Socket => connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    const socket = open();
    close.push(
      () => server.close(),
      () => proxy.close(),
      () => socket.destroy(),
    );
    socket.write('one ');
    await eventually(() => got.text === 'one ', 'the first bytes');
    return { got, proxy, socket, open };
  }

  it('passes on in order what it held up', async () => {
    const { got, proxy, socket } = await throughProxy();
    proxy.delay(150);
    socket.write('two ');
    await sleep(30);
    expect(got.text).toBe('one ');
    proxy.freeze();
    socket.write('three ');
    await sleep(300);
    expect(got.text).toBe('one ');
    proxy.heal();
    socket.write('four');
    await eventually(() => got.text === 'one two three four', 'the rest');
  });

  it('cuts what is open and refuses what is new until it is healed', async () => {
    const { got, proxy, socket, open } = await throughProxy();
    proxy.cut(true);
    await eventually(() => socket.closed && got.ended, 'the end on both sides');
    const refused = open();
    await eventually(() => refused.closed, 'the refusal');
    proxy.heal();
    const late = open();
    late.end('back');
    await eventually(() => got.text === 'one back', 'the new connection');
  });
});
