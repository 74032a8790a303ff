import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Send } from '../checker/history.js';
import type { Entrance } from './entrance.js';
import type { HttpAnswer } from './http-door.js';
import { type Ledger, Line, type ShownMessage } from './ledger.js';
import type { Person } from './person.js';

const AGAIN_MS = 40;

/** Brings one person's messages, edits and deletions through the HTTP door, each again and again until it is settled. */
export class HttpSender {
  constructor(
    private readonly ledger: Ledger,
    private readonly entrance: Entrance,
    private readonly person: Person,
  ) {}

  async deliver(send: Send, line = new Line()): Promise<void> {
    const { text, clientId } = send;
    while (!this.ledger.closed) {
      await this.entrance.up();
      const attempt = this.ledger.attempt(send, line, this.entrance.generation);
      const answer = await this.person.ask('POST', `/rooms/${send.roomId}/messages`, { text, clientId });
      if (!answer) this.ledger.lose(attempt, 'http');
      else if (answer.status < 300)
        return this.ledger.accept(attempt, answer.body as ShownMessage, answer.status === 200);
      else if (this.ledger.refuse(attempt, answer.status, answer.body?.code)) return;
      await this.beforeNext(answer);
    }
  }

  /** An edit that may have been stored by an attempt without an answer shows it by the version that refuses the next one. */
  async change(change: Change): Promise<void> {
    const { kind, roomId, messageId, text, version } = change;
    const path = `/rooms/${roomId}/messages/${messageId}`;
    let ambiguous = false;
    while (!this.ledger.closed) {
      await this.entrance.up();
      const answer = await (kind === 'edit'
        ? this.person.ask('PATCH', path, { text, version })
        : this.person.ask('DELETE', path));
      if (answer && answer.status < 300) return void (change.outcome = 'ok');
      if (answer && this.ledger.isFinal(answer.status, `${kind} of message ${messageId}`, answer.body?.code)) {
        const own = ambiguous && answer.body.code === 'message/version-stale' && answer.body.version === version + 1;
        return void (change.outcome = own ? 'ok' : 'fail');
      }
      ambiguous ||= !answer || answer.status >= 500;
      await this.beforeNext(answer);
    }
  }

  private async beforeNext(answer: HttpAnswer | undefined): Promise<void> {
    if (answer?.status === 401) await this.person.renew();
    else await sleep(AGAIN_MS);
  }
}
