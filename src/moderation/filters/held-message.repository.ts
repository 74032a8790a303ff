import { Injectable } from '@nestjs/common';
import type { Sql } from '../../platform/sql.js';
import type { Tx } from '../../platform/tx.js';

/** The same hash as messages have, so that a repetition is known alike. */
const HASH = `sha256(convert_to(concat_ws(' ', $2::bigint, coalesce($4::bigint, 0), $5::text), 'UTF8'))`;

export interface NewHeldMessage {
  authorId: number;
  roomId: number;
  clientId: string;
  replyTo: number | undefined;
  text: string;
}

export type HeldState = 'waiting' | 'released' | 'discarded';

/** A message that waits, or the answer that was given about it. */
export interface HeldMessageRow {
  id: number;
  authorId: number;
  roomId: number;
  clientId: string;
  replyTo: number | null;
  text: string;
  state: HeldState;
}

@Injectable()
export class HeldMessageRepository {
  /** The message that this author was told to wait with under this name, and whether it is the same; he is held by the caller. */
  async known(tx: Tx, message: NewHeldMessage): Promise<{ id: number; state: HeldState; same: boolean } | undefined> {
    const { authorId, roomId, clientId, replyTo, text } = message;
    const [row] = await tx.query<{ id: number; state: HeldState; same: boolean }>(
      `SELECT id, state, request_hash = ${HASH} AS same FROM held_messages WHERE author_id = $1 AND client_id = $3`,
      [authorId, roomId, clientId, replyTo ?? null, text],
    );
    return row;
  }

  /** How many messages of this author wait. */
  async waiting(sql: Sql, authorId: number): Promise<number> {
    const [row] = await sql.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM held_messages WHERE author_id = $1 AND state = 'waiting'`,
      [authorId],
    );
    return row!.count;
  }

  async insert(tx: Tx, { authorId, roomId, clientId, replyTo, text }: NewHeldMessage): Promise<number> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO held_messages (author_id, room_id, client_id, reply_to, text, request_hash) VALUES ($1, $2, $3, $4, $5, ${HASH}) RETURNING id`,
      [authorId, roomId, clientId, replyTo ?? null, text],
    );
    return row!.id;
  }

  /** Notes that a waiting message was decided, and answers it as it waited; its text is kept no longer. */
  async decide(tx: Tx, id: number, state: 'released' | 'discarded'): Promise<HeldMessageRow | undefined> {
    const [row] = await tx.query<HeldMessageRow>(
      `SELECT id, author_id AS "authorId", room_id AS "roomId", client_id AS "clientId", reply_to AS "replyTo", text, state
       FROM held_messages WHERE id = $1 AND state = 'waiting' FOR NO KEY UPDATE`,
      [id],
    );
    if (row)
      await tx.query(`UPDATE held_messages SET state = $2, text = '', decided_at = clock_timestamp() WHERE id = $1`, [
        id,
        state,
      ]);
    return row;
  }
}
