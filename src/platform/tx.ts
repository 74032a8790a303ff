import type { EntityManager } from 'typeorm';
import type { Hint } from './hints.js';
import { rowsOf, type Sql } from './sql.js';

/** A durable change in a room. It takes the room's next seq; the room row stays locked until the commit. */
export interface RoomChange {
  kind: string;
  roomId: number;
  actorId?: number;
  /** Whom it happened to. */
  accountId?: number;
  messageSeq?: number;
  data?: Record<string, unknown>;
}

/** A durable change addressed to one account: the next seq of its own stream. */
export interface AccountChange {
  kind: string;
  accountId: number;
  data: Record<string, unknown>;
}

/**
 * An open transaction. Lock order of every writer: account (advisory, then row) → room → membership → message, several of a kind by
 * ascending id; another order deadlocks against the write path.
 */
export class Tx implements Sql {
  constructor(
    readonly manager: EntityManager,
    private readonly recorded: Hint[],
  ) {}

  async query<Row extends object = Record<string, unknown>>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return rowsOf<Row>(await this.manager.query(statement, values as unknown[]));
  }

  /** Waits until no message of these accounts is between its check and its commit, and holds new ones back until this transaction ends. */
  async holdAuthors(accountIds: readonly number[]): Promise<void> {
    for (const id of [...new Set(accountIds)].sort((a, b) => a - b))
      await this.query('SELECT pg_advisory_xact_lock($1::bigint)', [id]);
  }

  /** Records the change as the room's next event and answers its seq. Readers are told after the commit. */
  async record(change: RoomChange): Promise<number> {
    const [room] = await this.query<{ last_seq: number }>(
      'UPDATE rooms SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq',
      [change.roomId],
    );
    if (!room) throw new Error('record: the room is gone');
    await this.query(
      `INSERT INTO room_events (room_id, seq, kind, actor_id, account_id, message_seq, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        change.roomId,
        room.last_seq,
        change.kind,
        change.actorId ?? null,
        change.accountId ?? null,
        change.messageSeq ?? null,
        JSON.stringify(change.data ?? {}),
      ],
    );
    this.recorded.push({ stream: 'room', id: change.roomId, seq: room.last_seq });
    return room.last_seq;
  }

  /** Records one change per account, each as that account's next event; as many statements for a thousand accounts as for one. */
  async recordFor(changes: readonly AccountChange[]): Promise<void> {
    if (changes.length === 0) return;
    const ids = changes.map((change) => change.accountId);
    // A statement of its own, because an update visits its rows in no particular order.
    await this.query('SELECT 1 FROM accounts WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [ids]);
    const events = await this.query<{ account_id: number; seq: number }>(
      `WITH advanced AS (UPDATE accounts SET last_seq = last_seq + 1 WHERE id = ANY ($1::bigint[]) RETURNING id, last_seq)
       INSERT INTO account_events (account_id, seq, kind, data)
       SELECT id, last_seq, kind, data FROM advanced
       JOIN unnest($1::bigint[], $2::text[], $3::jsonb[]) AS change (account_id, kind, data) ON account_id = id
       RETURNING account_id, seq`,
      [ids, changes.map((change) => change.kind), changes.map((change) => JSON.stringify(change.data))],
    );
    if (events.length < changes.length) throw new Error('recordFor: an account is gone');
    for (const event of events) this.recorded.push({ stream: 'account', id: event.account_id, seq: event.seq });
  }
}
