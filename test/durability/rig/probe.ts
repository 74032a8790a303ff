import { setTimeout as sleep } from 'node:timers/promises';
import type { Entrance } from './entrance.js';
import type { Person } from './person.js';
import type { Random } from './random.js';
import { SocketDoor, type OpenSocket, type SocketUser } from './socket-door.js';

/** What the rig does to the cluster at a moment, as far as latencies depend on it. */
export type Weather = 'calm' | 'no Redis' | 'faults';

/** One message of a probe on its way from one node to the other. */
interface Passage {
  askedAt: number;
  weather: Weather;
  acknowledgedAt?: number;
  heardAt?: number;
}

const LOOK_MS = 10;

/**
 * Somebody says a word at one node and listens for it at another, over and over: how long does it take, and since when does it work again?
 * The next word waits for the answer to the one before, because a node handles the commands of one socket in their order.
 */
export class Probe {
  readonly passages: Passage[] = [];
  private readonly byKey = new Map<string, Passage>();
  private readonly doors: SocketDoor[];
  private readonly openings: Promise<void>[];
  private speaker: OpenSocket | undefined;
  private waiting = false;
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  /** From here on nothing older counts, so that a look costs no more in a long run. */
  private lastAcknowledged = 0;
  private lastHeard = 0;

  constructor(
    private readonly name: string,
    from: Entrance,
    to: Entrance,
    person: Person,
    private readonly roomId: number,
    random: Random,
    private readonly weather: () => Weather,
  ) {
    const speaking: SocketUser = {
      ready: (socket) => {
        this.speaker = socket;
        this.waiting = false;
      },
      fact: () => undefined,
      gone: () => (this.speaker = undefined),
    };
    const listening: SocketUser = {
      ready: () => undefined,
      fact: (event, payload) => event === 'message.sent' && this.hear(payload as { clientId: string }),
      gone: () => undefined,
    };
    this.doors = [
      new SocketDoor(from, person, random, speaking, []),
      new SocketDoor(to, person, random, listening, []),
    ];
    this.openings = this.doors.map((door) => door.open());
  }

  speak(everyMs: number): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.say(), everyMs);
  }

  /** Resolves with the moment at which the node acknowledged something that it was asked after that time; undefined at the deadline. */
  acknowledged(askedAfter: number, deadline: number): Promise<number | undefined> {
    return until(() => (this.lastAcknowledged > askedAfter ? performance.now() : undefined), deadline);
  }

  /** The same for what was heard at the other node. */
  heard(askedAfter: number, deadline: number): Promise<number | undefined> {
    return until(() => (this.lastHeard > askedAfter ? performance.now() : undefined), deadline);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const door of this.doors) door.close();
    await Promise.all(this.openings);
  }

  private say(): void {
    if (!this.speaker || this.waiting) return;
    this.waiting = true;
    const { io } = this.speaker;
    const passage: Passage = { askedAt: performance.now(), weather: this.weather() };
    const clientId = `${this.name}:${++this.count}`;
    this.passages.push(passage);
    this.byKey.set(clientId, passage);
    io.emit('message.send', { roomId: this.roomId, text: clientId, clientId }, (ack: { ok: boolean }) => {
      if (this.speaker?.io === io) this.waiting = false;
      if (!ack.ok) return;
      passage.acknowledgedAt = performance.now();
      this.lastAcknowledged = Math.max(this.lastAcknowledged, passage.askedAt);
    });
  }

  private hear({ clientId }: { clientId: string }): void {
    const passage = this.byKey.get(clientId);
    if (!passage) return;
    passage.heardAt ??= performance.now();
    this.lastHeard = Math.max(this.lastHeard, passage.askedAt);
  }
}

async function until(look: () => number | undefined, deadline: number): Promise<number | undefined> {
  for (;;) {
    const found = look();
    if (found !== undefined || performance.now() > deadline) return found;
    await sleep(LOOK_MS);
  }
}
