import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database.js';
import type { ModerationHealthRequest, ModerationHealthView } from './moderation-health.dto.js';
import { ModerationHealthRepository } from './moderation-health.repository.js';

/** How moderation is doing, for whoever has to see to it that reports do not wait. */
@Injectable()
export class ModerationHealth {
  constructor(
    private readonly database: Database,
    private readonly health: ModerationHealthRepository,
  ) {}

  async look({ hours = 24 }: ModerationHealthRequest): Promise<ModerationHealthView> {
    const sql = this.database;
    const backlog = await this.health.backlog(sql);
    return {
      at: backlog.at.toISOString(),
      openCases: backlog.openCases,
      longestWaitSeconds: backlog.longestWaitSeconds,
      hours: (await this.health.hours(sql, hours)).map(({ at, opened, decided, decisionSeconds }) => ({
        at: at.toISOString(),
        opened,
        decided,
        decisionSeconds,
      })),
      minutes: (await this.health.minutes(sql)).map(({ at, messages }) => ({ at: at.toISOString(), messages })),
      connectedAccounts: await this.health.connectedAccounts(sql),
      nodes: (await this.health.nodes(sql)).map(({ id, seenAt, alive, accounts }) => ({
        id,
        seenAt: seenAt.toISOString(),
        alive,
        accounts,
      })),
    };
  }
}
