import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { AccountsService } from '../../../accounts/accounts.service.js';
import type { Actor } from '../../../accounts/actor.js';
import { MessagingService } from '../../../messaging/messaging.service.js';
import { ReadStateService } from '../../../messaging/read-state.service.js';
import { Problem } from '../../../platform/problems.js';
import { RoomsService } from '../../../rooms/rooms.service.js';
import { conversation, type Line } from './conversation.js';
import { DIRECT_ROOMS, PEOPLE, ROOMS } from './people.js';

interface Talk {
  roomId: number;
  lines: Line[];
  members: readonly string[];
}

/** Puts the people, rooms and conversations of the demo into a service, through its own services. */
export class DemoSeeder {
  private readonly accounts: AccountsService;
  private readonly rooms: RoomsService;
  private readonly messaging: MessagingService;
  private readonly reading: ReadStateService;
  private readonly actors = new Map<string, Actor>();

  constructor(app: INestApplicationContext) {
    this.accounts = app.get(AccountsService);
    this.rooms = app.get(RoomsService);
    this.messaging = app.get(MessagingService);
    this.reading = app.get(ReadStateService);
  }

  async hasAccounts(): Promise<boolean> {
    return (await this.accounts.list({ limit: 1 })).items.length > 0;
  }

  /** The names of the demo that are taken already. */
  async taken(): Promise<string[]> {
    const taken: string[] = [];
    for (const { username } of PEOPLE) {
      const known = await this.accounts.idOf(username).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Problem && error.code === 'account/not-found') return false;
          throw error;
        },
      );
      if (known) taken.push(username);
    }
    return taken;
  }

  /** Creates the people and answers their passwords, which stand nowhere else. */
  async people(): Promise<{ username: string; role: string; password: string }[]> {
    const made: { username: string; role: string; password: string }[] = [];
    for (const person of PEOPLE) {
      const password = randomBytes(9).toString('base64url');
      const account = await this.accounts.create({ ...person, password });
      this.actors.set(person.username, {
        accountId: account.id,
        username: account.username,
        role: account.role,
        sessionId: undefined,
      });
      made.push({ username: person.username, role: person.role, password });
    }
    return made;
  }

  /** Creates the rooms and what will be said in them. */
  async talks(): Promise<Talk[]> {
    const talks: Talk[] = [];
    for (const { name, topic, preset, owner, members, languages, messages } of ROOMS) {
      const others = members.filter((member) => member !== owner).map((member) => this.actor(member).accountId);
      const room = await this.rooms.create(this.actor(owner), { name, topic, preset, members: others });
      talks.push({ roomId: room.id, lines: conversation(name, languages, members, messages), members });
    }
    for (const { pair, language, messages } of DIRECT_ROOMS) {
      const room = await this.rooms.openDirect(this.actor(pair[0]), this.actor(pair[1]).accountId);
      const members = [...new Set(pair)];
      talks.push({ roomId: room.id, lines: conversation(pair.join(), [language], members, messages), members });
    }
    return talks;
  }

  /** Says all of it: within a room one after the other, the rooms side by side. */
  async say(talks: Talk[], said: () => void): Promise<void> {
    await Promise.all(talks.map((talk) => this.sayIn(talk, said)));
  }

  private async sayIn({ roomId, lines, members }: Talk, said: () => void): Promise<void> {
    const sent: { id: number; seq: number }[] = [];
    for (const [index, line] of lines.entries()) {
      const author = this.actor(line.author);
      const replyTo = line.replyTo === undefined ? undefined : sent[line.replyTo]!.id;
      const { message } = await this.messaging.send(author, roomId, {
        text: line.text,
        clientId: `demo-${roomId}-${index}`,
        replyTo,
      });
      if (line.editedTo !== undefined)
        await this.messaging.edit(author, roomId, message.id, { text: line.editedTo, version: message.version });
      if (line.deleted) await this.messaging.delete(author, roomId, message.id);
      sent.push(message);
      said();
    }
    // Some have read all of it, some are behind.
    for (const [index, member] of members.entries()) {
      const upTo = sent[Math.floor((((index % 3) + 2) / 4) * (sent.length - 1))];
      if (upTo) await this.reading.markRead(this.actor(member), roomId, upTo.seq);
    }
  }

  private actor(username: string): Actor {
    return this.actors.get(username)!;
  }
}
