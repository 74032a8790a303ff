/**
 * Blocks. When `block` returns, no node accepts a message of the account in the scope, and after a full one none delivers to it.
 *
 * Invariants, and what breaks without them:
 * - the transaction holds the account before it reads or writes anything about it: a message that was checked before the block is committed
 *   before it as well, one that comes later sees it;
 * - the event of the account's log is written in the same transaction, and the answer waits until every node with sockets of the account has
 *   acted on it: else another node goes on delivering for as long as a notice takes, or is lost;
 * - sessions are not ended: whoever is unblocked, or whose block expires, goes on with the tokens he has.
 */
import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { audit, auditRefusal, type Doer } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Fence } from '../platform/fence.js';
import { decodeCursor, isIdKey, pageOf } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import { endSanctionOfBlock, type Ground, sanction } from '../platform/sanctions.js';
import type { Tx } from '../platform/tx.js';
import { MembersService } from '../rooms/members.service.js';
import { RANKS } from '../rooms/policy.js';
import { RoomAccess, type RoomInSight } from '../rooms/room.access.js';
import {
  type BlockAccount,
  type BlockPage,
  type BlockRow,
  type BlocksRequest,
  type BlockView,
  type ChangeBlock,
  viewOfBlock,
} from './block.dto.js';
import { BlockRepository } from './block.repository.js';
import { DeletionJobs } from './deletion-jobs.service.js';
import { HierarchyRules, SuperuserConcerned } from './hierarchy.rules.js';

/** A block, and the event that told it; none when it was in force before. */
interface LaidBlock {
  row: BlockRow;
  toldAt: number | undefined;
}

@Injectable()
export class BlocksService {
  constructor(
    private readonly database: Database,
    private readonly blocks: BlockRepository,
    private readonly hierarchy: HierarchyRules,
    private readonly rooms: RoomAccess,
    private readonly members: MembersService,
    private readonly deletions: DeletionJobs,
    private readonly fence: Fence,
  ) {}

  /** Blocks an account; where such a block is in force already, it is answered and nothing changes. */
  async block(actor: Actor, request: BlockAccount): Promise<{ block: BlockView; repeated: boolean }> {
    const { accountId, mode, scope, reason, expiresAt = null } = request;
    const asked = { mode, scope, expiresAt };
    const laid = await this.traced(actor, 'block.create', accountId, { after: asked, reason }, (locked) =>
      this.database.write((tx) => this.blockIn(tx, actor, request, locked)),
    );
    await this.settle(laid);
    return { block: viewOfBlock(laid.row), repeated: laid.toldAt === undefined };
  }

  /**
   * After the commit of a block: sets the deletion to work that was asked for with it, and returns when the block is one on every node. `onward`
   * tells what to do when that is not certain, where the same request cannot be repeated.
   */
  async settle({ row, toldAt }: LaidBlock, onward?: string): Promise<void> {
    const accountId = row.account.id;
    if (row.deletionId !== null) this.deletions.workSoon();
    if (row.mode === 'full')
      await this.fence.passed(accountId, toldAt ?? (await this.blocks.toldAt(this.database, accountId)), onward);
  }

  /** Changes reason and end of a block that is in force. */
  async change(actor: Actor, blockId: number, changes: ChangeBlock): Promise<BlockView> {
    const { account } = await this.existing(blockId);
    return await this.traced(actor, 'block.change', account.id, { after: { blockId, ...changes } }, (locked) =>
      this.database.write(async (tx) => {
        await this.hierarchy.hold(tx, actor, account.id, locked);
        const row = (await this.blocks.find(tx, blockId))!;
        if (!row.active) throw new Problem('block/over');
        if (changes.expiresAt != null) await this.mustBeAhead(tx, changes.expiresAt);
        const { reason = row.reason, expiresAt = row.expiresAt } = changes;
        if (reason === row.reason && timeOf(expiresAt) === timeOf(row.expiresAt)) return viewOfBlock(row);
        await this.blocks.change(tx, blockId, reason, expiresAt);
        const changed = (await this.blocks.find(tx, blockId))!;
        await this.tell(tx, actor, changed);
        const [before, after] = [stateOf(row), stateOf(changed)];
        await audit(tx, { by: actor, action: 'block.change', target: ['account', account.id], before, after, reason });
        return viewOfBlock(changed);
      }),
    );
  }

  /** Lifts a block; one that is over stays so. */
  async lift(actor: Actor, blockId: number): Promise<void> {
    const { account } = await this.existing(blockId);
    await this.traced(actor, 'block.lift', account.id, { after: { blockId } }, (locked) =>
      this.database.write((tx) => this.liftIn(tx, actor, blockId, locked)),
    );
  }

  /** Lifts a block that exists, within the caller's transaction. */
  async liftIn(tx: Tx, actor: Actor, blockId: number, superuserLocked: boolean): Promise<void> {
    const { account } = (await this.blocks.find(tx, blockId))!;
    await this.hierarchy.hold(tx, actor, account.id, superuserLocked);
    const row = (await this.blocks.find(tx, blockId))!;
    if (!row.active) return;
    await this.blocks.lift(tx, blockId, actor.accountId);
    await endSanctionOfBlock(tx, blockId, 'lifted');
    const data = { blockId, roomId: row.roomId };
    await tx.recordFor([{ kind: 'account.unblocked', accountId: account.id, data }]);
    await audit(tx, { by: actor, action: 'block.lift', target: ['account', account.id], before: stateOf(row) });
  }

