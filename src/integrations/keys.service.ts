import { Injectable } from '@nestjs/common';
import type { Authority } from '../accounts/actor.js';
import { freshApiKey } from '../accounts/api-key.js';
import { ExternalAccounts } from '../accounts/external-accounts.service.js';
import { hashOfSecret } from '../accounts/secrets.js';
import { SuperuserRules } from '../accounts/superuser.rules.js';
import { audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, pageOf } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import type { Tx } from '../platform/tx.js';
import {
  type ChangeKey,
  type CreateKey,
  KEY_NAME,
  type KeyPage,
  type KeyRow,
  type KeysRequest,
  type KeyView,
  type NewKeyView,
  viewOfKey,
  viewOfNewKey,
} from './key.dto.js';
import { KeyRepository } from './key.repository.js';

const HINT_CHARACTERS = 12;

/** API keys, as superusers and whoever runs the service make and end them. A secret is told once; of all that are kept, none can be read. */
@Injectable()
export class KeysService {
  constructor(
    private readonly database: Database,
    private readonly keys: KeyRepository,
    private readonly accounts: ExternalAccounts,
    private readonly superusers: SuperuserRules,
  ) {}

  /** A new key, of an integrator that is there or of a new one. */
  async create(by: Authority, { name, scopes, integratorId, expiresAt = null }: CreateKey): Promise<NewKeyView> {
    const mistake = mistakeIn(name, KEY_NAME);
    if (mistake) throw new Problem('request/invalid', { errors: [{ pointer: '#/name', message: mistake }] });
    return await this.database.write(async (tx) => {
      await this.demandSuperuser(tx, by);
      if (expiresAt !== null) await this.mustBeAhead(tx, expiresAt);
      const owner = integratorId === undefined ? await this.found(tx, name) : await this.known(tx, integratorId);
      const secret = freshApiKey();
      const createdBy = by === 'operator' ? null : by.accountId;
      const id = await this.keys.insert(
        tx,
        { integratorId: owner, name, scopes, expiresAt, createdBy },
        hintOf(secret),
      );
      await this.keys.addSecret(tx, id, hashOfSecret(secret));
      const row = (await this.keys.find(tx, id))!;
      await audit(tx, { by, action: 'key.create', target: ['key', id], after: stateOf(row) });
      return viewOfNewKey(row, secret);
    });
  }

  async list({ integratorId, limit = 50, cursor }: KeysRequest): Promise<KeyPage> {
    const rows = await this.keys.list(this.database, integratorId, decodeCursor(cursor, isIdKey), limit + 1);
    return pageOf(rows.map(viewOfKey), limit, (key) => key.id);
  }

  async one(keyId: number): Promise<KeyView> {
    const row = await this.keys.find(this.database, keyId);
    if (!row) throw new Problem('key/not-found');
    return viewOfKey(row);
  }

  /** Changes what is given, from the next request on. */
  async change(by: Authority, keyId: number, changes: ChangeKey): Promise<KeyView> {
    return await this.traced(by, 'key.change', keyId, async (tx, row) => {
      if (row.revokedAt) throw new Problem('key/revoked');
      const { name = row.name, scopes = row.scopes, expiresAt } = changes;
      if (expiresAt != null) await this.mustBeAhead(tx, expiresAt);
      const until = expiresAt === undefined ? (row.expiresAt?.toISOString() ?? null) : expiresAt;
      await this.keys.change(tx, keyId, { name, scopes, expiresAt: until });
      const changed = (await this.keys.find(tx, keyId))!;
      const [before, after] = [stateOf(row), stateOf(changed)];
      await audit(tx, { by, action: 'key.change', target: ['key', keyId], before, after });
      return viewOfKey(changed);
    });
  }

  /** A new secret; those before it work for so many seconds on. */
  async rotate(by: Authority, keyId: number, overlapSeconds: number): Promise<NewKeyView> {
    return await this.traced(by, 'key.rotate', keyId, async (tx, row) => {
      if (row.revokedAt) throw new Problem('key/revoked');
      const secret = freshApiKey();
      await this.keys.endSecrets(tx, keyId, overlapSeconds, hintOf(secret));
      await this.keys.addSecret(tx, keyId, hashOfSecret(secret));
      await audit(tx, { by, action: 'key.rotate', target: ['key', keyId], after: { overlapSeconds } });
      return viewOfNewKey((await this.keys.find(tx, keyId))!, secret);
    });
  }

  /** Ends a key for ever; ending it again changes nothing. */
  async revoke(by: Authority, keyId: number): Promise<void> {
    await this.traced(by, 'key.revoke', keyId, async (tx, row) => {
      if (row.revokedAt) return;
      await this.keys.revoke(tx, keyId);
      await audit(tx, { by, action: 'key.revoke', target: ['key', keyId], before: stateOf(row) });
    });
  }

  /** A new integrator with the account as which it acts. */
  private async found(tx: Tx, name: string): Promise<number> {
    const accountId = await this.accounts.create(
      tx,
      { integratorId: null, guest: false },
      { username: name, firstName: name },
    );
    return await this.keys.insertIntegrator(tx, name, accountId);
  }

  private async known(tx: Tx, integratorId: number): Promise<number> {
    const integrator = await this.keys.integrator(tx, integratorId);
    if (!integrator) throw new Problem('integrator/not-found');
    return integrator.id;
  }

  private async traced<T>(
    by: Authority,
    action: string,
    keyId: number,
    work: (tx: Tx, row: KeyRow) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.database.write(async (tx) => {
        await this.demandSuperuser(tx, by);
        const row = await this.keys.hold(tx, keyId);
        if (!row) throw new Problem('key/not-found');
        return await work(tx, row);
      });
    } catch (error) {
      return await auditRefusal(this.database, { by, action, target: ['key', keyId] }, error);
    }
  }

  /** As he is now: nobody demoted while his request waited makes a key. */
  private async demandSuperuser(tx: Tx, by: Authority): Promise<void> {
    if (by === 'operator') return;
    await tx.holdAuthors([], [by.accountId]);
    if (!(await this.superusers.isSuperuser(tx, by.accountId))) throw new Problem('role/insufficient');
  }

  private async mustBeAhead(tx: Tx, expiresAt: string): Promise<void> {
    if (!(await this.keys.isAhead(tx, expiresAt)))
      throw new Problem('request/invalid', { errors: [{ pointer: '#/expiresAt', message: 'must be in the future' }] });
  }
}

function hintOf(secret: string): string {
  return secret.slice(0, HINT_CHARACTERS);
}

function stateOf({ name, scopes, integrator, expiresAt }: KeyRow): object {
  return { name, scopes, integratorId: integrator.id, expiresAt: expiresAt?.toISOString() ?? null };
}
