import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Hint } from './hints.js';
import { ACCOUNT_CHANNEL } from './tx.js';

const RETRY_MS = 250;
const PATIENCE_MS = 1_500;
const NOTICE = /^([1-9]\d{0,15}):([1-9]\d{0,15})$/;

/**
 * A connection of its own to the database, beside the pool: it hears the other nodes' notices and carries the heartbeat, so that neither
 * waits behind the work of others. When it breaks it is opened anew; notices that were missed are found by the sweep.
 */
export class NodeLink {
  private readonly logger = new Logger('node');
  private client: pg.Client | undefined;
  private opening: Promise<pg.Client> | undefined;
  private closed = false;

  constructor(
    private readonly source: DataSource,
    private readonly hear: (hint: Hint) => void,
  ) {}

  async open(): Promise<void> {
    await this.connected();
  }

  /** Tells all that this node lives; resolves when the database has it. */
  async beat(nodeId: string): Promise<void> {
    const client = await this.connected();
    try {
      await client.query(
        'INSERT INTO nodes (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()',
        [nodeId],
      );
    } catch (error) {
      this.drop(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client?.end().catch(() => undefined);
  }

  private connected(): Promise<pg.Client> {
    if (this.closed) return Promise.reject(new Error('the link is closed'));
    if (this.client) return Promise.resolve(this.client);
    return (this.opening ??= this.connect().finally(() => (this.opening = undefined)));
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...clientConfigOf(this.source),
      application_name: 'besedka-node',
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
      keepAlive: true,
    });
    client.on('error', () => this.drop(client));
    client.on('end', () => this.drop(client));
    client.on('notification', ({ payload }) => this.notice(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${ACCOUNT_CHANNEL}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    return client;
  }

  private drop(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    void client.end().catch(() => undefined);
    if (!this.closed) void this.reconnect();
  }

  private async reconnect(): Promise<void> {
    while (!this.closed && !this.client) {
      await sleep(RETRY_MS, undefined, { ref: false });
      await this.connected().catch((error: unknown) => this.logger.warn({ error: String(error) }, 'no link'));
    }
  }

  private notice(payload: string | undefined): void {
    const [, id, seq] = NOTICE.exec(payload ?? '') ?? [];
    if (id !== undefined) this.hear({ stream: 'account', id: Number(id), seq: Number(seq) });
  }
}

/** The pool's own address, as pg takes it. */
export function clientConfigOf(source: DataSource): pg.ClientConfig {
  const { url, host, port, username, password, database } = source.options as {
    url?: string;
    host?: string;
    port?: number;
    username?: string;
    password?: string;
    database?: string;
  };
  return url === undefined ? { host, port, user: username, password, database } : { connectionString: url };
}
