import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Hints, type Hint } from './hints.js';
import { databaseCode } from './problem-of.js';
import { rowsOf, type Sql } from './sql.js';
import { Tx } from './tx.js';

const MOST_TRIES = 4;
const WORTH_A_RETRY = new Set(['40P01', '40001']);

/** The only way to the database. `write` is the only maker of a `Tx`, so nothing can be told outside a transaction. */
@Injectable()
export class Database implements Sql {
  constructor(
    readonly source: DataSource,
    private readonly hints: Hints,
  ) {}

  get manager(): EntityManager {
    return this.source.manager;
  }

  /** Runs one statement outside a transaction. */
  async query<Row extends object = Record<string, unknown>>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return rowsOf<Row>(await this.source.query(statement, values as unknown[]));
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
  async write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const recorded: Hint[] = [];
      try {
        const result = await this.source.transaction('READ COMMITTED', (manager) => work(new Tx(manager, recorded)));
        if (recorded.length > 0) this.hints.publish(recorded);
        return result;
      } catch (error) {
        if (attempt >= MOST_TRIES || !WORTH_A_RETRY.has(databaseCode(error) ?? '')) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }
}
