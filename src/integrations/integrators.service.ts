/**
 * From a key to whoever acts by it. Three questions in this order: is the key good, has it the scope, and may the person act.
 *
 * Invariants, and what breaks without them:
 * - key, scopes and person are read from the database at each request: a revoked key or a blocked person would go on for as long as anything
 *   here is remembered;
 * - the answer is an ordinary actor of the person's own role: the rules of rooms and of moderation decide about a key as about anybody, and no
 *   door may ask for the key instead;
 * - whatever changes something leaves a row with key and person in the audit log before it is done.
 */
import { timingSafeEqual } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { isApiKey } from '../accounts/api-key.js';
import type { WhichAccount } from '../accounts/external-account.js';
import { ExternalAccounts } from '../accounts/external-accounts.service.js';
import { IntegratorDoor, type KeyUse } from '../accounts/integrator.door.js';
import { hashOfSecret } from '../accounts/secrets.js';
import type { Scope } from '../accounts/takes-key.decorator.js';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { parseId } from '../platform/id.pipe.js';
import { Problem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import { BuiltInKeys } from './built-in-keys.service.js';
import { KeyActLog } from './key-act.log.js';
import { KeyRepository } from './key.repository.js';

export const MOST_EXTERNAL_ID = 128;
const EXTERNAL = 'external:';

/** A server that showed a good key. */
export interface Integrator {
  readonly id: number;
  readonly keyId: number;
  /** The account as which it acts where it names nobody. */
  readonly accountId: number;
  readonly scopes: ReadonlySet<Scope>;
}

@Injectable()
export class Integrators implements OnModuleInit {
  private readonly logger = new Logger('keys');

  constructor(
    private readonly door: IntegratorDoor,
    private readonly database: Database,
    private readonly keys: KeyRepository,
    private readonly accounts: ExternalAccounts,
    private readonly log: KeyActLog,
    private readonly config: Config,
    private readonly ownKeys: BuiltInKeys,
  ) {}

  onModuleInit(): void {
    this.door.callerOf = (use) => this.callerOf(use);
    this.door.actorFor = (server, accountId, operation) => this.actFor(server, accountId, operation);
  }

  /** The integrator of a key; auth/key-invalid when it is unknown, revoked, replaced or out of time. */
  async integratorOf(key: string): Promise<Integrator> {
    const hash = hashOfSecret(key);
    const known = isApiKey(key) ? await this.keys.known(this.database, hash) : undefined;
    if (!known || !timingSafeEqual(known.hash, hash)) throw new Problem('auth/key-invalid');
    if (known.unnoted)
      this.keys
        .noteUse(this.database, known.keyId)
        .catch((error: unknown) => this.logger.debug({ note: 'last use not noted', error: String(error) }));
    const { integratorId: id, keyId, accountId, scopes } = known;
    return { id, keyId, accountId, scopes: new Set(scopes) };
  }

  /** The actor for any account by this integrator; account/not-found, account/blocked, and key/scope-missing for others than its own without `act_as`. */
  async actorFor(integrator: Integrator, which: WhichAccount): Promise<Actor> {
    if (!('accountId' in which && which.accountId === integrator.accountId)) demand(integrator, 'act_as');
    return { ...(await this.accounts.actor(this.database, which)), keyId: integrator.keyId };
  }

  /** The integrator of an actor that acts by a key and for nobody; key/required for people and for servers that act for one. */
  async itself({ keyId, accountId }: Actor): Promise<Integrator> {
    const key = keyId === undefined ? undefined : await this.keys.find(this.database, keyId);
    if (!key || key.integrator.accountId !== accountId) throw new Problem('key/required');
    return { id: key.integrator.id, keyId: key.id, accountId, scopes: new Set(key.scopes) };
  }

  private async actFor(server: Actor, accountId: number, operation: string): Promise<Actor> {
    const integrator = await this.itself(server);
    const by = {
      accountId: server.accountId,
      keyId: integrator.keyId,
      ...(server.origin && { origin: server.origin }),
    };
    try {
      const actor = {
        ...(await this.actorFor(integrator, { accountId })),
        ...(server.origin && { origin: server.origin }),
      };
      await this.log.note({ by: actor, action: 'key.act', target: ['account', accountId], after: { operation } });
      return actor;
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      const after = { operation, actAs: String(accountId), code: error.code };
      await this.log.note({ by, action: 'key.act.refused', target: ['key', integrator.keyId], after });
      throw error;
    }
  }

  private async callerOf(use: KeyUse): Promise<Actor> {
    const integrator = use.key === undefined ? await this.strangers() : await this.integratorOf(use.key);
    let actor: Actor;
    try {
      if (use.scope === undefined) throw new Problem('key/not-accepted');
      demand(integrator, use.scope);
      if (use.actAs !== undefined) demand(integrator, 'act_as');
      actor = await this.actorFor(integrator, whoIs(integrator, use.actAs));
    } catch (error) {
      if (error instanceof Problem && error.status < 500) await this.noteRefusal(integrator, use, error);
      throw error;
    }
    if (use.changes) {
      const target = ['account', actor.accountId] as const;
      await this.log.note({
        by: { ...actor, origin: use.origin },
        action: 'key.act',
        target,
        after: { operation: use.operation },
      });
    }
    return actor;
  }

  /** The integrator for whom all strangers count where they are trusted. */
  private async strangers(): Promise<Integrator> {
    if (!this.config.get('CHATAPI_TRUSTED')) throw new Problem('auth/required');
    const { keyId, integratorId: id, accountId, scopes } = await this.ownKeys.of('chatapi', ['act_as']);
    return { id, keyId, accountId, scopes: new Set(scopes) };
  }

  private async noteRefusal({ accountId, keyId }: Integrator, use: KeyUse, { code }: Problem): Promise<void> {
    const after = { operation: use.operation, ...(use.actAs && { actAs: use.actAs.slice(0, MOST_EXTERNAL_ID) }), code };
    const by = { accountId, keyId, origin: use.origin };
    await this.log.note({ by, action: 'key.act.refused', target: ['key', keyId], after });
  }
}

function demand({ scopes }: Integrator, scope: Scope): void {
  if (!scopes.has(scope)) throw new Problem('key/scope-missing', { extra: { scope } });
}

/** Whom the header names; an integrator's person is known under its id to this integrator alone. */
function whoIs(integrator: Integrator, actAs: string | undefined): WhichAccount {
  if (actAs === undefined) return { accountId: integrator.accountId };
  const accountId = parseId(actAs);
  if (accountId !== undefined) return { accountId };
  const externalId = actAs.startsWith(EXTERNAL) ? decoded(actAs.slice(EXTERNAL.length)) : undefined;
  if (externalId === undefined || mistakeIn(externalId, { least: 1, most: MOST_EXTERNAL_ID }) !== undefined)
    throw new Problem('request/invalid', {
      errors: [{ pointer: '#/X-Act-As', message: 'must be the id of an account, or external: and an id of yours' }],
    });
  return { integratorId: integrator.id, externalId };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
