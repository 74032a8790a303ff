/**
 * Who is in which room. Every change of a membership first holds the account (`tx.holdAuthors`), and every check of it is made after that.
 * Without it a message of somebody removed slips in behind the answer, and two calls about one person could both find him in, or out.
 */
import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../accounts/actor.js';
import { AccountDirectory } from '../accounts/account.directory.js';
import { type Act, audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, type Page, type PageRequest, pageOf } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import { sanctionAndTell } from '../platform/sanctions.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { JoinAttempts } from './join-attempts.service.js';
import { type MemberView, viewOfMember } from './member.dto.js';
import { MemberRepository } from './member.repository.js';
import { RANKS } from './policy.js';
import { RoomAccess, type RoomInSight } from './room.access.js';
import { type RoomView, viewOfRoom } from './room.dto.js';
import { RoomRepository } from './room.repository.js';

@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomRepository,
    private readonly members: MemberRepository,
    private readonly accounts: AccountDirectory,
    private readonly attempts: JoinAttempts,
  ) {}

  /** Makes the actor a member, by policy, password and capacity; for a member nothing happens. */
  async join(actor: Actor, roomId: number, password: string | undefined): Promise<RoomView> {
    const { room, membership: standing } = await this.access.access(this.database, actor, roomId, 'join');
    if (standing) return viewOfRoom(room);
    const { secretHash } = room;
    if (secretHash !== null) await this.attempts.verify(actor.accountId, roomId, secretHash, password);
    return await this.database.write(async (tx) => {
      await tx.holdAuthors([actor.accountId]);
      const { membership } = await this.access.access(tx, actor, roomId, 'join');
      if (!membership) await this.bringIn(tx, actor, roomId, [actor.accountId], secretHash);
      return viewOfRoom((await this.access.access(tx, actor, roomId, 'see')).room);
    });
  }

  /** The actor's membership ends; when he owned the room, its longest-standing member owns it now. */
  async leave(actor: Actor, roomId: number): Promise<void> {
    await this.database.write(async (tx) => {
      await tx.holdAuthors([actor.accountId]);
      const sight = await this.access.access(tx, actor, roomId, 'leave');
      await this.takeOut(tx, actor, sight, actor.accountId, 'left');
    });
  }

  /** Of each pair of accounts, whether the first may know of the second because they are in a room together and he has not blocked him, or are the same. */
  async sharing(sql: Sql, pairs: readonly (readonly [number, number])[]): Promise<boolean[]> {
    const others = pairs.filter(([own, other]) => own !== other);
    const answers = others.length === 0 ? [] : await this.members.sharing(sql, others);
    return pairs.map(([own, other]) => own === other || answers.shift()!);
  }

  /** The members, by account id. */
  async list(actor: Actor, roomId: number, { limit = 50, cursor }: PageRequest): Promise<Page<MemberView>> {
    const after = decodeCursor(cursor, isIdKey) ?? 0;
    await this.access.access(this.database, actor, roomId, 'read');
    const members = await this.members.page(this.database, roomId, after, limit + 1);
    return pageOf(members.map(viewOfMember), limit, (member) => member.account.id);
  }

  /** Makes this account a member, by policy and capacity, without the password; for a member nothing happens. */
  async add(actor: Actor, roomId: number, accountId: number): Promise<MemberView> {
    return (await this.bring(actor, roomId, accountId)).member;
  }

  /** The same, and whether he was none before. */
  async bring(actor: Actor, roomId: number, accountId: number): Promise<{ member: MemberView; fresh: boolean }> {
    return await this.traced(actor, 'member.add', roomId, accountId, async () => {
      await this.access.access(this.database, actor, roomId, 'add');
      if (!(await this.accounts.exists(this.database, [accountId]))) throw new Problem('account/not-found');
      return await this.database.write(async (tx) => {
        await tx.holdAuthors([actor.accountId, accountId]);
        const sight = await this.access.access(tx, actor, roomId, 'add');
        const standing = await this.members.one(tx, roomId, accountId);
        if (standing) return { member: viewOfMember(standing), fresh: false };
        if (await this.rooms.isBanned(tx, roomId, accountId)) throw new Problem('member/blocked');
        await this.bringIn(tx, actor, roomId, [accountId]);
        const member = (await this.members.one(tx, roomId, accountId))!;
        if (sight.rank >= RANKS.moderator) await audit(tx, memberAct(actor, 'member.add', roomId, accountId));
        return { member: viewOfMember(member), fresh: true };
      });
    });
  }

  /**
   * Makes these accounts, which exist, members by policy and capacity, all or none of them, within a transaction that has locked no room yet or
   * holds their streams. Answers how many were none before.
   */
  async addAll(tx: Tx, actor: Actor, roomId: number, accountIds: readonly number[]): Promise<number> {
    await tx.holdAuthors([actor.accountId, ...accountIds]);
    const standing = await this.members.among(tx, roomId, accountIds);
    const fresh = accountIds.filter((id) => !standing.has(id)).toSorted((one, other) => one - other);
    if (fresh.length === 0) return 0;
    const { rank } = await this.access.access(tx, actor, roomId, 'add');
    if ((await this.rooms.bannedAmong(tx, roomId, fresh)).length > 0) throw new Problem('member/blocked');
    await this.bringIn(tx, actor, roomId, fresh);
    if (rank >= RANKS.moderator)
      for (const accountId of fresh) await audit(tx, memberAct(actor, 'member.add', roomId, accountId));
    return fresh.length;
  }

  /** Ends this account's membership, by policy; removing oneself is leaving. */
  async remove(actor: Actor, roomId: number, accountId: number): Promise<void> {
    if (accountId === actor.accountId) return await this.leave(actor, roomId);
    await this.traced(actor, 'member.remove', roomId, accountId, () =>
      this.database.write(async (tx) => {
        await tx.holdAuthors([actor.accountId, accountId]);
        const sight = await this.access.access(tx, actor, roomId, 'remove');
        if (!(await this.members.one(tx, roomId, accountId))) throw new Problem('member/not-found');
        const asModerator = sight.rank >= RANKS.moderator;
        if (asModerator) await sanctionAndTell(tx, { accountId, kind: 'room_removal', by: actor, roomId });
        await this.takeOut(tx, actor, sight, accountId, 'removed');
        if (asModerator) await audit(tx, memberAct(actor, 'member.remove', roomId, accountId));
      }),
    );
  }

  /** Ends the membership of an account that is banned by the same transaction, which holds it; nothing happens when it has none. */
  async expel(tx: Tx, actor: Actor, sight: RoomInSight, accountId: number): Promise<void> {
    if (await this.members.one(tx, sight.room.id, accountId))
      await this.takeOut(tx, actor, sight, accountId, 'removed');
  }

  /**
   * Brings somebody back whose removal was taken back, within a transaction that holds him; answers whether he was. He stays out where the
   * room is gone, or out of the moderators' reach, or he is banned from it.
   */
  async bringBack(tx: Tx, actor: Actor, roomId: number, accountId: number): Promise<boolean> {
    if (await this.members.one(tx, roomId, accountId)) return false;
    if (!(await this.access.sees(tx, actor, roomId)) || (await this.rooms.isBanned(tx, roomId, accountId)))
      return false;
    await this.bringIn(tx, actor, roomId, [accountId]);
    return true;
  }

  /** Moderators leave a trace of what they tried as well. */
  private async traced<T>(
    actor: Actor,
    action: string,
    roomId: number,
    accountId: number,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!hasRole(actor, 'moderator')) throw error;
      return await auditRefusal(this.database, memberAct(actor, action, roomId, accountId), error);
    }
  }

  private async bringIn(
    tx: Tx,
    actor: Actor,
    roomId: number,
    accountIds: readonly number[],
    secretHash?: string | null,
  ): Promise<void> {
    await tx.recordFor(accountIds.map((accountId) => ({ kind: 'room.added', accountId, data: { roomId } })));
    const messageCount = await this.rooms.takePlaces(tx, roomId, accountIds.length, secretHash);
    if (messageCount === undefined) {
      const { room } = await this.access.access(tx, actor, roomId, 'see');
      throw new Problem(
        secretHash !== undefined && room.secretHash !== secretHash ? 'room/password-wrong' : 'room/full',
      );
    }
    const joined = { kind: 'member.joined', roomId, actorId: actor.accountId };
    const seqs = await tx.recordAll(accountIds.map((accountId) => ({ ...joined, accountId })));
    const fresh = accountIds.map((accountId, i) => ({ accountId, readSeq: seqs[i]!, unreadBase: messageCount }));
    await this.members.insert(tx, roomId, fresh);
  }

  private async takeOut(
    tx: Tx,
    actor: Actor,
    { room: { id: roomId }, rank }: RoomInSight,
    accountId: number,
    reason: 'left' | 'removed',
  ): Promise<void> {
    await tx.recordFor([{ kind: 'room.removed', accountId, data: { roomId, reason } }]);
    const room = await this.rooms.lock(tx, roomId);
    if (!room) throw new Problem('room/not-found');
    // Only the locked row tells who owns the room: the owner may just have left and passed it to this member.
    if (reason === 'removed' && room.ownerId === accountId && rank < RANKS.owner) throw new Problem('room/forbidden');
    await tx.record({ kind: `member.${reason}`, roomId, actorId: actor.accountId, accountId });
    await this.members.delete(tx, roomId, accountId);
    const { ownerChanged } = await this.rooms.giveUpPlace(tx, roomId, accountId);
    if (ownerChanged) await tx.record({ kind: 'room.changed', roomId, actorId: actor.accountId });
  }
}

function memberAct(by: Actor, action: string, roomId: number, accountId: number): Act {
  return { by, action, target: ['room', roomId], after: { accountId } };
}
