import type { OwnAccountView, PublicAccountView } from '../../accounts/account.dto.js';
import type { MessageView } from '../../messaging/message.dto.js';
import type { Roster } from '../../rooms/rosters.service.js';
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

/** Direct rooms have no name of their own: they are called after the two. */
export function roomOf({ room, memberIds }: Roster, people: ReadonlyMap<number, PublicAccountView>): AtomchatRoom {
  const { id, kind, name, createdAt, policy } = room;
  return {
    id,
    name: kind === 'direct' ? directName(memberIds, people) : name,
    is_private: policy.read !== 'user',
    created_at: djangoTime(createdAt, 0),
    users: memberIds,
  };
}

export function messageOf({ text, createdAt, author }: MessageView): AtomchatMessage {
  return { text, created_at: djangoTime(createdAt, 0), author: author.id };
}

function directName(memberIds: readonly number[], people: ReadonlyMap<number, PublicAccountView>): string {
  const names = memberIds.map((id) => people.get(id)!.username).sort();
  return `${names[0]}&${names.at(-1)}_private`;
}
