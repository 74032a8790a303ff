import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';

export interface AccountEvent {
  seq: number;
  kind: string;
  data: Record<string, unknown>;
}

/** Reads the log of changes addressed to one account, and the newest seqs of many logs at once. */
@Injectable()
export class AccountLogRepository {
  /** Up to 200 events after `seq`, ascending. */
  after(sql: Sql, accountId: number, seq: number): Promise<AccountEvent[]> {
    return sql.query<AccountEvent>(
      'SELECT seq, kind, data FROM account_events WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT 200',
      [accountId, seq],
    );
  }

  heads(sql: Sql, accountIds: readonly number[]): Promise<{ id: number; last_seq: number }[]> {
    return sql.query('SELECT id, last_seq FROM accounts WHERE id = ANY ($1::bigint[])', [accountIds]);
  }
}
