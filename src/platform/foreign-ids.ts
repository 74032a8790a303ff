/**
 * What was brought over from another server, and under which id it stands there. A row is written in the transaction that makes the thing, so
 * that an import which was cut off goes on where it stopped. Without it a second run would make everybody twice.
 */
import type { Sql } from './sql.js';
import type { Tx } from './tx.js';

/** A member is known by `room:account`, with the ids of the other server. */
export type ForeignKind = 'account' | 'room' | 'member';

export interface ForeignId {
  foreignId: string;
  /** Of the account or the room here. */
  id: number;
  /** What never changes about it there, to tell another server by. */
  mark: string;
}

/** Everything of this kind that came from the source, by its id there. */
export async function foreignIds(sql: Sql, source: string, kind: ForeignKind): Promise<Map<string, ForeignId>> {
  const rows = await sql.query<ForeignId>(
    'SELECT foreign_id AS "foreignId", id, mark FROM foreign_ids WHERE source = $1 AND kind = $2',
    [source, kind],
  );
  return new Map(rows.map((row) => [row.foreignId, row]));
}

/** Fails with a unique violation where another run was quicker. */
export async function keepForeignIds(
  tx: Tx,
  source: string,
  kind: ForeignKind,
  fresh: readonly ForeignId[],
): Promise<void> {
  await tx.query(
    `INSERT INTO foreign_ids (source, kind, foreign_id, id, mark)
     SELECT $1, $2, foreign_id, id, mark FROM unnest($3::text[], $4::bigint[], $5::text[]) AS fresh (foreign_id, id, mark)`,
    [source, kind, fresh.map((one) => one.foreignId), fresh.map((one) => one.id), fresh.map((one) => one.mark)],
  );
}
