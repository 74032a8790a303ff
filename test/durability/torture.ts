/**
 * `npm run torture`: kills the service again and again while messages are sent and heard, then reads all back and checks it.
 * Options: --seconds, --minutes (a long run at a lower rate, so that all of it can be kept in memory), --kills, --seed, --senders, --least (acknowledged messages that are asked for), --bug (one to plant), --short.
 */
import { parseArgs } from 'node:util';
import { SEEDED_BUGS, type SeededBug } from './rig/bug-names.js';
import { compileService } from './rig/compiled-service.js';
import { count, renderFigures } from './rig/figures.js';
import { Stopped, torture, type TortureResult } from './rig/rig.js';
import { makeScene, removeScene } from './rig/scene.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    senders: { type: 'string', default: '20' },
    least: { type: 'string' },
    bug: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const { short, bug, minutes } = values;
const seconds = minutes === undefined ? Number(values.seconds ?? (short ? 15 : 145)) : Number(minutes) * 60;
const kills = Number(values.kills ?? (short ? 5 : minutes === undefined ? 42 : Math.ceil(seconds / 6)));
const least = Number(values.least ?? (short ? 2_000 : minutes === undefined ? 50_000 : Math.ceil(seconds * 25)));
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (bug !== undefined && !(bug in SEEDED_BUGS))
  throw new Error(`--bug is one of ${Object.keys(SEEDED_BUGS).join(', ')}`);

/** Some 150 messages a second on a machine of its own: half a million an hour, heard three times. */
const LONG_RUN = { window: 2, pauseMs: 450 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof Stopped)) throw error;
  say('Stopped.');
  return 130;
});

async function main(): Promise<number> {
  say(`Torture: ${seconds} s, ${kills} kills, seed ${seed}${bug ? `, with the seeded bug ${bug}` : ''}`);
  const service = compileService();
  try {
    const scene = await makeScene(service, Number(values.senders));
    try {
      const result = await torture({
        service,
        scene,
        seconds,
        kills,
        seed,
        ...(minutes !== undefined && LONG_RUN),
        bug: bug as SeededBug | undefined,
        signal: stop.signal,
        onProgress: showProgress(),
      });
      return verdict(result);
    } finally {
      removeScene(scene);
    }
  } finally {
    service.remove();
  }
}

function showProgress() {
  let before = 0;
  return (now: { seconds: number; acknowledged: number; kills: number; inFlight: number }): void => {
    say(
      `${now.seconds.toFixed(0).padStart(4)} s  ${count(now.acknowledged - before).padStart(6)} acknowledged/s  ` +
        `${count(now.acknowledged).padStart(8)} in all  ${String(now.kills).padStart(3)} kills  ${String(now.inFlight).padStart(4)} in flight`,
    );
    before = now.acknowledged;
  };
}

function verdict({ figures, violations }: TortureResult): number {
  say(`\n${renderFigures(figures)}\n`);
  for (const { kind, says } of violations.slice(0, 20)) say(`${kind}: ${says}`);
  const missed: string[] = [];
  if (violations.length > 0) missed.push(`${violations.length} violations`);
  if (figures.kills.length < kills) missed.push(`only ${figures.kills.length} of ${kills} kills`);
  if (figures.acknowledged < least) missed.push(`fewer than ${count(least)} acknowledged messages`);
  const held = missed.length === 0;
  say(held ? 'Nothing lost, doubled, missing or out of order.' : `FAILED: ${missed.join(', ')} (seed ${seed})`);
  say(held ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return held ? 0 : 1;
}
