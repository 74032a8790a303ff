import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { unreadMentions } from '../rooms/mentions.sql.js';

/** A message whose mentions have to be found anew, as it is now. */
export interface DueMessage {
  roomId: number;
  seq: number;
  id: number;
  authorId: number;
  /** Empty once deleted. */
  text: string;
}

export interface Mention {
  accountId: number;
  roomId: number;
  seq: number;
}

/** Who is mentioned where, and the messages in which that has still to be found. */
@Injectable()
export class MentionRepository {
  /** Whether this transaction alone finds mentions now, over all nodes: two could overtake each other with an older and a newer text. */
  async alone(tx: Tx): Promise<boolean> {
    const [row] = await tx.query<{ alone: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtext('besedka'), hashtext('mentions')) AS alone`,
    );
    return row!.alone;
  }

  async isDue(sql: Sql): Promise<boolean> {
    return (await sql.query('SELECT 1 FROM mention_work ORDER BY id LIMIT 1')).length > 0;
  }

  /** Takes the oldest of the work. */
  async take(tx: Tx, limit: number): Promise<DueMessage[]> {
    return tx.query<DueMessage>(
      `WITH taken AS (
         DELETE FROM mention_work WHERE id IN (SELECT id FROM mention_work ORDER BY id LIMIT $1) RETURNING room_id, seq
       )
       SELECT DISTINCT m.room_id AS "roomId", m.seq, m.id, m.author_id AS "authorId", CASE WHEN m.deleted_at IS NULL THEN m.text ELSE '' END AS text
       FROM taken JOIN messages m ON m.room_id = taken.room_id AND m.seq = taken.seq ORDER BY m.id`,
      [limit],
    );
  }

  /** Members of these rooms with these user names who have not blocked the author personally; room, key and author at each place. */
  async members(
    sql: Sql,
    asked: readonly (readonly [roomId: number, key: string, authorId: number])[],
  ): Promise<{ roomId: number; key: string; authorId: number; accountId: number }[]> {
    return sql.query(
      `SELECT asked.room AS "roomId", asked.key, asked.author AS "authorId", a.id AS "accountId"
       FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS asked (room, key, author)
       JOIN accounts a ON a.username_key = asked.key JOIN members m ON m.room_id = asked.room AND m.account_id = a.id
       WHERE NOT EXISTS (SELECT 1 FROM personal_blocks p WHERE p.account_id = a.id AND p.blocked_id = asked.author)`,
      [asked.map(([roomId]) => roomId), asked.map(([, key]) => key), asked.map(([, , authorId]) => authorId)],
    );
  }

  /** Makes these the mentions of these messages; answers what came and what went. */
  async replace(
    tx: Tx,
    messages: readonly DueMessage[],
    mentions: readonly Mention[],
  ): Promise<(Mention & { added: boolean })[]> {
    return tx.query(
      `WITH message AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS m (room_id, seq)),
       now AS (SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS n (account_id, room_id, seq)),
       gone AS (
         DELETE FROM mentions USING message WHERE mentions.room_id = message.room_id AND mentions.seq = message.seq
           AND NOT EXISTS (SELECT 1 FROM now WHERE now.account_id = mentions.account_id AND now.room_id = mentions.room_id AND now.seq = mentions.seq)
         RETURNING mentions.account_id, mentions.room_id, mentions.seq
       ), come AS (
         INSERT INTO mentions (account_id, room_id, seq) SELECT account_id, room_id, seq FROM now ON CONFLICT DO NOTHING
         RETURNING account_id, room_id, seq
       )
       SELECT account_id AS "accountId", room_id AS "roomId", seq, added FROM (
         SELECT *, true AS added FROM come UNION ALL SELECT *, false FROM gone
       ) changed ORDER BY room_id, seq, account_id`,
      [
        messages.map(({ roomId }) => roomId),
        messages.map(({ seq }) => seq),
        mentions.map(({ accountId }) => accountId),
        mentions.map(({ roomId }) => roomId),
        mentions.map(({ seq }) => seq),
      ],
    );
  }

  /** How many unread mentions each of them has in the room of his change, in their order; undefined for whoever is no member any more. */
  async counts(sql: Sql, changes: readonly Mention[]): Promise<(number | undefined)[]> {
    const rows = await sql.query<{ count: number | null }>(
      `SELECT CASE WHEN m.account_id IS NOT NULL THEN ${unreadMentions('c.account', 'c.room', 'm.read_seq')} END AS count
       FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (account, room, place)
       LEFT JOIN members m ON m.room_id = c.room AND m.account_id = c.account ORDER BY place`,
      [changes.map(({ accountId }) => accountId), changes.map(({ roomId }) => roomId)],
    );
    return rows.map((row) => row.count ?? undefined);
  }
}
