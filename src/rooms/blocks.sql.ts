export type BlockMode = 'mute' | 'read_only' | 'full';

/** A block in force. */
export interface Block {
  id: number;
  mode: BlockMode;
  reason: string;
  expiresAt: string | null;
}

/** Whose personal block lies between two accounts, seen by one of them; where both have one, his own. */
export type PersonalBlock = 'own' | 'other';

const IN_FORCE = `b.lifted_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp())`;

/** The strictest block in force against an account in a room, or everywhere when there is no room, as JSON; SQL expressions in, a subquery out. */
export function strictestBlock(account: string, room: string): string {
  return `(SELECT json_build_object('id', b.id, 'mode', b.mode, 'reason', b.reason, 'expiresAt', b.expires_at) FROM blocks b
    WHERE b.account_id = ${account} AND ${IN_FORCE} AND (b.room_id IS NULL OR b.room_id = ${room})
    ORDER BY CASE b.mode WHEN 'full' THEN 3 WHEN 'read_only' THEN 2 ELSE 1 END DESC, b.expires_at DESC NULLS FIRST LIMIT 1)`;
}

/** The condition that a block of this very room keeps an account out of it; SQL expressions. */
export function bannedFrom(account: string, room: string): string {
  return `EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ${account} AND ${IN_FORCE} AND b.mode = 'full' AND b.room_id = ${room})`;
}

/**
 * The condition that no full block keeps an account out of a room; SQL expressions. Neither part looks at the room's row, so that a list
 * asks for the blocks once, not once a room.
 */
export function notKeptOut(account: string, room: string): string {
  const full = `SELECT b.room_id FROM blocks b WHERE b.account_id = ${account} AND ${IN_FORCE} AND b.mode = 'full'`;
  return `(NOT EXISTS (${full} AND b.room_id IS NULL) AND ${room} <> ALL (ARRAY(${full} AND b.room_id IS NOT NULL)))`;
}

/** The personal block between an account and another one, as `PersonalBlock`; SQL expressions in, a subquery out. */
export function personalBlockBetween(account: string, other: string): string {
  const pair = `ARRAY[${account}, ${other}]::bigint[]`;
  return `(SELECT CASE WHEN p.account_id = ${account} THEN 'own' ELSE 'other' END FROM personal_blocks p
    WHERE p.account_id = ANY (${pair}) AND p.blocked_id = ANY (${pair}) ORDER BY p.account_id <> ${account} LIMIT 1)`;
}

/** The same between an account and the other one of a direct room; SQL expressions in, an expression out. */
export function personalBlockIn(room: string, account: string): string {
  const other = `CASE ${account} WHEN ${room}.direct_low THEN ${room}.direct_high WHEN ${room}.direct_high THEN ${room}.direct_low END`;
  return `CASE WHEN ${room}.kind = 'direct' THEN ${personalBlockBetween(account, other)} END`;
}
