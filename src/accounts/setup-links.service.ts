import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import type { OwnAccountView } from './account.dto.js';
import type { SetUp } from './account-requests.dto.js';
import { AccountsService } from './accounts.service.js';
import { freshSecret, hashOfSecret } from './secrets.js';
import { SetupLinkRepository } from './setup-link.repository.js';
import { SuperuserRules } from './superuser.rules.js';

export const SETUP_LINK_MINUTES = 30;

/** The way to the first superuser without a default password: a secret that is printed at start, good once and for half an hour. */
@Injectable()
export class SetupLinks {
  constructor(
    private readonly database: Database,
    private readonly links: SetupLinkRepository,
    private readonly superusers: SuperuserRules,
    private readonly accounts: AccountsService,
  ) {}

  /** The secret of a new link, the only valid one from now on; undefined when there is a superuser. */
  create(): Promise<string | undefined> {
    return this.database.write(async (tx) => {
      await this.superusers.hold(tx);
      if (await this.superusers.anyExists(tx)) return undefined;
      const secret = freshSecret();
      await this.links.replaceAll(tx, secret.hash, SETUP_LINK_MINUTES);
      return secret.text;
    });
  }

  /** Makes the first superuser. A refused name or password leaves the link as it was. */
  async setUp({ token, ...account }: SetUp): Promise<OwnAccountView> {
    const hash = hashOfSecret(token);
    if (!(await this.links.isOpen(this.database, hash)) || (await this.superusers.anyExists(this.database)))
      throw new Problem('auth/setup-link-invalid');
    const prepared = await this.accounts.prepare({ ...account, role: 'superuser' });
    return this.database.write(async (tx) => {
      await this.superusers.hold(tx);
      if ((await this.superusers.anyExists(tx)) || !(await this.links.use(tx, hash)))
        throw new Problem('auth/setup-link-invalid');
      return this.accounts.insert(tx, prepared);
    });
  }
}
