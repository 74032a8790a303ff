/**
 * `npm run torture`: kills the service again and again while messages are sent and heard, then reads all back and checks it.
 * Options: --seconds, --kills, --seed, --senders, --least (acknowledged messages that are asked for), --bug (one to plant), --short.
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
    kills: { type: 'string' },
    seed: { type: 'string' },
    senders: { type: 'string', default: '20' },
    least: { type: 'string' },
    bug: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const { short, bug } = values;
const seconds = Number(values.seconds ?? (short ? 15 : 145));
const kills = Number(values.kills ?? (short ? 5 : 42));
const least = Number(values.least ?? (short ? 2_000 : 50_000));
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (bug !== undefined && !(bug in SEEDED_BUGS))
  throw new Error(`--bug is one of ${Object.keys(SEEDED_BUGS).join(', ')}`);

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
  say(
    missed.length > 0
      ? `FAILED: ${missed.join(', ')} (seed ${seed})`
      : 'Nothing lost, doubled, missing or out of order.',
  );
  return missed.length > 0 ? 1 : 0;
}
