import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from './database.js';
import { DEAD_AFTER_SECONDS } from './node.js';
import { Problem } from './problems.js';

const PATIENCE_MS = 5_000;
const FIRST_LOOK_MS = 2;
const MOST_MS = 10;

/** Waits until every node has acted on an event of an account's log. The database decides it: no message between nodes may be lost. */
@Injectable()
export class Fence {
  constructor(private readonly database: Database) {}

  /**
   * Resolves when no living node with sockets of the account is behind `seq`; refuses after five seconds, when the caller must not rely on it.
   * `onward` tells what to do then; without it the same request again waits once more.
   */
  async passed(accountId: number, seq: number, onward?: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let pause = FIRST_LOOK_MS; await this.isBehind(accountId, seq); pause = Math.min(pause * 1.5, MOST_MS)) {
      if (performance.now() > deadline)
        throw new Problem('server/timeout', {
          detail: `It is in force, but one node has not confirmed that it silenced the open sockets. ${onward ?? 'Repeat the request.'}`,
          ...(onward === undefined ? { retryAfter: 1 } : {}),
        });
      await sleep(pause);
    }
  }

  private async isBehind(accountId: number, seq: number): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 FROM node_accounts own JOIN nodes n ON n.id = own.node_id
       WHERE own.account_id = $1 AND own.acted_seq < $2 AND n.seen_at > clock_timestamp() - make_interval(secs => $3) LIMIT 1`,
      [accountId, seq, DEAD_AFTER_SECONDS],
    );
    return rows.length > 0;
  }
}
