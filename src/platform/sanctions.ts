/**
 * The record of what moderation did to a person, from which his statement of reasons is made. It is written in the transaction of the act, so that
 * there is never a sanction that the person cannot read and appeal against, nor a statement about something that never happened. It stands beside
 * the audit log, not in it: the log is for moderators and is never changed, a sanction belongs to the person and may be taken back.
 */
import type { Doer } from './audit.js';
import type { Tx } from './tx.js';

export const SANCTION_KINDS = ['block', 'warning', 'message_deletion', 'room_removal'] as const;
export type SanctionKind = (typeof SANCTION_KINDS)[number];
export const SANCTION_SOURCES = ['report', 'filter', 'own_initiative'] as const;

/** What brought a sanction about. */
export interface Ground {
  source: (typeof SANCTION_SOURCES)[number];
  /** The reason's name or the rule that was broken, such as `harassment`. */
  ground?: string | null;
  /** Whether a program decided, not a person. */
  automated?: boolean;
}

export const OWN_INITIATIVE: Ground = { source: 'own_initiative' };

export interface NewSanction {
  accountId: number;
  kind: SanctionKind;
  by: Doer;
  reason?: string | null;
  ground?: Ground;
  mode?: string;
  /** Null or left out for everywhere. */
  roomId?: number | null;
  blockId?: number;
  deletionId?: number;
  expiresAt?: Date | null;
  /** What it is about; kept with the text that they have now. */
  messageIds?: readonly number[];
}

/** Writes a sanction down and answers its id. The caller tells the person in the same transaction. */
export async function sanction(tx: Tx, fresh: NewSanction): Promise<number> {
  const { source, ground = null, automated = false } = fresh.ground ?? OWN_INITIATIVE;
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO sanctions (account_id, kind, mode, room_id, block_id, deletion_id, reason, ground, source, automated, decided_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
    [
      fresh.accountId,
      fresh.kind,
      fresh.mode ?? null,
      fresh.roomId ?? null,
      fresh.blockId ?? null,
      fresh.deletionId ?? null,
      fresh.reason ?? null,
      ground,
      source,
      automated,
      fresh.by === 'operator' ? null : fresh.by.accountId,
      fresh.expiresAt ?? null,
    ],
  );
  if (fresh.messageIds?.length) await keepMessages(tx, row!.id, fresh.messageIds);
  return row!.id;
}

/** Adds messages to what a sanction is about, with the text that they have now. */
export async function keepMessages(tx: Tx, sanctionId: number, messageIds: readonly number[]): Promise<void> {
  await tx.query(
    `INSERT INTO sanction_messages (sanction_id, message_id, room_id, text)
     SELECT $1, id, room_id, text FROM messages WHERE id = ANY ($2::bigint[]) ON CONFLICT DO NOTHING`,
    [sanctionId, messageIds],
  );
}

/** Writes a sanction down that takes effect in a room, and tells the person, within a transaction that has not yet locked any room. */
export async function sanctionAndTell(tx: Tx, fresh: NewSanction): Promise<number> {
  const sanctionId = await sanction(tx, fresh);
  const data = { sanctionId, kind: fresh.kind, roomId: fresh.roomId ?? null };
  await tx.recordFor([{ kind: 'account.sanctioned', accountId: fresh.accountId, data }]);
  return sanctionId;
}

/** Ends the decision that holds about a block, where there is one, and answers what had brought it about. */
export async function endSanctionOfBlock(
  tx: Tx,
  blockId: number,
  as: 'lifted' | 'superseded',
): Promise<Ground | undefined> {
  const [ended] = await tx.query<Ground & object>(
    `UPDATE sanctions SET ended_at = clock_timestamp(), ended_as = $2 WHERE block_id = $1 AND ended_at IS NULL RETURNING source, ground`,
    [blockId, as],
  );
  return ended;
}

/** Takes back the sanction that deleted this very message, now that the message is there again. */
export async function withdrawDeletionOf(tx: Tx, messageId: number): Promise<void> {
  await tx.query(
    `UPDATE sanctions s SET ended_at = clock_timestamp(), ended_as = 'withdrawn' FROM sanction_messages m
     WHERE m.message_id = $1 AND s.id = m.sanction_id AND s.kind = 'message_deletion' AND s.deletion_id IS NULL AND s.ended_at IS NULL`,
    [messageId],
  );
}
