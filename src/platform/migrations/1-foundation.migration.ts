import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, rooms, messages and the two event logs. Columns are explained in docs/data-model.md. */
export class Foundation1790000000001 implements MigrationInterface {
  name = 'Foundation1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS);
    await runner.query(ROOMS);
    await runner.query(MESSAGES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE idempotency_keys, blocks, account_events, room_events, messages, members, rooms,
      tickets, setup_links, refresh_tokens, sessions, accounts`);
  }
}

const ACCOUNTS = `
  CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL,
    username_key text NOT NULL UNIQUE,
    email text,
    email_key text UNIQUE,
    first_name text NOT NULL DEFAULT '',
    last_name text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'moderator', 'superuser')),
    password_hash text,
    epoch integer NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 80);
  CREATE INDEX accounts_username_prefix ON accounts (username_key text_pattern_ops);
  CREATE INDEX accounts_first_name_prefix ON accounts (lower(first_name) text_pattern_ops);
  CREATE INDEX accounts_last_name_prefix ON accounts (lower(last_name) text_pattern_ops);

  CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_reason text,
    user_agent text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT ''
  );
  CREATE INDEX sessions_open ON sessions (account_id) WHERE ended_at IS NULL;

  CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES sessions,
    issued_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
  );
  CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

  CREATE TABLE setup_links (
    hash bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
  );

  CREATE TABLE tickets (
    hash bytea PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES sessions,
    expires_at timestamptz NOT NULL
  );

  CREATE TABLE account_events (
    account_id bigint NOT NULL REFERENCES accounts,
    seq bigint NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, seq)
  );

  CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL REFERENCES accounts,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
  );
  CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
`;

/** Ranks in can_* columns: 0 anonymous, 1 user, 2 member, 3 owner, 4 moderator, 5 superuser, 9 nobody. No index on last_seq: it keeps the update HOT. */
const ROOMS = `
  CREATE TABLE rooms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('group', 'direct')),
    preset text NOT NULL CHECK (preset IN ('open', 'private', 'closed', 'roster', 'direct')),
    name text NOT NULL DEFAULT '',
    name_key text UNIQUE,
    topic text NOT NULL DEFAULT '',
    link text NOT NULL DEFAULT '',
    secret_hash text,
    capacity integer CHECK (capacity >= 1),
    moderated boolean NOT NULL DEFAULT true,
    owner_id bigint REFERENCES accounts,
    direct_low bigint REFERENCES accounts,
    direct_high bigint REFERENCES accounts,
    can_see smallint NOT NULL,
    can_read smallint NOT NULL,
    can_post smallint NOT NULL,
    can_join smallint NOT NULL,
    can_add smallint NOT NULL,
    can_remove smallint NOT NULL,
    can_leave smallint NOT NULL,
    can_edit smallint NOT NULL,
    can_delete smallint NOT NULL,
    member_count integer NOT NULL DEFAULT 0,
    message_count bigint NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    UNIQUE (direct_low, direct_high),
    CHECK ((kind = 'direct') = (direct_low IS NOT NULL AND direct_high IS NOT NULL))
  ) WITH (fillfactor = 60);
  CREATE INDEX rooms_open ON rooms (id) WHERE can_see <= 1 AND deleted_at IS NULL;

  CREATE TABLE members (
    room_id bigint NOT NULL REFERENCES rooms,
    account_id bigint NOT NULL REFERENCES accounts,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_seq bigint NOT NULL DEFAULT 0,
    unread_base bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, account_id)
  ) WITH (fillfactor = 80);
  CREATE INDEX members_account ON members (account_id, room_id);
`;

/** messages has no foreign keys: its one writer looks the author and the locked room up itself, and neither is ever removed. */
const MESSAGES = `
  CREATE TABLE messages (
    room_id bigint NOT NULL,
    seq bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    author_id bigint NOT NULL,
    client_id text NOT NULL,
    request_hash bytea NOT NULL,
    text text NOT NULL,
    reply_to bigint,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    edited_at timestamptz,
    deleted_at timestamptz,
    deleted_by bigint,
    PRIMARY KEY (room_id, seq),
    UNIQUE (id),
    UNIQUE (author_id, client_id)
  );

  CREATE TABLE room_events (
    room_id bigint NOT NULL REFERENCES rooms,
    seq bigint NOT NULL,
    kind text NOT NULL,
    actor_id bigint,
    account_id bigint,
    message_seq bigint,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room_id, seq)
  );

  CREATE TABLE blocks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    room_id bigint REFERENCES rooms,
    mode text NOT NULL CHECK (mode IN ('mute', 'read_only', 'full')),
    reason text NOT NULL,
    created_by bigint REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    lifted_at timestamptz,
    lifted_by bigint REFERENCES accounts
  );
  CREATE INDEX blocks_open ON blocks (account_id) WHERE lifted_at IS NULL;
`;
