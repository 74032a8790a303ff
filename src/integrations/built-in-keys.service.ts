import { Injectable } from '@nestjs/common';
import { ExternalAccounts } from '../accounts/external-accounts.service.js';
import type { Scope } from '../accounts/takes-key.decorator.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { KeyRepository, type KnownKey } from './key.repository.js';

/** Keys of the service's own doors: without a secret, so that nobody can show one, and in the list of keys, where they are changed and revoked like any. */
@Injectable()
export class BuiltInKeys {
  constructor(
    private readonly database: Database,
    private readonly keys: KeyRepository,
    private readonly accounts: ExternalAccounts,
  ) {}

  /** The key of a door, made with these scopes when it is asked for first; auth/key-invalid once it was revoked. */
  async of(door: string, scopes: readonly Scope[]): Promise<Omit<KnownKey, 'hash' | 'unnoted'>> {
    let known = await this.keys.builtIn(this.database, door);
    if (known === undefined) {
      await this.make(door, scopes);
      known = await this.keys.builtIn(this.database, door);
    }
    if (!known) throw new Problem('auth/key-invalid', { detail: `The built-in key of ${door} was revoked.` });
    return known;
  }

  private async make(door: string, scopes: readonly Scope[]): Promise<void> {
    await this.database.write(async (tx) => {
      await this.keys.holdBuiltIn(tx, door);
      if ((await this.keys.builtIn(tx, door)) !== undefined) return;
      const profile = { username: door, firstName: door };
      const accountId = await this.accounts.create(tx, { integratorId: null, guest: false }, profile);
      const integratorId = await this.keys.insertIntegrator(tx, door, accountId);
      await this.keys.markBuiltIn(tx, integratorId, door);
      const key = { integratorId, name: `${door}, built in`, scopes, expiresAt: null, createdBy: null };
      const id = await this.keys.insert(tx, key, 'none');
      await audit(tx, { by: 'operator', action: 'key.create', target: ['key', id], after: { name: key.name, scopes } });
    });
  }
}
