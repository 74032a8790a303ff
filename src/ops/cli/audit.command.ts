import type { Command } from 'commander';
import type { Report } from './report.js';
import { withServices } from './service-context.js';

/** `besedka audit …`: looks after the log of what moderators did. */
export function auditCommand(program: Command, report: Report): void {
  const log = program.command('audit').description('the log of what moderators did');

  log
    .command('verify')
    .description('compute the chain of hashes anew; exit code 1 names the first broken row')
    .action(async () => {
      const verdict = await withServices(report, async (app) => {
        const { verifyAudit } = await import('../../platform/audit.js');
        const { Database } = await import('../../platform/database.js');
        return verifyAudit(app.get(Database));
      });
      const { rows, broken, head } = verdict;
      report.result({ ok: broken === undefined, rows, broken: broken ?? null, head }, () =>
        broken === undefined
          ? `${rows} rows, none broken. Head: ${rows}:${head || '-'} (keep it elsewhere: it shows later whether the log was cut off or written anew)`
          : `Row ${broken} is broken: it was changed, or a row before it is missing. ${rows} rows before it are as they were written.`,
      );
      if (broken !== undefined) process.exitCode = 1;
    });
}
