import type { PublicAccountView } from '../../accounts/account.dto.js';
import type { DirectMessage } from '../../messaging/direct-messages.service.js';
import { djangoTime } from '../times.js';

export interface PychatUser {
  id: number;
  username: string;
  first_name: string;
  last_name: string;
}

export interface PychatMessage {
  id: number;
  dt: string;
  text: string;
  sender: number;
  receiver: number;
  sender_name: string;
  receiver_name: string;
}

export function userOf({ id, username, firstName, lastName }: PublicAccountView): PychatUser {
  return { id, username, first_name: firstName, last_name: lastName };
}

/** The message with the names that its two people have now. */
export function messageOf(
  { message, receiverId }: DirectMessage,
  people: ReadonlyMap<number, PublicAccountView>,
): PychatMessage {
  return {
    id: message.id,
    dt: djangoTime(message.createdAt, 3),
    text: message.text,
    sender: message.author.id,
    receiver: receiverId,
    sender_name: nameOf(message.author),
    receiver_name: nameOf(people.get(receiverId)!),
  };
}

function nameOf({ username, firstName, lastName }: PublicAccountView): string {
  return `${firstName} ${lastName}`.trim() || username;
}
