import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';

@Injectable()
export class SetupLinkRepository {
  async replaceAll(tx: Tx, hash: Buffer, minutes: number): Promise<void> {
    await tx.query('DELETE FROM setup_links');
    await tx.query(
      'INSERT INTO setup_links (hash, expires_at) VALUES ($1, now() + make_interval(mins => $2::integer))',
      [hash, minutes],
    );
  }

  async isOpen(sql: Sql, hash: Buffer): Promise<boolean> {
    return (
      (await sql.query('SELECT 1 FROM setup_links WHERE hash = $1 AND used_at IS NULL AND expires_at > now()', [hash]))
        .length > 0
    );
  }

  /** Whether the link was open; it is used up from then on. */
  async use(tx: Tx, hash: Buffer): Promise<boolean> {
    const rows = await tx.query(
      'UPDATE setup_links SET used_at = now() WHERE hash = $1 AND used_at IS NULL AND expires_at > now() RETURNING 1',
      [hash],
    );
    return rows.length > 0;
  }
}
