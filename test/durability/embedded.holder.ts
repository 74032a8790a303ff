import { startEmbeddedPostgres, type EmbeddedPostgresError } from '../../src/platform/embedded/embedded-postgres.js';

/** A process that starts the embedded server on the directory it is given, says so in one JSON line and stays until it is ended. */
const began = performance.now();
const elapsed = (): number => Math.round(performance.now() - began);
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const { connection, pid } = await startEmbeddedPostgres({
    dataDir: process.argv[2]!,
    onProgress: (progress) => say({ progress }),
  });
  say({ started: { connection, pid, elapsed: elapsed() } });
  setInterval(() => undefined, 60_000);
} catch (error) {
  const { code, message } = error as EmbeddedPostgresError;
  say({ refused: { code, message, elapsed: elapsed() } });
  process.exitCode = 1;
}
