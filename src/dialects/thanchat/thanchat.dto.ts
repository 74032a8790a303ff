import type { OwnAccountView } from '../../accounts/account.dto.js';
import type { MessageView } from '../../messaging/message.dto.js';
import type { RoomView } from '../../rooms/room.dto.js';
import { djangoTime } from '../times.js';

export interface ThanchatUser {
  id: number;
  email: string | null;
  username: string;
  first_name: string;
  last_name: string;
  phone: string | null;
  address: string | null;
}

export interface ThanchatRoom {
  id: number;
  name: string;
  capacity: number | null;
  link: string;
  /** Never told. */
  password: null;
  creation_date: string;
}

export interface ThanchatMessage {
  id: number;
  message_text: string;
  creation_date: string;
  sender: number;
  user_receiver: number | null;
  chat_room_receiver: number | null;
}

export function userOf({ id, email, username, firstName, lastName, phone, address }: OwnAccountView): ThanchatUser {
  return {
    id,
    email,
    username,
    first_name: firstName,
    last_name: lastName,
    phone: phone || null,
    address: address || null,
  };
}

export function roomOf({ id, name, capacity, link, createdAt }: RoomView): ThanchatRoom {
  return { id, name, capacity, link, password: null, creation_date: djangoTime(createdAt, 0) };
}

/** A message to a room, or to the person who is named. */
export function messageOf({ id, text, createdAt, author, roomId }: MessageView, receiverId?: number): ThanchatMessage {
  return {
    id,
    message_text: text,
    creation_date: djangoTime(createdAt, 0),
    sender: author.id,
    user_receiver: receiverId ?? null,
    chat_room_receiver: receiverId === undefined ? roomId : null,
  };
}
