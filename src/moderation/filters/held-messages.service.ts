/**
 * Messages that wait for a moderator.
 *
 * Invariants, and what breaks without them:
 * - a message waits once for each name of its author, who is held while it is looked for: a repetition would stand in the queue twice;
 * - it is kept together with its case, and decided together with it: else it waits where nobody sees it, or is sent and asked about again;
 * - released, it goes through the write path under its first name and as its author: the rules of the room and blocks decide as for any other.
 */
import { Injectable } from '@nestjs/common';
import { MessagingService } from '../../messaging/messaging.service.js';
import { Problem } from '../../platform/problems.js';
import type { Tx } from '../../platform/tx.js';
import { ReportCases } from '../reports/report-cases.service.js';
import type { FilterHit } from './compiled-filter.js';
import { detailOf } from './filter-hit.view.js';
import { HeldMessageRepository, type HeldMessageRow, type NewHeldMessage } from './held-message.repository.js';

/** More of one author's are not taken: the queue is for moderators to get through. */
const MOST_WAITING = 20;

@Injectable()
export class HeldMessages {
  constructor(
    private readonly held: HeldMessageRepository,
    private readonly cases: ReportCases,
    private readonly messaging: MessagingService,
  ) {}

  /** Keeps the message and brings it before the moderators; answers the refusal that its author gets, undefined when it was released before. */
  async hold(tx: Tx, message: NewHeldMessage, seq: number, hits: readonly FilterHit[]): Promise<Problem | undefined> {
    const known = await this.held.known(tx, message);
    if (known && !known.same) return new Problem('message/key-reused');
    if (known?.state === 'released') return undefined;
    if (known) return heldAs(known.id, known.state);
    const { authorId: accountId, roomId, text } = message;
    if ((await this.held.waiting(tx, accountId)) >= MOST_WAITING) return new Problem('message/filtered');
    const id = await this.held.insert(tx, message);
    const target = { type: 'held_message' as const, id, accountId, roomId, seq, text };
    await this.cases.open(tx, { target, source: { kind: 'filter' }, reason: 'filter', detail: detailOf(hits) });
    return heldAs(id, 'waiting');
  }

  /** Sends a waiting message in its author's name; answers the id of the message. The caller has held the author and his stream. */
  async release(tx: Tx, heldId: number): Promise<number> {
    const { authorId, roomId, clientId, replyTo, text } = await this.decide(tx, heldId, 'released');
    try {
      const message = { authorId, roomId, clientId, replyTo: replyTo ?? undefined, text };
      return (await this.messaging.sendIn(tx, message)).id;
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      throw new Problem('message/not-releasable', { extra: { refusal: error.code } });
    }
  }

  /** Takes a waiting message away for good. The caller has held its author's stream. */
  async discard(tx: Tx, heldId: number): Promise<void> {
    await this.decide(tx, heldId, 'discarded');
  }

  private async decide(tx: Tx, heldId: number, outcome: 'released' | 'discarded'): Promise<HeldMessageRow> {
    const row = await this.held.decide(tx, heldId, outcome);
    if (!row) throw new Error('an open case of a message that does not wait');
    const { authorId: accountId, roomId, clientId } = row;
    await tx.recordFor([{ kind: 'held.outcome', accountId, data: { heldId, roomId, clientId, outcome } }]);
    return row;
  }
}

function heldAs(heldId: number, state: 'waiting' | 'discarded'): Problem {
  return new Problem('message/held', { extra: { heldId, state } });
}
