/**
 * Rooms with the whole list of their members, for doors that know no membership of its own: read at once, replaced at once.
 *
 * A replacement is one transaction under the rules of MembersService. It holds everybody whom it would bring in or take out before it looks
 * who is in the room, and touches nobody else: without that a message of somebody removed slips in behind the answer.
 */
import { Injectable } from '@nestjs/common';
import { AccountDirectory } from '../accounts/account.directory.js';
import { type Actor, hasRole } from '../accounts/actor.js';
import { audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { sanctionAndTell } from '../platform/sanctions.js';
import type { Tx } from '../platform/tx.js';
import { MemberRepository } from './member.repository.js';
import { RANKS, type RoomAction } from './policy.js';
import { RoomAccess, type RoomInSight } from './room.access.js';
import { type RoomListItem, type RoomView, viewOfRoom } from './room.dto.js';
import { RoomListRepository } from './room-list.repository.js';
import { RoomRepository } from './room.repository.js';
import { RoomsService } from './rooms.service.js';

/** Most rooms that are answered at once, where a dialect knows no pages. */
const MOST_ROOMS = 10_000;
/** Most people whom one replacement brings in and takes out: each is held until it is done. */
const MOST_CHANGED = 500;

/** A room with the ids of its members, ascending. */
export interface Roster<Room extends RoomView = RoomView> {
  room: Room;
  memberIds: number[];
}

export interface RosterChange {
  name?: string;
  /** All who are members afterwards. */
  memberIds?: readonly number[];
}

@Injectable()
export class Rosters {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomRepository,
    private readonly lists: RoomListRepository,
    private readonly members: MemberRepository,
    private readonly accounts: AccountDirectory,
    private readonly making: RoomsService,
  ) {}

  /** The actor's own rooms, newest last message first. */
  async mine(actor: Actor): Promise<Roster<RoomListItem>[]> {
    return await this.withMembers(await this.lists.mine(this.database, actor.accountId, undefined, MOST_ROOMS));
  }

  /** Every room that a moderator may see, newest first; of others their own. */
  async all(actor: Actor): Promise<Roster<RoomListItem>[]> {
    if (!hasRole(actor, 'moderator')) return await this.mine(actor);
    const { accountId, role } = actor;
    return await this.withMembers(await this.lists.all(this.database, accountId, RANKS[role], undefined, MOST_ROOMS));
  }

  /** Every room that is open to everybody, and the actor's own groups, by id. */
  async open(actor: Actor): Promise<RoomListItem[]> {
    const open = await this.lists.open(this.database, actor.accountId, undefined, MOST_ROOMS);
    const own = await this.lists.mine(this.database, actor.accountId, undefined, MOST_ROOMS);
    const rooms = new Map([...open, ...own].filter(({ kind }) => kind === 'group').map((room) => [room.id, room]));
    return [...rooms.values()].sort((one, other) => one.id - other.id);
  }

  /** One room, for those who may read it. */
  async one(actor: Actor, roomId: number): Promise<Roster> {
    const { room } = await this.access.access(this.database, actor, roomId, 'read');
    const [roster] = await this.withMembers([viewOfRoom(room)]);
    return roster!;
  }

  /**
   * Gives the room a name that no other room has, and exactly these members. Refused as a whole where a rule lets the actor not do one part
   * of it. He may leave himself out: then he has left.
   */
  async revise(actor: Actor, roomId: number, change: RosterChange): Promise<Roster> {
    try {
      return await this.reviseAll(actor, roomId, change);
    } catch (error) {
      if (!hasRole(actor, 'moderator')) throw error;
      const after = { ...(change.memberIds && { memberIds: change.memberIds.slice(0, MOST_CHANGED) }) };
      return await auditRefusal(
        this.database,
        { by: actor, action: 'room.revise', target: ['room', roomId], after },
        error,
      );
    }
  }

  /** The id of a new room with these people and nobody else, whom superusers alone change; its name is no other room's. */
  async found(actor: Actor, name: string, memberIds: readonly number[]): Promise<number> {
    if (!(await this.accounts.exists(this.database, memberIds))) throw new Problem('account/not-found');
    return await this.database.write((tx) => this.making.foundIn(tx, actor, { name, preset: 'roster', memberIds }));
  }

  /** A member for whom the room may be read; room/not-found where there is no room, room/forbidden where all its members are kept out. */
  async spokesman(roomId: number): Promise<number> {
    const member = await this.members.firstPresent(this.database, roomId);
    if (member !== undefined) return member;
    throw new Problem((await this.rooms.isThere(this.database, roomId)) ? 'room/forbidden' : 'room/not-found');
  }

  /** Does what needs this room. Where that finds none but there is one, it is refused with `room/not-member`: some doors tell the two apart. */
  async tellingApart<T>(roomId: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'room/not-found') throw error;
      throw (await this.rooms.isThere(this.database, roomId)) ? new Problem('room/not-member') : error;
    }
  }

  private async reviseAll(actor: Actor, roomId: number, { name, memberIds }: RosterChange): Promise<Roster> {
    await this.access.accessToEdit(this.database, actor, roomId);
    if (memberIds && !(await this.accounts.exists(this.database, memberIds))) throw new Problem('account/not-found');
    return await this.database.write(async (tx) => {
      const before = memberIds ? await this.members.idsOf(tx, roomId) : [];
      const concerned = difference(memberIds ?? before, before);
      if (concerned.length > MOST_CHANGED)
        throw new Problem('request/too-complex', { detail: `At most ${MOST_CHANGED} members change at once.` });
      await tx.holdAuthors([actor.accountId, ...concerned]);
      const sight = await this.access.accessToEdit(tx, actor, roomId);
      const now = new Set(memberIds ? await this.members.idsOf(tx, roomId) : []);
      const wanted = new Set(memberIds);
      const added = concerned.filter((id) => wanted.has(id) && !now.has(id));
      const removed = concerned.filter((id) => !wanted.has(id) && now.has(id));
      await this.demand(tx, actor, roomId, { added, removed });
      await this.exchange(tx, actor, sight, { name, added, removed });
      return (await this.rosterIn(tx, actor, roomId))!;
    });
  }

  private async demand(tx: Tx, actor: Actor, roomId: number, { added, removed }: Exchange): Promise<void> {
    const needed = new Set<RoomAction>();
    if (added.length > 0) needed.add('add');
    for (const id of removed) needed.add(id === actor.accountId ? 'leave' : 'remove');
    for (const action of needed) await this.access.access(tx, actor, roomId, action);
    for (const id of added) if (await this.rooms.isBanned(tx, roomId, id)) throw new Problem('member/blocked');
  }

  private async exchange(
    tx: Tx,
    actor: Actor,
    { room: { id: roomId }, rank }: RoomInSight,
    { name, added, removed }: Exchange & { name: string | undefined },
  ): Promise<void> {
    const reasonOf = (id: number) => (id === actor.accountId ? 'left' : 'removed');
    const asModerator = rank >= RANKS.moderator;
    await tx.holdStreams([...added, ...removed]);
    for (const accountId of removed)
      if (asModerator && accountId !== actor.accountId)
        await sanctionAndTell(tx, { accountId, kind: 'room_removal', by: actor, roomId });
    await tx.recordFor([
      ...added.map((accountId) => ({ kind: 'room.added', accountId, data: { roomId } })),
      ...removed.map((accountId) => ({
        kind: 'room.removed',
        accountId,
        data: { roomId, reason: reasonOf(accountId) },
      })),
    ]);
    const locked = await this.rooms.lock(tx, roomId);
    if (!locked) throw new Problem('room/not-found');
    const { ownerId } = locked;
    if (ownerId !== null && ownerId !== actor.accountId && removed.includes(ownerId) && rank < RANKS.owner)
      throw new Problem('room/forbidden');
    let changed = name !== undefined;
    if (name !== undefined) await this.rooms.change(tx, roomId, { name, uniqueName: true });
    for (const accountId of removed) {
      await tx.record({ kind: `member.${reasonOf(accountId)}`, roomId, actorId: actor.accountId, accountId });
      await this.members.delete(tx, roomId, accountId);
      changed = (await this.rooms.giveUpPlace(tx, roomId, accountId)).ownerChanged || changed;
    }
    for (const accountId of added) {
      const unreadBase = await this.rooms.takePlaces(tx, roomId, 1);
      if (unreadBase === undefined) throw new Problem('room/full');
      const readSeq = await tx.record({ kind: 'member.joined', roomId, actorId: actor.accountId, accountId });
      await this.members.insert(tx, roomId, [{ accountId, readSeq, unreadBase }]);
    }
    if (changed) await tx.record({ kind: 'room.changed', roomId, actorId: actor.accountId });
    if (!asModerator) return;
    const acts = { 'member.add': added, 'member.remove': removed.filter((id) => id !== actor.accountId) };
    for (const [action, ids] of Object.entries(acts))
      for (const accountId of ids)
        await audit(tx, { by: actor, action, target: ['room', roomId], after: { accountId } });
  }

  /** Also for who has just left it. */
  private async rosterIn(tx: Tx, actor: Actor, roomId: number): Promise<Roster | undefined> {
    const room = await this.rooms.sight(tx, roomId, actor.accountId);
    return room && { room: viewOfRoom(room), memberIds: (await this.members.idsOf(tx, roomId)).sort((a, b) => a - b) };
  }

  private async withMembers<Room extends RoomView>(rooms: readonly Room[]): Promise<Roster<Room>[]> {
    const ids = await this.members.idsOfAll(
      this.database,
      rooms.map((room) => room.id),
    );
    return rooms.map((room) => ({ room, memberIds: ids.get(room.id) ?? [] }));
  }
}

interface Exchange {
  added: readonly number[];
  removed: readonly number[];
}

/** Those who are in one of the two and not in the other, ascending. */
function difference(one: readonly number[], other: readonly number[]): number[] {
  const [left, right] = [new Set(one), new Set(other)];
  return [...one.filter((id) => !right.has(id)), ...other.filter((id) => !left.has(id))].sort((a, b) => a - b);
}
