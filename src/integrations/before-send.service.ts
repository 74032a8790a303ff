import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { TokenKey } from '../accounts/token.key.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Housekeeping } from '../platform/housekeeping.js';
import { Problem } from '../platform/problems.js';
import { type BeforeSendSetView, type BeforeSendView, type SetBeforeSend, viewOfHook } from './before-send.dto.js';
import { BeforeSendHooks } from './before-send.hooks.js';
import { BeforeSendRepository } from './before-send.repository.js';
import { Integrators } from './integrators.service.js';
import { OutgoingClient } from './outgoing.client.js';
import { seal } from './sealed.js';
import { freshWebhookSecret } from './webhook.signature.js';

/** The hook before sending of an integrator, as its server sets it. */
@Injectable()
export class BeforeSend implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly integrators: Integrators,
    private readonly repository: BeforeSendRepository,
    private readonly hooks: BeforeSendHooks,
    private readonly outgoing: OutgoingClient,
    private readonly key: TokenKey,
    private readonly housekeeping: Housekeeping,
  ) {}

  onApplicationBootstrap(): void {
    this.housekeeping.add(async (tx, after, most) =>
      (await this.repository.forget(tx, most)) ? after + 1 : undefined,
    );
  }

  async one(actor: Actor): Promise<BeforeSendView> {
    const { id } = await this.integrators.itself(actor);
    const row = await this.repository.of(this.database, id);
    if (!row) throw new Problem('integrator/no-before-send');
    return viewOfHook(row);
  }

  async set(actor: Actor, request: SetBeforeSend): Promise<BeforeSendSetView> {
    const { id: integratorId } = await this.integrators.itself(actor);
    const { url, timeoutMs = 300, onFailure, newSecret = false } = request;
    await this.outgoing.judge(url);
    const view = await this.database.write(async (tx) => {
      const before = await this.repository.of(tx, integratorId);
      const secret = before && !newSecret ? null : freshWebhookSecret();
      const sealedSecret = secret === null ? before!.sealedSecret : seal(this.key.key, secret);
      await this.repository.set(tx, { integratorId, url, timeoutMs, onFailure, sealedSecret });
      const after = { url, timeoutMs, onFailure, newSecret: secret !== null };
      await audit(tx, { by: actor, action: 'before-send.set', target: ['integrator', integratorId], after });
      return { ...viewOfHook((await this.repository.of(tx, integratorId))!), secret };
    });
    await this.hooks.catchUp();
    return view;
  }

  async remove(actor: Actor): Promise<void> {
    const { id: integratorId } = await this.integrators.itself(actor);
    await this.database.write(async (tx) => {
      await this.repository.delete(tx, integratorId);
      await audit(tx, { by: actor, action: 'before-send.remove', target: ['integrator', integratorId] });
    });
    await this.hooks.catchUp();
  }
}
