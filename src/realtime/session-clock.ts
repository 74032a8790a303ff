import { Injectable } from '@nestjs/common';
import type { Connection } from './connection.js';

const WARN_BEFORE_MS = 60_000;

/** Ends sockets when their access token expires, after a warning that gives time to renew it. */
@Injectable()
export class SessionClock {
  private readonly timers = new WeakMap<Connection, NodeJS.Timeout[]>();

  start(connection: Connection, expiresAt: number): void {
    this.stop(connection);
    const left = expiresAt - Date.now();
    const warn = setTimeout(
      () => connection.tell('session.expiring', { expiresAt: new Date(expiresAt).toISOString() }),
      Math.max(0, left - Math.min(WARN_BEFORE_MS, left / 2)),
    );
    const end = setTimeout(() => connection.end('token_expired'), Math.max(0, left));
    for (const timer of [warn, end]) timer.unref();
    this.timers.set(connection, [warn, end]);
  }

  stop(connection: Connection): void {
    for (const timer of this.timers.get(connection) ?? []) clearTimeout(timer);
  }
}
