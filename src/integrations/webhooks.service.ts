import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { TokenKey } from '../accounts/token.key.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, pageOf } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { EventFeed } from './event-feed.service.js';
import { Integrators } from './integrators.service.js';
import { OutgoingClient } from './outgoing.client.js';
import { seal } from './sealed.js';
import type {
  DeliveriesRequest,
  DeliveryPage,
  ReplayView,
  ReplayWebhook,
  WebhookTestView,
} from './webhook-delivery.dto.js';
import {
  type ChangeWebhook,
  type CreateWebhook,
  type NewWebhookView,
  viewOfWebhook,
  type WebhookList,
  type WebhookRow,
  type WebhookView,
} from './webhook.dto.js';
import { type DeliveryRow, WebhookRepository } from './webhook.repository.js';
import { freshWebhookSecret } from './webhook.signature.js';
import { WebhookSender } from './webhook.sender.js';
import { WebhookWorker } from './webhook.worker.js';

export const MOST_WEBHOOKS = 20;
const MOST_REPLAYED = 10_000;

/** Webhooks, as the servers that own them make, change and ask about them. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly database: Database,
    private readonly integrators: Integrators,
    private readonly webhooks: WebhookRepository,
    private readonly feed: EventFeed,
    private readonly outgoing: OutgoingClient,
    private readonly sender: WebhookSender,
    private readonly worker: WebhookWorker,
    private readonly key: TokenKey,
  ) {}

  /** A new webhook. What happens after the answer is delivered; what happened before is not. */
  async create(actor: Actor, request: CreateWebhook): Promise<NewWebhookView> {
    const { id: integratorId } = await this.integrators.itself(actor);
    const { url, name = '', events = null, rooms = 'own', roomIds = null } = request;
    await this.outgoing.judge(url);
    const secret = freshWebhookSecret();
    await this.feed.catchUp();
    return await this.database.write(async (tx) => {
      // Again, for what was committed in between: this time nothing is numbered until the webhook is there.
      await this.feed.catchUpIn(tx);
      if ((await this.webhooks.holdAll(tx, integratorId)) >= MOST_WEBHOOKS) throw new Problem('webhook/too-many');
      const terms = { url, name, events, rooms, roomIds };
      const id = await this.webhooks.insert(tx, integratorId, terms, this.sealed([secret]));
      await this.noted(tx, actor, 'webhook.create', integratorId, { webhookId: id, ...terms });
      return { ...viewOfWebhook((await this.webhooks.find(tx, integratorId, id))!), secret };
    });
  }

  async list(actor: Actor): Promise<WebhookList> {
    const { id } = await this.integrators.itself(actor);
    return { items: (await this.webhooks.list(this.database, id)).map(viewOfWebhook) };
  }

  async one(actor: Actor, webhookId: number): Promise<WebhookView> {
    return viewOfWebhook(await this.own(actor, webhookId));
  }

  /** Changes what is given. Events that are queued already stay queued and go to the new address. */
  async change(actor: Actor, webhookId: number, changes: ChangeWebhook): Promise<WebhookView> {
    const { integratorId } = await this.own(actor, webhookId);
    if (changes.url !== undefined) await this.outgoing.judge(changes.url);
    const view = await this.database.write(async (tx) => {
      const row = await this.held(tx, integratorId, webhookId);
      const { name, url, events, rooms, roomIds, enabled } = { ...row, ...given(changes) };
      await this.webhooks.change(tx, webhookId, { name, url, events, rooms, roomIds, enabled });
      if (enabled && (!row.enabled || url !== row.url)) await this.webhooks.wake(tx, webhookId);
      await this.noted(tx, actor, 'webhook.change', integratorId, { webhookId, ...given(changes) });
      return viewOfWebhook((await this.webhooks.find(tx, integratorId, webhookId))!);
    });
    this.worker.workSoon();
    return view;
  }

  async delete(actor: Actor, webhookId: number): Promise<void> {
    const { integratorId } = await this.own(actor, webhookId);
    await this.database.write(async (tx) => {
      await this.held(tx, integratorId, webhookId);
      await this.noted(tx, actor, 'webhook.delete', integratorId, { webhookId });
      await this.webhooks.delete(tx, webhookId);
    });
  }

  /** A new secret; the one before signs beside it for so many seconds. */
  async rotate(actor: Actor, webhookId: number, overlapSeconds: number): Promise<NewWebhookView> {
    const { integratorId } = await this.own(actor, webhookId);
    const secret = freshWebhookSecret();
    return await this.database.write(async (tx) => {
      await this.held(tx, integratorId, webhookId);
      const before = (await this.sender.secretsOf(webhookId, tx)) ?? [];
      await this.webhooks.setSecrets(tx, webhookId, this.sealed([secret, ...before.slice(0, 1)]), overlapSeconds);
      await this.noted(tx, actor, 'webhook.rotate', integratorId, { webhookId, overlapSeconds });
      return { ...viewOfWebhook((await this.webhooks.find(tx, integratorId, webhookId))!), secret };
    });
  }

  /** Posts a `webhook.test` now, whether or not the webhook is enabled, and tells what came of it. */
  async test(actor: Actor, webhookId: number): Promise<WebhookTestView> {
    const { url } = await this.own(actor, webhookId);
    const id = `test_${randomUUID()}`;
    const event = { id, type: 'webhook.test', timestamp: new Date().toISOString(), data: { webhookId } };
    const began = performance.now();
    const { status, error } = await this.sender.post({ id: webhookId, url }, id, event);
    return { ok: error === null, status, error, milliseconds: Math.round(performance.now() - began) };
  }

  async deliveries(actor: Actor, webhookId: number, request: DeliveriesRequest): Promise<DeliveryPage> {
    await this.own(actor, webhookId);
    const { state, limit = 50, cursor } = request;
    const before = decodeCursor(cursor, isIdKey);
    const rows = await this.webhooks.deliveries(this.database, webhookId, { state, before }, limit + 1);
    return pageOf(rows.map(viewOfDelivery), limit, ({ position }) => position);
  }

  async replay(actor: Actor, webhookId: number, request: ReplayWebhook): Promise<ReplayView> {
    const { integratorId } = await this.own(actor, webhookId);
    const { from, to = from, parkedOnly = false } = request;
    if (to < from || to - from >= MOST_REPLAYED)
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/to', message: `must be from ${from} to ${from + MOST_REPLAYED - 1}` }],
      });
    const queued = await this.database.write(async (tx) => {
      await this.held(tx, integratorId, webhookId);
      const count = await this.webhooks.replay(tx, webhookId, from, to, parkedOnly);
      await this.noted(tx, actor, 'webhook.replay', integratorId, { webhookId, from, to, parkedOnly, queued: count });
      return count;
    });
    this.worker.workSoon();
    return { queued };
  }

  private async own(actor: Actor, webhookId: number): Promise<WebhookRow> {
    const { id } = await this.integrators.itself(actor);
    const row = await this.webhooks.find(this.database, id, webhookId);
    if (!row) throw new Problem('webhook/not-found');
    return row;
  }

  private async held(tx: Tx, integratorId: number, webhookId: number): Promise<WebhookRow> {
    const row = await this.webhooks.hold(tx, integratorId, webhookId);
    if (!row) throw new Problem('webhook/not-found');
    return row;
  }

  private sealed(secrets: readonly string[]): Buffer {
    return seal(this.key.key, JSON.stringify(secrets));
  }

  private async noted(tx: Tx, by: Actor, action: string, integratorId: number, after: object): Promise<void> {
    await audit(tx, { by, action, target: ['integrator', integratorId], after });
  }
}

function given<T extends object>(changes: T): Partial<T> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function viewOfDelivery({ lastAttemptAt, nextAttemptAt, ...row }: DeliveryRow) {
  return {
    eventId: `evt_${row.position}`,
    ...row,
    lastAttemptAt: lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
  };
}
