import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reports, and the cases they make for the moderators. Columns are explained in docs/data-model.md. */
export class Reports1790000000004 implements MigrationInterface {
  name = 'Reports1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CASES);
    await runner.query(REPORTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE reports, case_snapshots, cases');
    await runner.query('DROP INDEX accounts_staff');
  }
}

/**
 * One open case of a target: the index decides it, not the code, so that reports at once make one case. account_id is who answers for the
 * target, room_id and room_seq its place in a room's log. decision_facts is what the decision made, such as a block's id.
 */
const CASES = `
  CREATE TABLE cases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('report', 'filter')),
    target_type text NOT NULL CHECK (target_type IN ('message', 'room', 'account', 'held_message')),
    target_id bigint NOT NULL,
    account_id bigint REFERENCES accounts,
    room_id bigint REFERENCES rooms,
    room_seq bigint,
    report_count integer NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_by bigint REFERENCES accounts,
    claimed_until timestamptz,
    decision text,
    decision_reason text,
    decision_facts jsonb,
    outcome text CHECK (outcome IN ('acted', 'dismissed')),
    decided_by bigint REFERENCES accounts,
    decided_at timestamptz,
    CHECK ((decided_at IS NULL) = (decision IS NULL) AND (decided_at IS NULL) = (outcome IS NULL))
  );
  CREATE UNIQUE INDEX cases_one_open ON cases (target_type, target_id) WHERE decided_at IS NULL;
  CREATE INDEX cases_queue ON cases (report_count DESC, id) WHERE decided_at IS NULL;
  CREATE INDEX cases_account ON cases (account_id, id);
  CREATE INDEX accounts_staff ON accounts (id) WHERE role <> 'user';
`;

/** number counts the reports of a case. What the target said is kept once a wording, however many report it. */
const REPORTS = `
  CREATE TABLE case_snapshots (
    case_id bigint NOT NULL REFERENCES cases,
    hash bytea NOT NULL,
    text text NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (case_id, hash)
  );

  CREATE TABLE reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES cases,
    number integer NOT NULL,
    source text NOT NULL CHECK (source IN ('report', 'filter')),
    reporter_id bigint REFERENCES accounts,
    reason text NOT NULL,
    text text,
    detail jsonb,
    snapshot_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (case_id, number),
    CHECK ((source = 'report') = (reporter_id IS NOT NULL)),
    FOREIGN KEY (case_id, snapshot_hash) REFERENCES case_snapshots (case_id, hash)
  );
  CREATE UNIQUE INDEX reports_one_each ON reports (case_id, reporter_id);
  CREATE INDEX reports_reporter ON reports (reporter_id, id);
`;
