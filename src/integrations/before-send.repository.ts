import { Injectable } from '@nestjs/common';
import type { MessageToScreen } from '../messaging/message-screens.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type { HookRow } from './before-send.dto.js';
import { integratorsOf, isEntitled } from './event-feed.sql.js';

const HOOK = `h.integrator_id AS "integratorId", h.url, h.timeout_ms AS "timeoutMs", h.on_failure AS "onFailure", h.sealed_secret AS "sealedSecret",
  h.changed_at AS "changedAt" FROM before_send_hooks h`;
/** The hash by which the write path tells a repetition from another message. */
const HASH = `sha256(convert_to(concat_ws(' ', $1::bigint, coalesce($2::bigint, 0), $3::text), 'UTF8'))`;
const KEPT = `interval '24 hours'`;

/** What there is to know before anybody is asked about a message. */
export interface Standing {
  /** Whether a message is stored under its clientId. */
  known: boolean;
  /** The text that the same message was given when it came before. */
  rewritten: string | null;
  /** The integrators whose room it is, without the one who is its author. */
  integratorIds: number[];
}

@Injectable()
export class BeforeSendRepository {
  async of(sql: Sql, integratorId: number): Promise<HookRow | undefined> {
    const [row] = await sql.query<HookRow>(`SELECT ${HOOK} WHERE h.integrator_id = $1`, [integratorId]);
    return row;
  }

  /** The hooks of all integrators that may be told anything. */
  inUse(sql: Sql): Promise<HookRow[]> {
    return sql.query<HookRow>(
      `SELECT ${HOOK} JOIN integrators i ON i.id = h.integrator_id WHERE ${isEntitled('i')} ORDER BY h.integrator_id`,
    );
  }

  async set(
    tx: Tx,
    { integratorId, url, timeoutMs, onFailure, sealedSecret }: Omit<HookRow, 'changedAt'>,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO before_send_hooks (integrator_id, url, timeout_ms, on_failure, sealed_secret) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (integrator_id) DO UPDATE SET url = $2, timeout_ms = $3, on_failure = $4, sealed_secret = $5, changed_at = clock_timestamp()`,
      [integratorId, url, timeoutMs, onFailure, sealedSecret],
    );
  }

  async delete(tx: Tx, integratorId: number): Promise<void> {
    await tx.query('DELETE FROM before_send_hooks WHERE integrator_id = $1', [integratorId]);
  }

  async standing(sql: Sql, { author, roomId, text, replyTo, of }: MessageToScreen): Promise<Standing | undefined> {
    const [row] = await sql.query<Standing>(
      `SELECT EXISTS (SELECT 1 FROM messages WHERE author_id = $4 AND client_id = $5) AS known,
         (SELECT w.text FROM rewritten_messages w WHERE w.author_id = $4 AND w.client_id = $5 AND w.given_hash = ${HASH}
            AND w.created_at > clock_timestamp() - ${KEPT}) AS rewritten,
         to_jsonb(ARRAY(SELECT i.id FROM integrators i WHERE i.id = ANY (${integratorsOf('r')}) AND i.account_id <> $4)) AS "integratorIds"
       FROM rooms r WHERE r.id = $1`,
      [roomId, replyTo ?? null, text, author.accountId, 'clientId' in of ? of.clientId : null],
    );
    return row;
  }

  /** Remembers which text a message was given, and answers the one of the first attempt: its repetition gets the same. */
  async remember(
    sql: Sql,
    message: MessageToScreen & { of: { clientId: string } },
    rewritten: string,
  ): Promise<string> {
    const { author, roomId, text, replyTo, of } = message;
    const [row] = await sql.query<{ text: string }>(
      `INSERT INTO rewritten_messages AS w (author_id, client_id, given_hash, text) VALUES ($4, $5, ${HASH}, $6)
       ON CONFLICT (author_id, client_id) DO UPDATE SET given_hash = excluded.given_hash,
         text = CASE WHEN w.given_hash = excluded.given_hash THEN w.text ELSE excluded.text END, created_at = clock_timestamp()
       RETURNING text`,
      [roomId, replyTo ?? null, text, author.accountId, of.clientId, rewritten],
    );
    return row!.text;
  }

  /** Forgets some of what is older than a day; answers whether there may be more. */
  async forget(tx: Tx, most: number): Promise<boolean> {
    const gone = await tx.query(
      `DELETE FROM rewritten_messages WHERE (author_id, client_id) IN (
         SELECT author_id, client_id FROM rewritten_messages WHERE created_at < now() - ${KEPT} ORDER BY created_at LIMIT $1) RETURNING 1`,
      [most],
    );
    return gone.length === most;
  }
}
