import { Injectable } from '@nestjs/common';
import type { Sql } from '../../platform/sql.js';
import type { Tx } from '../../platform/tx.js';
import type { ReadEntry } from './entry.rules.js';
import type { FilterAction, FilterEntryView, FilterKind, FilterRow } from './filter.dto.js';

const FILTER = `f.id, f.name, f.kind, f.action, f.room_id AS "roomId", f.enabled, f.created_by AS "createdBy", f.created_at AS "createdAt",
  f.changed_at AS "changedAt", (SELECT count(*)::integer FROM filter_entries e WHERE e.filter_id = f.id) AS "entryCount"
  FROM filters f`;

export interface NewFilter {
  name: string;
  kind: FilterKind;
  action: FilterAction;
  roomId: number | null;
  enabled: boolean;
  createdBy: number;
}

/** A filter in use. */
export interface FilterInUse {
  id: number;
  revision: number;
  name: string;
  kind: FilterKind;
  action: FilterAction;
  roomId: number | null;
}

/** How much there is of all filters together. */
export interface FilterTotals {
  filters: number;
  /** Words and domains. */
  entries: number;
  patterns: number;
  places: number;
}

@Injectable()
export class FilterRepository {
  /** Takes the number of the next change; other changes wait until the transaction ends. */
  async nextRevision(tx: Tx): Promise<number> {
    const [row] = await tx.query<{ revision: number }>(
      'UPDATE filter_revision SET revision = revision + 1 RETURNING revision',
    );
    return row!.revision;
  }

  /** The number of the latest change. */
  async revision(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ revision: number }>('SELECT revision FROM filter_revision');
    return row!.revision;
  }

  async inUse(sql: Sql): Promise<FilterInUse[]> {
    return await sql.query<FilterInUse>(
      `SELECT id, revision, name, kind, action, room_id AS "roomId" FROM filters WHERE enabled AND deleted_at IS NULL ORDER BY id`,
    );
  }

  /** All entries of a filter, in their order. */
  async entriesOf(sql: Sql, filterId: number): Promise<string[]> {
    const rows = await sql.query<{ entry: string }>(
      'SELECT entry FROM filter_entries WHERE filter_id = $1 ORDER BY id',
      [filterId],
    );
    return rows.map((row) => row.entry);
  }

  async totals(sql: Sql): Promise<FilterTotals> {
    const [row] = await sql.query<FilterTotals>(
      `SELECT count(DISTINCT f.id)::integer AS filters, (count(e.id) FILTER (WHERE f.kind <> 'regex'))::integer AS entries,
         (count(e.id) FILTER (WHERE f.kind = 'regex'))::integer AS patterns, coalesce(sum(e.places), 0)::integer AS places
       FROM filters f LEFT JOIN filter_entries e ON e.filter_id = f.id WHERE f.deleted_at IS NULL`,
    );
    return row!;
  }

  async find(sql: Sql, id: number): Promise<FilterRow | undefined> {
    const [row] = await sql.query<FilterRow>(`SELECT ${FILTER} WHERE f.id = $1 AND f.deleted_at IS NULL`, [id]);
    return row;
  }

  /** Newest first, before this one. */
  async list(sql: Sql, before: number | undefined, most: number): Promise<FilterRow[]> {
    return await sql.query<FilterRow>(
      `SELECT ${FILTER} WHERE f.deleted_at IS NULL AND ($1::bigint IS NULL OR f.id < $1) ORDER BY f.id DESC LIMIT $2`,
      [before ?? null, most],
    );
  }

  /** In the order of their addition, after this one. */
  async entries(sql: Sql, filterId: number, after: number | undefined, most: number): Promise<FilterEntryView[]> {
    return await sql.query<FilterEntryView>(
      'SELECT id, entry FROM filter_entries WHERE filter_id = $1 AND id > $2 ORDER BY id LIMIT $3',
      [filterId, after ?? 0, most],
    );
  }

  async insert(tx: Tx, revision: number, filter: NewFilter): Promise<number> {
    const { name, kind, action, roomId, enabled, createdBy } = filter;
    const [row] = await tx.query<{ id: number }>(
      `INSERT INTO filters (name, kind, action, room_id, enabled, revision, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [name, kind, action, roomId, enabled, revision, createdBy],
    );
    return row!.id;
  }

  async change(tx: Tx, revision: number, { id, name, action, enabled }: FilterRow): Promise<void> {
    await tx.query(
      'UPDATE filters SET name = $3, action = $4, enabled = $5, revision = $2, changed_at = clock_timestamp() WHERE id = $1',
      [id, revision, name, action, enabled],
    );
  }

  async delete(tx: Tx, revision: number, id: number): Promise<void> {
    await tx.query('UPDATE filters SET deleted_at = clock_timestamp(), revision = $2 WHERE id = $1', [id, revision]);
  }

  /** Adds those that are not there, and answers them. */
  async addEntries(tx: Tx, filterId: number, entries: readonly ReadEntry[]): Promise<string[]> {
    const rows = await tx.query<{ entry: string }>(
      `INSERT INTO filter_entries (filter_id, entry, places)
       SELECT $1, entry, places FROM unnest($2::text[], $3::integer[]) WITH ORDINALITY AS given (entry, places, item) ORDER BY item
       ON CONFLICT (filter_id, entry) DO NOTHING RETURNING entry`,
      [filterId, entries.map(({ entry }) => entry), entries.map(({ places }) => places)],
    );
    return rows.map((row) => row.entry);
  }

  /** Takes those away that are there, and answers them. */
  async removeEntries(tx: Tx, filterId: number, entries: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ entry: string }>(
      'DELETE FROM filter_entries WHERE filter_id = $1 AND entry = ANY ($2::text[]) RETURNING entry',
      [filterId, entries],
    );
    return rows.map((row) => row.entry);
  }
}
