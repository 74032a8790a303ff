import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { Entrance } from './entrance.js';
import type { Ledger } from './ledger.js';
import type { Person } from './person.js';

/** One block, as it was seen from the other node, in milliseconds. */
export interface Silencing {
  redis: boolean;
  /** Until the call returned. */
  took: number;
  /** From the call until the other node told the blocked person the last thing, or closed his connection. */
  silent: number;
  /** From the return of the call until he heard the last fact; negative where he heard nothing behind it. */
  behind: number;
}

/** What is heard this much later than the call returned may have been on its way in this process. */
const ON_ITS_WAY_MS = 250;
const LONGEST_MS = 5_000;
/** By the sweep alone a fact takes up to a second. */
const LISTENING_MS = 3_000;

/** Blocks somebody through one node while he listens at another, and measures when he is silenced there. */
export class Silence {
  readonly seen: Silencing[] = [];

  constructor(
    private readonly moderator: Person,
    private readonly victim: Person,
    private readonly roomId: number,
    private readonly ledger: Ledger,
  ) {}

  /** Asks `moderator` wherever his door leads; the victim listens at `at`. Something has to be said in the room all the time. */
  async measure(at: Entrance, redis: boolean): Promise<void> {
    await at.up();
    await this.victim.renew();
    const socket = io(`http://127.0.0.1:${at.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token: this.victim.token },
    });
    let heardAt = 0;
    let endedAt: number | undefined;
    try {
      await new Promise<void>((resolve) => {
        socket.once('session.ready', () => resolve()).once('connect_error', () => resolve());
        socket.once('disconnect', () => resolve());
      });
      if (!socket.connected) return;
      socket.on('message.sent', () => (heardAt = performance.now()));
      socket.once('disconnect', () => (endedAt = performance.now()));
      const listening = performance.now() + LISTENING_MS;
      while (heardAt === 0 && endedAt === undefined && performance.now() < listening) await sleep(5);
      if (heardAt === 0 || endedAt !== undefined) return;
      const askedAt = performance.now();
      const request = { accountId: this.victim.id, reason: 'floods', mode: 'full', scope: 'global' };
      const answer = await this.moderator.ask('POST', '/moderation/blocks', request);
      const answeredAt = performance.now();
      if (answer?.status === 401) await this.moderator.renew();
      if (answer?.status !== 201) return;
      await this.mayNotSpeak();
      while (endedAt === undefined && performance.now() < answeredAt + LONGEST_MS) await sleep(5);
      const behind = heardAt - answeredAt;
      this.seen.push({ redis, took: answeredAt - askedAt, silent: (endedAt ?? performance.now()) - askedAt, behind });
      if (behind > ON_ITS_WAY_MS || endedAt === undefined)
        this.ledger.history.surprises.push({
          kind: 'heard-behind-a-block',
          says: `the blocked person heard a message ${behind.toFixed(0)} ms after the call had returned, and his connection ${endedAt === undefined ? 'stayed open' : 'was closed'}`,
        });
      await this.unblock(answer.body.id as number);
    } finally {
      socket.disconnect();
    }
  }

  /** Whoever is blocked is refused at every node from then on. */
  private async mayNotSpeak(): Promise<void> {
    const clientId = `blocked:${this.seen.length}`;
    const answer = await this.victim.ask('POST', `/rooms/${this.roomId}/messages`, { text: 'behind', clientId });
    if (answer && answer.status < 300)
      this.ledger.history.surprises.push({ kind: 'heard-behind-a-block', says: 'a blocked person could send' });
  }

  private async unblock(blockId: number): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      const answer = await this.moderator.ask('DELETE', `/moderation/blocks/${blockId}`);
      if (answer && answer.status < 300) return;
      if (answer?.status === 401) await this.moderator.renew();
      await sleep(100);
    }
  }
}
