import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { useAgent } from 'request-filtering-agent';
import { Config } from '../platform/config.js';
import { Problem } from '../platform/problems.js';

const PATIENCE_MS = 5_000;
const MOST_BYTES = 64 * 1024;
const FRESH_MS = 10 * 60_000;
const LEAST_BETWEEN_MS = 30_000;
const MOST_KEPT = 1_000;

interface KeptSet {
  keys: JWTVerifyGetKey;
  kids: ReadonlySet<string>;
  at: number;
}

/**
 * Key sets of integrators, from the addresses they gave us. An address is judged when it is connected to, after its name was resolved: a
 * name that leads into our network, or is turned to it later, reaches nothing there. No redirect is followed.
 */
@Injectable()
export class JwksClient {
  private readonly sets = new Map<string, KeptSet>();
  private readonly asking = new Map<string, Promise<KeptSet>>();

  constructor(private readonly config: Config) {}

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

  private download(url: string): Promise<string> {
    const allowed = this.config.get('BESEDKA_OUTGOING_ALLOWED');
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:' && !allowed.includes(hostname)) return Promise.reject(new Error('not https'));
    const get = protocol === 'https:' ? getHttps : getHttp;
    return new Promise((resolve, reject) => {
      const agent = useAgent(url, { allowIPAddressList: [...allowed] });
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const request = get(url, { agent, signal, headers: { accept: 'application/json' } }, (answer) => {
        const fail = (): void => void request.destroy(new Error('no key set'));
        if (answer.statusCode !== 200) return fail();
        const parts: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > MOST_BYTES) fail();
          else parts.push(part);
        });
        answer.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
        answer.on('error', reject);
      });
      request.on('error', reject);
    });
  }
}
