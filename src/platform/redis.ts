/**
 * The connections to Redis, where `REDIS_URL` names one. Redis carries hints, presence and counters of limits only.
 *
 * Invariants, and what breaks without them:
 * - nobody waits for a Redis that does not answer longer than 50 ms, and once: a call that is late closes the connection, and until a new
 *   one has answered every call is refused at once. Else a paused Redis would delay each request;
 * - nothing queues for a connection that is not there, and nothing is sent again: what comes late is worth nothing, and the queue would grow;
 * - errors of a connection never reach the process: they are told once, when it goes, and once, when it is back.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Config } from './config.js';

const PATIENCE_MS = 50;
/** Bounds what still waits for an answer on a connection that somebody uses without `inTime`. */
const COMMAND_MS = 1_000;
const CONNECT_MS = 2_000;
const LONGEST_PAUSE_MS = 1_000;

/** Why Redis was not asked, or did not answer in time. */
export class RedisAway extends Error {}

@Injectable()
export class RedisLink implements OnApplicationShutdown {
  /** The connection for commands; undefined without `REDIS_URL`. Whoever serves a request asks through `inTime`. */
  readonly commands: Redis | undefined;
  private readonly logger = new Logger('redis');
  private readonly url: string | undefined;
  private readonly prefix: string;
  private readonly connections: Redis[] = [];

  constructor(config: Config) {
    this.url = config.get('REDIS_URL');
    this.prefix = config.get('BESEDKA_REDIS_PREFIX');
    this.commands = this.open('commands');
  }

  /** Whether a command would be sent now. */
  get ready(): boolean {
    return this.commands?.status === 'ready';
  }

  /** The name of a key or channel, apart from those of other services on the same Redis. */
  key(name: string): string {
    return `${this.prefix}:${name}`;
  }

  /** Runs commands, or rejects: at once when there is no connection, after 50 ms when no answer has come. */
  async inTime<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = this.commands;
    if (redis?.status !== 'ready') throw new RedisAway('there is no connection');
    const answer = work(redis);
    answer.catch(() => undefined);
    const deadline = new AbortController();
    try {
      return await Promise.race([answer, tooLate(deadline.signal)]);
    } catch (error) {
      if (error instanceof RedisAway && redis.status === 'ready') redis.disconnect(true);
      throw error;
    } finally {
      deadline.abort();
    }
  }

  /** One more connection, for what cannot share one, such as subscriptions; undefined without `REDIS_URL`. */
  open(name: string): Redis | undefined {
    if (this.url === undefined) return undefined;
    const redis = new Redis(this.url, {
      connectionName: `besedka-${name}`,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_MS,
      connectTimeout: CONNECT_MS,
      keepAlive: 10_000,
      retryStrategy: (times) => Math.min(times * 50, LONGEST_PAUSE_MS),
    });
    let away = false;
    redis.on('error', (error: Error) => {
      if (!away) this.logger.warn({ connection: name, error: error.message }, 'Redis is away');
      away = true;
    });
    redis.on('ready', () => {
      if (away) this.logger.log({ connection: name }, 'Redis is back');
      away = false;
    });
    redis.connect().catch(() => undefined);
    this.connections.push(redis);
    return redis;
  }

  onApplicationShutdown(): void {
    for (const redis of this.connections) redis.disconnect();
  }
}

/** Rejects when the time is over; an answer that came while this process was busy still counts. */
async function tooLate(signal: AbortSignal): Promise<never> {
  await sleep(PATIENCE_MS, undefined, { signal }).catch(() => undefined);
  await nextTurn();
  throw new RedisAway(`no answer within ${PATIENCE_MS} ms`);
}
