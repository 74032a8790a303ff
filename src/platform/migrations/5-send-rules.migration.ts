import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SEND_MESSAGES } from './2-send-messages.migration.js';

/**
 * Slow mode and personal blocks, decided by the write path; the invariants of migration SendMessages hold on.
 *
 * Further invariants, and what breaks without them:
 * - whether any room of the batch is slow is read while the rooms are locked, and so is who wrote there last: else two nodes accept
 *   two messages of one author at once;
 * - within a batch an author's first acceptable message takes the turn: a refused one before it does not, a second one after it waits;
 * - personal blocks are read after the author's lock, as all that takes rights away.
 *
 * Rooms without slow mode, and groups, must not pay for it: the statement exists twice, what only slow rooms need is left out of the first, and
 * personal blocks are looked up before it, where the batch has a direct room. Even a part of a statement that is never reached costs its preparation.
 */
export class SendRules1790000000005 implements MigrationInterface {
  name = 'SendRules1790000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query('DROP FUNCTION send_messages');
    await runner.query(SEND_BY_RULES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION send_messages');
    await runner.query(SEND_MESSAGES);
    await runner.query('DROP TABLE personal_blocks, slow_mode_sends');
    await runner.query('ALTER TABLE rooms DROP COLUMN slow_mode_seconds');
  }
}

/** slow_mode_sends has no foreign keys, as messages has none: its writers hold the room, and neither room nor account is ever removed. */
const TABLES = `
  ALTER TABLE rooms ADD COLUMN slow_mode_seconds integer NOT NULL DEFAULT 0 CHECK (slow_mode_seconds BETWEEN 0 AND 21600);

  CREATE TABLE slow_mode_sends (
    room_id bigint NOT NULL,
    account_id bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, account_id)
  ) WITH (fillfactor = 70);

  CREATE TABLE personal_blocks (
    account_id bigint NOT NULL REFERENCES accounts,
    blocked_id bigint NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, blocked_id),
    CHECK (account_id <> blocked_id)
  );
`;

const when = (condition: boolean, sql: string) => (condition ? sql : '');

/** A clock that was set back makes nobody wait: a last message of the future does not count. */
const SECONDS_LEFT = `
  CASE WHEN r.slow_mode_seconds > 0 THEN (
    SELECT ceil(extract(epoch FROM last_at + make_interval(secs => r.slow_mode_seconds) - clock_timestamp()))::integer FROM slow_mode_sends
    WHERE slow_mode_sends.room_id = ask.room AND slow_mode_sends.account_id = ask.author AND last_at <= clock_timestamp() LIMIT 1
  ) END`;

