import { Injectable } from '@nestjs/common';
import { TokenKey } from '../accounts/token.key.js';
import { Database } from '../platform/database.js';
import type { Sql } from '../platform/sql.js';
import { NoAnswer, OutgoingClient } from './outgoing.client.js';
import { unseal } from './sealed.js';
import { WebhookRepository } from './webhook.repository.js';
import { signedHeaders } from './webhook.signature.js';

const PATIENCE_MS = 5_000;

/** What came of one post; `error` is null where it was answered with 2xx. */
export interface Attempt {
  status: number | null;
  error: 'status' | NoAnswer['reason'] | 'secret' | null;
}

/** Posts to webhooks, signed with the secrets that are good at the moment. */
@Injectable()
export class WebhookSender {
  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhookRepository,
    private readonly outgoing: OutgoingClient,
    private readonly key: TokenKey,
  ) {}

  async post(
    { id, url }: { id: number; url: string },
    eventId: string,
    event: object,
    signal?: AbortSignal,
  ): Promise<Attempt> {
    const secrets = await this.secretsOf(id);
    if (!secrets) return { status: null, error: 'secret' };
    const body = JSON.stringify(event);
    const headers = signedHeaders(eventId, body, secrets);
    try {
      const { status } = await this.outgoing.ask(url, {
        method: 'POST',
        headers,
        body,
        patience: PATIENCE_MS,
        ...(signal && { signal }),
      });
      return { status, error: status >= 200 && status < 300 ? null : 'status' };
    } catch (error) {
      if (error instanceof NoAnswer) return { status: null, error: error.reason };
      throw error;
    }
  }

  /** The secrets of a webhook that sign now, the newest first; undefined where our key does not open them. */
  async secretsOf(webhookId: number, sql: Sql = this.database): Promise<string[] | undefined> {
    const row = await this.webhooks.secretsOf(sql, webhookId);
    const text = row && unseal(this.key.key, row.sealed);
    return text === undefined ? undefined : (JSON.parse(text) as string[]).slice(0, row!.overlaps ? 2 : 1);
  }
}
