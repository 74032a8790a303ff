import type { Command } from 'commander';
import colors from 'picocolors';
import type { Report } from './report.js';
import { withDatabase } from './service-context.js';

/** `besedka migrate …`: the schema of the database. The service migrates by itself at its start. */
export function migrateCommand(program: Command, report: Report): void {
  const migrate = program.command('migrate').description('the schema of the database');

  migrate
    .command('up')
    .description('apply all pending migrations, or none when one fails')
    .action(async () => {
      const { applied } = await withDatabase(report, async (address, config) => {
        const { prepareDatabase } = await import('../../platform/prepare-database.js');
        const { schema } = await import('../../schema.js');
        return prepareDatabase(address, schema, { production: config.production });
      });
      report.result({ applied }, () =>
        applied.length === 0
          ? 'The schema is up to date.'
          : `Applied:\n${applied.map((name) => `  ${name}`).join('\n')}`,
      );
    });

  migrate
    .command('status')
    .description('list the migrations and whether each is applied')
    .action(async () => {
      const migrations = await withDatabase(report, async (address) => {
        const { connect } = await import('../../platform/prepare-database.js');
        const { migrationStatus } = await import('../../platform/migrate.js');
        const { schema } = await import('../../schema.js');
        const source = await connect(address, schema);
        try {
          return await migrationStatus(source);
        } finally {
          await source.destroy();
        }
      });
      const lines = migrations.map(
        ({ name, applied }) =>
          `${applied ? colors.green('✔') : colors.yellow('·')} ${name}${applied ? '' : ' (pending)'}`,
      );
      report.result({ migrations }, () => lines.join('\n'));
    });
}
