/**
 * The one way to a room. Whoever acts in a room has a RoomInSight of it, and only this file makes one; a door that went to the rows by
 * itself would pass the policy, the blocks and the rule that private rooms of others look like rooms that never existed.
 */
import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Problem } from '../platform/problems.js';
import type { Sql } from '../platform/sql.js';
import type { Block, BlockMode, PersonalBlock } from './blocks.sql.js';
import { allows, rankOf, RANKS, type RoomAction } from './policy.js';
import type { RoomRow } from './room.entity.js';
import { RoomRepository, type SightRow } from './room.repository.js';

/** A room that the actor may see, with his standing in it at the moment of the look. */
export interface RoomInSight {
  readonly room: Readonly<RoomRow>;
  readonly rank: number;
  readonly membership:
    | { readonly owner: boolean; readonly joinedAt: Date; readonly readSeq: number; readonly unreadBase: number }
    | undefined;
}

/** What a block leaves: whoever is muted does everything but talk, whoever may only read looks on or leaves. */
const LEFT_BY: Readonly<Record<BlockMode, ReadonlySet<RoomAction>>> = {
  mute: new Set(['see', 'read', 'join', 'add', 'remove', 'leave', 'edit', 'delete']),
  read_only: new Set(['see', 'read', 'leave']),
  full: new Set(),
};
const LOOKING: ReadonlySet<RoomAction> = new Set(['see', 'read', 'leave']);

@Injectable()
export class RoomAccess {
  constructor(private readonly rooms: RoomRepository) {}

  /**
   * The room, when the actor may do this in it. Otherwise `room/not-found` when he may not even see it, `account/blocked` when only a
   * block forbids it, `room/not-member` when membership would help, else `room/forbidden`. Members may `join` again, and only they `leave`.
   * Who writes to somebody who has blocked him personally is not told why.
   */
  async access(sql: Sql, actor: Actor, roomId: number, action: RoomAction): Promise<RoomInSight> {
    const row = await this.rooms.sight(sql, roomId, actor.accountId);
    if (!row) throw new Problem('room/not-found');
    const membership = membershipIn(row, actor);
    if (!allows(row, 'see', rankOf(actor, row, membership))) throw new Problem('room/not-found');
    if (row.block && !LEFT_BY[row.block.mode].has(action))
      throw LOOKING.has(action) ? new Problem('room/not-found') : blocked(row.block);
    const rank = rankOf(actor, row, membership, row.block?.mode === 'full');
    const allowed =
      (allows(row, action, rank) && (action !== 'leave' || membership)) || (action === 'join' && membership);
    if (!allowed)
      throw new Problem(!membership && allows(row, action, RANKS.member) ? 'room/not-member' : 'room/forbidden');
    if (action === 'post' && row.personalBlock) throw apart(row.personalBlock);
    return { room: row, rank, membership };
  }

  /** The room, when the actor may change it. */
  accessToEdit(sql: Sql, actor: Actor, roomId: number): Promise<RoomInSight> {
    return this.access(sql, actor, roomId, 'edit');
  }

  /** The room, when the actor may set how slow it is: whoever may change it, and in groups moderators whatever its policy says. */
  async accessToSlowMode(sql: Sql, actor: Actor, roomId: number): Promise<RoomInSight> {
    try {
      return await this.accessToEdit(sql, actor, roomId);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'room/forbidden') throw error;
      const sight = await this.access(sql, actor, roomId, 'see');
      if (sight.rank < RANKS.moderator || sight.room.kind !== 'group') throw error;
      return sight;
    }
  }

  /** The room, when the actor may turn its delivered marks on and off: whoever may change it, and in direct rooms either of the two. */
  async accessToDeliveredMarks(sql: Sql, actor: Actor, roomId: number): Promise<RoomInSight> {
    try {
      return await this.accessToEdit(sql, actor, roomId);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'room/forbidden') throw error;
      const sight = await this.access(sql, actor, roomId, 'read');
      if (sight.room.kind !== 'direct' || !sight.membership) throw error;
      const { personalBlock } = sight.room as SightRow;
      if (personalBlock) throw apart(personalBlock);
      return sight;
    }
  }

  /** Whether the room is there for the actor. */
  async sees(sql: Sql, actor: Actor, roomId: number): Promise<boolean> {
    return await this.access(sql, actor, roomId, 'see').then(
      () => true,
      (error: unknown) => {
        if (error instanceof Problem && error.code === 'room/not-found') return false;
        throw error;
      },
    );
  }

  /** Refuses those whom a block everywhere keeps from beginning something with others. */
  async demandUnblocked(sql: Sql, actor: Actor): Promise<void> {
    const block = await this.rooms.globalBlock(sql, actor.accountId);
    if (block && block.mode !== 'mute') throw blocked(block);
  }
}

function membershipIn(row: SightRow, actor: Actor): RoomInSight['membership'] {
  if (row.joinedAt === null) return undefined;
  return {
    owner: row.ownerId === actor.accountId,
    joinedAt: row.joinedAt,
    readSeq: row.readSeq!,
    unreadBase: row.unreadBase!,
  };
}

/** Two people between whom a personal block lies. Whose own it is learns so; the other one no more than that he may not. */
export function apart(personalBlock: PersonalBlock): Problem {
  return new Problem(personalBlock === 'own' ? 'account/personally-blocked' : 'room/forbidden');
}

function blocked({ id, reason, expiresAt }: Block): Problem {
  return new Problem('account/blocked', {
    extra: { blockId: id, reason, expiresAt: expiresAt && new Date(expiresAt).toISOString() },
  });
}
