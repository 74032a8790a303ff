import type { Send } from '../checker/history.js';
import type { Composer } from './composer.js';
import type { HttpSender } from './http-sender.js';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';

const SHARE_REPEATED = 0.01;
const SHARE_KEY_REUSED = 0.004;
const SHARE_EDITED = 0.006;
const SHARE_DELETED = 0.004;
const MOST_AT_ONCE = 3;

/** What people do with a message after it was acknowledged, always through the HTTP door: send it again, misuse its key, edit it, delete it. */
export class Aftermath {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly composer: Composer,
    private readonly http: HttpSender,
  ) {}

  /** Begins something with a small part of the messages. */
  consider(send: Send): void {
    if (this.underWay.size >= MOST_AT_ONCE || send.outcome !== 'ok') return;
    if (this.random.chance(SHARE_REPEATED)) this.begin(this.http.deliver(send));
    else if (this.random.chance(SHARE_KEY_REUSED)) this.begin(this.http.deliver(this.composer.underKeyOf(send)));
    else if (this.random.chance(SHARE_EDITED)) this.begin(this.edit(send, this.random.chance(0.3)));
    else if (this.random.chance(SHARE_DELETED)) this.begin(this.delete(send));
  }

  /** Sends a message through this door beside another one, where it may be under way at the same moment. */
  deliverToo(send: Send): void {
    this.begin(this.http.deliver(send));
  }

  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private begin(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private async edit(send: Send, twice: boolean): Promise<void> {
    const first = this.ledger.change({ ...this.target(send), kind: 'edit', text: `${send.text} ✎`, version: 1 });
    await this.http.change(first);
    if (!twice || first.outcome !== 'ok') return;
    await this.http.change(
      this.ledger.change({ ...this.target(send), kind: 'edit', text: `${send.text} ✎✎`, version: 2 }),
    );
    if (this.random.chance(0.3)) await this.delete(send);
  }

  private async delete(send: Send): Promise<void> {
    await this.http.change(this.ledger.change({ ...this.target(send), kind: 'delete', text: '', version: 0 }));
  }

  private target({ roomId, answers }: Send) {
    return { roomId, messageId: answers[0]!.id, messageSeq: answers[0]!.seq };
  }
}
