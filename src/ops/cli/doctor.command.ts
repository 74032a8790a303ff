import type { Command } from 'commander';
import colors from 'picocolors';
import { checks } from './doctor.checks.js';
import type { Report } from './report.js';

/** `besedka doctor`: what the service needs, looked at one by one, each with its remedy. */
export function doctorCommand(program: Command, report: Report): void {
  program
    .command('doctor')
    .description('check what the service needs, and say what to do where something is missing')
    .action(async () => {
      const findings = await checks();
      const ok = findings.every((finding) => finding.ok);
      const lines = findings.map(({ check, ok: fine, detail, remedy }) => [
        fine ? colors.green('✔') : colors.red('✖'),
        check,
        fine || !remedy ? detail : `${detail}\n${colors.bold('→')} ${remedy}`,
      ]);
      report.result({ ok, checks: findings }, () => report.table(['', 'check', 'finding'], lines));
      if (!ok) process.exitCode = findings.some(({ check, ok: fine }) => check === 'configuration' && !fine) ? 2 : 1;
    });
}
