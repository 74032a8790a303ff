import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Long-lived tokens of clients that speak a dialect. Columns are explained in docs/data-model.md. */
export class DialectTokens1790000000011 implements MigrationInterface {
  name = 'DialectTokens1790000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dialect_tokens (
        hash bytea PRIMARY KEY,
        dialect text NOT NULL,
        session_id bigint NOT NULL UNIQUE REFERENCES sessions
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE sessions SET ended_at = clock_timestamp(), ended_reason = 'ended'
      WHERE ended_at IS NULL AND id IN (SELECT session_id FROM dialect_tokens)`);
    await runner.query('DROP TABLE dialect_tokens');
  }
}
