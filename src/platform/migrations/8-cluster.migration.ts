import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What nodes share, when people were last seen, and who was mentioned where. Columns are explained in docs/data-model.md. */
export class Cluster1790000000008 implements MigrationInterface {
  name = 'Cluster1790000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CLUSTER);
    await runner.query(LAST_SEEN);
    await runner.query(MENTIONS);
    await runner.query(MENTION_WORK);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER mention_work_sent ON messages');
    await runner.query('DROP TRIGGER mention_work_changed ON messages');
    await runner.query('DROP FUNCTION mention_work_add');
    await runner.query('DROP TABLE mention_work, mentions, last_seen, cluster');
  }
}

/** Whoever cannot read this secret cannot put words into the mouths of nodes that trust one another. */
const CLUSTER = `
  CREATE TABLE cluster (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret bytea NOT NULL
  );
  INSERT INTO cluster (secret) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
`;

/** Apart from accounts: it is written every minute, and must wait for nobody who holds an account. */
const LAST_SEEN = `
  CREATE TABLE last_seen (
    account_id bigint PRIMARY KEY REFERENCES accounts,
    seen_at timestamptz NOT NULL
  ) WITH (fillfactor = 70);
`;

const MENTIONS = `
  CREATE TABLE mentions (
    account_id bigint NOT NULL REFERENCES accounts,
    room_id bigint NOT NULL REFERENCES rooms,
    seq bigint NOT NULL,
    PRIMARY KEY (account_id, room_id, seq)
  );
  CREATE INDEX mentions_message ON mentions (room_id, seq);
`;

/**
 * Written in the transaction of the message, so that a crash forgets no mention; a message without an @ pays for one look at its text. No
 * key by message: each change must leave a row of its own, or one made while an older row is being worked off would be lost with it.
 */
const MENTION_WORK = `
  CREATE TABLE mention_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id bigint NOT NULL,
    seq bigint NOT NULL
  );
  CREATE FUNCTION mention_work_add() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO mention_work (room_id, seq) VALUES (NEW.room_id, NEW.seq);
    RETURN NULL;
  END $$;
  CREATE TRIGGER mention_work_sent AFTER INSERT ON messages FOR EACH ROW
    WHEN (position('@' IN NEW.text) > 0) EXECUTE FUNCTION mention_work_add();
  CREATE TRIGGER mention_work_changed AFTER UPDATE OF text, deleted_at ON messages FOR EACH ROW
    WHEN (position('@' IN OLD.text) > 0 OR position('@' IN NEW.text) > 0) EXECUTE FUNCTION mention_work_add();
`;
