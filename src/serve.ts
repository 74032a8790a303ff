import type { AddressInfo } from 'node:net';
import { type BannerFacts, publicUrl, renderBanner } from './banner.js';
import { type Config, ConfigError, readConfig } from './platform/config.js';
import { EmbeddedPostgresError } from './platform/embedded/embedded-postgres.error.js';
import { JsonLogger } from './platform/logger.js';
import { openDatabase } from './platform/open-database.js';
import { Shutdown } from './shutdown.js';

const ENGINE_CHECK_MS = 1_000;
/** Failures whose message is all that the operator needs. */
const TELLING = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND', 'EAI_AGAIN']);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs the service until a signal ends it; resolves once it listens. Failures end the process: with 2 for the configuration, else with 1. */
export async function serve(): Promise<void> {
  // Whoever reads our banner may go away (`npm start | head`); the service stays.
  process.stdout.on('error', () => undefined);
  const config = readOrComplain();
  if (!config) return void (process.exitCode = 2);
  const shutdown = new Shutdown(complain);
  shutdown.onSignals();
  try {
    await start(config, shutdown);
  } catch (error) {
    if (shutdown.began) return;
    complain(await reasonOf(error, config));
    await shutdown.close();
    process.exit(1);
  }
}

function readOrComplain(): Config | undefined {
  try {
    const { config, warnings } = readConfig();
    for (const warning of warnings) complain(`Warning: ${warning}`);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain(error.message);
    return undefined;
  }
}

async function start(config: Config, shutdown: Shutdown): Promise<void> {
  const logger = new JsonLogger(config.get('BESEDKA_LOG_LEVEL'));
  dieOfSurprises(logger);
  const database = await openDatabase(config, {
    onProgress: (line) => {
      say(line);
      // Whoever makes progress has the data directory to himself: the service is loaded while PostgreSQL starts.
      void import('./app.js').catch(() => undefined);
    },
  });
  shutdown.add(() => database.close());

  const { prepareDatabase, placeOf } = await import('./platform/prepare-database.js');
  const { schema } = await import('./schema.js');
  const { version, applied, warnings } = await prepareDatabase(database.address, schema, {
    production: config.production,
  });
  for (const warning of warnings) complain(`WARNING: ${warning}`);
  if (applied.length > 0) say(`Applied ${applied.length} migrations`);

  const { createApp } = await import('./app.js');
  const { Drain } = await import('./ops/drain.service.js');
  const { SETUP_LINK_MINUTES, SetupLinks } = await import('./accounts/setup-links.service.js');
  const app = await createApp(config, database.address, logger);
  shutdown.add(() => app.close());
  const { listenForMetrics } = await import('./ops/metrics/serve-metrics.js');
  const metricsServer = await listenForMetrics(config);
  shutdown.add(async () => metricsServer?.close().closeAllConnections());
  const { listenForChatapi } = await import('./dialects/chatapi/chatapi.port.js');
  const chatapiServer = await listenForChatapi(app.getHttpAdapter().getInstance(), config);
  shutdown.add(async () => chatapiServer?.close().closeAllConnections());
  shutdown.add(() => app.get(Drain).run());
  await app.listen(config.get('PORT'), config.get('HOST'));

  const url = publicUrl(config, (app.getHttpServer().address() as AddressInfo).port);
  const place = database.engine ? `embedded, in ${config.get('DATA_DIR')}` : placeOf(database.address);
  const facts: BannerFacts = { url, database: `PostgreSQL ${version} (${place})` };
  const secret = await app.get(SetupLinks).create();
  if (secret !== undefined) facts.setup = { secret, minutes: SETUP_LINK_MINUTES };
  say(renderBanner(facts));
  if (database.engine) dieWithEngine(database.engine.pid, shutdown, logger);
}

/** An error that nobody expected leaves a state that nobody knows: the log says what it was, and a fresh process goes on. */
function dieOfSurprises(logger: JsonLogger): void {
  const die = (error: unknown): void => {
    logger.fatal(error instanceof Error ? error : new Error(String(error)), 'surprise');
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
}

/** Without its database the service can only be started again. */
function dieWithEngine(pid: number, shutdown: Shutdown, logger: JsonLogger): void {
  setInterval(() => {
    if (shutdown.began || isAlive(pid)) return;
    logger.fatal('The embedded PostgreSQL has ended; its log in the data directory tells why.', 'engine');
    process.exit(1);
  }, ENGINE_CHECK_MS).unref();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function reasonOf(error: unknown, config: Config): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  const { DatabaseRefused } = await import('./platform/prepare-database.js');
  if (error instanceof EmbeddedPostgresError || error instanceof DatabaseRefused) return error.message;
  if (TELLING.has((error as NodeJS.ErrnoException).code ?? ''))
    return `Besedka cannot listen on ${config.get('HOST')}:${config.get('PORT')}: ${error.message}. Set HOST and PORT to an address that is free.`;
  return error.stack ?? error.message;
}
