import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { READ } from './message.repository.js';
import type { AuthoredMessage } from './message.view.js';

/** How much of a room one search looks at, so that its cost does not grow with the room: some tenths of a second at most. */
const MOST_MESSAGES = 10_000;
const MOST_BYTES = 2_000_000;

export interface Sought {
  readerId: number;
  roomId: number;
  query: string;
  /** Only messages older than this seq are looked at. */
  before: number;
  most: number;
}

export interface Findings {
  /** The newest hits, newest first; deleted messages and those of people whom the reader has blocked are none. */
  messages: AuthoredMessage[];
  /** Down to this seq there are no other hits; undefined where there was nothing to look at. */
  searchedTo: number | undefined;
  /** Whether there are older messages. */
  hasOlder: boolean;
}

/** Looks for words in the newest part of a room's messages; there is no index to keep (docs/adr/0036-search-reads-the-room.md). */
@Injectable()
export class MessageSearchRepository {
  async find(sql: Sql, { readerId, roomId, query, before, most }: Sought): Promise<Findings> {
    const rows = await sql.query<{ seq: number; hit: boolean }>(
      `WITH newest AS MATERIALIZED (
         SELECT seq, text, deleted_at, author_id FROM messages WHERE room_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $6),
       near AS MATERIALIZED (
         SELECT * FROM (SELECT *, sum(octet_length(text)) OVER (ORDER BY seq DESC) - octet_length(text) AS behind FROM newest) counted
         WHERE behind < $7),
       hits AS (
         SELECT seq FROM near WHERE deleted_at IS NULL
           AND author_id <> ALL (ARRAY(SELECT blocked_id FROM personal_blocks WHERE account_id = $1))
           AND (to_tsvector('russian', text) @@ websearch_to_tsquery('russian', $4) OR text ILIKE $5)
         ORDER BY seq DESC LIMIT $8)
       SELECT seq, true AS hit FROM hits UNION ALL SELECT min(seq), false FROM near`,
      [readerId, roomId, before, query, anywhere(query), MOST_MESSAGES, MOST_BYTES, most],
    );
    const seqs = rows.filter(({ hit }) => hit).map(({ seq }) => seq);
    const last = seqs.length === most ? Math.min(...seqs) : (rows.find(({ hit }) => !hit)?.seq ?? undefined);
    if (last === undefined) return { messages: [], searchedTo: undefined, hasOlder: false };
    const [messages, older] = await Promise.all([
      sql.query<AuthoredMessage>(
        `SELECT ${READ} WHERE m.room_id = $2 AND m.seq = ANY ($3::bigint[]) ORDER BY m.seq DESC`,
        [readerId, roomId, seqs],
      ),
      sql.query('SELECT 1 FROM messages WHERE room_id = $1 AND seq < $2 LIMIT 1', [roomId, last]),
    ]);
    return { messages, searchedTo: last, hasOlder: older.length > 0 };
  }
}

/** The pattern of texts that contain these very characters, in any letter case. */
function anywhere(query: string): string {
  return `%${query.trim().replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
