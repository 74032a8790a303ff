import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';

/** When people were last seen, and which nodes the database hears of. */
@Injectable()
export class PresenceRepository {
  /** Notes that each of these accounts was here so many milliseconds ago. By ascending id, as every node does. */
  async noteSeen(sql: Sql, seen: ReadonlyMap<number, number>): Promise<void> {
    await sql.query(
      `INSERT INTO last_seen (account_id, seen_at)
       SELECT id, clock_timestamp() - make_interval(secs => ago / 1000.0) FROM unnest($1::bigint[], $2::float[]) AS seen (id, ago) ORDER BY id
       ON CONFLICT (account_id) DO UPDATE SET seen_at = greatest(last_seen.seen_at, excluded.seen_at)`,
      [[...seen.keys()], [...seen.values()]],
    );
  }

  async lastSeen(sql: Sql, accountIds: readonly number[]): Promise<Map<number, Date>> {
    const rows = await sql.query<{ account_id: number; seen_at: Date }>(
      'SELECT account_id, seen_at FROM last_seen WHERE account_id = ANY ($1::bigint[])',
      [accountIds],
    );
    return new Map(rows.map((row) => [row.account_id, row.seen_at]));
  }

  /** Nodes whose heartbeat the database has heard within these seconds. */
  async nodesSeen(sql: Sql, withinSeconds: number): Promise<string[]> {
    const rows = await sql.query<{ id: string }>(
      'SELECT id FROM nodes WHERE seen_at > clock_timestamp() - make_interval(secs => $1)',
      [withinSeconds],
    );
    return rows.map((row) => row.id);
  }
}
