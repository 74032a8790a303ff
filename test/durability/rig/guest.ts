import { setTimeout as sleep } from 'node:timers/promises';
import type { Composer } from './composer.js';
import type { HttpSender } from './http-sender.js';
import type { Ledger } from './ledger.js';
import type { Person } from './person.js';

const AGAIN_MS = 60;
const PAUSE_MS = 150;

/** Somebody is let into a private room and put out again, over and over: once he is out, no node takes a message of his. */
export class Guest {
  private stay: Promise<void> | undefined;
  private ending = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly owner: Person,
    private readonly person: Person,
    private readonly composer: Composer,
    private readonly sender: HttpSender,
    private readonly roomId: number,
  ) {}

  begin(): void {
    this.stay = this.live();
  }

  async end(): Promise<void> {
    this.ending = true;
    await this.stay;
  }

  private async live(): Promise<void> {
    const member = `/rooms/${this.roomId}/members/${this.person.id}`;
    while (!this.ending && !this.ledger.closed) {
      if (!(await this.done('PUT', member))) return;
      for (let node = 0; node < 2; node++) await this.sender.deliver(this.composer.into(this.roomId, false));
      if (!(await this.done('DELETE', member))) return;
      for (let node = 0; node < 2; node++) await this.sender.deliver(this.composer.into(this.roomId, true));
      await sleep(PAUSE_MS);
    }
  }

  /** Asks until it is so. */
  private async done(method: string, path: string): Promise<boolean> {
    while (!this.ledger.closed) {
      const answer = await this.owner.ask(method, path);
      if (answer && (answer.status < 300 || (method === 'DELETE' && answer.status === 404))) return true;
      if (answer?.status === 401) await this.owner.renew();
      await sleep(AGAIN_MS);
    }
    return false;
  }
}
