import { Injectable } from '@nestjs/common';
import { audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { type AccountRoleView, viewOfAccountRole } from './account.dto.js';
import { AccountRepository } from './account.repository.js';
import type { Authority, Role } from './actor.js';
import { SuperuserRules } from './superuser.rules.js';

@Injectable()
export class RolesService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly superusers: SuperuserRules,
  ) {}

  /** Gives an account a role, which holds from its next request on. The last superuser keeps his. */
  async change(by: Authority, accountId: number, role: Role): Promise<AccountRoleView> {
    const act = { by, action: 'role.change', target: ['account', accountId], after: { role } } as const;
    try {
      return await this.database.write((tx) => this.changeIn(tx, by, accountId, role));
    } catch (error) {
      return await auditRefusal(this.database, act, error);
    }
  }

  private async changeIn(tx: Tx, by: Authority, accountId: number, role: Role): Promise<AccountRoleView> {
    await this.superusers.hold(tx);
    await tx.holdAuthors([accountId]);
    if (by !== 'operator' && !(await this.superusers.isSuperuser(tx, by.accountId)))
      throw new Problem('role/insufficient');
    const account = await this.accounts.hold(tx, accountId);
    if (!account) throw new Problem('account/not-found');
    if (account.role === role) return viewOfAccountRole(account);
    if (account.role === 'superuser') await this.superusers.mustRemainWithout(tx, accountId);
    await this.accounts.changeRole(tx, accountId, role);
    await tx.recordFor([{ kind: 'role.changed', accountId, data: { role } }]);
    const [before, after] = [{ role: account.role }, { role }];
    await audit(tx, { by, action: 'role.change', target: ['account', accountId], before, after });
    return viewOfAccountRole(Object.assign(account, { role }));
  }
}
