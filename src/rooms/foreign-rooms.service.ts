/**
 * Rooms that come over from another server. People are seated after the history is in: whoever is connected then hears of one new room and not
 * of everything that was ever said there, and what was said before counts as read. Nobody is seated twice: who left here stays out.
 */
import { Injectable } from '@nestjs/common';
import { PasswordHasher } from '../accounts/password.hasher.js';
import { fitted, nameKey } from '../platform/safe-text.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { ForeignRoomRepository } from './foreign-room.repository.js';
import { MemberRepository } from './member.repository.js';
import type { GroupPreset } from './policy.js';
import { MOST_CAPACITY } from './room-requests.dto.js';
import { RoomRepository } from './room.repository.js';

const NAME = { most: 255, name: true };
const LINK = { most: 255 };
const MOST_TRIES = 1_000;

export interface ForeignRoom {
  name: string;
  preset: GroupPreset;
  /** Whether the other server promises that no two rooms have one name. */
  uniqueName: boolean;
  link: string;
  capacity: number | null;
  /** In plain text, as the other server keeps it. */
  password: string | null;
  createdAt: string | null;
}

@Injectable()
export class ForeignRooms {
  constructor(
    private readonly rooms: RoomRepository,
    private readonly foreign: ForeignRoomRepository,
    private readonly members: MemberRepository,
    private readonly hasher: PasswordHasher,
  ) {}

  /** The hash of the room's password, for `make`: it takes long, and needs no transaction. */
  async secretOf({ password }: ForeignRoom): Promise<string | null> {
    return password === null || password === '' ? null : await this.hasher.hash(password);
  }

  /** Makes the room, empty and without an owner, under another name where its name is taken or no name here. */
  async make(
    tx: Tx,
    room: ForeignRoom,
    secretHash: string | null,
    suffix: string,
  ): Promise<{ id: number; name: string }> {
    const { preset, uniqueName, createdAt } = room;
    const capacity = room.capacity === null ? null : Math.min(Math.max(room.capacity, 1), MOST_CAPACITY);
    const name = await this.freeName(tx, room, suffix);
    const link = fitted(room.link, LINK);
    const id = await this.rooms.insertGroup(tx, preset, null, { name, uniqueName, link, capacity, secretHash });
    if (createdAt !== null) await this.foreign.setAge(tx, id, createdAt);
    return { id, name };
  }

  /** The direct room of these two, who may be one; made empty where there is none. */
  async direct(tx: Tx, one: number, other: number): Promise<{ id: number; made: boolean }> {
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    const fresh = await this.rooms.insertDirect(tx, low, high);
    return { id: fresh ?? (await this.rooms.directOf(tx, low, high))!, made: fresh !== undefined };
  }

  /** Which of these rooms still wait for their people. */
  async emptyOf(sql: Sql, roomIds: readonly number[]): Promise<number[]> {
    return await this.foreign.emptyOf(sql, roomIds);
  }

  /** Brings these in, whatever the capacity, but for who is in already or banned; answers how many came. Nobody comes into a room that is gone. */
  async seat(tx: Tx, roomId: number, accountIds: readonly number[]): Promise<number> {
    // A ban waits, or is seen.
    await tx.holdAuthors([], accountIds);
    const there = new Set(await this.members.idsOf(tx, roomId));
    const coming: number[] = [];
    for (const id of new Set(accountIds))
      if (!there.has(id) && !(await this.rooms.isBanned(tx, roomId, id))) coming.push(id);
    if (coming.length === 0 || !(await this.rooms.isThere(tx, roomId))) return 0;
    await tx.recordFor(coming.map((accountId) => ({ kind: 'room.added', accountId, data: { roomId } })));
    await tx.recordAll(coming.map((accountId) => ({ kind: 'member.joined', roomId, actorId: accountId, accountId })));
    await this.foreign.seat(tx, roomId, coming);
    return coming.length;
  }

  private async freeName(tx: Tx, { name, uniqueName }: ForeignRoom, suffix: string): Promise<string> {
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const behind = attempt === 0 ? '' : attempt === 1 ? ` (${suffix})` : ` (${suffix} ${attempt})`;
      const wish = `${fitted(name, { ...NAME, most: NAME.most - behind.length }) || 'room'}${behind}`;
      if (!uniqueName || !(await this.foreign.isNamed(tx, nameKey(wish)))) return wish;
    }
    throw new Error('no free name was found for a room');
  }
}
