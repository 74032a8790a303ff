import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Problem } from '../platform/problems.js';
import { OutgoingClient } from './outgoing.client.js';

const PATIENCE_MS = 5_000;
const FRESH_MS = 10 * 60_000;
const LEAST_BETWEEN_MS = 30_000;
const MOST_KEPT = 1_000;

interface KeptSet {
  keys: JWTVerifyGetKey;
  kids: ReadonlySet<string>;
  at: number;
}

/** Key sets of integrators, from the addresses they gave us. */
@Injectable()
export class JwksClient {
  private readonly sets = new Map<string, KeptSet>();
  private readonly asking = new Map<string, Promise<KeptSet>>();

  constructor(private readonly outgoing: OutgoingClient) {}

  /** The keys at this address, asked anew when they are old or lack this key; integrator/url-not-allowed where there are none. */
  async keysFor(url: string, kid?: string): Promise<JWTVerifyGetKey> {
    const kept = this.sets.get(url);
    const age = kept ? performance.now() - kept.at : Infinity;
    const lacks = kid !== undefined && kept && !kept.kids.has(kid);
    if (kept && age < FRESH_MS && !(lacks && age > LEAST_BETWEEN_MS)) return kept.keys;
    try {
      return (await this.ask(url)).keys;
    } catch (error) {
      // A server that is away for a while does not lock its people out.
      if (!kept) throw error;
      kept.at = performance.now() - FRESH_MS + LEAST_BETWEEN_MS;
      return kept.keys;
    }
  }

  private ask(url: string): Promise<KeptSet> {
    const asking =
      this.asking.get(url) ??
      this.fetched(url)
        .then((set) => {
          if (this.sets.size >= MOST_KEPT) this.sets.clear();
          this.sets.set(url, set);
          return set;
        })
        .finally(() => this.asking.delete(url));
    this.asking.set(url, asking);
    return asking;
  }

  private async fetched(url: string): Promise<KeptSet> {
    try {
      const set = JSON.parse(await this.download(url)) as JSONWebKeySet;
      const keys = createLocalJWKSet(set);
      return { keys, kids: new Set(set.keys.map(({ kid }) => String(kid))), at: performance.now() };
    } catch {
      throw new Problem('integrator/url-not-allowed');
    }
  }

  private async download(url: string): Promise<string> {
    const headers = { accept: 'application/json' };
    const { status, body, cut } = await this.outgoing.ask(url, { method: 'GET', headers, patience: PATIENCE_MS });
    if (status !== 200 || cut) throw new Error('no key set');
    return body;
  }
}
