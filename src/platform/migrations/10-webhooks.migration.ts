import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The feed of events, webhooks with what they have yet to deliver, and hooks before sending. Columns are explained in docs/data-model.md. */
export class Webhooks1790000000010 implements MigrationInterface {
  name = 'Webhooks1790000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FEED);
    await runner.query(WEBHOOKS);
    await runner.query(HOOKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE rewritten_messages, before_send_hooks, webhook_lanes, webhook_deliveries, webhooks');
    await runner.query('DROP TABLE event_feed, event_heads, event_feed_state');
  }
}

/** One writer at a time numbers what the logs of rooms hold; event_heads says up to where each log is numbered. No table of the write path is touched. */
const FEED = `
  CREATE TABLE event_feed_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL DEFAULT 0,
    begun_at timestamptz
  );
  INSERT INTO event_feed_state DEFAULT VALUES;

  CREATE TABLE event_heads (
    room_id bigint PRIMARY KEY,
    seq bigint NOT NULL
  ) WITH (fillfactor = 70);

  CREATE TABLE event_feed (
    position bigint PRIMARY KEY,
    room_id bigint NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    in_group boolean NOT NULL,
    audience bigint[] NOT NULL
  );
`;

/** A lane is a room of a webhook with something to deliver: whoever has claimed it delivers its events one after the other. */
const WEBHOOKS = `
  CREATE TABLE webhooks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integrator_id bigint NOT NULL REFERENCES integrators,
    name text NOT NULL,
    url text NOT NULL,
    events text[],
    rooms text NOT NULL CHECK (rooms IN ('own', 'readable')),
    room_ids bigint[],
    sealed_secrets bytea NOT NULL,
    overlap_until timestamptz,
    enabled boolean NOT NULL DEFAULT true,
    disabled_reason text,
    failures integer NOT NULL DEFAULT 0,
    resume_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX webhooks_integrator ON webhooks (integrator_id, id);

  CREATE TABLE webhook_deliveries (
    webhook_id bigint NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    position bigint NOT NULL REFERENCES event_feed ON DELETE CASCADE,
    room_id bigint NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'parked', 'dropped')),
    attempts integer NOT NULL DEFAULT 0,
    last_status integer,
    last_error text,
    last_attempt_at timestamptz,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (webhook_id, position)
  );
  CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, room_id, position) WHERE state = 'pending';
  CREATE INDEX webhook_deliveries_parked ON webhook_deliveries (webhook_id, position) WHERE state = 'parked';
  CREATE INDEX webhook_deliveries_position ON webhook_deliveries (position);

  CREATE TABLE webhook_lanes (
    webhook_id bigint NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    room_id bigint NOT NULL,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claim uuid,
    claimed_until timestamptz,
    PRIMARY KEY (webhook_id, room_id)
  );
  CREATE INDEX webhook_lanes_due ON webhook_lanes (webhook_id, due_at);
`;

/** A message that a hook gave another text keeps the hash of the one that was sent, so that its repetition is known again. */
const HOOKS = `
  CREATE TABLE before_send_hooks (
    integrator_id bigint PRIMARY KEY REFERENCES integrators,
    url text NOT NULL,
    timeout_ms integer NOT NULL CHECK (timeout_ms BETWEEN 50 AND 500),
    on_failure text NOT NULL CHECK (on_failure IN ('allow', 'refuse')),
    sealed_secret bytea NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );

  CREATE TABLE rewritten_messages (
    author_id bigint NOT NULL,
    client_id text NOT NULL,
    given_hash bytea NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (author_id, client_id)
  );
  CREATE INDEX rewritten_messages_age ON rewritten_messages (created_at);
`;
