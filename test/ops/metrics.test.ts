import { readFileSync } from 'node:fs';
import { listenForMetrics } from '../../src/ops/metrics/serve-metrics.js';
import { readConfig } from '../../src/platform/config.js';
import { eventually, expectProblem } from '../support/expect.js';
import { newClientId, overEveryTransport } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';
import { valueOf } from './metrics-text.js';

const TOKEN = 'a token for Prometheus';

let here: World;
let alice: Person, bob: Person;
let lobby: number;

beforeAll(async () => {
  here = await world({ BESEDKA_METRICS_TOKEN: TOKEN });
  [alice, bob] = [await here.person('alice'), await here.person('bob')];
  lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id] })).body.id as number;
});
afterAll(() => here?.close());

const scrape = async (): Promise<string> => {
  const answer = await fetch(`${here.origin}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(answer.status).toBe(200);
  return answer.text();
};
const changesOf = async (samples: readonly string[], work: () => Promise<unknown>): Promise<Record<string, number>> => {
  const before = await scrape();
  await work();
  const after = await scrape();
  return Object.fromEntries(samples.map((sample) => [sample, valueOf(after, sample) - valueOf(before, sample)]));
};

describe('/metrics', () => {
  it('is for those who have the token', async () => {
    for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${alice.token}`, TOKEN])
      expectProblem(
        await here.http.get(`${here.origin}/metrics`, { headers: { authorization } }),
        401,
        'auth/required',
      );
    expect(await scrape()).toContain('# TYPE besedka_sends_total counter');
  });

  overEveryTransport((transport) => {
    it('counts a message from its arrival to its delivery', async () => {
      const listening = await bob.socket();
      await listening.hears('session.ready');
      // The sender's socket, where he has one, opens before.
      await transport.send(alice, lobby, { text: 'first' });
      const clientId = newClientId();
      const changes = await changesOf(
        [
          'besedka_sends_total{outcome="accepted"}',
          'besedka_sends_total{outcome="duplicate"}',
          'besedka_sends_total{outcome="refused"}',
          'besedka_send_seconds_count',
          'besedka_send_queue_wait_seconds_count',
          'besedka_batch_messages_count',
          'besedka_batch_messages_sum',
          'besedka_commits_total{path="batch"}',
          'besedka_commit_seconds_count{path="batch"}',
          'besedka_feed_lag_seconds_count',
        ],
        async () => {
          await transport.send(alice, lobby, { text: 'once', clientId });
          await transport.send(alice, lobby, { text: 'once', clientId });
          await transport.send(alice, lobby, { text: 'not once', clientId });
          await listening.hears('message.sent', ({ text }) => text === 'once');
        },
      );
      expect(changes).toEqual({
        'besedka_sends_total{outcome="accepted"}': 1,
        'besedka_sends_total{outcome="duplicate"}': 1,
        'besedka_sends_total{outcome="refused"}': 1,
        besedka_send_seconds_count: 3,
        besedka_send_queue_wait_seconds_count: 3,
        besedka_batch_messages_count: 3,
        besedka_batch_messages_sum: 3,
        'besedka_commits_total{path="batch"}': 3,
        'besedka_commit_seconds_count{path="batch"}': 3,
        besedka_feed_lag_seconds_count: 1,
      });
      listening.close();
    });
  });

  it('counts a delivery for each socket that hears', async () => {
    const sockets = await Promise.all([bob.socket(), bob.socket(), bob.socket()]);
    for (const socket of sockets) await socket.hears('session.ready');
    const before = valueOf(await scrape(), 'besedka_sockets');
    const outsider = await (await here.person('mallory')).socket();
    await outsider.hears('session.ready');
    expect(valueOf(await scrape(), 'besedka_sockets') - before).toBe(1);
    const heard = await changesOf(['besedka_deliveries_total'], async () => {
      await alice.http.post(`/rooms/${lobby}/messages`, { text: 'to all of them', clientId: newClientId() });
      for (const socket of sockets) await socket.hears('message.sent', ({ text }) => text === 'to all of them');
    });
    // Whoever sent over a socket in the stories above listens as well.
    const listeners = valueOf(await scrape(), 'besedka_sockets') - 1;
    expect(heard).toEqual({ besedka_deliveries_total: listeners });
    expect(listeners).toBeGreaterThanOrEqual(3);
    const changes = await changesOf(
      ['besedka_sockets', 'besedka_sockets_closed_total{reason="client namespace disconnect"}'],
      async () => {
        outsider.close();
        await eventually(async () => valueOf(await scrape(), 'besedka_sockets') === before, 'the close');
      },
    );
    expect(Object.values(changes)).toEqual([-1, 1]);
    for (const socket of sockets) socket.close();
  });

  it('counts refusals by code and door, commands, resumes, requests and other changes', async () => {
    const socket = await bob.socket();
    await socket.hears('session.ready');
    const route = '/api/v1/rooms/:roomId/messages';
    const changes = await changesOf(
      [
        'besedka_problems_total{code="room/not-found",door="http"}',
        'besedka_problems_total{code="room/not-found",door="socket"}',
        'besedka_command_seconds_count{command="room.resume"}',
        'besedka_resume_events_count',
        `besedka_http_request_seconds_count{method="GET",route="${route}",status="4xx"}`,
        'besedka_commits_total{path="change"}',
        'besedka_commit_seconds_count{path="change"}',
      ],
      async () => {
        await bob.http.get('/rooms/999999/messages');
        await socket.send('room.resume', { roomId: 999_999, after: 0 });
        await socket.send('room.resume', { roomId: lobby, after: 0 });
        await alice.http.patch(`/rooms/${lobby}`, { topic: 'Tea' });
      },
    );
    const committed = changes['besedka_commits_total{path="change"}'];
    expect(committed).toBeGreaterThan(0);
    expect(changes).toEqual({
      'besedka_problems_total{code="room/not-found",door="http"}': 1,
      'besedka_problems_total{code="room/not-found",door="socket"}': 1,
      'besedka_command_seconds_count{command="room.resume"}': 2,
      besedka_resume_events_count: 1,
      [`besedka_http_request_seconds_count{method="GET",route="${route}",status="4xx"}`]: 1,
      'besedka_commits_total{path="change"}': committed,
      'besedka_commit_seconds_count{path="change"}': committed,
    });
    socket.close();
  });

  it('shows the pool, the event loop and what is in flight', async () => {
    const text = await scrape();
    const pool = ['used', 'idle', 'waiting'].map((state) =>
      valueOf(text, `besedka_database_connections{state="${state}"}`),
    );
    expect(pool[0]! + pool[1]!).toBeGreaterThan(0);
    expect(text).toContain('besedka_database_connections{state="waiting"} 0\n');
    // The scrape itself, at least.
    expect(valueOf(text, 'besedka_work_in_flight')).toBeGreaterThanOrEqual(1);
    const delay = (from: string, quantile: string) =>
      valueOf(from, `besedka_event_loop_delay_seconds{quantile="${quantile}"}`);
    // Between two scrapes there may have been no sample.
    const measured = await eventually(async () => {
      const now = await scrape();
      return delay(now, '1') > 0 ? now : undefined;
    }, 'a delay of the event loop');
    expect(delay(measured, '1')).toBeGreaterThanOrEqual(delay(measured, '0.5'));
  });

  it('has no series for a person, a room or an address that somebody invents', async () => {
    const mark = 'lookforthis';
    await here.http.get(`${here.origin}/${mark}`);
    await here.http.get(`/rooms/${mark}?q=${mark}`);
    await here.http.request('GET', `/accounts/${bob.id}`);
    await fetch(`${here.origin}/health/live`, { method: 'PROPFIND' }).catch(() => undefined);
    const socket = await bob.socket();
    await socket.send(mark, {});
    socket.close();
    const text = await scrape();
    for (const invented of [mark, 'PROPFIND', alice.username, `/accounts/${bob.id}`])
      expect(text).not.toContain(invented);
    expect(text).toContain('route="none"');
  });
});

