import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Integrators with their keys, their own people, the tokens they sign, and their bulk imports. Columns are explained in docs/data-model.md. */
export class Integrations1790000000009 implements MigrationInterface {
  name = 'Integrations1790000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(INTEGRATORS);
    await runner.query(TOKENS);
    await runner.query(IMPORTS);
    await runner.query('DROP FUNCTION audit_append');
    await runner.query('ALTER TABLE audit_log ADD key_id bigint');
    await runner.query(AUDIT_WITH_KEY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION audit_append');
    await runner.query('ALTER TABLE audit_log DROP COLUMN key_id');
    await runner.query(AUDIT_BEFORE);
    await runner.query(
      'DROP TABLE imported_rooms, imports, integrator_sessions, integrator_signing, api_key_secrets, api_keys',
    );
    await runner.query(`DROP INDEX accounts_external;
      ALTER TABLE accounts DROP COLUMN integrator_id, DROP COLUMN external_id, DROP COLUMN guest, DROP COLUMN tokens_after`);
    await runner.query('DROP TABLE integrators');
  }
}

/** An integrator acts as its own account where it names no person. A key has several secrets while one replaces another. */
const INTEGRATORS = `
  CREATE TABLE integrators (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    account_id bigint NOT NULL UNIQUE REFERENCES accounts,
    tokens_after timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );

  ALTER TABLE accounts ADD integrator_id bigint REFERENCES integrators, ADD external_id text,
    ADD guest boolean NOT NULL DEFAULT false, ADD tokens_after timestamptz NOT NULL DEFAULT '-infinity';
  CREATE UNIQUE INDEX accounts_external ON accounts (integrator_id, external_id) WHERE external_id IS NOT NULL;

  CREATE TABLE api_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integrator_id bigint NOT NULL REFERENCES integrators,
    name text NOT NULL,
    scopes text[] NOT NULL,
    hint text NOT NULL,
    created_by bigint REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
  );
  CREATE TABLE api_key_secrets (
    hash bytea PRIMARY KEY,
    key_id bigint NOT NULL REFERENCES api_keys,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz
  );
  CREATE INDEX api_key_secrets_key ON api_key_secrets (key_id);
`;

/** How an integrator signs tokens (its keys sealed), and which sessions came from it: token_hash of those that it signed by itself. */
const TOKENS = `
  CREATE TABLE integrator_signing (
    integrator_id bigint PRIMARY KEY REFERENCES integrators,
    kind text NOT NULL CHECK (kind IN ('hs256', 'rs256', 'eddsa', 'jwks')),
    audience text NOT NULL UNIQUE,
    jwks_url text,
    kids text[] NOT NULL DEFAULT '{}',
    sealed_keys bytea,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );

  CREATE TABLE integrator_sessions (
    session_id bigint PRIMARY KEY REFERENCES sessions,
    integrator_id bigint NOT NULL REFERENCES integrators,
    account_id bigint NOT NULL REFERENCES accounts,
    issued_at timestamptz NOT NULL,
    token_hash bytea UNIQUE,
    kid text
  );
  CREATE INDEX integrator_sessions_issued ON integrator_sessions (integrator_id, issued_at);
`;

/** A bulk import is worked off item by item: done how many are behind it, failures what went wrong with which. */
const IMPORTS = `
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

  CREATE TABLE imported_rooms (
    integrator_id bigint NOT NULL REFERENCES integrators,
    external_id text NOT NULL,
    room_id bigint NOT NULL REFERENCES rooms,
    PRIMARY KEY (integrator_id, external_id)
  );
`;

/** The key, where there is one, is hashed behind everything else: rows without one keep the hash they always had. */
const AUDIT_WITH_KEY = `
  CREATE FUNCTION audit_append(
    p_actor bigint, p_action text, p_target_kind text, p_target bigint, p_before json, p_after json, p_reason text, p_request text, p_address text,
    p_key bigint
  ) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    last record;
    fresh audit_log;
    hashed json;
  BEGIN
    PERFORM pg_advisory_xact_lock(25189, 2);
    SELECT id, hash INTO last FROM audit_log ORDER BY id DESC LIMIT 1;
    fresh := (coalesce(last.id, 0) + 1, clock_timestamp(), p_actor, p_action, p_target_kind, p_target, p_before, p_after, p_reason, p_request, p_address, NULL, p_key);
    hashed := CASE WHEN p_key IS NULL THEN json_build_array(
      fresh.id, to_char(fresh.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), fresh.actor_id, fresh.action, fresh.target_kind,
      fresh.target_id, fresh.before::text, fresh.after::text, fresh.reason, fresh.request_id, fresh.address)
    ELSE json_build_array(
      fresh.id, to_char(fresh.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), fresh.actor_id, fresh.action, fresh.target_kind,
      fresh.target_id, fresh.before::text, fresh.after::text, fresh.reason, fresh.request_id, fresh.address, fresh.key_id) END;
    fresh.hash := sha256(coalesce(last.hash, '') || convert_to(hashed::text, 'UTF8'));
    INSERT INTO audit_log SELECT fresh.*;
    RETURN fresh.id;
  END $$;
`;

/** As the migration of moderation made it. */
const AUDIT_BEFORE = `
  CREATE FUNCTION audit_append(
    p_actor bigint, p_action text, p_target_kind text, p_target bigint, p_before json, p_after json, p_reason text, p_request text, p_address text
  ) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    last record;
    fresh audit_log;
  BEGIN
    PERFORM pg_advisory_xact_lock(25189, 2);
    SELECT id, hash INTO last FROM audit_log ORDER BY id DESC LIMIT 1;
    fresh := (coalesce(last.id, 0) + 1, clock_timestamp(), p_actor, p_action, p_target_kind, p_target, p_before, p_after, p_reason, p_request, p_address, NULL);
    fresh.hash := sha256(coalesce(last.hash, '') || convert_to(json_build_array(
      fresh.id, to_char(fresh.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), fresh.actor_id, fresh.action, fresh.target_kind,
      fresh.target_id, fresh.before::text, fresh.after::text, fresh.reason, fresh.request_id, fresh.address)::text, 'UTF8'));
    INSERT INTO audit_log SELECT fresh.*;
    RETURN fresh.id;
  END $$;
`;
