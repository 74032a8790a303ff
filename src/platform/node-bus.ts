/**
 * What nodes tell one another in passing, over Redis: hints, typing, changes of presence. Nothing durable may depend on it.
 *
 * Invariants, and what breaks without them:
 * - only what carries the seal of this very database is believed: on a Redis that many use, a stranger or a copy of this service would
 *   put messages into our rooms;
 * - one message is on its way at a time, what waits meanwhile goes together in the next, and beyond a limit it is dropped: a Redis that
 *   stands still would fill the memory of every node;
 * - whoever tells something never waits for it: sending a message must not become slower by it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ClusterIdentity } from './cluster-identity.js';
import { ThisNode } from './node.js';
import { RedisAway, RedisLink } from './redis.js';

/** Characters that may wait for the message before to arrive. */
const MOST_WAITING = 4 * 1024 * 1024;
const LARGEST_MESSAGE = 256 * 1024;
/** Older than this is late: clocks that differ make it slow, never wrong. */
const LATE_AFTER_MS = 2_000;
const PING_MS = 1_000;

/** Lines of one topic that arrived together; `late` when they were on their way for too long to be believed to show the present. */
export type BusListener = (lines: readonly string[], late: boolean) => void;

@Injectable()
export class NodeBus implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('bus');
  private readonly listeners = new Map<string, BusListener>();
  private waiting: string[] = [];
  private waitingSize = 0;
  private busy = false;
  private channel = '';
  private key: Buffer | undefined;
  private subscriber: Redis | undefined;
  private pinging: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: RedisLink,
    private readonly cluster: ClusterIdentity,
    private readonly node: ThisNode,
  ) {}

  onModuleInit(): void {
    if (this.redis.commands) void this.begin();
  }

  onApplicationShutdown(): void {
    clearInterval(this.pinging);
    this.key = undefined;
  }

  /** Whether what is told now is likely to reach the others. */
  get connected(): boolean {
    return this.key !== undefined && this.redis.ready;
  }

  /** Tells the other nodes one line, which must have no line break in it; it may get lost, and does without a connection. */
  tell(topic: string, line: string): void {
    if (!this.connected || this.waitingSize > MOST_WAITING) return;
    this.waiting.push(`${topic} ${line}`);
    this.waitingSize += line.length;
    if (!this.busy) {
      this.busy = true;
      setImmediate(() => void this.sendAll());
    }
  }

  /** Hears what other nodes tell under this topic; one listener a topic. */
  listen(topic: string, listener: BusListener): void {
    this.listeners.set(topic, listener);
  }

  private async begin(): Promise<void> {
    const identity = await this.cluster.known();
    if (!identity) return;
    this.channel = this.redis.key(`bus:${identity.name}`);
    this.key = identity.keyFor('bus');
    const subscriber = this.redis.open('bus');
    if (!subscriber) return;
    this.subscriber = subscriber;
    subscriber.on('message', (_channel, text) => this.hear(text));
    subscriber.on('ready', () => subscriber.subscribe(this.channel).catch(() => subscriber.disconnect(true)));
    if (subscriber.status === 'ready') subscriber.subscribe(this.channel).catch(() => subscriber.disconnect(true));
    this.pinging = setInterval(() => this.ping(subscriber), PING_MS);
    this.pinging.unref();
  }

  /** A connection that only listens would not notice that its other end is gone. */
  private ping(subscriber: Redis): void {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => subscriber.disconnect(true));
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0 && this.key) {
      const text = sealed(this.key, `${this.node.id} ${Date.now()}\n${this.take().join('\n')}`);
      await this.redis
        .inTime((redis) => redis.publish(this.channel, text))
        .catch((error: unknown) => {
          if (!(error instanceof RedisAway)) this.logger.debug({ error: String(error) }, 'not told');
        });
    }
    this.busy = false;
  }

  private take(): string[] {
    let size = 0;
    let count = 0;
    while (count < this.waiting.length && (count === 0 || size + this.waiting[count]!.length <= LARGEST_MESSAGE))
      size += this.waiting[count++]!.length;
    const lines = count === this.waiting.length ? this.waiting : this.waiting.slice(0, count);
    this.waiting = count === this.waiting.length ? [] : this.waiting.slice(count);
    this.waitingSize = this.waiting.length === 0 ? 0 : this.waitingSize - size;
    return lines;
  }

  private hear(text: string): void {
    const body = this.key && unsealed(this.key, text);
    if (body === undefined) return;
    const [head, ...lines] = body.split('\n');
    const [from, at] = head!.split(' ');
    if (from === this.node.id) return;
    const late = Math.abs(Date.now() - Number(at)) > LATE_AFTER_MS;
    const byTopic = new Map<string, string[]>();
    for (const line of lines) {
      const end = line.indexOf(' ');
      const topic = line.slice(0, end);
      const own = byTopic.get(topic) ?? [];
      own.push(line.slice(end + 1));
      byTopic.set(topic, own);
    }
    for (const [topic, own] of byTopic) this.told(topic, own, late);
  }

  private told(topic: string, lines: readonly string[], late: boolean): void {
    try {
      this.listeners.get(topic)?.(lines, late);
    } catch (error) {
      this.logger.warn({ topic, error: String(error) }, 'what another node told could not be used');
    }
  }
}

function sealOf(key: Buffer, body: string): Buffer {
  return createHmac('sha256', key).update(body).digest();
}

function sealed(key: Buffer, body: string): string {
  return `${sealOf(key, body).toString('base64url')}\n${body}`;
}

function unsealed(key: Buffer, text: string): string | undefined {
  const end = text.indexOf('\n');
  const seal = Buffer.from(text.slice(0, Math.max(0, end)), 'base64url');
  const body = text.slice(end + 1);
  const due = sealOf(key, body);
  return seal.length === due.length && timingSafeEqual(seal, due) ? body : undefined;
}
