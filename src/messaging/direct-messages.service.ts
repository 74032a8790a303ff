import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../accounts/actor.js';
import { Limits } from '../platform/limits.js';
import { Problem } from '../platform/problems.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { HistoryService } from './history.service.js';
import type { MessageView } from './message.dto.js';
import { MessagingService } from './messaging.service.js';

/** Most messages that are answered at once, where a dialect knows no pages: the newest. */
export const MOST_ANSWERED = 10_000;

/** A message of a direct room, with whom it is for; its author himself in his notes. */
export interface DirectMessage {
  message: MessageView;
  receiverId: number;
}

/** Messages from person to person, for doors that know people and no direct rooms. */
@Injectable()
export class DirectMessages {
  constructor(
    private readonly rooms: RoomsService,
    private readonly messaging: MessagingService,
    private readonly history: HistoryService,
    private readonly limits: Limits,
  ) {}

  /** Stores a message to an account that exists, in the direct room of the two, which is made where there is none. */
  async send(actor: Actor, authorId: number, receiverId: number, text: string): Promise<DirectMessage> {
    if (authorId !== actor.accountId) throw new Problem('role/insufficient');
    const known = await this.rooms.directOf(authorId, receiverId);
    if (known === undefined) this.limits.take('open-direct', actor.accountId);
    const roomId = known ?? (await this.rooms.openDirect(actor, receiverId)).id;
    const { message } = await this.messaging.send(actor, roomId, { text, clientId: randomUUID() });
    return { message, receiverId };
  }

  /** The newest messages that others, or he himself in his notes, sent to the actor, ascending by id. */
  async addressedTo(actor: Actor): Promise<DirectMessage[]> {
    return (await this.among(actor, [])).filter(({ receiverId }) => receiverId === actor.accountId);
  }

  /**
   * The newest messages that these accounts sent one another and themselves, as far as the actor may read them, ascending by id; all of his
   * own dialogues when none is named. Others' dialogues alone are for moderators.
   */
  async among(actor: Actor, accountIds: readonly number[]): Promise<DirectMessage[]> {
    const own = accountIds.length === 0;
    if (!own && !accountIds.includes(actor.accountId) && !hasRole(actor, 'moderator'))
      throw new Problem('role/insufficient');
    const rooms = await this.rooms.directRooms(own ? { of: actor.accountId } : { among: accountIds });
    const pairs = new Map(rooms.map((room) => [room.id, room]));
    const messages = await this.history.newest(actor, [...pairs.keys()], MOST_ANSWERED);
    return messages.map((message) => {
      const { low, high } = pairs.get(message.roomId)!;
      return { message, receiverId: message.author.id === low ? high : low };
    });
  }
}
