import { PublicAccountView } from '../accounts/account.dto.js';
import { policyOf, type RankName, type Preset } from './policy.js';
import type { RoomRow } from './room.entity.js';

/** The least rank that may do each action. `nobody` means that no rank may. */
export class PolicyView {
  /**
   * Find the room and see what it is.
   * @example "member"
   */
  see: RankName;
  /**
   * Read its messages and members.
   * @example "member"
   */
  read: RankName;
  /**
   * Send messages.
   * @example "member"
   */
  post: RankName;
  /**
   * Join without being added.
   * @example "nobody"
   */
  join: RankName;
  /**
   * Add others.
   * @example "member"
   */
  add: RankName;
  /**
   * Remove others.
   * @example "member"
   */
  remove: RankName;
  /**
   * Leave.
   * @example "member"
   */
  leave: RankName;
  /**
   * Change name, topic, capacity, link, password, slow mode and delivered marks.
   * @example "member"
   */
  edit: RankName;
  /**
   * Delete the room.
   * @example "moderator"
   */
  delete: RankName;
}

/** A room as those who may see it see it. */
export class RoomView {
  /** @example 17 */
  id: number;
  /**
   * A group, or a direct room: of exactly two accounts, or of one for notes to oneself.
   * @example "group"
   */
  kind: 'group' | 'direct';
  /**
   * Empty in direct rooms.
   * @example "lobby"
   */
  name: string;
  /** @example "Where everybody meets" */
  topic: string;
  /**
   * The policy the room began with.
   * @example "open"
   */
  preset: Preset;
  /**
   * How many members it takes; null is without a limit.
   * @example 100
   */
  capacity: number | null;
  /**
   * Free text, usually an address.
   * @example "https://example.org/lobby"
   */
  link: string;
  /**
   * Whether joining asks for a password.
   * @example false
   */
  hasPassword: boolean;
  /**
   * Slow mode: how many seconds one person waits between two of his messages; 0 is without.
   * @example 0
   */
  slowModeSeconds: number;
  /**
   * Whether members see up to where each other's devices have got the room. Off at first; never so while there are more than 100 members.
   * @example false
   */
  deliveredMarks: boolean;
  /** @example 3 */
  memberCount: number;
  /**
   * The owner's account; null in direct rooms and when the last member has left.
   * @example 17
   */
  ownerId: number | null;
  /**
   * Seq of the newest event of the room.
   * @example 240
   */
  headSeq: number;
  /** @example "2026-11-20T12:00:00.000Z" */
  createdAt: string;
  /**
   * Whether moderators and superusers have their rank here.
   * @example true
   */
  moderated: boolean;
  /** Who may do what. */
  policy: PolicyView;
}

/** The newest message of a room, as lists show it. */
export class LastMessageView {
  /** @example 9001 */
  id: number;
  /** @example 240 */
  seq: number;
  author: PublicAccountView;
  /**
   * Empty when the message was deleted.
   * @example "Hello, Bob"
   */
  text: string;
  /** True where the caller has blocked its author personally: show it only on demand. Otherwise left out. */
  hidden?: boolean;
  /** @example "2026-11-20T12:00:00.000Z" */
  createdAt: string;
  /**
   * When it was last edited.
   * @example null
   */
  editedAt: string | null;
  /**
   * When it was deleted: the message is a tombstone.
   * @example null
   */
  deletedAt: string | null;
}

/** A room in a list, with what concerns the caller as its member. */
export class RoomListItem extends RoomView {
  /** The newest message; null where there is none or the caller is not a member. */
  lastMessage: LastMessageView | null;
  /**
   * Messages after the read mark, own and deleted ones not counted; null where the caller is not a member.
   * @example 2
   */
  unreadCount: number | null;
  /**
   * Messages after the read mark that mention the caller, counted up to 1000; null where he is not a member.
   * @example 1
   */
  mentionCount: number | null;
  /**
   * Up to which seq the caller has read; null where he is not a member.
   * @example 238
   */
  readSeq: number | null;
  /** In the caller's direct rooms the other person, in his notes he himself. */
  peer: PublicAccountView | null;
}

/** A page of a list of rooms. */
export class RoomPage {
  items: RoomListItem[];
  /** @example false */
  hasMore: boolean;
  /**
   * The cursor of the next page.
   * @example null
   */
  next: string | null;
  /**
   * Always null: this list goes forward only.
   * @example null
   */
  prev: string | null;
}

export function viewOfRoom(room: RoomRow): RoomView {
  return {
    id: room.id,
    kind: room.kind,
    name: room.name,
    topic: room.topic,
    preset: room.preset,
    capacity: room.capacity,
    link: room.link,
    hasPassword: room.secretHash !== null,
    slowModeSeconds: room.slowModeSeconds,
    deliveredMarks: room.deliveredMarks,
    memberCount: room.memberCount,
    ownerId: room.ownerId,
    headSeq: room.lastSeq,
    createdAt: room.createdAt.toISOString(),
    moderated: room.moderated,
    policy: policyOf(room),
  };
}
