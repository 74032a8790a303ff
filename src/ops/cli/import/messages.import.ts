import type { INestApplicationContext } from '@nestjs/common';
import {
  type ForeignMessage,
  ForeignMessages,
  type ForeignOutcome,
} from '../../../messaging/foreign-messages.service.js';
import { Database } from '../../../platform/database.js';
import type { Tx } from '../../../platform/tx.js';
import { ForeignRooms } from '../../../rooms/foreign-rooms.service.js';
import type { Blueprint, SourceMessage } from './blueprint.js';
import type { ImportSettings } from './import-settings.js';
import type { PeopleImport } from './people.import.js';
import type { RoomsImport } from './rooms.import.js';
import { pages, type Row, type Source } from './source.js';
import type { Tally } from './tally.js';

const PAGE = 500;

interface Pending extends Omit<ForeignMessage, 'roomId'> {
  foreignId: number;
  /** The room, or the account whom it is for. */
  roomId: number | undefined;
  receiverId: number | undefined;
}

/** Brings messages over in the order of their ids there. */
export class MessagesImport {
  private readonly database: Database;
  private readonly rooms: ForeignRooms;
  private readonly messages: ForeignMessages;
  private lastTime = new Date().toISOString();

  constructor(
    app: INestApplicationContext,
    private readonly blueprint: Blueprint,
    private readonly source: Source,
    private readonly settings: ImportSettings,
    private readonly people: PeopleImport,
    private readonly places: RoomsImport,
    private readonly tally: Tally,
  ) {
    this.database = app.get(Database);
    this.rooms = app.get(ForeignRooms);
    this.messages = app.get(ForeignMessages);
  }

  async run(done: (rows: number) => void): Promise<void> {
    for await (const page of pages(this.source, this.blueprint.messages, PAGE)) {
      const pending = page.flatMap((row) => this.read(row) ?? []);
      const { outcomes, directs } = await this.database.write((tx) => this.store(tx, pending));
      for (const [roomId, pair] of directs) this.places.expectDirect(roomId, pair);
      outcomes.forEach((outcome, place) => this.note(pending[place]!.foreignId, outcome));
      done(page.length);
    }
  }

  private async store(tx: Tx, pending: readonly Pending[]) {
    const directs = new Map<number, [number, number]>();
    const known = new Map<string, number>();
    const batch: ForeignMessage[] = [];
    for (const { foreignId: _, receiverId, ...message } of pending) {
      let { roomId } = message;
      if (roomId === undefined) {
        const pair: [number, number] = [message.authorId, receiverId!];
        const key = pair.toSorted((a, b) => a - b).join();
        roomId = known.get(key) ?? (await this.rooms.direct(tx, ...pair)).id;
        known.set(key, roomId);
        directs.set(roomId, pair);
      }
      batch.push({ ...message, roomId });
    }
    return { outcomes: await this.messages.store(tx, batch), directs };
  }

  private read(row: Row): Pending | undefined {
    const message = this.blueprint.messages.read(row);
    const authorId = message.author === null ? undefined : this.people.ids.get(message.author);
    const place = this.placeOf(message);
    const why =
      authorId === undefined
        ? 'the author is missing'
        : typeof place === 'string'
          ? place
          : this.messages.mistakeIn(message.text);
    if (message.sentAt !== null) this.lastTime = message.sentAt;
    if (why !== undefined || authorId === undefined || typeof place === 'string') {
      this.tally.skip('messages', why!.replace(/^must/, 'the text must'), row.id);
      return undefined;
    }
    if (message.sentAt === null)
      this.tally.change('messages', 'has no time there, and got the one of the message before', row.id);
    const clientId = `import:${this.settings.source}:${row.id}`;
    return { foreignId: row.id, authorId, ...place, clientId, text: message.text, sentAt: this.lastTime };
  }

  private placeOf({ room, person }: SourceMessage): Pick<Pending, 'roomId' | 'receiverId'> | string {
    if (room !== null) {
      const roomId = this.places.ids.get(room);
      return roomId === undefined ? 'the room is missing' : { roomId, receiverId: undefined };
    }
    const receiverId = person === null ? undefined : this.people.ids.get(person);
    return receiverId === undefined ? 'the receiver is missing' : { roomId: undefined, receiverId };
  }

  private note(foreignId: number, outcome: ForeignOutcome): void {
    if (outcome === 'made' || outcome === 'known') this.tally.count('messages', outcome);
    else
      this.tally.skip(
        'messages',
        outcome === 'room-gone' ? 'the room was deleted here' : 'the author sent another message under its clientId',
        foreignId,
      );
  }
}
