/**
 * Delivers queued events to webhooks, on every node.
 *
 * Invariants, and what breaks without them:
 * - a room of a webhook is claimed before anything of it is sent, and its events are sent one after the other: else they overtake one another;
 * - an event that fails holds back what follows in its room and nothing else: else one bad answer silences a whole community;
 * - what was answered with 2xx is noted only then: a node that dies in between makes the event come twice, under the same id, and never not at all;
 * - who lost his claim, because he was silent for a minute, notes nothing: another node has gone on since.
 */
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { metrics } from '../platform/metrics.js';
import { EventFeed } from './event-feed.service.js';
import { type DueEvent, type Lane, WebhookLaneRepository } from './webhook-lane.repository.js';
import { WebhookSender } from './webhook.sender.js';

const LOOK_MS = 1_000;
const MOST_LANES = 32;
const MOST_OF_EACH = 4;
/** Seconds before the next attempt, by the attempts there were; the last one for all further. */
const DELAYS = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200];
const GIVEN_UP_HOURS = 72;
const AFTER_MISHAP = 30;

/** Seconds until an event is tried again; spread by a fifth, so that those who failed together do not come back together. */
export function delayAfter(attempts: number): number {
  return DELAYS[Math.min(attempts, DELAYS.length) - 1]! * (0.8 + 0.4 * Math.random());
}

@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('webhooks');
  private readonly running = new Map<Lane, Promise<void>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private claiming: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly database: Database,
    private readonly feed: EventFeed,
    private readonly lanes: WebhookLaneRepository,
    private readonly sender: WebhookSender,
  ) {}

  onApplicationBootstrap(): void {
    this.feed.queued = () => this.workSoon();
    // For what is due again, and for what other nodes have queued or left.
    this.timer = setInterval(() => this.workSoon(), LOOK_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    await this.claiming;
    await Promise.all(this.running.values());
  }

  workSoon(): void {
    this.again = true;
    this.claiming ??= this.claimAll().finally(() => (this.claiming = undefined));
  }

  private async claimAll(): Promise<void> {
    while (this.again && !this.stopping.signal.aborted) {
      this.again = false;
      const free = MOST_LANES - this.running.size;
      if (free <= 0) return;
      const busy = [...this.running.keys()];
      const claimed = await this.lanes.claim(this.database, busy, MOST_OF_EACH, free).catch((error: unknown) => {
        this.logger.warn({ error: String(error) }, 'nothing could be claimed; it is tried again');
        return [];
      });
      for (const lane of claimed) this.begin(lane);
    }
  }

  private begin(lane: Lane): void {
    const run = this.run(lane)
      .catch(async (error: unknown) => {
        this.logger.warn(
          { error: String(error), webhookId: lane.webhookId },
          'a delivery went wrong; it is tried again',
        );
        await this.release(lane, AFTER_MISHAP).catch(() => undefined);
      })
      .finally(() => {
        this.running.delete(lane);
        this.workSoon();
      });
    this.running.set(lane, run);
  }

  private async run(lane: Lane): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const due = await this.lanes.next(this.database, lane);
      if (!due) return await this.release(lane);
      const [event] = await this.feed.eventsOf(due, [due]);
      if (!event) {
        if (!(await this.lanes.settle(this.database, lane, due.position, 'dropped'))) return;
        continue;
      }
      const attempt = await this.sender.post(
        { id: lane.webhookId, url: due.url },
        event.id,
        event,
        this.stopping.signal,
      );
      if (attempt.error !== null && this.stopping.signal.aborted) break;
      if (attempt.error !== null) {
        if (!(await this.failed(lane, due, attempt))) return;
        continue;
      }
      metrics.webhookAttempts.labels('delivered').inc();
      metrics.webhookLag.observe(Math.max(0, Date.now() - due.at.getTime()) / 1_000);
      if (due.failures > 0) await this.database.write((tx) => this.lanes.noteSuccess(tx, lane.webhookId));
      if (!(await this.lanes.settle(this.database, lane, due.position, 'delivered', attempt))) return;
    }
    await this.release(lane, 0);
  }

  /** Whether the lane goes on: behind an event that was given up. */
  private async failed(
    lane: Lane,
    due: DueEvent,
    attempt: Awaited<ReturnType<WebhookSender['post']>>,
  ): Promise<boolean> {
    const parked = due.age >= GIVEN_UP_HOURS && attempt.status !== 410;
    metrics.webhookAttempts.labels(parked ? 'parked' : 'failed').inc();
    if (!(await this.lanes.settle(this.database, lane, due.position, parked ? 'parked' : 'pending', attempt)))
      return false;
    await this.lanes.noteFailure(this.database, lane.webhookId);
    if (!parked) await this.release(lane, delayAfter(due.attempts + 1));
    // Behind the release: whoever sees that it is disabled and enables it again finds its rooms at rest.
    if (attempt.status === 410) await this.disable(lane.webhookId);
    return parked;
  }

  private async disable(webhookId: number): Promise<void> {
    await this.database.write(async (tx) => {
      const owner = await this.lanes.disable(tx, webhookId);
      if (!owner) return;
      const after = { webhookId, disabledReason: 'gone' };
      await audit(tx, { by: owner, action: 'webhook.disable', target: ['integrator', owner.integratorId], after });
    });
  }

  private async release(lane: Lane, seconds?: number): Promise<void> {
    await this.database.write((tx) => this.lanes.release(tx, lane, seconds));
  }
}
