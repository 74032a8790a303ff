import { Injectable } from '@nestjs/common';
import { AccountDirectory } from '../accounts/account.directory.js';
import { type Actor, hasRole } from '../accounts/actor.js';
import { PasswordHasher } from '../accounts/password.hasher.js';
import { type Act, audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, type Page, pageOf } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { MemberRepository } from './member.repository.js';
import { type GroupPreset, postRank, RANKS } from './policy.js';
import { apart, RoomAccess, type RoomInSight } from './room.access.js';
import { type RoomListItem, type RoomView, viewOfRoom } from './room.dto.js';
import { type MineKey, RoomListRepository } from './room-list.repository.js';
import { type DirectRoom, type RoomChanges, type RoomHead, RoomRepository } from './room.repository.js';
import type { ChangeRoom, CreateRoom, RoomsRequest } from './room-requests.dto.js';
import { SlowModeRepository } from './slow-mode.repository.js';

/** Somebody joined after the members had been told of the deletion: it is rolled back and begun anew. */
class JoinedMeanwhile extends Error {}

/** Changes as they are asked for: freezing is told apart from the rank that it sets. */
type GivenChanges = RoomChanges & Pick<ChangeRoom, 'frozen'>;

const MOST_DELETE_TRIES = 5;
const isMineKey = (key: unknown): key is MineKey => Array.isArray(key) && key.length === 2 && key.every(isIdKey);

/** What some may change, when it is all they change, who may not change the room. */
const WAYS: Readonly<Record<string, 'accessToSlowMode' | 'accessToDeliveredMarks'>> = {
  slowModeSeconds: 'accessToSlowMode',
  frozen: 'accessToSlowMode',
  deliveredMarks: 'accessToDeliveredMarks',
};

/** The names of what is given. */
const namesIn = (request: object): string[] =>
  Object.entries(request).flatMap(([name, value]) => (value === undefined ? [] : [name]));

/** How this may be changed. */
const wayTo = (changes: object) => WAYS[namesIn(changes).join()] ?? 'accessToEdit';

