import { Injectable } from '@nestjs/common';
import { Limits } from '../platform/limits.js';
import type { LimitName } from '../platform/limits.table.js';
import type { Problem } from '../platform/problems.js';
import type { Connection } from './connection.js';

/** Refusals are counted beyond a limit: with twice as many as it allows, three times the limit was sent. */
const TIMES_REFUSED = 2;

interface Strikes {
  count: number;
  endsAt: number;
}

/** Cuts sockets that go on at three times a limit although they are refused, and keeps their account out for a while. */
@Injectable()
export class RateAbuse {
  private readonly strikes = new WeakMap<Connection, Map<LimitName, Strikes>>();

  constructor(private readonly limits: Limits) {}

  /** Takes a command from the account's budget; answers why it must not be carried out. */
  refusalOf(connection: Connection, command: unknown): Problem | undefined {
    // Messages are taken from their own budget by the service, whichever door they come through.
    if (command === 'message.send') return undefined;
    try {
      this.limits.take('requests', connection.accountId);
      return undefined;
    } catch (refusal) {
      return refusal as Problem;
    }
  }

  /** Notes that a command was refused; what was refused for its rate is held against the socket. */
  note(connection: Connection, problem: Problem): void {
    const name = problem.facts.extra?.limit as LimitName | undefined;
    if (problem.code !== 'rate/limited' || name === undefined || connection.ended) return;
    const { points, seconds } = this.limits.quota(name);
    const now = performance.now();
    const own = this.strikes.get(connection) ?? new Map<LimitName, Strikes>();
    this.strikes.set(connection, own);
    const known = own.get(name);
    const strikes = known && known.endsAt > now ? known : { count: 0, endsAt: now + seconds * 1_000 };
    own.set(name, strikes);
    if (++strikes.count <= TIMES_REFUSED * points) return;
    connection.end('rate_abuse');
    void this.limits.add('rate-abuse', String(connection.accountId));
  }

  /** Refuses an account whose socket was cut for its rate a moment ago. */
  async admit(accountId: number): Promise<void> {
    const { used, resetMs } = await this.limits.used('rate-abuse', String(accountId));
    if (used >= this.limits.quota('rate-abuse').points) throw this.limits.refusal('rate-abuse', resetMs);
  }
}
