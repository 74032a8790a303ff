import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where imported accounts, rooms and members stand in the server they came from, and who still has the hash of its password. Columns are explained in docs/data-model.md. */
export class ForeignIds1790000000016 implements MigrationInterface {
  name = 'ForeignIds1790000000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE foreign_ids (
        source text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('account', 'room', 'member')),
        foreign_id text NOT NULL,
        id bigint NOT NULL,
        mark text NOT NULL,
        PRIMARY KEY (source, kind, foreign_id)
      )`);
    await runner.query(
      `CREATE INDEX accounts_foreign_hash ON accounts (id) WHERE password_hash LIKE 'pbkdf2\\_sha256$%'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX accounts_foreign_hash');
    await runner.query('DROP TABLE foreign_ids');
  }
}