@Injectable()
export class RoomsService {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomRepository,
    private readonly lists: RoomListRepository,
    private readonly members: MemberRepository,
    private readonly slowMode: SlowModeRepository,
    private readonly accounts: AccountDirectory,
    private readonly hasher: PasswordHasher,
  ) {}

  /** Creates a group that the actor owns; he and the first members, who must exist, are in it when the call returns. `uniqueName` for good. */
  async create(actor: Actor, { password, ...request }: CreateRoom, { uniqueName = false } = {}): Promise<RoomView> {
    if (!(await this.accounts.exists(this.database, firstOf(actor, request)))) throw new Problem('account/not-found');
    const secretHash = typeof password === 'string' ? await this.hasher.hash(password) : null;
    return await this.database.write((tx) => this.createIn(tx, actor, request, { secretHash, uniqueName }));
  }

  /** Creates a group as `create` does, within the caller's transaction; its first members exist. */
  async createIn(
    tx: Tx,
    actor: Actor,
    { members, preset, ...properties }: Omit<CreateRoom, 'password'>,
    { secretHash = null, uniqueName = false }: { secretHash?: string | null; uniqueName?: boolean } = {},
  ): Promise<RoomView> {
    const first = firstOf(actor, { members, capacity: properties.capacity });
    await tx.holdAuthors([actor.accountId]);
    await this.access.demandUnblocked(tx, actor);
    const roomId = await this.rooms.insertGroup(tx, preset, actor.accountId, { ...properties, secretHash, uniqueName });
    await this.seat(tx, actor, roomId, first);
    return await this.viewFor(tx, actor, roomId);
  }

  /** Creates a group of these people, who exist, within the caller's transaction. Nobody owns it, and who makes it is not in it. Its name is unique. */
  async foundIn(
    tx: Tx,
    actor: Actor,
    { name, preset, memberIds }: { name: string; preset: GroupPreset; memberIds: readonly number[] },
  ): Promise<number> {
    await tx.holdAuthors([actor.accountId]);
    await this.access.demandUnblocked(tx, actor);
    const roomId = await this.rooms.insertGroup(tx, preset, null, { name, uniqueName: true });
    await this.seat(tx, actor, roomId, memberIds);
    return roomId;
  }

  /** The direct room of the actor and this account, made at the first call; the actor's notes when it is himself. */
  async openDirect(actor: Actor, accountId: number): Promise<RoomView> {
    const [low, high] = [Math.min(actor.accountId, accountId), Math.max(actor.accountId, accountId)] as const;
    const known = await this.rooms.directOf(this.database, low, high);
    if (known !== undefined) {
      if ((await this.rooms.personalBlock(this.database, actor.accountId, accountId)) === 'other') throw apart('other');
      return await this.viewFor(this.database, actor, known);
    }
    if (!(await this.accounts.exists(this.database, [accountId]))) throw new Problem('account/not-found');
    return await this.database.write(async (tx) => {
      await tx.holdAuthors([low, high]);
      await this.access.demandUnblocked(tx, actor);
      const personalBlock = await this.rooms.personalBlock(tx, actor.accountId, accountId);
      if (personalBlock) throw apart(personalBlock);
      const fresh = await this.rooms.insertDirect(tx, low, high);
      if (fresh !== undefined) await this.seat(tx, actor, fresh, [...new Set([actor.accountId, accountId])]);
      return await this.viewFor(tx, actor, fresh ?? (await this.rooms.directOf(tx, low, high))!);
    });
  }

  /** The direct room of these two, undefined where they have none yet. Whether somebody may see it, RoomAccess says. */
  async directOf(one: number, other: number): Promise<number | undefined> {
    return await this.rooms.directOf(this.database, Math.min(one, other), Math.max(one, other));
  }

  /** Direct rooms of which both accounts are among these, or one is this account. Whether somebody may see them, RoomAccess says. */
  async directRooms(whose: { among: readonly number[] } | { of: number }): Promise<DirectRoom[]> {
    return await this.rooms.directRooms(this.database, whose);
  }

  async list(actor: Actor, { view = 'mine', limit = 50, cursor }: RoomsRequest): Promise<Page<RoomListItem>> {
    if (view === 'mine') {
      const rooms = await this.lists.mine(this.database, actor.accountId, decodeCursor(cursor, isMineKey), limit + 1);
      return pageOf(rooms, limit, (room): MineKey => [room.lastMessage?.id ?? 0, room.id]);
    }
    const before = decodeCursor(cursor, isIdKey);
    if (actor.guest) throw new Problem('account/guest');
    if (view === 'all' && !hasRole(actor, 'moderator')) throw new Problem('role/insufficient');
    const rooms =
      view === 'all'
        ? await this.lists.all(this.database, actor.accountId, RANKS[actor.role], before, limit + 1)
        : await this.lists.open(this.database, actor.accountId, before, limit + 1);
    return pageOf(rooms, limit, (room) => room.id);
  }

  async one(actor: Actor, roomId: number): Promise<RoomView> {
    return await this.viewFor(this.database, actor, roomId);
  }

  /**
   * Changes what is given; a capacity below the number of members is refused by the statement that would set it. What moderators do to
   * slow mode and to freezing, and try to, is written down.
   */
  async change(actor: Actor, roomId: number, request: ChangeRoom): Promise<RoomView> {
    try {
      return await this.changeGiven(actor, roomId, request);
    } catch (error) {
      const [act] = actsOf(actor, roomId, request);
      if (!act || !hasRole(actor, 'moderator')) throw error;
      return await auditRefusal(this.database, act, error);
    }
  }

  /** Changes what is given as `change` does, within the caller's transaction. */
  async changeIn(tx: Tx, actor: Actor, roomId: number, given: GivenChanges): Promise<RoomView> {
    const { frozen, ...changes } = given;
    const way = wayTo(given);
    await tx.holdAuthors([actor.accountId]);
    const { room, rank } = await this.access[way](tx, actor, roomId);
    if (namesIn(given).length === 0) return viewOfRoom(room);
    if (frozen !== undefined) {
      if (rank < RANKS.moderator) throw new Problem('room/forbidden');
      changes.canPost = postRank(room.preset, frozen);
    }
    if (!(await this.rooms.change(tx, roomId, changes))) {
      await this.access[way](tx, actor, roomId);
      throw new Problem('room/capacity-too-small');
    }
    const { slowModeSeconds: seconds } = changes;
    if (seconds !== undefined) await this.slowMode.follow(tx, roomId, seconds);
    if (changes.deliveredMarks === false) await this.rooms.forgetDeliveries(tx, roomId);
    await tx.record({ kind: 'room.changed', roomId, actorId: actor.accountId });
    const view = await this.viewFor(tx, actor, roomId);
    if (rank >= RANKS.moderator) for (const act of actsOf(actor, roomId, given, room)) await audit(tx, act);
    return view;
  }

  /** Deletes the room: its last event is recorded, each member is told, and from then on nobody finds it. */
  async delete(actor: Actor, roomId: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.database.write((tx) => this.deleteIn(tx, actor, roomId));
      } catch (error) {
        if (!(error instanceof JoinedMeanwhile)) throw error;
        if (attempt === MOST_DELETE_TRIES)
          throw new Problem('server/unavailable', {
            detail: 'People join faster than they can be told.',
            retryAfter: 1,
          });
      }
    }
  }

  /** The room as the actor may see it. */
  async viewFor(sql: Sql, actor: Actor, roomId: number): Promise<RoomView> {
    return viewOfRoom((await this.access.access(sql, actor, roomId, 'see')).room);
  }

  /** Every room the account hears, with the seq of its newest event. */
  async roomsOf(sql: Sql, accountId: number): Promise<RoomHead[]> {
    return await this.rooms.roomsOf(sql, accountId);
  }

  /** The seq of the newest event of each of these rooms, deleted ones included. */
  async headsOf(sql: Sql, roomIds: readonly number[]): Promise<RoomHead[]> {
    return await this.rooms.headsOf(sql, roomIds);
  }

  private async changeGiven(actor: Actor, roomId: number, { password, ...changes }: ChangeRoom): Promise<RoomView> {
    await this.access[wayTo({ password, ...changes })](this.database, actor, roomId);
    const secretHash = typeof password === 'string' ? await this.hasher.hash(password) : password;
    return await this.database.write((tx) => this.changeIn(tx, actor, roomId, { ...changes, secretHash }));
  }

  private async deleteIn(tx: Tx, actor: Actor, roomId: number): Promise<void> {
    await tx.holdAuthors([actor.accountId]);
    const { room, rank } = await this.access.access(tx, actor, roomId, 'delete');
    const told = new Set(await this.members.idsOf(tx, roomId));
    await tx.recordFor(
      [...told].map((accountId) => ({ kind: 'room.removed', accountId, data: { roomId, reason: 'deleted' } })),
    );
    if (!(await this.rooms.lock(tx, roomId))) throw new Problem('room/not-found');
    if ((await this.members.idsOf(tx, roomId)).some((id) => !told.has(id))) throw new JoinedMeanwhile();
    await tx.record({ kind: 'room.deleted', roomId, actorId: actor.accountId });
    await this.rooms.markDeleted(tx, roomId);
    if (rank < RANKS.moderator) return;
    const before = { name: room.name, kind: room.kind, members: told.size };
    await audit(tx, { by: actor, action: 'room.delete', target: ['room', roomId], before });
  }

  private async seat(tx: Tx, actor: Actor, roomId: number, accountIds: readonly number[]): Promise<void> {
    await tx.recordFor(accountIds.map((accountId) => ({ kind: 'room.added', accountId, data: { roomId } })));
    const joined = { kind: 'member.joined', roomId, actorId: actor.accountId };
    const seqs = await tx.recordAll(accountIds.map((accountId) => ({ ...joined, accountId })));
    const members = accountIds.map((accountId, i) => ({ accountId, readSeq: seqs[i]!, unreadBase: 0 }));
    await this.members.insert(tx, roomId, members);
    await this.rooms.setMemberCount(tx, roomId, members.length);
  }
}

/** Whom a new group has at first: its owner and the others that are named. */
function firstOf(actor: Actor, { members = [], capacity }: Pick<CreateRoom, 'members' | 'capacity'>): number[] {
  const first = [actor.accountId, ...members.filter((id) => id !== actor.accountId)];
  if (typeof capacity === 'number' && first.length > capacity) throw new Problem('room/capacity-too-small');
  return first;
}

/** What is written into the audit log where a moderator changes this; with `before` as it was. */
function actsOf(by: Actor, roomId: number, given: GivenChanges, before?: RoomInSight['room']): Act[] {
  const { slowModeSeconds, frozen } = given;
  const target = ['room', roomId] as const;
  const acts: Act[] = [];
  if (slowModeSeconds !== undefined) {
    const former = before ? { slowModeSeconds: before.slowModeSeconds } : null;
    acts.push({ by, action: 'room.slow-mode', target, before: former, after: { slowModeSeconds } });
  }
  if (frozen !== undefined) {
    const former = before ? { frozen: before.canPost === postRank(before.preset, true) } : null;
    acts.push({ by, action: 'room.freeze', target, before: former, after: { frozen } });
  }
  return acts;
}
