import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { mistakeIn, nameKey } from '../platform/safe-text.js';
import { AccountRepository } from './account.repository.js';
import { type ChangePassword, PASSWORD } from './account-requests.dto.js';
import type { Actor } from './actor.js';
import { PasswordAttempts } from './attempts.limits.js';
import { PasswordHasher } from './password.hasher.js';
import { SessionsService } from './sessions.service.js';

@Injectable()
export class PasswordsService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly hasher: PasswordHasher,
    private readonly attempts: PasswordAttempts,
    private readonly sessions: SessionsService,
  ) {}

  /** Changes one's own password. The other sessions end; this one lives on with the tokens it has. */
  async change(actor: Actor, request: ChangePassword, address: string): Promise<void> {
    const former = await this.attempts.count(nameKey(actor.username), address, async () => {
      const account = await this.accounts.find(this.database, actor.accountId);
      return (await this.hasher.verify(account?.passwordHash, request.currentPassword))
        ? (account?.passwordHash ?? undefined)
        : undefined;
    });
    if (former === undefined) throw new Problem('auth/password-wrong');
    const passwordHash = await this.hasher.hash(request.newPassword);
    await this.database.write(async (tx) => {
      await tx.holdAuthors([actor.accountId]);
      if (!(await this.accounts.changePassword(tx, actor.accountId, passwordHash, former)))
        throw new Problem('auth/password-wrong');
      await this.sessions.end(tx, actor.accountId, { except: actor.sessionId }, 'password_changed');
    });
  }

  /** Gives an account a new password without the old one, and ends all its sessions; for the operator. */
  async set(accountId: number, password: string): Promise<void> {
    const mistake = mistakeIn(password, PASSWORD);
    if (mistake) throw new Problem('request/invalid', { errors: [{ pointer: '#/password', message: mistake }] });
    const passwordHash = await this.hasher.hash(password);
    await this.database.write(async (tx) => {
      await tx.holdAuthors([accountId]);
      if (!(await this.accounts.changePassword(tx, accountId, passwordHash))) throw new Problem('account/not-found');
      await this.sessions.end(tx, accountId, 'all', 'password_changed');
    });
  }
}
