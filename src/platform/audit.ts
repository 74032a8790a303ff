/**
 * The audit log. A row is written in the transaction of the act it describes, so that there is never one without the other; each row's hash
 * holds the hash before it, so that a row which was changed or taken away breaks the chain. The lock of its one writer is the last lock of a
 * transaction: taken earlier it would deadlock against those who hold it and wait for an account or a room.
 */
import { createHash } from 'node:crypto';
import type { Database } from './database.js';
import { Problem } from './problems.js';
import type { Sql } from './sql.js';
import type { Tx } from './tx.js';

/** The request somebody acts by: its id and where it came from. */
export interface Origin {
  readonly id: string;
  readonly ip: string;
}

/** Who did it: an account with the request and, where a server acted for it, the key; or whoever runs the service. */
export type Doer = { readonly accountId: number; readonly origin?: Origin; readonly keyId?: number } | 'operator';

export const AUDIT_TARGETS = ['account', 'room', 'message', 'block', 'report', 'key', 'integrator', 'filter'] as const;
export type AuditTarget = (typeof AUDIT_TARGETS)[number];

export interface Act {
  by: Doer;
  /** A noun and a verb, such as `block.create`; with `.refused` behind it where it was refused. */
  action: string;
  target: readonly [AuditTarget, number];
  before?: object | null;
  after?: object | null;
  reason?: string | null;
}

/** Writes an act down. Nothing else of the transaction may wait for a lock after it. */
export async function audit(tx: Tx, { by, action, target, before, after, reason }: Act): Promise<void> {
  const { accountId, origin, keyId } = by === 'operator' ? {} : by;
  await tx.query('SELECT audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    accountId ?? null,
    action,
    ...target,
    before ? JSON.stringify(before) : null,
    after ? JSON.stringify(after) : null,
    reason ?? null,
    origin?.id ?? null,
    origin?.ip ?? null,
    keyId ?? null,
  ]);
}

/** Writes down that an act was refused, and throws the refusal on; whatever else went wrong is no attempt. */
export async function auditRefusal(database: Database, act: Act, error: unknown): Promise<never> {
  if (error instanceof Problem && error.status < 500)
    await database.write((tx) =>
      audit(tx, { ...act, action: `${act.action}.refused`, after: { ...act.after, code: error.code } }),
    );
  throw error;
}

/** What a row's hash is made of, beside the hash before it; the same expression as in the function that writes it. */
const FACTS = `id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor_id, action, target_kind,
  target_id, before::text, after::text, reason, request_id, address`;
const HASHED = `(CASE WHEN key_id IS NULL THEN json_build_array(${FACTS}) ELSE json_build_array(${FACTS}, key_id) END)::text`;
const PAGE = 1_000;

export interface ChainVerdict {
  rows: number;
  /** The first row that is not what was written, or that follows a missing one. */
  broken: number | undefined;
  /** Hash of the last row: kept elsewhere, it shows later whether the log was cut off or written anew. */
  head: string;
}

/** Reads the whole audit log and computes every hash anew, here and not in the database that is under suspicion. */
export async function verifyAudit(sql: Sql): Promise<ChainVerdict> {
  let rows = 0;
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const page = await sql.query<{ id: number; hashed: string; hash: Buffer }>(
      `SELECT id, ${HASHED} AS hashed, hash FROM audit_log WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
      [rows],
    );
    for (const { id, hashed, hash } of page) {
      const expected = createHash('sha256').update(head).update(hashed).digest();
      if (id !== rows + 1 || !expected.equals(hash)) return { rows, broken: id, head: head.toString('hex') };
      head = hash;
      rows = id;
    }
    if (page.length < PAGE) return { rows, broken: undefined, head: head.toString('hex') };
  }
}
