import type { PublicAccountView } from '../../accounts/account.dto.js';
import type { MessageView } from '../../messaging/message.dto.js';
import type { Roster } from '../../rooms/rosters.service.js';
import { shownName } from '../shown-name.js';
import { djangoTime } from '../times.js';

export interface Made {
  id: number;
}

export interface ChatapiChat {
  id: number;
  name: string;
  created_at: string;
  users: number[];
}

export interface ChatapiMessage {
  id: number;
  text: string;
  created_at: string;
  chat: number;
  author: number;
}

export function chatOf({ room, memberIds }: Roster, people: ReadonlyMap<number, PublicAccountView>): ChatapiChat {
  const name =
    room.kind === 'group'
      ? room.name
      : shownName(
          room,
          memberIds.map((id) => people.get(id)!),
        );
  return { id: room.id, name, created_at: djangoTime(room.createdAt, 0), users: memberIds };
}

export function messageOf({ id, text, createdAt, roomId, author }: MessageView): ChatapiMessage {
  return { id, text, created_at: djangoTime(createdAt, 0), chat: roomId, author: author.id };
}
