import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { Hints, type Hint } from './hints.js';
import { metrics, secondsSince } from './metrics.js';
import { clientConfigOf } from './node-link.js';
import { databaseCode } from './problem-of.js';
import { Pulse } from './pulse.js';
import { rowsOf, type Sql } from './sql.js';
import { inSpan } from './tracing.js';
import { Tx } from './tx.js';

const MOST_TRIES = 4;
const WORTH_A_RETRY = new Set(['40P01', '40001']);

const committed = metrics.commits.labels('change');
const commitSeconds = metrics.commitSeconds.labels('change');

/** The only way to the database. `write` is the only maker of a `Tx`, so nothing can be told outside a transaction. */
@Injectable()
export class Database implements Sql {
  private readonly pulse: Pulse;

  constructor(
    readonly source: DataSource,
    private readonly hints: Hints,
  ) {
    this.pulse = new Pulse(this.connections, clientConfigOf(source));
  }

  /** How many connections of the pool are in use and idle, and how many callers wait for one. */
  get pool(): { used: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.connections;
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  private get connections(): pg.Pool {
    return (this.source.driver as unknown as { master: pg.Pool }).master;
  }

  get manager(): EntityManager {
    return this.source.manager;
  }

  /** Runs one statement outside a transaction. */
  async query<Row extends object = Record<string, unknown>>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return rowsOf<Row>(await this.pulse.during(() => this.source.query(statement, values as unknown[])));
  }

  /** Runs one statement that is a whole transaction by itself, and gives the hints that follow from its answer after it has committed. */
  async execute<Row extends object>(
    statement: string,
    values: readonly unknown[],
    hintsOf: (rows: Row[]) => Hint[],
  ): Promise<Row[]> {
    const rows = await this.query<Row>(statement, values);
    this.hints.publish(hintsOf(rows));
    return rows;
  }

  /**
   * Runs `work` in one transaction and resolves after COMMIT has returned; hints leave only then. `work` may run again after a
   * deadlock or a serialization failure, so it must have no effect outside `tx`.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inSpan('db.write', {}, () => this.tryToWrite(work));
  }

  private async tryToWrite<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const recorded: Hint[] = [];
      const began = performance.now();
      try {
        const result = await this.pulse.during(() =>
          this.source.transaction('READ COMMITTED', (manager) => work(new Tx(manager, recorded))),
        );
        committed.inc();
        commitSeconds.observe(secondsSince(began));
        if (recorded.length > 0) this.hints.publish(recorded);
        return result;
      } catch (error) {
        if (attempt >= MOST_TRIES || !WORTH_A_RETRY.has(databaseCode(error) ?? '')) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }
}
