import { Injectable } from '@nestjs/common';
import type { Actor } from '../../accounts/actor.js';
import { Tombstones } from '../../messaging/tombstones.service.js';
import type { Tx } from '../../platform/tx.js';
import { MembersService } from '../../rooms/members.service.js';
import { BlocksService } from '../blocks.service.js';
import { JobRepository } from '../job.repository.js';
import type { SanctionRow } from '../sanction.dto.js';
import { AppealRepository } from './appeal.repository.js';

const BATCH = 500;

/** What was undone, as the audit log keeps it. */
export interface Undone {
  restored?: number;
  broughtBack?: boolean;
}

/** Takes a sanction back, together with what it did: blocks are lifted, messages restored, members brought back. */
@Injectable()
export class Undoing {
  constructor(
    private readonly appeals: AppealRepository,
    private readonly blocks: BlocksService,
    private readonly tombstones: Tombstones,
    private readonly members: MembersService,
    private readonly jobs: JobRepository,
  ) {}

  /** Within a transaction that holds the person, the deletion, and the streams of all whom it tells. */
  async undo(tx: Tx, actor: Actor, sanction: SanctionRow, superuserLocked: boolean): Promise<Undone> {
    const { kind, account, roomId, blockId, deletionId } = sanction;
    const undone: Undone = {};
    if (kind === 'message_deletion') {
      if (deletionId !== null) await this.jobs.stop(tx, deletionId);
      undone.restored = await this.restore(tx, actor, sanction.id);
    }
    if (kind === 'room_removal') undone.broughtBack = await this.members.bringBack(tx, actor, roomId!, account.id);
    if (blockId !== null) await this.blocks.liftIn(tx, actor, blockId, superuserLocked);
    await this.appeals.withdraw(tx, sanction.id);
    return undone;
  }

  private async restore(tx: Tx, actor: Actor, sanctionId: number): Promise<number> {
    // By room, so that the rooms of later batches are not before those that are locked already.
    const messageIds = await this.appeals.deletedBy(tx, sanctionId);
    let restored = 0;
    for (let i = 0; i < messageIds.length; i += BATCH)
      restored += await this.tombstones.restoreAll(tx, actor.accountId, messageIds.slice(i, i + BATCH));
    return restored;
  }
}
