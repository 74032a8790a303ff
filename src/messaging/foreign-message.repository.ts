import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/tx.js';

export interface ForeignMessage {
  roomId: number;
  authorId: number;
  clientId: string;
  text: string;
  /** With up to six digits behind the second. */
  sentAt: string;
}

export type ForeignOutcome = 'made' | 'known' | 'client-id-taken' | 'room-gone';

/**
 * The rooms are locked, in the order of their ids, by a statement of its own: what numbers sees all that was committed before. The hash is made
 * as the one of a message that was sent. Ids go by the place in the batch over all rooms, since some doors order by them.
 */
const STORE = `
  WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
      WITH ORDINALITY AS given (room, author, client, said, sent_at, item)
  ), judged AS (
    SELECT given.*, r.last_seq, CASE
      WHEN kept.room_id = given.room THEN 'known'
      WHEN kept.room_id IS NOT NULL THEN 'client-id-taken'
      WHEN r.deleted_at IS NOT NULL THEN 'room-gone' ELSE 'made' END AS outcome
    FROM given JOIN rooms r ON r.id = given.room
    LEFT JOIN messages kept ON kept.author_id = given.author AND kept.client_id = given.client
  ), placed AS (
    SELECT *, last_seq + row_number() OVER (PARTITION BY room ORDER BY item) AS seq FROM judged WHERE outcome = 'made'
  ), numbered AS MATERIALIZED (
    SELECT nextval('messages_id_seq') AS id, placed.* FROM (SELECT * FROM placed ORDER BY item OFFSET 0) placed
  ), stored AS (
    INSERT INTO messages (id, room_id, seq, author_id, client_id, request_hash, text, created_at) OVERRIDING SYSTEM VALUE
    SELECT id, room, seq, author, client, sha256(convert_to(concat_ws(' ', room, 0, said), 'UTF8')), said, sent_at FROM numbered
  ), counted AS (
    SELECT room, count(*) AS messages, max(seq) AS head FROM numbered GROUP BY room
  ), read AS (
    UPDATE members m SET unread_base = unread_base + counted.messages,
      read_seq = CASE WHEN r.message_count = m.unread_base THEN counted.head ELSE m.read_seq END
    FROM counted JOIN rooms r ON r.id = counted.room WHERE m.room_id = counted.room
  ), advanced AS (
    UPDATE rooms SET last_seq = counted.head, message_count = message_count + counted.messages FROM counted WHERE rooms.id = counted.room
  )
  SELECT judged.item::integer AS item, judged.outcome, judged.room AS "roomId", numbered.seq FROM judged LEFT JOIN numbered USING (item) ORDER BY judged.item`;

@Injectable()
export class ForeignMessageRepository {
  /** Stores what is not there yet as read by everybody, in this order; answers each by its place. A client id must not stand twice in the batch. */
  async store(
    tx: Tx,
    batch: readonly ForeignMessage[],
  ): Promise<{ outcome: ForeignOutcome; roomId: number; seq: number | null }[]> {
    const rooms = batch.map((one) => one.roomId);
    await tx.query('SELECT 1 FROM rooms WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [rooms]);
    return await tx.query(STORE, [
      rooms,
      batch.map((one) => one.authorId),
      batch.map((one) => one.clientId),
      batch.map((one) => one.text),
      batch.map((one) => one.sentAt),
    ]);
  }

  /** Takes back that mentions are to be found in these messages, within the transaction that stored them. */
  async mentionNobody(tx: Tx, roomIds: readonly number[], seqs: readonly number[]): Promise<void> {
    await tx.query(
      'DELETE FROM mention_work w USING unnest($1::bigint[], $2::bigint[]) AS stored (room_id, seq) WHERE (w.room_id, w.seq) = (stored.room_id, stored.seq)',
      [roomIds, seqs],
    );
  }
}
