import type { AccountContact } from '../../accounts/account.dto.js';
import type { MessageView } from '../../messaging/message.dto.js';
import type { Roster } from '../../rooms/rosters.service.js';
import { djangoTime, plainTime } from '../times.js';
import { shownName } from '../shown-name.js';

export interface RoschatUser {
  id: number;
  first_name: string;
  last_name: string;
  username: string;
  email: string;
}

export interface RoschatChat {
  id: number;
  name: string;
  participants: RoschatUser[];
  created_at: string;
}

export interface RoschatMessage {
  id: number;
  chat: number;
  user: RoschatUser;
  content: string;
  timestamp: string;
}

type People = ReadonlyMap<number, AccountContact>;

export function userOf({ id, username, firstName, lastName, email }: AccountContact): RoschatUser {
  return { id, first_name: firstName, last_name: lastName, username, email };
}

export function chatOf({ room, memberIds }: Roster, people: People): RoschatChat {
  const participants = memberIds.map((id) => userOf(people.get(id)!));
  return { id: room.id, name: shownName(room, participants), participants, created_at: djangoTime(room.createdAt, 3) };
}

export function messageOf({ id, roomId, author, text, createdAt }: MessageView, people: People): RoschatMessage {
  return {
    id,
    chat: roomId,
    user: userOf(people.get(author.id)!),
    content: text,
    timestamp: djangoTime(createdAt, 3),
  };
}

/** A message as everyone in its chat hears it. */
export function frameOf({ id, text, author, createdAt }: MessageView): string {
  return JSON.stringify({
    message: text,
    username: author.username,
    first_name: author.firstName,
    last_name: author.lastName,
    timestamp: plainTime(createdAt),
    id,
    user_id: author.id,
    sent_at: djangoTime(createdAt, 3),
  });
}
