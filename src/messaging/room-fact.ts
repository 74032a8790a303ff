import type { PublicAccountView } from '../accounts/account.dto.js';
import type { MessageView } from './message.dto.js';

/** What every fact of a room carries: its place in the room's log. */
interface InRoom {
  roomId: number;
  seq: number;
}

/** The payload of each fact of a room, by its name; the socket's event map and AsyncAPI are checked against it. */
export interface RoomFacts {
  'message.sent': MessageView;
  'message.edited': InRoom & { message: MessageView };
  'message.deleted': InRoom & { messageId: number; messageSeq: number; deletedBy: number | null };
  'message.restored': InRoom & { message: MessageView };
  'member.joined': InRoom & { account: PublicAccountView; by: number | null };
  'member.left': InRoom & { account: PublicAccountView };
  'member.removed': InRoom & { account: PublicAccountView; by: number | null };
  'room.changed': InRoom & { room: RoomFace };
  'room.deleted': InRoom & { by: number | null };
}

/** The changeable properties of a room. */
export interface RoomFace {
  name: string;
  topic: string;
  link: string;
  hasPassword: boolean;
  capacity: number | null;
  slowModeSeconds: number;
  deliveredMarks: boolean;
  ownerId: number | null;
}

export type RoomFactName = keyof RoomFacts;

/** One entry of a room's log. */
export type RoomFact = { [Name in RoomFactName]: { seq: number; event: Name; payload: RoomFacts[Name] } }[RoomFactName];
