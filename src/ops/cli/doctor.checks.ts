import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, ConfigError, readConfig } from '../../platform/config.js';
import type { DatabaseFacts } from '../../platform/database-fitness.js';
import { openDatabase } from '../../platform/open-database.js';

export interface Finding {
  check: string;
  ok: boolean;
  detail: string;
  /** What to do, where it is not as it must be. */
  remedy?: string;
}

const LEAST_NODE = [20, 19] as const;
/** Beyond this, tokens expire early or late and records disagree with logs. */
const MOST_SKEW_SECONDS = 5;
const PATIENCE_MS = 2_000;

/** Looks at everything in the order in which it is needed; what cannot be looked at any more is left out. */
export async function checks(): Promise<Finding[]> {
  const findings = [nodeVersion()];
  let config: Config;
  try {
    const read = readConfig();
    config = read.config;
    findings.push({ check: 'configuration', ok: true, detail: read.warnings.join(' ') || 'without mistakes' });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      ...findings,
      {
        check: 'configuration',
        ok: false,
        detail: error.mistakes.join('\n'),
        remedy: 'Mend these settings in the environment or in .env.',
      },
    ];
  }
  findings.push(dataDirectory(config));
  return [...findings, ...(await database(config))];
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return { check: 'Node', ok, detail: process.versions.node, remedy: `Install Node ${LEAST_NODE.join('.')} or later.` };
}

function dataDirectory(config: Config): Finding {
  const check = 'data directory';
  const directory = config.get('DATA_DIR');
  let present = directory;
  while (!existsSync(present)) present = dirname(present);
  try {
    accessSync(present, constants.W_OK | constants.X_OK);
    return { check, ok: true, detail: present === directory ? directory : `${directory}, which will be made` };
  } catch {
    return {
      check,
      ok: false,
      detail: `${present} cannot be written`,
      remedy: 'Give it to the account that runs Besedka, or set DATA_DIR to another.',
    };
  }
}

async function database(config: Config): Promise<Finding[]> {
  const check = 'database';
  const given = config.get('DATABASE_URL') !== undefined;
  if (!given && !existsSync(`${config.get('DATA_DIR')}/postgres`)) {
    return [{ check, ok: true, detail: 'the embedded PostgreSQL, which the first start will make' }];
  }
  const [{ connect, placeOf }, { migrationStatus }, { schema }, fitness] = await Promise.all([
    import('../../platform/prepare-database.js'),
    import('../../platform/migrate.js'),
    import('../../schema.js'),
    import('../../platform/database-fitness.js'),
  ]);
  try {
    const opened = await openDatabase(config, { share: true });
    try {
      const source = await connect(opened.address, schema, PATIENCE_MS);
      try {
        const facts = await fitness.databaseFacts(source);
        const pending = (await migrationStatus(source)).filter(({ applied }) => !applied).length;
        return [
          { check, ok: true, detail: `reached at ${placeOf(opened.address)}` },
          version(facts, fitness.unusableBecause(facts)),
          durable(fitness.forgetfulBecause(facts)),
          migrations(pending),
          rights(facts),
          clock(facts),
        ];
      } finally {
        await source.destroy();
      }
    } finally {
      await opened.close();
    }
  } catch (error) {
    const remedy = given ? 'Start that PostgreSQL, or mend DATABASE_URL.' : 'The message says what to do.';
    return [{ check, ok: false, detail: (error as Error).message, remedy }];
  }
}

function version(facts: DatabaseFacts, reasons: string[]): Finding {
  return {
    check: 'version',
    ok: reasons.length === 0,
    detail: reasons.join('; ') || `PostgreSQL ${facts.version}`,
    remedy: 'Use a PostgreSQL 15 or later with a database in UTF8.',
  };
}

function durable(reasons: string[]): Finding {
  return {
    check: 'durability',
    ok: reasons.length === 0,
    detail: reasons.join('; ') || 'what is acknowledged is on disk',
    remedy:
      'Switch fsync, synchronous_commit and full_page_writes on; without them a power cut loses acknowledged messages.',
  };
}

function migrations(pending: number): Finding {
  return {
    check: 'migrations',
    ok: pending === 0,
    detail: pending === 0 ? 'all applied' : `${pending} pending`,
    remedy: 'Run `npx besedka migrate up`, or start the service.',
  };
}

function rights({ mayCreate }: DatabaseFacts): Finding {
  return {
    check: 'rights',
    ok: mayCreate,
    detail: mayCreate ? 'may create tables' : 'may not create tables',
    remedy: 'As the owner of the database: GRANT CREATE ON SCHEMA public TO the user of DATABASE_URL.',
  };
}

function clock({ clockAhead }: DatabaseFacts): Finding {
  const seconds = Math.abs(clockAhead);
  const ok = seconds <= MOST_SKEW_SECONDS;
  const detail = ok
    ? 'agrees with the database'
    : `${seconds.toFixed(0)} s ${clockAhead > 0 ? 'behind' : 'ahead of'} the database`;
  return { check: 'clock', ok, detail, remedy: 'Let both machines take their time from NTP.' };
}
