import type { OwnAccountView, PublicAccountView } from '../../accounts/account.dto.js';
import type { MessageView } from '../../messaging/message.dto.js';
import type { Roster } from '../../rooms/rosters.service.js';
import { shownName } from '../shown-name.js';
import { djangoTime } from '../times.js';

export interface AtomchatUser {
  email: string;
  username: string;
}

export interface AtomchatRoom {
  id: number;
  name: string;
  is_private: boolean;
  created_at: string;
  users: number[];
}

export interface AtomchatMessage {
  text: string;
  created_at: string;
  author: number;
}

export function userOf({ email, username }: OwnAccountView): AtomchatUser {
  return { email: email ?? '', username };
}

/** A room; its people have to be known where it is a direct one, which is called after them. */
export function roomOf({ room, memberIds }: Roster, people: ReadonlyMap<number, PublicAccountView>): AtomchatRoom {
  const { id, createdAt, policy } = room;
  const users = memberIds.flatMap((memberId) => people.get(memberId) ?? []);
  return {
    id,
    name: shownName(room, users),
    is_private: policy.read !== 'user',
    created_at: djangoTime(createdAt, 0),
    users: memberIds,
  };
}

export function messageOf({ text, createdAt, author }: MessageView): AtomchatMessage {
  return { text, created_at: djangoTime(createdAt, 0), author: author.id };
}
