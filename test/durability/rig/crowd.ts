import { setTimeout as sleep } from 'node:timers/promises';
import { Aftermath } from './aftermath.js';
import { Composer } from './composer.js';
import type { Entrance } from './entrance.js';
import type { HttpDoor } from './http-door.js';
import { HttpSender } from './http-sender.js';
import { type Ledger, Line } from './ledger.js';
import { Listener } from './listener.js';
import { Person, type PersonRecord } from './person.js';
import type { Random } from './random.js';
import type { Scene } from './scene.js';
import { SocketDoor, type SocketUser } from './socket-door.js';
import { SocketSender } from './socket-sender.js';

/** One in so many senders comes through the HTTP door, with so many messages under way at once. */
const HTTP_SENDER_EACH = 5;
const HTTP_LANES = 4;
const LONGEST_AWAY_MS = 700;
const LOOK_MS = 1_000;
const SILENCE_MS = 3_000;

/** Everybody who sends and listens in a run. */
export class Crowd {
  readonly reader: Person;
  private readonly listeners: Listener[] = [];
  private readonly senders: SocketSender[] = [];
  private readonly aftermaths: Aftermath[] = [];
  private readonly doors: SocketDoor[] = [];
  private readonly lanes: Promise<void>[] = [];
  private readonly openings: Promise<void>[] = [];
  private restless: NodeJS.Timeout | undefined;
  private watch: NodeJS.Timeout | undefined;
  private ending = false;

  constructor(
    private readonly scene: Scene,
    private readonly entrance: Entrance,
    private readonly http: HttpDoor,
    private readonly ledger: Ledger,
    private readonly random: Random,
    /** Messages that each sender on a socket keeps under way. */
    private readonly window = 16,
    /** The longest pause after an answer; without one, all send as fast as they are answered. */
    private readonly pauseMs = 0,
  ) {
    this.reader = new Person(scene.reader, http);
  }

  /** One listener stays and marks what he has heard as read, one comes and goes, and one, who is a member nowhere, follows the open rooms. */
  listen(restlessMs: number): void {
    const { open, closed, listener } = this.scene;
    const steady = this.addListener('steady', this.reader, [...open, ...closed]);
    const restless = this.addListener('restless', this.reader, [...open, ...closed], LONGEST_AWAY_MS);
    this.addListener('outsider', new Person(listener, this.http), open);
    this.restless = setInterval(() => {
      restless.drop();
      steady.markRead();
    }, restlessMs);
  }

  /** One more who stays, and comes back only to this node. */
  listenAt(entrance: Entrance, name: string): void {
    const { open, closed } = this.scene;
    this.addListener(name, this.reader, [...open, ...closed], undefined, entrance);
  }

  send(): void {
    this.scene.senders.forEach((record, index) => {
      if (index % HTTP_SENDER_EACH === HTTP_SENDER_EACH - 1) this.sendByHttp(record, index);
      else this.sendBySocket(record, index);
    });
    this.watch = setInterval(() => this.senders.forEach((sender) => sender.look()), LOOK_MS);
  }

  /** Nothing new is sent; resolves when every message is settled, or at the deadline with some that are not. */
  async settle(deadline: number): Promise<void> {
    this.ending = true;
    for (const sender of this.senders) sender.end();
    let settled = false;
    const settling = Promise.all(this.lanes)
      .then(() => until(() => this.senders.every((sender) => sender.isSettled), deadline))
      .then(() => Promise.all(this.aftermaths.map((aftermath) => aftermath.settled())))
      .finally(() => (settled = true));
    await until(() => settled, deadline);
    this.ledger.closed = true;
    await settling;
  }

  /** Resolves when the listeners have heard everything, or have heard nothing for a time in which the service looks for lost hints. */
  async hear(heads: ReadonlyMap<number, number>): Promise<void> {
    clearInterval(this.restless);
    const { streams } = this.ledger.history;
    const heardSoFar = (): number => streams.reduce((sum, { heard }) => sum + heard.length, 0);
    for (let before = -1, now = heardSoFar(); now > before; before = now, now = heardSoFar())
      await until(() => this.listeners.every((listener) => listener.hasReached(heads)), performance.now() + SILENCE_MS);
    for (const listener of this.listeners) listener.report();
  }

  async leave(): Promise<void> {
    this.ending = true;
    this.ledger.closed = true;
    clearInterval(this.restless);
    clearInterval(this.watch);
    for (const door of this.doors) door.close();
    await Promise.all(this.openings);
  }

  private addListener(
    name: string,
    person: Person,
    rooms: readonly number[],
    longestAwayMs?: number,
    entrance?: Entrance,
  ): Listener {
    const listener = new Listener(name, this.ledger, rooms, () => door);
    const door = this.openDoor(person, listener, longestAwayMs, entrance);
    this.listeners.push(listener);
    return listener;
  }

  private openDoor(person: Person, user: SocketUser, longestAwayMs?: number, entrance = this.entrance): SocketDoor {
    const door = new SocketDoor(entrance, person, this.random, user, this.ledger.absences, longestAwayMs);
    this.doors.push(door);
    this.openings.push(door.open());
    return door;
  }

  private sendBySocket(record: PersonRecord, index: number): void {
    const { person, composer, aftermath } = this.equip(record, index);
    const sender = new SocketSender(
      this.ledger,
      this.random,
      composer,
      aftermath,
      this.window,
      () => door,
      this.pauseMs,
    );
    const door = this.openDoor(person, sender);
    this.senders.push(sender);
  }

  private sendByHttp(record: PersonRecord, index: number): void {
    const { composer, aftermath, http } = this.equip(record, index);
    const lane = async (): Promise<void> => {
      for (const line = new Line(); !this.ending;) {
        const send = composer.next();
        await http.deliver(send, line);
        aftermath.consider(send);
        if (this.pauseMs > 0) await sleep(this.random.between(0, this.pauseMs));
      }
    };
    for (let count = 0; count < HTTP_LANES; count++) this.lanes.push(lane());
  }

  private equip(record: PersonRecord, index: number) {
    const { open, closed, vault } = this.scene;
    const person = new Person(record, this.http);
    const [lobby, ...others] = open as [number, ...number[]];
    const rooms = [lobby, others[index % others.length]!, closed[index % closed.length]!];
    const composer = new Composer(this.ledger, this.random, person, rooms, vault);
    const http = new HttpSender(this.ledger, this.entrance, person);
    const aftermath = new Aftermath(this.ledger, this.random, composer, http);
    this.aftermaths.push(aftermath);
    return { person, composer, http, aftermath };
  }
}

async function until(done: () => boolean, deadline: number): Promise<void> {
  while (!done() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}
