/**
 * The one way out: requests to addresses that integrators gave us.
 *
 * Invariants, and what breaks without them:
 * - an address is judged by what its name resolves to, each time a connection is made: a name that leads into our network, or is turned to it
 *   after it was accepted, would make us ask there;
 * - no redirect is followed: it would lead past that judgement;
 * - every exchange ends, by time or by size: a receiver that dribbles would hold us for ever.
 */
import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { Config } from '../platform/config.js';
import { Problem } from '../platform/problems.js';

const MOST_BYTES = 64 * 1024;
const LOOKUP_MS = 2_000;

export interface OutgoingRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds for all of it. */
  patience: number;
  /** Gives up earlier. */
  signal?: AbortSignal;
}

export interface OutgoingAnswer {
  status: number;
  /** At most 64 KB; `cut` when there was more, which is left unread. */
  body: string;
  cut: boolean;
}

/** Why there was no answer: the address is not allowed, it was too late, or the connection failed. */
export class NoAnswer extends Error {
  constructor(readonly reason: 'not-allowed' | 'timeout' | 'connection') {
    super(reason);
  }
}

@Injectable()
export class OutgoingClient implements OnApplicationShutdown {
  private readonly allowed: readonly string[];
  private readonly http: RequestFilteringHttpAgent;
  private readonly https: RequestFilteringHttpsAgent;

  constructor(config: Config) {
    this.allowed = config.get('BESEDKA_OUTGOING_ALLOWED');
    const options = { keepAlive: true, allowIPAddressList: [...this.allowed] };
    this.http = new RequestFilteringHttpAgent(options);
    this.https = new RequestFilteringHttpsAgent(options);
  }

  onApplicationShutdown(): void {
    this.http.destroy();
    this.https.destroy();
  }

  /** Refuses, with integrator/url-not-allowed, an address that could not be asked now. One whose name is not known yet passes. */
  async judge(url: string): Promise<void> {
    const target = this.targetOf(url);
    const host = target && hostOf(target);
    const addresses = host === undefined ? [] : isIP(host) ? [host] : await resolved(host);
    if (!target || addresses.some((address) => this.refuses(address))) throw new Problem('integrator/url-not-allowed');
  }

  /** The answer, whatever its status; rejects with NoAnswer. */
  async ask(url: string, request: OutgoingRequest): Promise<OutgoingAnswer> {
    const target = this.targetOf(url);
    if (!target) throw new NoAnswer('not-allowed');
    const patience = AbortSignal.timeout(request.patience);
    const signal = request.signal ? AbortSignal.any([patience, request.signal]) : patience;
    try {
      return await this.exchange(target, request, signal);
    } catch (error) {
      if (patience.aborted) throw new NoAnswer('timeout');
      throw new NoAnswer(/is not allowed/.test(String(error)) ? 'not-allowed' : 'connection');
    }
  }

  private exchange(target: URL, asked: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer> {
    const { method, headers, body } = asked;
    const secure = target.protocol === 'https:';
    const make = secure ? requestHttps : requestHttp;
    const agent = secure ? this.https : this.http;
    return new Promise<OutgoingAnswer>((resolve, reject) => {
      const request = make(target, { method, agent, signal, headers }, (answer) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        const done = (cut: boolean): void =>
          resolve({ status: answer.statusCode!, body: Buffer.concat(parts).toString('utf8'), cut });
        answer.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes <= MOST_BYTES) return void parts.push(part);
          done(true);
          request.destroy();
        });
        answer.on('end', () => done(false));
        answer.on('error', reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that was closed over there in this very moment says nothing about the receiver.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted)
          resolve(this.exchange(target, asked, signal));
        else reject(error);
      });
      request.end(body);
    });
  }

  private targetOf(url: string): URL | undefined {
    if (!URL.canParse(url)) return undefined;
    const target = new URL(url);
    const { protocol, username, password, port } = target;
    const open = protocol === 'http:' && this.allowed.includes(hostOf(target));
    return (protocol === 'https:' || open) && username === '' && password === '' && port !== '0' ? target : undefined;
  }

  /** The agent's own judgement of an IP address: the connection that it begins for a good one is not made. */
  private refuses(address: string): boolean {
    const socket = this.http.createConnection({ host: address, port: 9 });
    socket.on('error', () => undefined);
    const refused = socket.errored !== null;
    socket.destroy();
    return refused;
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

async function resolved(host: string): Promise<string[]> {
  const known = lookup(host, { all: true }).then(
    (addresses) => addresses.map(({ address }) => address),
    () => [],
  );
  return await Promise.race([known, sleep(LOOKUP_MS, [], { ref: false })]);
}