describe('the port for metrics', () => {
  const dashboard = JSON.parse(readFileSync('docker/grafana/dashboards/besedka.json', 'utf8')) as {
    panels: { type: string; title: string; targets?: { expr: string }[] }[];
    templating: { list: { query: { query: string } }[] };
  };
  const queries = [
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...dashboard.templating.list.map(({ query }) => query.query),
  ];

  it('has everything that the dashboard asks for, and asks for the token where one is set', async () => {
    const settings = { BESEDKA_METRICS_PORT: '0', BESEDKA_METRICS_TOKEN: TOKEN };
    const server = (await listenForMetrics(readConfig(settings, '/nonexistent/.env').config))!;
    const { port } = server.address() as { port: number };
    const at = (path: string, authorization = '') =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } });
    try {
      expect((await at('/metrics')).status).toBe(401);
      expect((await at('/api/v1/rooms', `Bearer ${TOKEN}`)).status).toBe(404);
      const answer = await at('/metrics', `Bearer ${TOKEN}`);
      expect(answer.headers.get('content-type')).toContain('text/plain');
      const text = await answer.text();
      const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
      const samples = [...types].flatMap(([name, type]) =>
        type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
      );
      expect(queries.length).toBeGreaterThan(20);
      for (const query of queries) {
        const asked = query.match(/\b(besedka|process|nodejs)_\w+/g) ?? [];
        const unknown = asked.filter((name) => !samples.includes(name));
        expect({ query, asks: asked.length > 0, unknown }).toEqual({ query, asks: true, unknown: [] });
        // What the dashboard groups by is a label of what it asks for, as the traffic above has made it.
        for (const [, labels] of query.matchAll(/\bby \(([^)]+)\)/g))
          for (const label of labels!.split(', ').filter((name) => name !== 'instance'))
            expect({
              query,
              label,
              known: asked.some((name) => new RegExp(`^${name}\\{[^}]*\\b${label}="`, 'm').test(text)),
            }).toEqual({
              query,
              label,
              known: true,
            });
      }
      const told = queries.join(' ');
      for (const name of types.keys()) if (name.startsWith('besedka_')) expect(told).toContain(name);
    } finally {
      server.close();
    }
  });
});

it('is not there without a token', async () => {
  const other = await world();
  expectProblem(await other.http.get(`${other.origin}/metrics`), 404, 'route/not-found');
  await other.close();
});
