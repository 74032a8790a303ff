import type { INestApplicationContext } from '@nestjs/common';
import { Config, readConfig } from '../../platform/config.js';
import type { DatabaseAddress } from '../../platform/data-source.js';
import { LIMITS, limitsOfKind, Quota } from '../../platform/limits.table.js';
import { openDatabase } from '../../platform/open-database.js';
import type { Report } from './report.js';

/** A command needs few connections, and leaves the others to a service that may run beside it. */
const CONNECTIONS = 4;
/** Limits guard the doors; whoever has the command line is in the house. */
const WITHOUT_BOUNDS = Object.fromEntries(
  limitsOfKind('bucket').map((name) => [LIMITS[name].setting, new Quota(1_000_000_000, 1)]),
);

export function configOfCommand(report: Report): Config {
  const { config, warnings } = readConfig();
  for (const warning of warnings) report.progress(`Warning: ${warning}`);
  return config;
}

/** Runs `work` with the database of the configuration: the one of a service that runs, or its own embedded engine for so long. */
export async function withDatabase<T>(
  report: Report,
  work: (address: DatabaseAddress, config: Config) => Promise<T>,
): Promise<T> {
  const config = configOfCommand(report);
  const database = await openDatabase(config, { share: true, onProgress: (line) => report.progress(line) });
  try {
    return await work(database.address, config);
  } finally {
    await database.close();
  }
}

/** Runs `work` with the services of the application, without its doors; the database is migrated before. */
export async function withServices<T>(report: Report, work: (app: INestApplicationContext) => Promise<T>): Promise<T> {
  return withDatabase(report, async (address, config) => {
    const [{ NestFactory }, { AppModule }, { prepareDatabase }, { schema }] = await Promise.all([
      import('@nestjs/core'),
      import('../../app.module.js'),
      import('../../platform/prepare-database.js'),
      import('../../schema.js'),
    ]);
    const { applied, warnings } = await prepareDatabase(address, schema, { production: config.production });
    for (const warning of warnings) report.progress(`WARNING: ${warning}`);
    if (applied.length > 0) report.progress(`Applied ${applied.length} migrations`);
    const own = new Config({
      ...config.settings,
      ...WITHOUT_BOUNDS,
      BESEDKA_DATABASE_POOL: CONNECTIONS,
      BESEDKA_SYNCHRONIZE: false,
    });
    const app = await NestFactory.createApplicationContext(AppModule.with(own, address), {
      logger: ['error', 'fatal'],
      abortOnError: false,
    });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  });
}
