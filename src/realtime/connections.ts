import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config.js';
import { Problem } from '../platform/problems.js';
import type { Connection } from './connection.js';

/** The open sockets of this node, by account and by address, with their limits. */
@Injectable()
export class Connections {
  private readonly byAccount = new Map<number, Set<Connection>>();
  private readonly perAccount = new Map<number, number>();
  private readonly perAddress = new Map<string, number>();

  constructor(private readonly config: Config) {}

  /** Takes a place for a socket that is about to open; answers how to give it back. */
  reserve(accountId: number, address: string): () => void {
    if ((this.perAccount.get(accountId) ?? 0) >= this.config.get('BESEDKA_SOCKETS_PER_ACCOUNT'))
      throw new Problem('socket/too-many', { detail: 'This account has too many open sockets.', retryAfter: 5 });
    if ((this.perAddress.get(address) ?? 0) >= this.config.get('BESEDKA_SOCKETS_PER_ADDRESS'))
      throw new Problem('socket/too-many', { detail: 'This address has too many open sockets.', retryAfter: 5 });
    count(this.perAccount, accountId, 1);
    count(this.perAddress, address, 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      count(this.perAccount, accountId, -1);
      count(this.perAddress, address, -1);
    };
  }

  add(connection: Connection): void {
    const own = this.byAccount.get(connection.accountId) ?? new Set();
    this.byAccount.set(connection.accountId, own.add(connection));
  }

  remove(connection: Connection): void {
    const own = this.byAccount.get(connection.accountId);
    own?.delete(connection);
    if (own?.size === 0) this.byAccount.delete(connection.accountId);
  }

  of(accountId: number): Connection[] {
    return [...(this.byAccount.get(accountId) ?? [])];
  }

  *all(): Iterable<Connection> {
    for (const own of this.byAccount.values()) yield* own;
  }
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}