const statement = (slow: boolean) => `
  WITH asked AS (
    SELECT ask.item::integer AS item, ask.author, ask.room, ask.hash, a.username, a.first_name, a.last_name, r.last_seq, r.can_see, r.can_post,
      kept.id AS kept_id, kept.request_hash = ask.hash AS same, b.id AS block_id, b.reason AS block_reason, b.expires_at AS block_expires_at,
      a.id IS NOT NULL AND shut_out.id IS NULL
        AND (ask.session IS NULL OR coalesce(s.ended_at IS NULL AND s.expires_at > clock_timestamp(), false)) AS signed_in,
      r.id IS NOT NULL AND r.deleted_at IS NULL AS room_exists,
      CASE WHEN r.moderated AND a.role = 'superuser' THEN 5 WHEN r.moderated AND a.role = 'moderator' THEN 4
           WHEN m.account_id IS NULL THEN 1 WHEN r.owner_id = ask.author THEN 3 ELSE 2 END AS rank,
      ${when(slow, `r.slow_mode_seconds AS slow, ${SECONDS_LEFT} AS seconds_left,`)}
      ask.reply IS NULL OR p.room_id IS NOT DISTINCT FROM ask.room AS reply_exists
    FROM (
      SELECT *, sha256(convert_to(concat_ws(' ', room, coalesce(reply, 0), p_text[item]), 'UTF8')) AS hash
      FROM unnest(p_author, p_session, p_room, p_client, p_reply) WITH ORDINALITY AS given (author, session, room, client, reply, item)
    ) ask
    LEFT JOIN LATERAL (SELECT * FROM accounts WHERE accounts.id = ask.author LIMIT 1) a ON true
    LEFT JOIN LATERAL (SELECT * FROM sessions WHERE sessions.id = ask.session AND sessions.account_id = ask.author LIMIT 1) s ON true
    LEFT JOIN LATERAL (SELECT * FROM rooms WHERE rooms.id = ask.room LIMIT 1) r ON true
    LEFT JOIN LATERAL (SELECT account_id FROM members WHERE members.room_id = ask.room AND members.account_id = ask.author LIMIT 1) m ON true
    LEFT JOIN LATERAL (SELECT room_id FROM messages WHERE messages.id = ask.reply LIMIT 1) p ON true
    LEFT JOIN LATERAL (
      SELECT messages.id, request_hash FROM messages WHERE messages.author_id = ask.author AND messages.client_id = ask.client LIMIT 1
    ) kept ON true
    LEFT JOIN LATERAL (
      SELECT * FROM blocks WHERE blocks.account_id = ask.author AND lifted_at IS NULL
        AND (expires_at IS NULL OR expires_at > clock_timestamp()) AND (blocks.room_id IS NULL OR blocks.room_id = ask.room)
      LIMIT 1
    ) b ON true
    LEFT JOIN LATERAL (
      SELECT blocks.id FROM blocks WHERE blocks.account_id = ask.author AND lifted_at IS NULL
        AND (expires_at IS NULL OR expires_at > clock_timestamp()) AND blocks.room_id IS NULL AND mode = 'full' LIMIT 1
    ) shut_out ON true
  ), judged AS (
    SELECT asked.*, CASE
      WHEN NOT signed_in THEN 'session-ended'
      WHEN kept_id IS NOT NULL THEN CASE WHEN same THEN 'duplicate' ELSE 'key-reused' END
      WHEN NOT room_exists OR rank < can_see THEN 'room-not-found'
      WHEN block_id IS NOT NULL THEN 'blocked'
      WHEN rank < can_post THEN CASE WHEN can_post <= 2 THEN 'room-not-member' ELSE 'room-forbidden' END
      WHEN own_personal_block[item] THEN 'personally-blocked'
      WHEN NOT own_personal_block[item] THEN 'room-forbidden'
      WHEN NOT reply_exists THEN 'reply-not-found'
      ${when(slow, `WHEN seconds_left > 0 AND rank < 3 THEN 'room-slow-mode'`)}
      ELSE 'accepted' END AS ${slow ? 'verdict' : 'outcome'}
    FROM asked
  ), ${when(
    slow,
    `paced AS (
    SELECT judged.*, CASE WHEN verdict = 'accepted' AND slow > 0 AND rank < 3
      AND count(*) FILTER (WHERE verdict = 'accepted') OVER (PARTITION BY room, author ORDER BY item) > 1 THEN 'room-slow-mode' ELSE verdict END AS outcome
    FROM judged
  ), `,
  )}numbered AS MATERIALIZED (
    SELECT item, author, room, hash, outcome, username, first_name, last_name, block_id, block_reason, block_expires_at,
      ${slow ? `slow, CASE outcome WHEN 'room-slow-mode' THEN CASE WHEN seconds_left > 0 THEN seconds_left ELSE slow END END` : 'NULL::integer'} AS retry_after,
      CASE outcome WHEN 'accepted' THEN nextval('messages_id_seq') WHEN 'duplicate' THEN kept_id END AS id,
      last_seq + count(*) FILTER (WHERE outcome = 'accepted') OVER (PARTITION BY room ORDER BY item) AS seq, date_trunc('milliseconds', clock_timestamp()) AS created_at
    FROM ${slow ? 'paced' : 'judged'}
  ), stored AS (
    INSERT INTO messages (id, room_id, seq, author_id, client_id, request_hash, text, reply_to, created_at) OVERRIDING SYSTEM VALUE
    SELECT id, room, seq, author, p_client[item], hash, p_text[item], p_reply[item], created_at
    FROM numbered WHERE outcome = 'accepted'
  ), ${when(
    slow,
    `noted AS (
    INSERT INTO slow_mode_sends (room_id, account_id, last_at)
    SELECT room, author, max(created_at) FROM numbered WHERE outcome = 'accepted' AND slow > 0 GROUP BY room, author
    ON CONFLICT (room_id, account_id) DO UPDATE SET last_at = excluded.last_at
  ), `,
  )}advanced AS (
    UPDATE rooms SET last_seq = rooms.last_seq + counted.messages, message_count = message_count + counted.messages
    FROM (SELECT room, count(*) AS messages FROM numbered WHERE outcome = 'accepted' GROUP BY room) counted
    WHERE rooms.id = counted.room AND rooms.id = ANY (p_room)
  ), own AS (
    UPDATE members SET unread_base = unread_base + counted.messages
    FROM (SELECT room, author, count(*) AS messages FROM numbered WHERE outcome = 'accepted' GROUP BY room, author) counted
    WHERE members.room_id = counted.room AND members.account_id = counted.author
      AND members.room_id = ANY (p_room) AND members.account_id = ANY (p_author)
  )
  SELECT item, outcome, id, seq, (extract(epoch FROM created_at) * 1000)::bigint, username, first_name, last_name, block_id, block_reason, block_expires_at,
    retry_after
  FROM numbered ORDER BY item`;

