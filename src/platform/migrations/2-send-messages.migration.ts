import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The write path as one function, so that a batch of messages is one round trip and one transaction.
 *
 * Invariants it guards, and what breaks without them:
 * - the shared author lock is taken in a statement of its own before anything is checked: with a check in the same
 *   snapshot, a message slips past a block, a removal or a sign-out that has already been answered;
 * - the session is asked for here, because neither door looks at it before: else a signed-out person sends on;
 * - rooms are locked in id order before the statement that numbers: otherwise two batches deadlock, or take one seq twice;
 * - a known (author, client_id) is answered before permissions are asked: a retry of a message that was stored must
 *   never be told that it was refused.
 */
export class SendMessages1790000000002 implements MigrationInterface {
  name = 'SendMessages1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SEND_MESSAGES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION send_messages');
  }
}

/** Also what the migration that replaces it goes back to. */
export const SEND_MESSAGES = `
CREATE FUNCTION send_messages(
  p_author bigint[], p_session bigint[], p_room bigint[], p_client text[], p_text text[], p_reply bigint[]
) RETURNS TABLE (
  item integer, outcome text, id bigint, seq bigint, created_ms bigint,
  username text, first_name text, last_name text, block_id bigint, block_reason text, block_expires_at timestamptz
) LANGUAGE plpgsql
-- Every table is reached by a key, a batch at a time: one plan of nested index lookups is right, and it is kept. LATERAL and ANY leave no other
-- plan even while the statistics still speak of empty tables: a scan per message would grow with the history.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock_shared(author) FROM (SELECT DISTINCT author FROM unnest(p_author) author ORDER BY author) authors;
  PERFORM 1 FROM rooms WHERE rooms.id = ANY (p_room) ORDER BY rooms.id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH asked AS (
    SELECT ask.item::integer AS item, ask.author, ask.room, ask.hash, a.username, a.first_name, a.last_name, r.last_seq, r.can_see, r.can_post,
      kept.id AS kept_id, kept.request_hash = ask.hash AS same, b.id AS block_id, b.reason AS block_reason, b.expires_at AS block_expires_at,
      a.id IS NOT NULL AND shut_out.id IS NULL
        AND (ask.session IS NULL OR coalesce(s.ended_at IS NULL AND s.expires_at > clock_timestamp(), false)) AS signed_in,
      r.id IS NOT NULL AND r.deleted_at IS NULL AS room_exists,
      CASE WHEN r.moderated AND a.role = 'superuser' THEN 5 WHEN r.moderated AND a.role = 'moderator' THEN 4
           WHEN m.account_id IS NULL THEN 1 WHEN r.owner_id = ask.author THEN 3 ELSE 2 END AS rank,
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
      WHEN NOT reply_exists THEN 'reply-not-found'
      ELSE 'accepted' END AS outcome
    FROM asked
  ), numbered AS MATERIALIZED (
    SELECT item, author, room, hash, outcome, username, first_name, last_name, block_id, block_reason, block_expires_at,
      CASE outcome WHEN 'accepted' THEN nextval('messages_id_seq') WHEN 'duplicate' THEN kept_id END AS id,
      last_seq + count(*) FILTER (WHERE outcome = 'accepted') OVER (PARTITION BY room ORDER BY item) AS seq, date_trunc('milliseconds', clock_timestamp()) AS created_at
    FROM judged
  ), stored AS (
    INSERT INTO messages (id, room_id, seq, author_id, client_id, request_hash, text, reply_to, created_at) OVERRIDING SYSTEM VALUE
    SELECT id, room, seq, author, p_client[item], hash, p_text[item], p_reply[item], created_at
    FROM numbered WHERE outcome = 'accepted'
  ), advanced AS (
    UPDATE rooms SET last_seq = rooms.last_seq + counted.messages, message_count = message_count + counted.messages
    FROM (SELECT room, count(*) AS messages FROM numbered WHERE outcome = 'accepted' GROUP BY room) counted
    WHERE rooms.id = counted.room AND rooms.id = ANY (p_room)
  ), own AS (
    UPDATE members SET unread_base = unread_base + counted.messages
    FROM (SELECT room, author, count(*) AS messages FROM numbered WHERE outcome = 'accepted' GROUP BY room, author) counted
    WHERE members.room_id = counted.room AND members.account_id = counted.author
      AND members.room_id = ANY (p_room) AND members.account_id = ANY (p_author)
  )
  SELECT item, outcome, id, seq, (extract(epoch FROM created_at) * 1000)::bigint, username, first_name, last_name, block_id, block_reason, block_expires_at
  FROM numbered ORDER BY item;
END $$;
`;
