import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import type {
  ImportKind,
  ImportLineView,
  ImportRow,
  LineProblem,
  LineStatus,
  PersonLine,
  RoomLine,
} from './import.dto.js';

const IMPORT = `id, integrator_id AS "integratorId", key_id AS "keyId", state, total, created, updated, unchanged, refused,
  created_at AS "createdAt", finished_at AS "finishedAt"`;

/** A line as it comes in: what is to be done, or why it is refused. */
export interface NewLine {
  kind: ImportKind;
  externalId: string;
  item: object | null;
  problem: LineProblem | null;
}

/** A line that is to be worked off. */
export type WaitingLine = { line: number } & (
  { kind: 'person'; externalId: string; item: PersonLine } | { kind: 'room'; externalId: string; item: RoomLine }
);

export interface LineOutcome {
  line: number;
  status: LineStatus;
  id: number | null;
  problem?: LineProblem;
}

/** Imports with their lines, and the rooms that integrators know by ids of their own. */
@Injectable()
export class ImportRepository {
  /** The id of the new import; undefined where so many of the integrator's are open already. */
  async insert(
    tx: Tx,
    integratorId: number,
    keyId: number | null,
    total: number,
    mostOpen: number,
  ): Promise<number | undefined> {
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO imports (integrator_id, key_id, total) SELECT $1, $2, $3
       WHERE (SELECT count(*) FROM imports WHERE integrator_id = $1 AND state <> 'done') < $4::integer RETURNING id`,
      [integratorId, keyId, total, mostOpen],
    );
    return row?.id;
  }

  /** Numbers these lines from 1. */
  async insertLines(tx: Tx, importId: number, lines: readonly NewLine[]): Promise<void> {
    await tx.query(
      `INSERT INTO import_lines (import_id, line, kind, external_id, status, item, problem)
       SELECT $1, line, kind, external_id, CASE WHEN problem IS NULL THEN 'waiting' ELSE 'refused' END, item, problem
       FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::jsonb[]) WITH ORDINALITY AS fresh (kind, external_id, item, problem, line)`,
      [
        importId,
        lines.map(({ kind }) => kind),
        lines.map(({ externalId }) => externalId),
        lines.map(({ item }) => item && JSON.stringify(item)),
        lines.map(({ problem }) => problem && JSON.stringify(problem)),
      ],
    );
    await tx.query('UPDATE imports SET refused = $2 WHERE id = $1', [
      importId,
      lines.filter(({ problem }) => problem).length,
    ]);
  }

  async find(sql: Sql, integratorId: number, id: number): Promise<ImportRow | undefined> {
    const [row] = await sql.query<ImportRow>(`SELECT ${IMPORT} FROM imports WHERE id = $1 AND integrator_id = $2`, [
      id,
      integratorId,
    ]);
    return row;
  }

  /** In their order, behind this one. */
  lines(
    sql: Sql,
    importId: number,
    status: LineStatus | undefined,
    after: number,
    most: number,
  ): Promise<ImportLineView[]> {
    return sql.query<ImportLineView>(
      `SELECT line, kind, external_id AS "externalId", status, target_id AS id, problem FROM import_lines
       WHERE import_id = $1 AND ($2::text IS NULL OR status = $2) AND line > $3 ORDER BY line LIMIT $4`,
      [importId, status ?? null, after, most],
    );
  }

  /**
   * An open import that no other transaction works on, held until the commit: of each integrator the oldest, because later ones may build on
   * it, and of those the one that has waited longest, so that a large one does not keep the others from theirs.
   */
  async take(tx: Tx): Promise<ImportRow | undefined> {
    const [row] = await tx.query<ImportRow>(
      `SELECT ${IMPORT} FROM imports i WHERE state <> 'done'
         AND NOT EXISTS (SELECT 1 FROM imports e WHERE e.integrator_id = i.integrator_id AND e.id < i.id AND e.state <> 'done')
       ORDER BY worked_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
    );
    return row;
  }

  /** The next lines that wait. */
  next(tx: Tx, importId: number, most: number): Promise<WaitingLine[]> {
    return tx.query<WaitingLine>(
      `SELECT line, kind, external_id AS "externalId", item FROM import_lines
       WHERE import_id = $1 AND status = 'waiting' ORDER BY line LIMIT $2`,
      [importId, most],
    );
  }

  /** Notes what became of lines that waited, forgets what they said, and counts; answers the import. */
  async note(tx: Tx, importId: number, outcomes: readonly LineOutcome[]): Promise<ImportRow> {
    const [row] = await tx.query<ImportRow>(
      `WITH noted AS (
         UPDATE import_lines l SET status = o.status, target_id = o.id, problem = o.problem, item = NULL
         FROM unnest($2::integer[], $3::text[], $4::bigint[], $5::jsonb[]) AS o (line, status, id, problem)
         WHERE l.import_id = $1 AND l.line = o.line AND l.status = 'waiting' RETURNING o.status
       ), counted AS (
         SELECT count(*) FILTER (WHERE status = 'created') AS created, count(*) FILTER (WHERE status = 'updated') AS updated,
           count(*) FILTER (WHERE status = 'unchanged') AS unchanged, count(*) FILTER (WHERE status = 'refused') AS refused, count(*) AS done FROM noted
       )
       UPDATE imports i SET created = i.created + c.created, updated = i.updated + c.updated, unchanged = i.unchanged + c.unchanged,
         refused = i.refused + c.refused, worked_at = clock_timestamp(),
         state = CASE WHEN i.created + i.updated + i.unchanged + i.refused + c.done >= total THEN 'done' ELSE 'running' END,
         finished_at = CASE WHEN i.created + i.updated + i.unchanged + i.refused + c.done >= total THEN clock_timestamp() END
       FROM counted c WHERE i.id = $1
       RETURNING i.id, integrator_id AS "integratorId", key_id AS "keyId", state, total, i.created, i.updated, i.unchanged, i.refused,
         created_at AS "createdAt", finished_at AS "finishedAt"`,
      [
        importId,
        outcomes.map(({ line }) => line),
        outcomes.map(({ status }) => status),
        outcomes.map(({ id }) => id),
        outcomes.map(({ problem }) => (problem ? JSON.stringify(problem) : null)),
      ],
    );
    return row!;
  }

  /** The room that the integrator knows by this id; undefined also when it was deleted since. */
  async roomOf(sql: Sql, integratorId: number, externalId: string): Promise<number | undefined> {
    const [row] = await sql.query<{ id: number }>(
      `SELECT r.id FROM imported_rooms i JOIN rooms r ON r.id = i.room_id
       WHERE i.integrator_id = $1 AND i.external_id = $2 AND r.deleted_at IS NULL`,
      [integratorId, externalId],
    );
    return row?.id;
  }

  async keepRoom(tx: Tx, integratorId: number, externalId: string, roomId: number): Promise<void> {
    await tx.query(
      `INSERT INTO imported_rooms (integrator_id, external_id, room_id) VALUES ($1, $2, $3)
       ON CONFLICT (integrator_id, external_id) DO UPDATE SET room_id = EXCLUDED.room_id`,
      [integratorId, externalId, roomId],
    );
  }

  /** Forgets those of the next imports that were done so many days ago. */
  async forgetDone(tx: Tx, after: number, most: number, days: number): Promise<number | undefined> {
    const [row] = await tx.query<{ last: number | null }>(
      `WITH looked AS (SELECT id, finished_at FROM imports WHERE id > $1 ORDER BY id LIMIT $2::integer),
         gone AS (DELETE FROM imports WHERE id IN (SELECT id FROM looked WHERE finished_at < now() - make_interval(days => $3::integer)))
       SELECT max(id) AS last FROM looked`,
      [after, Math.min(most, MOST_FORGOTTEN), days],
    );
    return row!.last ?? undefined;
  }
}

/** Each takes its lines with it. */
const MOST_FORGOTTEN = 20;
