import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The record of what moderation did to people, and their appeals against it. Columns are explained in docs/data-model.md. */
export class Sanctions1790000000007 implements MigrationInterface {
  name = 'Sanctions1790000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SANCTIONS);
    await runner.query(APPEALS);
    await runner.query(KEPT);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE appeals, sanction_messages, sanctions');
    await runner.query('ALTER TABLE jobs DROP COLUMN source, DROP COLUMN ground');
  }
}

/** sanction_messages has no foreign key to messages, as nothing has: a message is never removed, and its text here is the one of that time. */
const SANCTIONS = `
  ALTER TABLE jobs ADD COLUMN source text NOT NULL DEFAULT 'own_initiative', ADD COLUMN ground text;

  CREATE TABLE sanctions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    kind text NOT NULL CHECK (kind IN ('block', 'warning', 'message_deletion', 'room_removal')),
    mode text CHECK (mode IN ('mute', 'read_only', 'full')),
    room_id bigint REFERENCES rooms,
    block_id bigint REFERENCES blocks,
    deletion_id bigint REFERENCES jobs,
    reason text,
    ground text,
    source text NOT NULL CHECK (source IN ('report', 'filter', 'own_initiative')),
    automated boolean NOT NULL DEFAULT false,
    decided_by bigint REFERENCES accounts,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    ended_at timestamptz,
    ended_as text CHECK (ended_as IN ('lifted', 'superseded', 'withdrawn')),
    appeal_until timestamptz NOT NULL DEFAULT clock_timestamp() + interval '6 months',
    CHECK ((kind = 'block') = (mode IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (ended_as IS NULL))
  );
  CREATE INDEX sanctions_account ON sanctions (account_id, id);
  CREATE INDEX sanctions_block ON sanctions (block_id, id) WHERE block_id IS NOT NULL;
  CREATE INDEX sanctions_deletion ON sanctions (deletion_id) WHERE deletion_id IS NOT NULL;

  CREATE TABLE sanction_messages (
    sanction_id bigint NOT NULL REFERENCES sanctions,
    message_id bigint NOT NULL,
    room_id bigint NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (sanction_id, message_id)
  );
  CREATE INDEX sanction_messages_message ON sanction_messages (message_id);
`;

const APPEALS = `
  CREATE TABLE appeals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sanction_id bigint NOT NULL UNIQUE REFERENCES sanctions,
    account_id bigint NOT NULL REFERENCES accounts,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text CHECK (outcome IN ('upheld', 'granted')),
    reason text,
    decided_by bigint REFERENCES accounts,
    decided_at timestamptz,
    CHECK ((outcome IS NULL) = (decided_at IS NULL))
  );
  CREATE INDEX appeals_open ON appeals (id) WHERE outcome IS NULL;
`;

/** Blocks in force from before can be appealed against, too, for as long as if they were laid now. */
const KEPT = `
  INSERT INTO sanctions (account_id, kind, mode, room_id, block_id, reason, source, decided_by, decided_at, expires_at)
  SELECT account_id, 'block', mode, room_id, id, reason, 'own_initiative', created_by, created_at, expires_at FROM blocks
  WHERE lifted_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY id;
`;
