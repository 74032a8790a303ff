import { Injectable } from '@nestjs/common';
import type { Role } from '../../accounts/actor.js';
import type { Sql } from '../../platform/sql.js';
import type { Tx } from '../../platform/tx.js';
import type { AppealOutcome, AppealState, SanctionRow } from '../sanction.dto.js';
import { SanctionRepository } from '../sanction.repository.js';
import type { AppealRow } from './appeal.dto.js';

const APPEAL = `p.id, p.sanction_id AS "sanctionId", p.text, p.created_at AS "createdAt", p.outcome, p.reason, p.decided_at AS "decidedAt",
  (SELECT json_build_object('id', d.id, 'username', d.username) FROM accounts d WHERE d.id = p.decided_by) AS "decidedBy" FROM appeals p`;

type StoredAppeal = Omit<AppealRow, 'sanction'> & { sanctionId: number };

@Injectable()
export class AppealRepository {
  constructor(private readonly sanctions: SanctionRepository) {}

  async find(sql: Sql, id: number): Promise<AppealRow | undefined> {
    const rows = await sql.query<StoredAppeal>(`SELECT ${APPEAL} WHERE p.id = $1`, [id]);
    return (await this.withSanctions(sql, rows))[0];
  }

  /** Those of others than this account, in the order of their state, behind this one. */
  async list(
    sql: Sql,
    without: number,
    state: AppealState | undefined,
    beyond: number | undefined,
    most: number,
  ): Promise<AppealRow[]> {
    const [comparison, direction] = state === 'open' ? ['>', 'ASC'] : ['<', 'DESC'];
    const rows = await sql.query<StoredAppeal>(
      `SELECT ${APPEAL} WHERE p.account_id <> $1 AND ($2::boolean IS NULL OR (p.outcome IS NULL) = $2)
         AND ($3::bigint IS NULL OR p.id ${comparison} $3) ORDER BY p.id ${direction} LIMIT $4`,
      [without, state === undefined ? null : state === 'open', beyond ?? null, most],
    );
    return await this.withSanctions(sql, rows);
  }

  async insert(tx: Tx, { id, account }: SanctionRow, text: string): Promise<number> {
    const [row] = await tx.query<{ id: number }>(
      'INSERT INTO appeals (sanction_id, account_id, text) VALUES ($1, $2, $3) RETURNING id',
      [id, account.id, text],
    );
    return row!.id;
  }

  async decide(tx: Tx, id: number, outcome: AppealOutcome, reason: string, by: number): Promise<void> {
    await tx.query(
      'UPDATE appeals SET outcome = $2, reason = $3, decided_by = $4, decided_at = clock_timestamp() WHERE id = $1',
      [id, outcome, reason, by],
    );
  }

  /** Takes a sanction back, whatever became of it before. */
  async withdraw(tx: Tx, sanctionId: number): Promise<void> {
    await tx.query(
      `UPDATE sanctions SET ended_at = coalesce(ended_at, clock_timestamp()), ended_as = 'withdrawn' WHERE id = $1`,
      [sanctionId],
    );
  }

  /** The messages of a deletion, by room and seq, but for those that a later sanction deleted again. */
  async deletedBy(tx: Tx, sanctionId: number): Promise<number[]> {
    const rows = await tx.query<{ id: number }>(
      `SELECT m.id FROM sanction_messages own JOIN messages m ON m.id = own.message_id
       WHERE own.sanction_id = $1 AND NOT EXISTS (
         SELECT 1 FROM sanction_messages other JOIN sanctions s ON s.id = other.sanction_id
         WHERE other.message_id = m.id AND s.id > $1 AND s.kind = 'message_deletion' AND s.ended_at IS NULL)
       ORDER BY m.room_id, m.seq`,
      [sanctionId],
    );
    return rows.map((row) => row.id);
  }

  /** Who decided this, or another version of it where it is a block that was changed. */
  async decidersOf(tx: Tx, { id, blockId }: SanctionRow): Promise<number[]> {
    const rows = await tx.query<{ by: number }>(
      'SELECT DISTINCT decided_by AS by FROM sanctions WHERE (id = $1 OR block_id = $2) AND decided_by IS NOT NULL',
      [id, blockId],
    );
    return rows.map((row) => row.by);
  }

  /** Whether anybody beside these accounts may act against a person of this role, and is not kept from acting. */
  async othersMayDecide(tx: Tx, target: Role, without: readonly number[]): Promise<boolean> {
    const rows = await tx.query(
      `SELECT 1 FROM accounts a WHERE a.id <> ALL ($1::bigint[]) AND a.role = ANY ($2::text[]) AND NOT EXISTS (
         SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.room_id IS NULL AND b.mode = 'full' AND b.lifted_at IS NULL
           AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp())) LIMIT 1`,
      [without, target === 'user' ? ['moderator', 'superuser'] : ['superuser']],
    );
    return rows.length > 0;
  }

  private async withSanctions(sql: Sql, rows: readonly StoredAppeal[]): Promise<AppealRow[]> {
    const sanctions = await this.sanctions.byIds(
      sql,
      rows.map((row) => row.sanctionId),
    );
    const byId = new Map(sanctions.map((sanction) => [sanction.id, sanction]));
    return rows.map((row) => ({ ...row, sanction: byId.get(row.sanctionId)! }));
  }
}
