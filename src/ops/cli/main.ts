import { Command, CommanderError } from 'commander';
import { VERSION } from '../../platform/version.js';
import { auditCommand } from './audit.command.js';
import { configCommand } from './config.command.js';
import { demoCommand } from './demo.command.js';
import { doctorCommand } from './doctor.command.js';
import { explain } from './failures.js';
import { importCommand } from './import.command.js';
import { integratorsCommand } from './integrators.command.js';
import { keyCommand } from './key.command.js';
import { migrateCommand } from './migrate.command.js';
import { Report } from './report.js';
import { userCommand } from './user.command.js';

/** Runs the command line. The exit code is 0 for done, 1 for failed, 2 for a mistake in the command or in the configuration. */
export async function main(argv: string[]): Promise<void> {
  const report = new Report(argv.includes('--json'));
  const program = new Command('besedka')
    .description('Besedka, a self-hosted chat service.')
    .version(VERSION)
    .option('--json', 'print one JSON document instead of text')
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (report.json || process.stderr.write(text)) });
  program
    .command('serve')
    .description('run the service, as `npm start` does')
    .action(async () => (await import('../../serve.js')).serve());
  for (const command of [
    userCommand,
    migrateCommand,
    doctorCommand,
    configCommand,
    demoCommand,
    auditCommand,
    keyCommand,
    integratorsCommand,
    importCommand,
  ])
    command(program, report);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    const { exitCode, code, message } = error instanceof CommanderError ? ofCommander(error) : await explain(error);
    process.exitCode = exitCode;
    if (exitCode === 0 || (error instanceof CommanderError && !report.json)) return;
    report.failure(code, message);
  }
}

/** Help and version were asked for; whatever else commander stops at is a mistake in the command. */
function ofCommander(error: CommanderError): { exitCode: number; code: string; message: string } {
  const asked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
  const message =
    error.code === 'commander.help' ? 'Give a command; --help lists them.' : error.message.replace(/^error: /, '');
  return { exitCode: asked ? 0 : 2, code: 'command/invalid', message };
}
