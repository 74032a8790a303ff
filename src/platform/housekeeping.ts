/**
 * Takes away what nobody needs any more, a little at a time, for as long as the service runs.
 *
 * Invariants, and what breaks without them:
 * - a step is a short transaction over rows in the order of their ids: a long one would hold back the cleaning of the tables under load;
 * - over all nodes one step at a time: two would wait for each other's rows;
 * - a run that was interrupted is simply begun again: what it had done is done.
 */
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from './config.js';
import { Database } from './database.js';
import type { Tx } from './tx.js';

const FIRST_MS = 5_000;
const EVERY_MS = 60 * 60_000;
const MOST_IN_STEP = 500;

/** Looks at the next `most` rows behind this id and deletes those that were over `days` days ago; answers the last id it looked at. */
type Chore = (tx: Tx, after: number, most: number, days: number) => Promise<number | undefined>;

@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('housekeeping');
  private readonly chores: Chore[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  add(chore: Chore): void {
    this.chores.push(chore);
  }

  onApplicationBootstrap(): void {
    this.runIn(FIRST_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  /** Does all that is due, unless another node is at it. */
  run(): Promise<void> {
    return (this.running ??= this.runAll().finally(() => (this.running = undefined)));
  }

  private runIn(milliseconds: number): void {
    this.timer = setTimeout(() => {
      void this.run()
        .catch((error: unknown) => this.logger.warn({ error: String(error) }, 'not finished; it is begun again later'))
        .finally(() => this.stopped || this.runIn(EVERY_MS));
    }, milliseconds).unref();
  }

  private async runAll(): Promise<void> {
    for (const chore of this.chores)
      for (let after: number | undefined = 0; after !== undefined && !this.stopped;)
        after = await this.database.write((tx) => this.step(tx, chore, after!));
  }

  private async step(tx: Tx, chore: Chore, after: number): Promise<number | undefined> {
    const [lock] = await tx.query<{ alone: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtext('besedka'), hashtext('housekeeping')) AS alone`,
    );
    return lock!.alone ? await chore(tx, after, MOST_IN_STEP, this.config.get('BESEDKA_RETENTION_DAYS')) : undefined;
  }
}
