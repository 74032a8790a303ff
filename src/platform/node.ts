/**
 * This process among the others on the same database, so that a block holds on every node when its call returns.
 *
 * Invariants, and what breaks without them:
 * - a node is written down for an account before a socket of that account may hear anything, and until its last socket is gone: whoever
 *   blocks waits for the nodes that are written down, and would not wait for this one;
 * - a node that has not reached the database for two seconds tells its sockets nothing more: after three the others no longer wait for it;
 * - before it speaks again it acts on everything that the accounts' logs have held meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Database } from './database.js';
import { Hints } from './hints.js';
import { NodeLink } from './node-link.js';

const BEAT_MS = 500;
const SILENT_AFTER_MS = 2_000;
/** After this long without a beat nobody waits for a node. */
export const DEAD_AFTER_SECONDS = 3;
const FORGOTTEN_AFTER_SECONDS = 60;
const BEATS_BETWEEN_CLEANINGS = 60;

interface Presence {
  sockets: number;
  /** Up to where the account's log was acted on; undefined for what was there before the first socket. */
  acted: number | undefined;
  /** Whether the database has the row. */
  written: boolean;
}

@Injectable()
export class ThisNode implements BeforeApplicationShutdown {
  readonly id = randomUUID();
  private readonly logger = new Logger('node');
  private readonly accounts = new Map<number, Presence>();
  private readonly unwritten = new Set<number>();
  private readonly link: NodeLink;
  private writing: Promise<void> | undefined;
  private started: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private beating = false;
  private beats = 0;
  private beatAt = -Infinity;
  private caughtUp = false;
  private stopped = false;
  /** Acts on everything that the logs of local accounts hold; the feed sets it. */
  catchUp: () => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly database: Database,
    hints: Hints,
  ) {
    this.link = new NodeLink(database.source, (hint) => hints.hear([hint]));
  }

  /** Whether this node must tell its sockets nothing, because others may no longer wait for it. */
  get silent(): boolean {
    if (this.stopped || performance.now() - this.beatAt > SILENT_AFTER_MS) this.caughtUp = false;
    return !this.caughtUp;
  }

  /** Resolves when every other process knows that a socket of this account is here. */
  async attach(accountId: number): Promise<void> {
    const presence = this.accounts.get(accountId) ?? { sockets: 0, acted: undefined, written: false };
    presence.sockets++;
    this.accounts.set(accountId, presence);
    await this.start();
    if (presence.written && !this.unwritten.has(accountId)) return;
    this.unwritten.add(accountId);
    await this.write();
  }

  /** Takes back one `attach`. */
  detach(accountId: number): void {
    const presence = this.accounts.get(accountId);
    if (!presence || --presence.sockets > 0) return;
    this.unwritten.add(accountId);
    this.writeSoon();
  }

  /** Lets those who wait know that the account's log was acted on up to this seq. */
  acted(accountId: number, seq: number): void {
    const presence = this.accounts.get(accountId);
    if (!presence || seq <= (presence.acted ?? 0)) return;
    presence.acted = seq;
    // At once and by itself: somebody waits for it.
    void this.database
      .query('UPDATE node_accounts SET acted_seq = $3 WHERE account_id = $1 AND node_id = $2 AND acted_seq < $3', [
        accountId,
        this.id,
        seq,
      ])
      .catch(() => this.unwritten.add(accountId));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.started?.catch(() => undefined);
    await this.writing?.catch(() => undefined);
    await this.link.close();
    if (this.beats > 0) await this.forget().catch(() => undefined);
  }

  private start(): Promise<void> {
    return (this.started ??= this.begin().catch((error: unknown) => {
      this.started = undefined;
      throw error;
    }));
  }

  private async begin(): Promise<void> {
    await this.link.open();
    await this.beat();
    if (this.stopped) return;
    this.timer = setInterval(() => this.beatSoon(), BEAT_MS);
    this.timer.unref();
  }

  private beatSoon(): void {
    if (this.beating) return;
    this.beating = true;
    void this.beat()
      .catch((error: unknown) => this.logger.warn({ error: String(error) }, 'no heartbeat'))
      .finally(() => (this.beating = false));
  }

  private async beat(): Promise<void> {
    const began = performance.now();
    const returns = this.silent;
    if (returns) for (const [accountId, presence] of this.accounts) this.rewrite(accountId, presence);
    await this.link.beat(this.id);
    if (++this.beats % BEATS_BETWEEN_CLEANINGS === 1) this.cleanSoon();
    this.beatAt = began;
    if (this.unwritten.size > 0) await this.write();
    if (!returns) return;
    await this.catchUp();
    this.caughtUp = performance.now() - began <= SILENT_AFTER_MS;
  }

  /** Others may have taken this node for dead and removed its rows. */
  private rewrite(accountId: number, presence: Presence): void {
    presence.written = false;
    this.unwritten.add(accountId);
  }

  private writeSoon(): void {
    // Without its row the account is only waited for longer; the next beat tries again.
    if (this.started && !this.stopped) void this.write().catch(() => undefined);
  }

  /** Resolves when all that was unwritten at the call is in the database; calls at once share statements. */
  private async write(): Promise<void> {
    await this.writing?.catch(() => undefined);
    // Whoever began another one meanwhile took ours along.
    if (!this.writing && this.unwritten.size === 0) return;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    const ids = [...this.unwritten];
    this.unwritten.clear();
    const there = ids.filter((id) => (this.accounts.get(id)?.sockets ?? 0) > 0);
    const gone = ids.filter((id) => !there.includes(id));
    for (const id of gone) {
      const presence = this.accounts.get(id);
      if (presence) Object.assign(presence, { written: false, acted: undefined });
    }
    try {
      const rows = await this.database.query<{ account_id: number; acted_seq: number }>(
        `WITH gone AS (DELETE FROM node_accounts WHERE node_id = $1 AND account_id = ANY ($2::bigint[]))
         INSERT INTO node_accounts (node_id, account_id, acted_seq)
         SELECT $1, a.id, coalesce(own.acted, a.last_seq) FROM unnest($3::bigint[], $4::bigint[]) AS own (id, acted) JOIN accounts a ON a.id = own.id
         ON CONFLICT (account_id, node_id) DO UPDATE SET acted_seq = greatest(node_accounts.acted_seq, excluded.acted_seq)
         RETURNING account_id, acted_seq`,
        [this.id, gone, there, there.map((id) => this.accounts.get(id)!.acted ?? null)],
      );
      for (const { account_id: id, acted_seq: acted } of rows) {
        const presence = this.accounts.get(id)!;
        Object.assign(presence, { written: true, acted: Math.max(acted, presence.acted ?? 0) });
      }
    } catch (error) {
      for (const id of ids) this.unwritten.add(id);
      throw error;
    }
    for (const id of gone) if (this.accounts.get(id)?.sockets === 0) this.accounts.delete(id);
  }

  private cleanSoon(): void {
    void this.database
      .query(
        `WITH dead AS (DELETE FROM nodes WHERE seen_at < clock_timestamp() - make_interval(secs => $1) RETURNING id)
         DELETE FROM node_accounts WHERE node_id IN (SELECT id FROM dead)`,
        [FORGOTTEN_AFTER_SECONDS],
      )
      .catch(() => undefined);
  }

  private async forget(): Promise<void> {
    await this.database.query(
      `WITH own AS (DELETE FROM nodes WHERE id = $1) DELETE FROM node_accounts WHERE node_id = $1`,
      [this.id],
    );
  }
}
