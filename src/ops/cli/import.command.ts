import { writeFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Argument, type Command } from 'commander';
import { CommandMistaken } from './failures.js';
import { type OlderServer, BLUEPRINTS, OLDER_SERVERS } from './import/blueprints.js';
import type { ImportResult, Progress } from './import/importer.js';
import type { Blueprint } from './import/blueprint.js';
import type { Source } from './import/source.js';
import type { Kind } from './import/tally.js';
import type { Report } from './report.js';
import { withServices } from './service-context.js';

/** What stands before a message's id in its clientId, which has 64 characters. */
const SOURCE_NAME = /^[\w.-]{1,24}$/;
const KINDS: readonly Kind[] = ['accounts', 'rooms', 'members', 'messages'];

interface Given {
  merge?: true;
  source?: string;
  ids?: string;
}

const HELP = `
Accounts come with the passwords they had: they sign in as before. Rooms come with their members, messages in their order and with their times.
Run it again at any time: only what is new is brought over, and a run that was cut off is continued. The database that is read is never written.

  npx besedka import pychat ./db.sqlite3
  npx besedka import atomchat postgres://reader:secret@10.0.0.5/atomchat

Exit code 0: done, and what was skipped stands in the report with the reason; 1: stopped on the way, run it again; 2: this is not a database of
that server, and nothing was written. Guides: docs/guides/coming-from-*.md`;

/** `besedka import …`: brings over what one of the older servers keeps. */
export function importCommand(program: Command, report: Report): void {
  program
    .command('import')
    .addArgument(new Argument('<server>', 'whose data they are').choices(OLDER_SERVERS))
    .argument('<from>', 'its SQLite file, or the URL of its PostgreSQL database (postgres://…)')
    .description('bring over accounts, rooms and messages of an older server')
    .option('--merge', 'a person whose user name is taken here is that person; otherwise another name is made')
    .option(
      '--source <name>',
      'keep several servers of one kind apart: this one is known by this name (default: the kind)',
    )
    .option('--ids <file>', 'write which ids accounts and rooms had there and have here, as JSON')
    .addHelpText('after', HELP)
    .action(async (server: OlderServer, from: string, given: Given) => {
      const { merge = false, source: name = server, ids } = given;
      if (!SOURCE_NAME.test(name))
        throw new CommandMistaken('command/invalid', '--source takes 1 to 24 of the characters A-Z a-z 0-9 _ . -');
      const blueprint: Blueprint = BLUEPRINTS[server];
      const { demandTables, importEverything } = await import('./import/importer.js');
      const source = await open(from);
      try {
        await demandTables(server, blueprint, source);
        const settings = { source: name, merge };
        const result = await withServices(report, (app) =>
          importEverything(app, blueprint, source, settings, progressOf(report)),
        );
        if (ids !== undefined) writeFileSync(ids, `${JSON.stringify(result.ids)}\n`);
        tell(report, name, result);
      } finally {
        await source.close();
      }
    });
}

async function open(from: string): Promise<Source> {
  if (/^postgres(ql)?:\/\//.test(from))
    return await (await import('./import/postgres-source.repository.js')).openPostgres(from);
  return await (await import('./import/sqlite.source.js')).openSqlite(from);
}

function progressOf(report: Report): Progress {
  const format = '{bar} {value}/{total} rows';
  const bar = new SingleBar({ stream: process.stderr, format, hideCursor: true });
  return {
    begin: (total) => void (report.json || bar.start(total, 0)),
    done: (rows) => bar.increment(rows),
    end: () => bar.stop(),
  };
}

function tell(report: Report, source: string, { tally, messageSeconds }: ImportResult): void {
  const { counts, skipped, changed } = tally;
  const perSecond = Math.round(counts.messages.made / Math.max(messageSeconds, 0.001));
  report.result({ source, ...counts, messagesPerSecond: perSecond, skippedBecause: skipped, changed }, () => {
    const rows = KINDS.map((kind) => {
      const { made, merged, known, skipped: left } = counts[kind];
      return [kind, ...[made, merged, known, left].map(String)];
    });
    const remarks = (given: typeof skipped) =>
      given.map(({ kind, what, count, examples }) => {
        const more = count > examples.length ? ', …' : '';
        return [kind, String(count), what, `${examples.join(', ')}${more}`];
      });
    const parts = [report.table(['from ' + source, 'new', 'merged', 'known', 'skipped'], rows)];
    if (skipped.length > 0) parts.push(report.table(['skipped', '', 'because', 'ids there'], remarks(skipped)));
    if (changed.length > 0) parts.push(report.table(['to know', '', '', 'which'], remarks(changed)));
    if (counts.messages.made > 0) parts.push(`${perSecond} messages a second.`);
    return parts.join('\n\n');
  });
}
