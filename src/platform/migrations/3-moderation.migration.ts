import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Blocks that can be counted on, the nodes that must have heard of them, the audit log, and jobs. Columns are explained in docs/data-model.md. */
export class Moderation1790000000003 implements MigrationInterface {
  name = 'Moderation1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(BLOCKS);
    await runner.query(NODES);
    await runner.query(AUDIT);
    await runner.query(JOBS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION audit_append');
    await runner.query('DROP TABLE jobs, audit_log, node_accounts, nodes');
    await runner.query('DROP FUNCTION audit_refuse');
    await runner.query('DROP INDEX blocks_one_open');
    await runner.query('DROP INDEX blocks_account');
  }
}

/** One open block of a kind; one that has expired counts as open here until the next one of its kind closes it. */
const BLOCKS = `
  UPDATE blocks SET lifted_at = clock_timestamp() WHERE lifted_at IS NULL AND id NOT IN (
    SELECT max(id) FROM blocks WHERE lifted_at IS NULL GROUP BY account_id, mode, coalesce(room_id, 0));
  CREATE UNIQUE INDEX blocks_one_open ON blocks (account_id, mode, coalesce(room_id, 0)) WHERE lifted_at IS NULL;
  CREATE INDEX blocks_account ON blocks (account_id, id);
`;

/** acted_seq: up to which event of the account's log this node has silenced the account's sockets where the log said so. */
const NODES = `
  CREATE TABLE nodes (
    id uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
  ) WITH (fillfactor = 50);

  CREATE TABLE node_accounts (
    account_id bigint NOT NULL,
    node_id uuid NOT NULL,
    acted_seq bigint NOT NULL,
    PRIMARY KEY (account_id, node_id)
  ) WITH (fillfactor = 70);
  CREATE INDEX node_accounts_node ON node_accounts (node_id);
`;

/**
 * The log of what moderators did. before and after are json, not jsonb: their text is hashed as it was written.
 * audit_append writes one row under a lock that only one transaction has at a time, so ids have no holes and each hash holds the one before.
 */
const AUDIT = `
  CREATE TABLE audit_log (
    id bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    actor_id bigint,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id bigint,
    before json,
    after json,
    reason text,
    request_id text,
    address text,
    hash bytea NOT NULL
  );
  CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
  CREATE INDEX audit_log_target ON audit_log (target_kind, target_id, id);

  CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'audit_log is append-only';
  END $$;
  CREATE TRIGGER audit_log_rows BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_refuse();
  CREATE TRIGGER audit_log_table BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

  CREATE FUNCTION audit_append(
    p_actor bigint, p_action text, p_target_kind text, p_target bigint, p_before json, p_after json, p_reason text, p_request text, p_address text
  ) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    last record;
    fresh audit_log;
  BEGIN
    PERFORM pg_advisory_xact_lock(25189, 2);
    SELECT id, hash INTO last FROM audit_log ORDER BY id DESC LIMIT 1;
    fresh := (coalesce(last.id, 0) + 1, clock_timestamp(), p_actor, p_action, p_target_kind, p_target, p_before, p_after, p_reason, p_request, p_address, NULL);
    fresh.hash := sha256(coalesce(last.hash, '') || convert_to(json_build_array(
      fresh.id, to_char(fresh.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), fresh.actor_id, fresh.action, fresh.target_kind,
      fresh.target_id, fresh.before::text, fresh.after::text, fresh.reason, fresh.request_id, fresh.address)::text, 'UTF8'));
    INSERT INTO audit_log SELECT fresh.*;
    RETURN fresh.id;
  END $$;
`;

/** What is worked off in small steps: message_ids is what it is about, done how many of them are behind it. */
const JOBS = `
  CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('message-deletion')),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
    account_id bigint NOT NULL REFERENCES accounts,
    room_id bigint REFERENCES rooms,
    since timestamptz,
    until timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL,
    block_id bigint REFERENCES blocks,
    message_ids bigint[],
    done integer NOT NULL DEFAULT 0,
    created_by bigint NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
  );
  CREATE INDEX jobs_open ON jobs (id) WHERE state <> 'done';
`;
