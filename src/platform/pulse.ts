/**
 * Whether the database answers at all, so that nobody waits for one that neither answers nor refuses.
 *
 * Invariants, and what breaks without them:
 * - while statements wait and none is answered, a connection of its own asks: a slow statement is no reason to cut the others;
 * - who is cut is told that the fate of his commit is unknown, as with any lost connection: never success, never plain failure;
 * - a process that was itself too busy to hear an answer does not conclude that there was none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { databaseCode, isDatabaseAway } from './problem-of.js';
import { Problem } from './problems.js';

const LOOK_MS = 100;
/** Without an answer for so long it is asked. */
const SUSPICIOUS_MS = 500;
const PROBE_MS = 800;
/** While it is away it is asked more often than it could answer in a crowd: it has to be found at once. */
const PROBE_AWAY_MS = 300;
/** A look that is so late says that this process was busy. */
const BUSY_MS = 300;

export class Pulse {
  private readonly logger = new Logger('database');
  private readonly inUse = new Set<pg.PoolClient>();
  private underWay = 0;
  private answeredAt = 0;
  private busyAt = 0;
  private lookedAt = 0;
  private probing = false;
  private away = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly address: pg.ClientConfig,
  ) {
    pool.on('acquire', (client) => this.inUse.add(client));
    pool.on('release', (_error, client) => this.inUse.delete(client));
    pool.on('remove', (client) => this.inUse.delete(client));
  }

  /** Runs what waits for the database; refuses at once while that does not answer. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.away) throw new Problem('server/unavailable', { retryAfter: 1 });
    if (this.underWay++ === 0) this.watch();
    try {
      const result = await work();
      this.answeredAt = performance.now();
      return result;
    } catch (error) {
      if (!isDatabaseAway(error)) this.answeredAt = performance.now();
      throw error;
    } finally {
      this.underWay--;
    }
  }

  private watch(): void {
    this.answeredAt = this.lookedAt = performance.now();
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  private look(): void {
    const now = performance.now();
    if (now - this.lookedAt > BUSY_MS) this.busyAt = now;
    this.lookedAt = now;
    if (this.underWay === 0 && !this.away) {
      clearInterval(this.timer);
      this.timer = undefined;
    } else if (!this.probing && (this.away || now - Math.max(this.answeredAt, this.busyAt) > SUSPICIOUS_MS)) {
      this.probing = true;
      void this.ask(now).finally(() => (this.probing = false));
    }
  }

  private async ask(since: number): Promise<void> {
    const answers = await this.probe();
    if (answers) this.answeredAt = performance.now();
    if (answers && this.away) {
      this.away = false;
      this.logger.log('the database answers again');
    }
    const heardMeanwhile = this.answeredAt > since || this.busyAt > since;
    if (!answers && !this.away && !heardMeanwhile) this.cut();
  }

  private async probe(): Promise<boolean> {
    const client = new pg.Client({ ...this.address, application_name: 'besedka-pulse' });
    client.on('error', () => undefined);
    let answers: boolean | undefined;
    const asked = client
      .connect()
      .then(() => client.query('SELECT 1'))
      .then(
        () => (answers = true),
        // Whoever refuses with a code of SQL is there.
        (error: unknown) => (answers = /^[0-9A-Z]{5}$/.test(databaseCode(error) ?? '')),
      );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.away ? PROBE_AWAY_MS : PROBE_MS)));
    await Promise.race([asked, late]);
    clearTimeout(timer);
    // An answer that has come while we were busy counts.
    await nextTurn();
    void client.end().catch(() => undefined);
    return answers ?? false;
  }

  /** Ends every connection: those in use wait for nothing, and idle ones may lead nowhere when the way is open again. */
  private cut(): void {
    this.away = true;
    this.logger.warn({ connections: this.pool.totalCount, waiting: this.underWay }, 'the database does not answer');
    for (const client of this.inUse) void (client as unknown as pg.Client).end().catch(() => undefined);
    for (let idle = this.pool.idleCount; idle > 0; idle--)
      this.pool.connect().then(
        (client) => client.release(true),
        () => undefined,
      );
  }
}
