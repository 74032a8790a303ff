import { Argument, type Command, Option } from 'commander';
import { ROLES, type Role } from '../../accounts/actor.js';
import { passwordFromInput } from './password-input.js';
import type { Report } from './report.js';
import { withServices } from './service-context.js';

const PAGE = 200;

interface Given {
  role: Role;
  email?: string;
  passwordStdin?: true;
}

/** `besedka user …`: the operator's way to accounts; it needs no account itself. */
export function userCommand(program: Command, report: Report): void {
  const user = program.command('user').description('accounts and their roles');

  user
    .command('create <username>')
    .description('create an account; the password comes from standard input')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('user'))
    .option('--email <address>', 'its e-mail address')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (username: string, given: Given) => {
      const password = await passwordFromInput(given);
      const account = await withServices(report, async (app) => {
        const { AccountsService } = await import('../../accounts/accounts.service.js');
        return app.get(AccountsService).create({ username, password, role: given.role, email: given.email });
      });
      report.result(account, () => `Created ${account.role} ${account.username} with id ${account.id}.`);
    });

  user
    .command('role <username>')
    .addArgument(new Argument('<role>').choices(ROLES))
    .description('give an account a role')
    .action(async (username: string, role: Role) => {
      const account = await withServices(report, async (app) => {
        const { AccountsService } = await import('../../accounts/accounts.service.js');
        const { RolesService } = await import('../../accounts/roles.service.js');
        return app.get(RolesService).change('operator', await app.get(AccountsService).idOf(username), role);
      });
      report.result(account, () => `${account.username} is a ${account.role} now.`);
    });

  user
    .command('password <username>')
    .description('give an account a new password from standard input; its sessions end')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (username: string, given: Given) => {
      const password = await passwordFromInput(given);
      const id = await withServices(report, async (app) => {
        const { AccountsService } = await import('../../accounts/accounts.service.js');
        const { PasswordsService } = await import('../../accounts/passwords.service.js');
        const accountId = await app.get(AccountsService).idOf(username);
        await app.get(PasswordsService).set(accountId, password);
        return accountId;
      });
      report.result({ id, username }, () => `${username} has a new password; all sessions of ${username} have ended.`);
    });

  user
    .command('list')
    .description('list all accounts')
    .action(async () => {
      const accounts = await withServices(report, async (app) => {
        const { AccountsService } = await import('../../accounts/accounts.service.js');
        const service = app.get(AccountsService);
        const found: Awaited<ReturnType<typeof service.list>>['items'] = [];
        for (let cursor: string | undefined, more = true; more;) {
          const page = await service.list({ limit: PAGE, cursor });
          found.push(...page.items);
          cursor = page.next ?? undefined;
          more = page.hasMore;
        }
        return found;
      });
      const rows = accounts.map((one) => [String(one.id), one.username, one.role, one.email ?? '', one.createdAt]);
      report.result(accounts, () =>
        rows.length === 0
          ? 'There are no accounts.'
          : report.table(['id', 'username', 'role', 'e-mail', 'created'], rows),
      );
    });
}
