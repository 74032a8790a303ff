import type { Actor } from '../accounts/actor.js';

/** Ranks as the database keeps them; a policy names the least rank that may do an action. */
export const RANKS = {
  blocked: -1,
  anonymous: 0,
  user: 1,
  member: 2,
  owner: 3,
  moderator: 4,
  superuser: 5,
  nobody: 9,
} as const;
export type RankName = keyof typeof RANKS;

export const ROOM_ACTIONS = ['see', 'read', 'post', 'join', 'add', 'remove', 'leave', 'edit', 'delete'] as const;
export type RoomAction = (typeof ROOM_ACTIONS)[number];

export const PRESETS = ['open', 'private', 'closed', 'roster', 'direct'] as const;
export type Preset = (typeof PRESETS)[number];

/** The presets one may choose; direct rooms are made by opening them. */
export const GROUP_PRESETS = ['open', 'private', 'closed', 'roster'] as const satisfies readonly Preset[];
export type GroupPreset = (typeof GROUP_PRESETS)[number];

export type Policy = Readonly<Record<RoomAction, RankName>>;

export const PRESET_POLICIES: Readonly<Record<Preset, Policy>> = {
  open: {
    see: 'user',
    read: 'user',
    post: 'user',
    join: 'user',
    add: 'owner',
    remove: 'owner',
    leave: 'member',
    edit: 'owner',
    delete: 'owner',
  },
  private: {
    see: 'member',
    read: 'member',
    post: 'member',
    join: 'nobody',
    add: 'member',
    remove: 'member',
    leave: 'member',
    edit: 'member',
    delete: 'moderator',
  },
  closed: {
    see: 'member',
    read: 'member',
    post: 'member',
    join: 'nobody',
    add: 'superuser',
    remove: 'superuser',
    leave: 'member',
    edit: 'superuser',
    delete: 'superuser',
  },
  roster: {
    see: 'member',
    read: 'member',
    post: 'member',
    join: 'nobody',
    add: 'superuser',
    remove: 'superuser',
    leave: 'nobody',
    edit: 'superuser',
    delete: 'superuser',
  },
  direct: {
    see: 'member',
    read: 'member',
    post: 'member',
    join: 'nobody',
    add: 'nobody',
    remove: 'nobody',
    leave: 'nobody',
    edit: 'nobody',
    delete: 'nobody',
  },
};

/** How many a direct room holds. */
export const DIRECT_CAPACITY = 2;

/** A room's policy as its row keeps it: the least rank of each action. */
export interface PolicyColumns {
  canSee: number;
  canRead: number;
  canPost: number;
  canJoin: number;
  canAdd: number;
  canRemove: number;
  canLeave: number;
  canEdit: number;
  canDelete: number;
}

const COLUMN_OF: Readonly<Record<RoomAction, keyof PolicyColumns>> = {
  see: 'canSee',
  read: 'canRead',
  post: 'canPost',
  join: 'canJoin',
  add: 'canAdd',
  remove: 'canRemove',
  leave: 'canLeave',
  edit: 'canEdit',
  delete: 'canDelete',
};

/** The actor's standing in a room: the highest that holds. The write path computes the same in SQL (migration SendMessages). */
export function rankOf(
  actor: Pick<Actor, 'role' | 'guest'>,
  room: { moderated: boolean },
  membership: { owner: boolean } | undefined,
  blocked = false,
): number {
  if (blocked) return RANKS.blocked;
  if (room.moderated && actor.role === 'superuser') return RANKS.superuser;
  if (room.moderated && actor.role === 'moderator') return RANKS.moderator;
  if (!membership) return actor.guest ? RANKS.anonymous : RANKS.user;
  return membership.owner ? RANKS.owner : RANKS.member;
}

/** Whether the room's policy lets this rank do the action. */
export function allows(room: PolicyColumns, action: RoomAction, rank: number): boolean {
  return rank >= room[COLUMN_OF[action]];
}

/** The preset's policy in the columns of a room. */
export function columnsOf(preset: Preset): PolicyColumns {
  const policy = PRESET_POLICIES[preset];
  return Object.fromEntries(
    ROOM_ACTIONS.map((action) => [COLUMN_OF[action], RANKS[policy[action]]]),
  ) as unknown as PolicyColumns;
}

/** The least rank that sends in a room of this preset. The write path decides by the room's row alone, so freezing a room raises what stands there. */
export function postRank(preset: Preset, frozen: boolean): number {
  return frozen ? RANKS.moderator : RANKS[PRESET_POLICIES[preset].post];
}

/** A room's policy in words. */
export function policyOf(room: PolicyColumns): Policy {
  const names = new Map<number, RankName>(Object.entries(RANKS).map(([name, rank]) => [rank, name as RankName]));
  return Object.fromEntries(
    ROOM_ACTIONS.map((action) => [action, names.get(room[COLUMN_OF[action]]) ?? 'nobody']),
  ) as Record<RoomAction, RankName>;
}
