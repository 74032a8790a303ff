import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Up to where each member's devices have got the rooms that want to know. Columns are explained in docs/data-model.md. */
export class Delivered1790000000012 implements MigrationInterface {
  name = 'Delivered1790000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DELIVERIES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE deliveries');
    await runner.query('ALTER TABLE rooms DROP COLUMN delivered_marks');
  }
}

/** Apart from members, and without foreign keys: it is written every second, and must wait for nobody who holds a member. */
const DELIVERIES = `
  ALTER TABLE rooms ADD COLUMN delivered_marks boolean NOT NULL DEFAULT false;

  CREATE TABLE deliveries (
    room_id bigint NOT NULL,
    account_id bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (room_id, account_id)
  ) WITH (fillfactor = 70);
`;
