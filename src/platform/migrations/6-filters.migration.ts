import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Filters of messages, the messages that wait for a moderator because of them, and those to bring before one. Columns are explained in docs/data-model.md. */
export class Filters1790000000006 implements MigrationInterface {
  name = 'Filters1790000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FILTERS);
    await runner.query(MESSAGES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE flagged_messages, held_messages, filter_entries, filters, filter_revision');
  }
}

/**
 * filter_revision has one row. Whoever changes a filter takes its next number first and writes it into the filter: changes come one after
 * another, and a node that has seen a number has seen all changes up to it.
 */
const FILTERS = `
  CREATE TABLE filter_revision (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    revision bigint NOT NULL DEFAULT 0
  );
  INSERT INTO filter_revision DEFAULT VALUES;

  CREATE TABLE filters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('words', 'regex', 'domains')),
    action text NOT NULL CHECK (action IN ('flag', 'hold', 'refuse')),
    room_id bigint REFERENCES rooms,
    enabled boolean NOT NULL,
    revision bigint NOT NULL,
    created_by bigint NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz
  );

  CREATE TABLE filter_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    filter_id bigint NOT NULL REFERENCES filters,
    entry text NOT NULL,
    places integer NOT NULL,
    UNIQUE (filter_id, entry)
  );
  CREATE INDEX filter_entries_order ON filter_entries (filter_id, id);
`;

/**
 * The keys are those of messages: a send that is held is stored once, and its repetition known by the same hash. The text goes when it was
 * decided; what moderators saw of it stays with their case. flagged_messages is emptied as soon as the message stands in their queue.
 */
const MESSAGES = `
  CREATE TABLE held_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES accounts,
    room_id bigint NOT NULL REFERENCES rooms,
    client_id text NOT NULL,
    request_hash bytea NOT NULL,
    text text NOT NULL,
    reply_to bigint,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'released', 'discarded')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz,
    UNIQUE (author_id, client_id)
  );

  CREATE TABLE flagged_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES accounts,
    client_id text NOT NULL,
    text text NOT NULL,
    hits jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
`;
