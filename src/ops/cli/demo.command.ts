import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { CommandFailed } from './failures.js';
import type { Report } from './report.js';
import { withServices } from './service-context.js';

interface Outcome {
  created: boolean;
  messages: number;
  people: { username: string; role: string; password: string }[];
}

/** `besedka demo`: something to look at: people, rooms of every kind and what they talk about. */
export function demoCommand(program: Command, report: Report): void {
  program
    .command('demo')
    .description('fill an empty database with people, rooms and a few thousand messages; prints the passwords once')
    .option('--force', 'also into a database that has accounts')
    .action(async ({ force }: { force?: true }) => {
      const outcome = await withServices(report, async (app): Promise<Outcome> => {
        const { DemoSeeder } = await import('./demo/demo-seeder.js');
        const { PEOPLE } = await import('./demo/people.js');
        const seeder = new DemoSeeder(app);
        const taken = await seeder.taken();
        if (taken.length === PEOPLE.length) return { created: false, messages: 0, people: [] };
        if (!force && (await seeder.hasAccounts()))
          throw new CommandFailed(
            'demo/not-empty',
            'This database has accounts. To add the demo people to them, give --force.',
          );
        if (taken.length > 0)
          throw new CommandFailed(
            'demo/names-taken',
            `The demo needs these names, which other people have: ${taken.join(', ')}.`,
          );
        const people = await seeder.people();
        const talks = await seeder.talks();
        const messages = talks.reduce((sum, talk) => sum + talk.lines.length, 0);
        const bar = new SingleBar({
          stream: process.stderr,
          format: '{bar} {value}/{total} messages',
          hideCursor: true,
        });
        if (!report.json) bar.start(messages, 0);
        await seeder.say(talks, () => bar.increment());
        bar.stop();
        return { created: true, messages, people };
      });
      report.result(outcome, () => {
        if (!outcome.created)
          return 'The demo is in this database already; nothing was changed. For a fresh one use an empty DATA_DIR or database.';
        const rows = outcome.people.map(({ username, role, password }) => [username, role, password]);
        return `${report.table(['user name', 'role', 'password'], rows)}\n\n${outcome.messages} messages. The passwords are shown this once.`;
      });
    });
}
