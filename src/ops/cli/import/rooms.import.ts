import type { INestApplicationContext } from '@nestjs/common';
import { type ForeignRoom, ForeignRooms } from '../../../rooms/foreign-rooms.service.js';
import { Database } from '../../../platform/database.js';
import { foreignIds, keepForeignIds } from '../../../platform/foreign-ids.js';
import type { Blueprint } from './blueprint.js';
import type { ImportSettings } from './import-settings.js';
import type { PeopleImport } from './people.import.js';
import { pages, type Row, type Source } from './source.js';
import type { Tally } from './tally.js';

const PAGE = 500;
/** Each holds a lock of the account until the commit. */
const SEATED_AT_ONCE = 200;

/** Brings rooms over, and their members when the history is in. */
export class RoomsImport {
  readonly ids = new Map<number, number>();
  private readonly members = new Map<number, number[]>();
  /** Direct rooms that this run came across, with their accounts. */
  private readonly directs = new Map<number, number[]>();
  private readonly database: Database;
  private readonly rooms: ForeignRooms;

  constructor(
    app: INestApplicationContext,
    private readonly blueprint: Blueprint,
    private readonly source: Source,
    private readonly settings: ImportSettings,
    private readonly people: PeopleImport,
    private readonly tally: Tally,
  ) {
    this.database = app.get(Database);
    this.rooms = app.get(ForeignRooms);
  }

  async run(done: (rows: number) => void): Promise<void> {
    const { rooms } = this.blueprint;
    if (!rooms) return;
    for (const { foreignId, id } of (await foreignIds(this.database, this.settings.source, 'room')).values())
      this.ids.set(Number(foreignId), id);
    await this.readMembers();
    for await (const page of pages(this.source, rooms, PAGE))
      for (const row of page) {
        if (this.ids.has(row.id)) this.tally.count('rooms', 'known');
        else await this.bring(row);
        this.noteDirect(row);
        done(1);
      }
  }

  /** The direct room of these two accounts for messages, which waits for its people until `seat`. */
  expectDirect(roomId: number, accountIds: readonly number[]): void {
    this.directs.set(roomId, [...new Set(accountIds)]);
  }

  /** Brings the members in, each once in all runs. */
  async seat(done: (rows: number) => void): Promise<void> {
    for (const roomId of await this.rooms.emptyOf(this.database, [...this.directs.keys()]))
      await this.database.write((tx) => this.rooms.seat(tx, roomId, this.directs.get(roomId)!));
    const seated = await foreignIds(this.database, this.settings.source, 'member');
    for (const [room, people] of this.members) {
      const roomId = this.ids.get(room);
      const fresh = people.filter((person) => !seated.has(`${room}:${person}`));
      this.tally.count('members', 'known', people.length - fresh.length);
      for (const person of fresh) {
        if (roomId === undefined) this.tally.skip('members', 'the room is missing', `${room}:${person}`);
        else if (!this.people.ids.has(person))
          this.tally.skip('members', 'the account is missing', `${room}:${person}`);
      }
      const coming = fresh.filter((person) => this.people.ids.has(person));
      for (let at = 0; roomId !== undefined && at < coming.length; at += SEATED_AT_ONCE)
        await this.seatSome(room, roomId, coming.slice(at, at + SEATED_AT_ONCE));
      done(people.length);
    }
  }

  private async seatSome(room: number, roomId: number, people: readonly number[]): Promise<void> {
    const accountIds = people.map((person) => this.people.ids.get(person)!);
    await this.database.write(async (tx) => {
      await this.rooms.seat(tx, roomId, accountIds);
      const ids = people.map((person) => ({ foreignId: `${room}:${person}`, id: roomId, mark: '' }));
      await keepForeignIds(tx, this.settings.source, 'member', ids);
    });
    this.tally.count('members', 'made', people.length);
  }

  private async bring(row: Row): Promise<void> {
    const { rooms } = this.blueprint;
    const { name, link = '', capacity = null, password = null, createdAt } = rooms!.read(row);
    const { preset, uniqueName } = rooms!;
    const pair = this.pairOf(row);
    const room: ForeignRoom = { name, link, capacity, password, createdAt, preset, uniqueName };
    const secretHash = await this.rooms.secretOf(room);
    const made = await this.database.write(async (tx) => {
      const fresh = pair
        ? { ...(await this.rooms.direct(tx, pair[0], pair[1])), name }
        : { ...(await this.rooms.make(tx, room, secretHash, this.settings.source)), made: true };
      await keepForeignIds(tx, this.settings.source, 'room', [
        { foreignId: String(row.id), id: fresh.id, mark: createdAt ?? '' },
      ]);
      return fresh;
    });
    this.ids.set(row.id, made.id);
    this.tally.count('rooms', made.made ? 'made' : 'merged');
    if (made.name !== name) this.tally.change('rooms', 'came under another name', `${name} → ${made.name}`);
    if (capacity !== null && (this.members.get(row.id)?.length ?? 0) > capacity)
      this.tally.change('rooms', 'has more members than its capacity; nobody else comes in', name);
  }

  /** The two accounts of a room that is the direct room of its members. */
  private pairOf(row: Row): [number, number] | undefined {
    const { rooms, isDirect } = this.blueprint;
    const people = this.members.get(row.id) ?? [];
    if (!isDirect || people.length < 1 || people.length > 2) return undefined;
    const names = people.map((person) => this.people.usernames.get(person) ?? '');
    const [one, other = one] = people.map((person) => this.people.ids.get(person));
    if (one === undefined || other === undefined || !isDirect(rooms!.read(row).name, names)) return undefined;
    return [one, other];
  }

  private noteDirect(row: Row): void {
    const pair = this.pairOf(row);
    if (pair) this.expectDirect(this.ids.get(row.id)!, pair);
  }

  private async readMembers(): Promise<void> {
    const { members } = this.blueprint;
    if (!members) return;
    for await (const page of pages(this.source, members, PAGE))
      for (const row of page) {
        const membership = members.read(row);
        if (!membership) continue;
        const { room, person } = membership;
        const people = this.members.get(room) ?? [];
        if (!people.includes(person)) people.push(person);
        this.members.set(room, people);
      }
  }
}
