import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/tx.js';

/** A send that is not there by then never will be. */
const GIVEN_UP_SECONDS = 60;

/** A message that a filter found something in, as it is to be brought before the moderators. */
export interface FlaggedMessageRow {
  id: number;
  authorId: number;
  text: string;
  hits: object;
  /** Null for one that was never stored, or that stands where moderators have no say. */
  messageId: number | null;
  roomId: number | null;
  seq: number | null;
}

@Injectable()
export class FlaggedMessageRepository {
  async insert(tx: Tx, authorId: number, clientId: string, text: string, hits: object): Promise<void> {
    await tx.query('INSERT INTO flagged_messages (author_id, client_id, text, hits) VALUES ($1, $2, $3, $4)', [
      authorId,
      clientId,
      text,
      JSON.stringify(hits),
    ]);
  }

  /** The same for the new text of a message that is there. */
  async insertFor(tx: Tx, messageId: number, text: string, hits: object): Promise<void> {
    await tx.query(
      `INSERT INTO flagged_messages (author_id, client_id, text, hits) SELECT author_id, client_id, $2, $3 FROM messages WHERE id = $1`,
      [messageId, text, JSON.stringify(hits)],
    );
  }

  /** Takes the oldest that can be dealt with and that no other process deals with. */
  async take(tx: Tx): Promise<FlaggedMessageRow | undefined> {
    const [row] = await tx.query<FlaggedMessageRow>(
      `DELETE FROM flagged_messages WHERE id = (
         SELECT f.id FROM flagged_messages f
         WHERE f.created_at < clock_timestamp() - make_interval(secs => ${GIVEN_UP_SECONDS})
           OR EXISTS (SELECT 1 FROM messages m WHERE m.author_id = f.author_id AND m.client_id = f.client_id)
         ORDER BY f.id LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, author_id AS "authorId", text, hits, client_id AS "clientId"`,
    );
    if (!row) return undefined;
    const { clientId, ...flagged } = row as FlaggedMessageRow & { clientId: string };
    const [place] = await tx.query<Pick<FlaggedMessageRow, 'messageId' | 'roomId' | 'seq'>>(
      `SELECT m.id AS "messageId", m.room_id AS "roomId", m.seq FROM messages m JOIN rooms r ON r.id = m.room_id
       WHERE m.author_id = $1 AND m.client_id = $2 AND r.moderated AND r.deleted_at IS NULL AND m.deleted_at IS NULL`,
      [flagged.authorId, clientId],
    );
    return { ...flagged, ...(place ?? { messageId: null, roomId: null, seq: null }) };
  }
}
