import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bulk imports line by line: what became of each is a row of its own. Columns are explained in docs/data-model.md. */
export class Imports1790000000014 implements MigrationInterface {
  name = 'Imports1790000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE imports');
    await runner.query(IMPORTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE import_lines, imports');
    await runner.query(BEFORE);
  }
}

/** Nothing is counted twice: a line's status and the counts of its import change in one transaction. */
const IMPORTS = `
  CREATE TABLE imports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integrator_id bigint NOT NULL REFERENCES integrators,
    key_id bigint REFERENCES api_keys,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
    total integer NOT NULL,
    created integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    worked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
  );
  CREATE INDEX imports_open ON imports (integrator_id, id) WHERE state <> 'done';

  CREATE TABLE import_lines (
    import_id bigint NOT NULL REFERENCES imports ON DELETE CASCADE,
    line integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'room')),
    external_id text NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'created', 'updated', 'unchanged', 'refused')),
    item jsonb,
    target_id bigint,
    problem jsonb,
    PRIMARY KEY (import_id, line)
  );
  CREATE INDEX import_lines_waiting ON import_lines (import_id, line) WHERE status = 'waiting';
`;

/** As the migration of integrators made it. */
const BEFORE = `
  CREATE TABLE imports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integrator_id bigint NOT NULL REFERENCES integrators,
    account_id bigint NOT NULL REFERENCES accounts,
    key_id bigint REFERENCES api_keys,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
    items jsonb NOT NULL,
    total integer NOT NULL,
    done integer NOT NULL DEFAULT 0,
    failures jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
  );
  CREATE INDEX imports_open ON imports (id) WHERE state <> 'done';
`;
