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

  /** Records one change per account, each as that account's next event. */
  async recordFor(changes: readonly AccountChange[]): Promise<void> {
    for (const change of changes.toSorted((a, b) => a.accountId - b.accountId)) {
      const [account] = await this.query<{ last_seq: number }>(
        'UPDATE accounts SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq',
        [change.accountId],
      );
      if (!account) throw new Error('recordFor: the account is gone');
      await this.query('INSERT INTO account_events (account_id, seq, kind, data) VALUES ($1, $2, $3, $4)', [
        change.accountId,
        account.last_seq,
        change.kind,
        JSON.stringify(change.data),
      ]);
      this.recorded.push({ stream: 'account', id: change.accountId, seq: account.last_seq });
    }
  }
}
