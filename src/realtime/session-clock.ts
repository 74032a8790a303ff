import { Injectable } from '@nestjs/common';
import { problemOf } from '../platform/problem-of.js';
import type { Connection } from './connection.js';

const WARN_BEFORE_MS = 60_000;
/** How long after a renewal that failed for another reason than the credential it is tried again. */
const AGAIN_MS = 5_000;

/** Ends sockets when their access token expires, after a warning that gives time to renew it; where the credential itself lives on, it is looked at again instead. */
@Injectable()
export class SessionClock {
  private readonly timers = new WeakMap<Connection, NodeJS.Timeout[]>();

  start(connection: Connection, expiresAt: number, renew?: () => Promise<number>): void {
    this.stop(connection);
    const left = expiresAt - Date.now();
    if (renew) return this.keep(connection, left, renew);
    const warn = setTimeout(
      () => connection.tell('session.expiring', { expiresAt: new Date(expiresAt).toISOString() }),
      Math.max(0, left - Math.min(WARN_BEFORE_MS, left / 2)),
    );
    const end = setTimeout(() => connection.end('token_expired'), Math.max(0, left));
    for (const timer of [warn, end]) timer.unref();
    this.timers.set(connection, [warn, end]);
  }

  private keep(connection: Connection, left: number, renew: () => Promise<number>): void {
    const ask = async () => {
      let next = Date.now() + AGAIN_MS;
      try {
        next = await renew();
      } catch (error) {
        if (problemOf(error).status === 401) connection.end('token_expired');
      }
      if (!connection.ended) this.start(connection, next, renew);
    };
    const timer = setTimeout(() => void ask(), Math.max(0, left));
    this.timers.set(connection, [timer.unref()]);
  }

  stop(connection: Connection): void {
    for (const timer of this.timers.get(connection) ?? []) clearTimeout(timer);
  }
}
