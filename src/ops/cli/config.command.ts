import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import colors from 'picocolors';
import { readConfig, SETTINGS } from '../../platform/config.js';
import type { Quota } from '../../platform/limits.table.js';
import type { Report } from './report.js';

/** `besedka config …`: the settings of the environment and of .env. */
export function configCommand(program: Command, report: Report): void {
  const config = program.command('config').description('the settings');

  config
    .command('check')
    .description('read the configuration as the service would, and show what it comes to')
    .action(() => {
      const { config: read, warnings } = readConfig();
      const settings = Object.fromEntries(
        Object.keys(SETTINGS).map((name) => [name, shown(name, read.settings[name as keyof typeof SETTINGS])]),
      );
      const rows = Object.entries(settings).map(([name, value]) => [name, value ?? '']);
      const notes = warnings.map((warning) => `${colors.yellow('!')} ${warning}`);
      report.result({ ok: true, warnings, settings }, () =>
        [
          report.table(['setting', 'value'], rows),
          '',
          ...notes,
          `${colors.green('✔')} The configuration is right.`,
        ].join('\n'),
      );
    });

  config
    .command('docs')
    .description('print docs/configuration.md, or write it')
    .option('--output <file>', 'write it to this file')
    .action(async ({ output }: { output?: string }) => {
      const { renderConfigurationDoc } = await import('./configuration-doc.js');
      const text = renderConfigurationDoc();
      if (output === undefined) return report.result({ text }, () => text.trimEnd());
      writeFileSync(output, text);
      report.result({ output }, () => `Wrote ${output}.`);
    });
}

function shown(
  name: string,
  value: string | number | boolean | readonly string[] | Quota | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  if ('secret' in SETTINGS[name as keyof typeof SETTINGS]) return '(set)';
  return String(value).replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:…@');
}