  /** Lifts the full block that keeps the account out everywhere; where there is none nothing happens. */
  async admit(actor: Actor, accountId: number): Promise<void> {
    await this.traced(actor, 'block.lift', accountId, {}, (locked) =>
      this.database.write(async (tx) => {
        await this.hierarchy.hold(tx, actor, accountId, locked);
        const open = await this.blocks.open(tx, { accountId, roomId: null, mode: 'full' });
        if (open) await this.liftIn(tx, actor, open.id, locked);
      }),
    );
  }

  /** Shuts a new account out everywhere, for whoever runs the service, within the transaction that makes it: nobody can have acted as it. */
  async shutOut(tx: Tx, accountId: number, reason: string): Promise<void> {
    const fresh = { accountId, roomId: null, mode: 'full', reason, expiresAt: null, createdBy: null } as const;
    const row = await this.blocks.insert(tx, fresh);
    await this.tell(tx, 'operator', row);
    const after = stateOf(row);
    await audit(tx, { by: 'operator', action: 'block.create', target: ['account', accountId], after, reason });
  }

  async one(blockId: number): Promise<BlockView> {
    return viewOfBlock(await this.existing(blockId));
  }

  async list({ accountId, active, limit = 50, cursor }: BlocksRequest): Promise<BlockPage> {
    const before = decodeCursor(cursor, isIdKey);
    const rows = await this.blocks.list(this.database, accountId, active, before, limit + 1);
    return pageOf(rows.map(viewOfBlock), limit, (block) => block.id);
  }

  /** Blocks an account within the caller's transaction, which has not yet locked any room; he calls `settle` after its commit. */
  async blockIn(
    tx: Tx,
    actor: Actor,
    { accountId, mode, scope, reason, expiresAt = null, deleteMessages = 'none' }: BlockAccount,
    superuserLocked: boolean,
    ground?: Ground,
  ): Promise<LaidBlock> {
    const role = await this.hierarchy.hold(tx, actor, accountId, superuserLocked);
    const roomId = scope === 'global' ? null : scope;
    const sight = roomId === null ? undefined : await this.moderated(tx, actor, roomId, mode);
    const open = await this.blocks.open(tx, { accountId, roomId, mode });
    if (open) return { row: open, toldAt: undefined };
    if (expiresAt !== null) await this.mustBeAhead(tx, expiresAt);
    if (mode === 'full' && !sight) await this.hierarchy.lastSuperuserStays(tx, accountId, role);
    const fresh = { accountId, roomId, mode, reason, expiresAt, createdBy: actor.accountId };
    const row = await this.blocks.insert(tx, fresh);
    if (deleteMessages !== 'none') {
      const job = { accountId, roomId, period: deleteMessages, reason, blockId: row.id, ground };
      row.deletionId = await this.deletions.create(tx, actor, job);
    }
    const toldAt = await this.tell(tx, actor, row, ground);
    if (mode === 'full' && sight) await this.members.expel(tx, actor, sight, accountId);
    const after = { ...stateOf(row), deleteMessages };
    await audit(tx, { by: actor, action: 'block.create', target: ['account', accountId], after, reason });
    return { row, toldAt };
  }

  /** A room in which the actor has a moderator's rank; nobody is banned from a direct room, which would have no way back in. */
  private async moderated(tx: Tx, actor: Actor, roomId: number, mode: BlockRow['mode']): Promise<RoomInSight> {
    const sight = await this.rooms.access(tx, actor, roomId, 'see');
    if (sight.rank < RANKS.moderator) throw new Problem('room/forbidden');
    if (mode === 'full' && sight.room.kind === 'direct')
      throw new Problem('room/forbidden', { detail: 'Nobody is banned from a direct room: mute him there.' });
    return sight;
  }

  /** A block as it is now is a decision of its own, which takes the place of an earlier one about the same block. */
  private async tell(tx: Tx, by: Doer, row: BlockRow, ground?: Ground): Promise<number> {
    const { id: blockId, mode, roomId, reason, expiresAt } = row;
    const accountId = row.account.id;
    const former = await endSanctionOfBlock(tx, blockId, 'superseded');
    const decision = { accountId, by, mode, roomId, blockId, reason, expiresAt, ground: ground ?? former };
    const sanctionId = await sanction(tx, { kind: 'block', ...decision });
    const data = { blockId, sanctionId, mode, roomId, reason, expiresAt: expiresAt?.toISOString() ?? null };
    const [seq] = await tx.recordFor([{ kind: 'account.blocked', accountId, data }]);
    return seq!;
  }

  private async mustBeAhead(tx: Tx, expiresAt: string): Promise<void> {
    if (!(await this.blocks.isAhead(tx, expiresAt)))
      throw new Problem('request/invalid', { errors: [{ pointer: '#/expiresAt', message: 'must be in the future' }] });
  }

  private async existing(blockId: number): Promise<BlockRow> {
    const row = await this.blocks.find(this.database, blockId);
    if (!row) throw new Problem('block/not-found');
    return row;
  }

  /** Runs the work, again with the superusers' lock where it concerns one; what is refused is written down. */
  private async traced<T>(
    by: Actor,
    action: string,
    accountId: number,
    facts: { after?: object; reason?: string },
    work: (superuserLocked: boolean) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(false).catch((error: unknown) => {
        if (error instanceof SuperuserConcerned) return work(true);
        throw error;
      });
    } catch (error) {
      return await auditRefusal(this.database, { by, action, target: ['account', accountId], ...facts }, error);
    }
  }
}

function stateOf({ id: blockId, mode, roomId, reason, expiresAt }: BlockRow): object {
  return { blockId, mode, scope: roomId ?? 'global', reason, expiresAt: expiresAt?.toISOString() ?? null };
}

function timeOf(time: string | Date | null): number | null {
  return time === null ? null : new Date(time).getTime();
}
