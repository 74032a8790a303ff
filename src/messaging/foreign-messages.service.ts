/**
 * Messages that come over from another server, as the next entries of their rooms' logs in the order they had there, with the times they had
 * there. A log has no hole: who is connected to a room that was here before hears them like any others. They count as read, mention nobody,
 * and no filter looks at them, because they were said long ago and somewhere else.
 */
import { Injectable } from '@nestjs/common';
import { mistakeIn } from '../platform/safe-text.js';
import type { Tx } from '../platform/tx.js';
import { type ForeignMessage, ForeignMessageRepository, type ForeignOutcome } from './foreign-message.repository.js';
import { MOST_TEXT } from './message.schema.js';

export type { ForeignMessage, ForeignOutcome } from './foreign-message.repository.js';

@Injectable()
export class ForeignMessages {
  constructor(private readonly messages: ForeignMessageRepository) {}

  /** Why no message can have this text, or undefined. */
  mistakeIn(text: string): string | undefined {
    return mistakeIn(text, { least: 1, most: MOST_TEXT });
  }

  /** Stores what of the batch is not there yet, and answers what became of each; a client id stands in it once. */
  async store(tx: Tx, batch: readonly ForeignMessage[]): Promise<ForeignOutcome[]> {
    if (batch.length === 0) return [];
    const rows = await this.messages.store(tx, batch);
    const heads = new Map<number, number>();
    for (const { roomId, seq } of rows) if (seq !== null) heads.set(roomId, seq);
    const made = rows.filter((row) => row.seq !== null);
    if (made.length > 0)
      await this.messages.mentionNobody(
        tx,
        made.map((row) => row.roomId),
        made.map((row) => row.seq!),
      );
    for (const [id, seq] of heads) tx.hint({ stream: 'room', id, seq });
    return rows.map((row) => row.outcome);
  }
}
