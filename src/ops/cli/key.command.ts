import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Scope, SCOPES } from '../../accounts/takes-key.decorator.js';
import type { KeysService } from '../../integrations/keys.service.js';
import { parseId } from '../../platform/id.pipe.js';
import type { Report } from './report.js';
import { withServices } from './service-context.js';

const PAGE = 200;
const DAY_SECONDS = 24 * 60 * 60;
const MOST_OVERLAP_SECONDS = 7 * DAY_SECONDS;

interface Given {
  scope: Scope[];
  integrator?: number;
  expires?: string;
}

/** `besedka key …`: the operator's way to API keys; it needs no account. */
export function keyCommand(program: Command, report: Report): void {
  const key = program.command('key').description('API keys of servers');

  key
    .command('create <name>')
    .description('create an API key; it is shown this once')
    .addOption(new Option('--scope <scope...>', 'what it is good for').choices(SCOPES).default([]))
    .option('--integrator <id>', 'a further key of this integrator instead of a new one', anId)
    .option('--expires <time>', 'when it ends, such as 2027-11-20T00:00:00Z', aTime)
    .action(async (name: string, { scope: scopes, integrator: integratorId, expires: expiresAt }: Given) => {
      const made = await withKeys(report, (keys) =>
        keys.create('operator', { name, scopes: [...new Set(scopes)], integratorId, expiresAt }),
      );
      report.result(
        made,
        () => `Key ${made.id} of integrator ${made.integrator.id}: ${made.key}\nKeep it now: it cannot be shown again.`,
      );
    });

  key
    .command('list')
    .description('list all API keys')
    .action(async () => {
      const found = await withKeys(report, async (keys) => {
        const items: Awaited<ReturnType<KeysService['list']>>['items'] = [];
        for (let cursor: string | undefined, more = true; more;) {
          const page = await keys.list({ limit: PAGE, cursor });
          items.push(...page.items);
          cursor = page.next ?? undefined;
          more = page.hasMore;
        }
        return items;
      });
      const rows = found.map((one) => [
        String(one.id),
        one.name,
        one.hint,
        one.scopes.join(' '),
        one.active ? 'active' : 'ended',
        one.lastUsedAt ?? 'never',
      ]);
      report.result(found, () =>
        rows.length === 0
          ? 'There are no API keys.'
          : report.table(['id', 'name', 'begins with', 'scopes', 'state', 'last use'], rows),
      );
    });

  key
    .command('rotate')
    .argument('<id>', 'of the key', anId)
    .option('--overlap <seconds>', 'how long the secret before works on', whole, DAY_SECONDS)
    .description('replace the secret of an API key')
    .action(async (id: number, { overlap }: { overlap: number }) => {
      const made = await withKeys(report, (keys) => keys.rotate('operator', id, overlap));
      report.result(made, () => `Key ${id}: ${made.key}\nKeep it now: it cannot be shown again.`);
    });

  key
    .command('revoke')
    .argument('<id>', 'of the key', anId)
    .description('revoke an API key for ever')
    .action(async (id: number) => {
      await withKeys(report, (keys) => keys.revoke('operator', id));
      report.result({ id, revoked: true }, () => `Key ${id} is revoked.`);
    });
}

function withKeys<T>(report: Report, work: (keys: KeysService) => Promise<T>): Promise<T> {
  return withServices(report, async (app) => {
    const services = await import('../../integrations/keys.service.js');
    return work(app.get(services.KeysService));
  });
}

function anId(text: string): number {
  const id = parseId(text);
  if (id === undefined) throw new InvalidArgumentError('It must be an id.');
  return id;
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) > MOST_OVERLAP_SECONDS)
    throw new InvalidArgumentError(`It must be seconds, at most ${MOST_OVERLAP_SECONDS}.`);
  return Number(text);
}

function aTime(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('It must be a time such as 2027-11-20T00:00:00Z.');
  return time.toISOString();
}
