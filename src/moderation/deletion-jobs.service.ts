import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Housekeeping } from '../platform/housekeeping.js';
import { Problem } from '../platform/problems.js';
import { type Ground, sanctionAndTell } from '../platform/sanctions.js';
import type { Tx } from '../platform/tx.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess } from '../rooms/room.access.js';
import { Tombstones } from '../messaging/tombstones.service.js';
import { type DeleteMessages, type DeletionRow, type DeletionView, viewOfDeletion } from './deletion.dto.js';
import { HierarchyRules, SuperuserConcerned } from './hierarchy.rules.js';
import { JobRepository, type NewJob } from './job.repository.js';

const BATCH = 200;
const LOOK_MS = 1_000;

/**
 * Deletes what a person sent in a period, some messages at a time. Each step is one transaction that takes the job, does its part and notes how
 * far it came: whichever process goes on after a crash neither repeats nor leaves out a message.
 */
@Injectable()
export class DeletionJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('jobs');
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly jobs: JobRepository,
    private readonly tombstones: Tombstones,
    private readonly hierarchy: HierarchyRules,
    private readonly rooms: RoomAccess,
    private readonly housekeeping: Housekeeping,
  ) {}

  onApplicationBootstrap(): void {
    this.housekeeping.add((...step) => this.jobs.forgetDone(...step));
    this.timer = setInterval(() => this.workSoon(), LOOK_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Begins a deletion; it goes on after the answer. */
  async begin(actor: Actor, { accountId, roomId, from, to, reason }: DeleteMessages): Promise<DeletionView> {
    const work = (superuserLocked: boolean) =>
      this.database.write(async (tx) => {
        await this.hierarchy.hold(tx, actor, accountId, superuserLocked);
        if (roomId !== undefined) {
          const { rank } = await this.rooms.access(tx, actor, roomId, 'read');
          if (rank < RANKS.moderator) throw new Problem('room/forbidden');
        }
        const period = { from: from ?? null, to: to ?? null };
        const id = await this.create(tx, actor, { accountId, roomId: roomId ?? null, period, reason, blockId: null });
        const after = { deletionId: id, roomId, from, to };
        await audit(tx, { by: actor, action: 'deletion.create', target: ['account', accountId], after, reason });
        return (await this.jobs.find(tx, id))!;
      });
    try {
      const row = await work(false).catch((error: unknown) => {
        if (error instanceof SuperuserConcerned) return work(true);
        throw error;
      });
      this.workSoon();
      return viewOfDeletion(row);
    } catch (error) {
      const act = { by: actor, action: 'deletion.create', target: ['account', accountId], reason } as const;
      return await auditRefusal(this.database, act, error);
    }
  }

  /** Begins a deletion as part of the caller's transaction; he calls `workSoon` after it. */
  async create(tx: Tx, actor: Actor, job: NewJob): Promise<number> {
    return await this.jobs.insert(tx, actor.accountId, job);
  }

  async one(deletionId: number): Promise<DeletionView> {
    const row = await this.jobs.find(this.database, deletionId);
    if (!row) throw new Problem('deletion/not-found');
    return viewOfDeletion(row);
  }

  /** Works until nothing is left that no other process works on. */
  workSoon(): void {
    if (this.stopped) return;
    this.working ??= this.work()
      .catch((error: unknown) => this.logger.warn({ error: String(error) }, 'a job could not go on; it is tried again'))
      .finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    while (!this.stopped && (await this.database.write((tx) => this.step(tx))));
  }

  /** One step of one job; answers whether there was any. */
  private async step(tx: Tx): Promise<boolean> {
    const job = await this.jobs.take(tx);
    if (!job) return false;
    // As everybody who deletes messages of others: of two at once, one finds that they are gone.
    await tx.holdAuthors([job.accountId]);
    if (job.total === null) {
      await this.beginOn(tx, job, await this.tombstones.idsOf(tx, job));
      return true;
    }
    const messageIds = await this.jobs.next(tx, job.id, BATCH);
    const deleted = await this.tombstones.deleteAll(tx, job.createdBy, messageIds);
    await this.jobs.advance(tx, job.id, messageIds.length);
    if (deleted.length > 0) {
      await this.jobs.keepInSanction(tx, job.id, deleted);
      const after = { deletionId: job.id, deleted: deleted.length, messageIds };
      const target = ['account', job.accountId] as const;
      await audit(tx, {
        by: { accountId: job.createdBy },
        action: 'message.delete',
        target,
        after,
        reason: job.reason,
      });
    }
    return true;
  }

  /** What a job is about is known from here on, and so is that there is a sanction. */
  private async beginOn(tx: Tx, job: DeletionRow & Ground, messageIds: number[]): Promise<void> {
    await this.jobs.begin(tx, job.id, messageIds);
    if (messageIds.length === 0) return;
    const { id: deletionId, accountId, roomId, reason, createdBy } = job;
    const by = { accountId: createdBy };
    await sanctionAndTell(tx, { accountId, kind: 'message_deletion', by, reason, ground: job, roomId, deletionId });
  }
}
