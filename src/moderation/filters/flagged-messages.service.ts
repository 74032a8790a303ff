import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { MessageToScreen } from '../../messaging/message-screens.js';
import { Database } from '../../platform/database.js';
import type { Tx } from '../../platform/tx.js';
import { ReportCases } from '../reports/report-cases.service.js';
import type { FilterHit } from './compiled-filter.js';
import { detailOf } from './filter-hit.view.js';
import { FlaggedMessageRepository } from './flagged-message.repository.js';

const LOOK_MS = 5_000;

/**
 * Brings messages before the moderators that were sent although a filter found something in them. What was found is written down before the
 * message is, and dealt with behind it: a process that dies between the two leaves work for the next look, of whatever process.
 */
@Injectable()
export class FlaggedMessages implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('filters');
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly flagged: FlaggedMessageRepository,
    private readonly cases: ReportCases,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.workSoon(), LOOK_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Writes down what was found in a message that is about to be stored. */
  async note(tx: Tx, { author, text, of }: MessageToScreen, hits: readonly FilterHit[]): Promise<void> {
    if ('clientId' in of) await this.flagged.insert(tx, author.accountId, of.clientId, text, detailOf(hits));
    else await this.flagged.insertFor(tx, of.messageId, text, detailOf(hits));
  }

  /** Deals with all that was noted and stored. */
  workSoon(): void {
    this.again = this.working !== undefined;
    if (this.stopped || this.working) return;
    this.working = this.work()
      .catch((error: unknown) => this.logger.warn({ error: String(error) }, 'a flagged message is brought up later'))
      .finally(() => {
        this.working = undefined;
        if (this.again) this.workSoon();
      });
  }

  private async work(): Promise<void> {
    while (!this.stopped && (await this.database.write((tx) => this.step(tx))));
  }

  private async step(tx: Tx): Promise<boolean> {
    const row = await this.flagged.take(tx);
    if (!row) return false;
    const { messageId: id, authorId: accountId, roomId, seq, text, hits: detail } = row;
    if (id !== null) {
      const target = { type: 'message' as const, id, accountId, roomId, seq, text };
      await this.cases.open(tx, { target, source: { kind: 'filter' }, reason: 'filter', detail });
    }
    return true;
  }
}
