/**
 * `npm run torture:drain`: restarts the nodes by SIGTERM, one after the other, while messages are sent and heard, then reads all back.
 * Options: --restarts, --senders, --seed, --database (a PostgreSQL for two nodes, by default the one at 127.0.0.1:5432), --embedded (one node).
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { compileService } from './rig/compiled-service.js';
import { count, quantile, renderRolling } from './rig/figures.js';
import { rollingRestarts } from './rig/rolling.js';
import { makeScene, removeScene } from './rig/scene.js';

const MOST_EXIT_MS = 10_000;
const MOST_AWAY_MS = 3_000;

const { values } = parseArgs({
  options: {
    restarts: { type: 'string', default: '100' },
    senders: { type: 'string', default: '20' },
    seed: { type: 'string' },
    database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5432/postgres' },
    embedded: { type: 'boolean', default: false },
  },
});
const restarts = Number(values.restarts);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  const own = values.embedded ? undefined : await ownDatabase();
  if (!own && !values.embedded) say(`NO POSTGRESQL at ${values.database}: one node on the embedded engine instead.`);
  say(`Rolling restarts: ${restarts} on ${own ? 'two nodes' : 'one node'}, seed ${seed}`);
  const service = compileService();
  try {
    const scene = await makeScene(service, Number(values.senders), own?.url);
    try {
      return verdict(
        await rollingRestarts({
          service,
          scene,
          restarts,
          seed,
          databaseUrl: own?.url,
          onRestart: ({ restarts: number, acknowledged, exit }) =>
            say(
              `${String(number).padStart(4)}  ended with ${exit.code} after ${exit.milliseconds.toFixed(0).padStart(5)} ms  ${count(acknowledged).padStart(8)} acknowledged`,
            ),
        }),
      );
    } finally {
      removeScene(scene);
    }
  } finally {
    service.remove();
    await own?.drop();
  }
}

/** A database of our own on that server; undefined where there is no server. */
async function ownDatabase(): Promise<{ url: string; drop: () => Promise<unknown> } | undefined> {
  const name = `besedka_drain_${process.pid}_${Date.now().toString(36)}`;
  const url = new URL(values.database);
  const on = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: values.database, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  try {
    await on(`CREATE DATABASE ${name}`);
  } catch {
    return undefined;
  }
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => on(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

function verdict({ figures, violations }: Awaited<ReturnType<typeof rollingRestarts>>): number {
  say(`\n${renderRolling(figures)}\n`);
  for (const { kind, says } of violations.slice(0, 20)) say(`${kind}: ${says}`);
  const missed: string[] = [];
  if (violations.length > 0) missed.push(`${violations.length} violations`);
  if (figures.silent > 0) missed.push(`${figures.silent} sends without an answer`);
  if (figures.unsettled > 0) missed.push(`${figures.unsettled} sends unsettled at the end`);
  if (figures.exits.some(({ code }) => code !== 0)) missed.push('a node did not end with 0');
  if (figures.exits.some(({ milliseconds }) => milliseconds > MOST_EXIT_MS)) missed.push('an exit took too long');
  if (figures.nodes > 1 && quantile(figures.absences, 0.99) > MOST_AWAY_MS) missed.push('clients were away too long');
  const held = missed.length === 0;
  say(held ? 'Nothing lost, and no send without an answer.' : `FAILED: ${missed.join(', ')} (seed ${seed})`);
  say(held ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return held ? 0 : 1;
}