/** By the place in the batch: whether the block between the two of a direct room is the author's own; null without one, and for whoever is not of the two. */
const PERSONAL_BLOCKS = `
  SELECT array_agg(laid.own ORDER BY given.item)
  FROM unnest(p_author, p_room) WITH ORDINALITY AS given (author, room, item)
  LEFT JOIN LATERAL (
    SELECT CASE given.author WHEN direct_low THEN direct_high WHEN direct_high THEN direct_low END AS peer
    FROM rooms WHERE rooms.id = given.room AND kind = 'direct' LIMIT 1
  ) direct ON true
  LEFT JOIN LATERAL (
    SELECT account_id = given.author AS own FROM personal_blocks
    WHERE account_id = ANY (ARRAY[given.author, direct.peer]) AND blocked_id = ANY (ARRAY[given.author, direct.peer])
    ORDER BY 1 DESC LIMIT 1
  ) laid ON true`;

const SEND_BY_RULES = `
CREATE FUNCTION send_messages(
  p_author bigint[], p_session bigint[], p_room bigint[], p_client text[], p_text text[], p_reply bigint[]
) RETURNS TABLE (
  item integer, outcome text, id bigint, seq bigint, created_ms bigint,
  username text, first_name text, last_name text, block_id bigint, block_reason text, block_expires_at timestamptz, retry_after integer
) LANGUAGE plpgsql
-- Every table is reached by a key, a batch at a time: one plan of nested index lookups is right, and it is kept. LATERAL and ANY leave no other
-- plan even while the statistics still speak of empty tables: a scan per message would grow with the history.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  any_slow boolean;
  any_direct boolean;
  own_personal_block boolean[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(author) FROM (SELECT DISTINCT author FROM unnest(p_author) author ORDER BY author) authors;
  SELECT bool_or(slow_mode_seconds > 0), bool_or(kind = 'direct') INTO any_slow, any_direct
  FROM (SELECT slow_mode_seconds, kind FROM rooms WHERE rooms.id = ANY (p_room) ORDER BY rooms.id FOR NO KEY UPDATE) locked;
  IF any_direct THEN
    own_personal_block := (${PERSONAL_BLOCKS});
  END IF;
  IF any_slow THEN
    RETURN QUERY ${statement(true)};
  ELSE
    RETURN QUERY ${statement(false)};
  END IF;
END $$;
`;
