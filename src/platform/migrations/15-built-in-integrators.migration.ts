import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Integrators that a door of the service makes for itself, each once. Columns are explained in docs/data-model.md. */
export class BuiltInIntegrators1790000000015 implements MigrationInterface {
  name = 'BuiltInIntegrators1790000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE integrators ADD built_in text UNIQUE');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE integrators DROP COLUMN built_in');
  }
}
