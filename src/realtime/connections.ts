import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { addressKey } from '../accounts/device.js';
import { Config } from '../platform/config.js';
import { metrics } from '../platform/metrics.js';
import { Problem } from '../platform/problems.js';
import type { Connection } from './connection.js';

/** How long a WebSocket may wait for the answer to its goodbye. */
const GOODBYE_MS = 1_000;
const STRANGER_MS = 6_000;

/** How many sockets a second the other nodes take without effort, and within what time all are back. */
const MS_A_SOCKET = 5;
const LONGEST_AWAY_MS = 2_500;
/** Time at least and at most for a client to take up that it is sent away: a command that was on its way until then is still answered. */
const FAREWELL_MS = 250;
const LONGEST_FAREWELL_MS = 1_250;

/** A transport whose peer has not said yet who it is. */
interface Stranger {
  once(event: 'close', listener: () => void): unknown;
}

/** The open sockets of this node, by account and by address, with their limits. */
@Injectable()
export class Connections {
  private readonly byAccount = new Map<number, Set<Connection>>();
  private readonly perAccount = new Map<number, number>();
  private readonly perAddress = new Map<string, number>();

  /** Sockets that have not signed in yet, by address. */
  private readonly strangers = new Map<string, number>();
  private readonly unknown = new WeakMap<Stranger, () => void>();

  constructor(private readonly config: Config) {}

  /** Refuses an address of which too many sockets are open that have not signed in. */
  admitStranger(address: string): void {
    if ((this.strangers.get(addressKey(address)) ?? 0) < this.config.get('BESEDKA_SOCKETS_PER_ADDRESS')) return;
    throw new Problem('socket/too-many', { detail: 'This address has too many sockets that have not signed in.' });
  }

  /** Counts a transport that has opened and not signed in; `terminate` ends it with whatever waits. */
  addStranger(conn: Stranger, address: string, terminate: () => void): void {
    const release = held(this.strangers, addressKey(address));
    // Socket.IO says goodbye after five seconds, and waits for a peer that reads nothing.
    const end = setTimeout(terminate, STRANGER_MS).unref();
    const known = () => {
      clearTimeout(end);
      release();
    };
    this.unknown.set(conn, known);
    conn.once('close', () => {
      known();
      // The WebSocket itself would wait half a minute for a peer that does not answer the goodbye.
      setTimeout(terminate, GOODBYE_MS).unref();
    });
  }

  /** Takes a connection that has signed in off the strangers. */
  welcome(conn: Stranger): void {
    this.unknown.get(conn)?.();
  }

  /** Takes a place for a socket that is about to open; answers how to give it back. */
  reserve(accountId: number, from: string): () => void {
    const address = addressKey(from);
    if ((this.perAccount.get(accountId) ?? 0) >= this.config.get('BESEDKA_SOCKETS_PER_ACCOUNT'))
      throw new Problem('socket/too-many', { detail: 'This account has too many open sockets.', retryAfter: 5 });
    if ((this.perAddress.get(address) ?? 0) >= this.config.get('BESEDKA_SOCKETS_PER_ADDRESS'))
      throw new Problem('socket/too-many', { detail: 'This address has too many open sockets.', retryAfter: 5 });
    const release = [held(this.perAccount, accountId), held(this.perAddress, address)];
    return () => release.forEach((one) => one());
  }

  add(connection: Connection): void {
    const own = this.byAccount.get(connection.accountId) ?? new Set();
    this.byAccount.set(connection.accountId, own.add(connection));
    metrics.sockets.inc();
    metrics.socketsOpened.inc();
  }

  remove(connection: Connection): void {
    const own = this.byAccount.get(connection.accountId);
    if (own?.delete(connection)) metrics.sockets.dec();
    if (own?.size === 0) this.byAccount.delete(connection.accountId);
  }

  of(accountId: number): Connection[] {
    return [...(this.byAccount.get(accountId) ?? [])];
  }

  /** Sends every socket to another node, spread over a time that grows with their number; answers how many there were. */
  async dismiss(): Promise<number> {
    const all = [...this.all()];
    const within = spreadOf(all.length);
    for (const connection of all) connection.dismiss(Math.round(Math.random() * within) / 1_000);
    if (all.length > 0) {
      const takenUp = Promise.all(all.map((connection) => connection.takenUp()));
      const atMost = sleep(LONGEST_FAREWELL_MS, undefined, { ref: false });
      await Promise.all([sleep(FAREWELL_MS), Promise.race([takenUp, atMost])]);
    }
    for (const connection of all) connection.drop();
    return all.length;
  }

  *all(): Iterable<Connection> {
    for (const own of this.byAccount.values()) yield* own;
  }
}

/** Within how many milliseconds so many sockets are to come back. */
export function spreadOf(sockets: number): number {
  return Math.min(sockets * MS_A_SOCKET, LONGEST_AWAY_MS);
}

/** Counts one more; answers how to take it off again, once. */
function held<Key>(counts: Map<Key, number>, key: Key): () => void {
  count(counts, key, 1);
  let on = true;
  return () => {
    if (on) count(counts, key, -1);
    on = false;
  };
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}
