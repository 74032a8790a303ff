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

/** The channel on which the nodes tell each other of new events in the logs of accounts, as `account:seq`. */
export const ACCOUNT_CHANNEL = 'besedka';
/** Frequent, and no other node has to hurry for it: notifying takes a lock that all commits share. */
const UNHURRIED = ['read.marked', 'mention.added', 'mention.removed'];

/**
 * An open transaction. Lock order of every writer: account (advisory, then row) → room → membership → message → audit log, several
 * of a kind by ascending id; another order deadlocks against the write path.
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

  /**
   * Waits until no message of these accounts is between its check and its commit, and holds new ones back until this transaction ends.
   * Witnesses keep what they may do as it is for as long, but go on sending.
   */
  async holdAuthors(accountIds: readonly number[], witnesses: readonly number[] = []): Promise<void> {
    const ids = [...new Set([...accountIds, ...witnesses])];
    await this.query(
      `SELECT CASE WHEN own THEN pg_advisory_xact_lock(id) ELSE pg_advisory_xact_lock_shared(id) END
       FROM (SELECT * FROM unnest($1::bigint[], $2::boolean[]) AS held (id, own) ORDER BY id OFFSET 0) held`,
      [ids, ids.map((id) => accountIds.includes(id))],
    );
  }

  /** Locks the streams of these accounts. Who records for accounts in several steps, or after he locked a room, does it for all of them first. */
  async holdStreams(accountIds: readonly number[]): Promise<void> {
    // A statement of its own, because an update visits its rows in no particular order.
    await this.query('SELECT 1 FROM accounts WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [
      accountIds,
    ]);
  }

  /** Has readers woken after the commit for a fact that a statement of this transaction stored in its log by itself. */
  hint(hint: Hint): void {
    this.recorded.push(hint);
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

  /** Records these changes, each as its room's next event, in their order, and answers their seqs; none of them may name a room that is gone. */
  async recordAll(changes: readonly RoomChange[]): Promise<number[]> {
    if (changes.length === 0) return [];
    const roomIds = [...new Set(changes.map((change) => change.roomId))];
    await this.query('SELECT 1 FROM rooms WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [roomIds]);
    const rows = await this.query<{ room_id: number; seq: number }>(
      `WITH change AS (
         SELECT c.*, row_number() OVER (PARTITION BY room_id ORDER BY item) AS number
         FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::jsonb[])
           WITH ORDINALITY AS c (room_id, kind, actor_id, account_id, message_seq, data, item)
       ), advanced AS (
         UPDATE rooms SET last_seq = last_seq + counted.changes
         FROM (SELECT room_id, count(*) AS changes FROM change GROUP BY room_id) counted WHERE rooms.id = counted.room_id
         RETURNING rooms.id, last_seq - counted.changes AS before
       )
       INSERT INTO room_events (room_id, seq, kind, actor_id, account_id, message_seq, data)
       SELECT room_id, before + number, kind, actor_id, account_id, message_seq, data FROM change JOIN advanced ON advanced.id = room_id
       RETURNING room_id, seq`,
      [
        changes.map((change) => change.roomId),
        changes.map((change) => change.kind),
        changes.map((change) => change.actorId ?? null),
        changes.map((change) => change.accountId ?? null),
        changes.map((change) => change.messageSeq ?? null),
        changes.map((change) => JSON.stringify(change.data ?? {})),
      ],
    );
    if (rows.length !== changes.length) throw new Error('recordAll: a room is gone');
    const seqs = new Map<number, number[]>(roomIds.map((roomId) => [roomId, []]));
    for (const { room_id, seq } of rows.sort((one, other) => one.seq - other.seq)) {
      this.recorded.push({ stream: 'room', id: room_id, seq });
      seqs.get(room_id)!.push(seq);
    }
    return changes.map((change) => seqs.get(change.roomId)!.shift()!);
  }

  /**
   * Records one change per account, each as that account's next event, and answers their seqs by ascending account; as many statements for a
   * thousand accounts as for one.
   */
  async recordFor(changes: readonly AccountChange[]): Promise<number[]> {
    if (changes.length === 0) return [];
    const ids = changes.map((change) => change.accountId);
    await this.holdStreams(ids);
    const events = await this.query<{ account_id: number; seq: number }>(
      `WITH advanced AS (UPDATE accounts SET last_seq = last_seq + 1 WHERE id = ANY ($1::bigint[]) RETURNING id, last_seq),
       events AS (
         INSERT INTO account_events (account_id, seq, kind, data)
         SELECT id, last_seq, kind, data FROM advanced
         JOIN unnest($1::bigint[], $2::text[], $3::jsonb[]) AS change (account_id, kind, data) ON account_id = id
         RETURNING account_id, seq, kind
       )
       SELECT account_id, seq, CASE WHEN kind <> ALL ($4::text[]) THEN pg_notify('${ACCOUNT_CHANNEL}', concat(account_id, ':', seq)) END
       FROM events ORDER BY account_id`,
      [ids, changes.map((change) => change.kind), changes.map((change) => JSON.stringify(change.data)), UNHURRIED],
    );
    if (events.length < changes.length) throw new Error('recordFor: an account is gone');
    for (const event of events) this.recorded.push({ stream: 'account', id: event.account_id, seq: event.seq });
    return events.map((event) => event.seq);
  }
}
