/** Bugs for the checker to find, planted into the running service from outside: the service itself knows nothing of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { MessagingService } from '../../../src/messaging/messaging.service.js';
import { SendRepository } from '../../../src/messaging/send.repository.js';
import { Database } from '../../../src/platform/database.js';
import type { Hint, Hints } from '../../../src/platform/hints.js';
import { Problem } from '../../../src/platform/problems.js';
import { rowsOf } from '../../../src/platform/sql.js';
import { Connection } from '../../../src/realtime/connection.js';
import { joinFacts } from '../../../src/realtime/joined-frames.js';
import { RoomStream } from '../../../src/realtime/room-stream.js';
import type { SEEDED_BUGS, SeededBug } from './bug-names.js';
import { CLUSTER_PLANTS } from './cluster-bugs.js';

const UNCOMMITTED_MS = 200;
const FORGOTTEN = 'false /* the key is not looked for */';

const BUGS: Record<keyof typeof SEEDED_BUGS, () => void> = {
  'acknowledge-before-commit': acknowledgeBeforeCommit,
  'forgetful-engine': forgetfulEngine,
  'no-deduplication': noDeduplication,
  'gap-in-seq': gapInSeq,
  'swapped-emission': swappedEmission,
  'lost-at-the-seam': lostAtTheSeam,
  'refused-but-stored': refusedButStored,
};

/** Call it before the service starts. */
export function plant(bug: SeededBug): void {
  ({ ...BUGS, ...CLUSTER_PLANTS })[bug]();
}

function acknowledgeBeforeCommit(): void {
  let committed: Promise<void> = Promise.resolve();
  executeBy(async (source, statementOn) => {
    await committed;
    const runner = source.createQueryRunner();
    const release = (): Promise<void> => runner.release().catch(() => undefined);
    try {
      await runner.startTransaction();
      const rows = await statementOn(runner);
      committed = sleep(UNCOMMITTED_MS)
        .then(() => runner.commitTransaction())
        .catch(() => undefined)
        .finally(release);
      return rows;
    } catch (error) {
      await release();
      throw error;
    }
  });
}

/** Commits before it answers, but PostgreSQL does not wait for the disk: only the death of PostgreSQL itself shows it. */
function forgetfulEngine(): void {
  executeBy((source, statementOn) =>
    source.transaction(async (manager) => {
      await manager.query('SET LOCAL synchronous_commit = off');
      return statementOn(manager);
    }),
  );
}

interface Queryable {
  query(statement: string, values?: unknown[]): Promise<unknown>;
}

/** Lets the write path run its statement in another way. */
function executeBy(
  run: (source: DataSource, statementOn: (by: Queryable) => Promise<object[]>) => Promise<object[]>,
): void {
  Database.prototype.execute = async function executeOtherwise<Row extends object>(
    this: Database,
    statement: string,
    values: readonly unknown[],
    hintsOf: (rows: Row[]) => Hint[],
  ): Promise<Row[]> {
    const rows = await run(this.source, async (by) => rowsOf<Row>(await by.query(statement, [...values])));
    (this as unknown as { hints: Hints }).hints.publish(hintsOf(rows as Row[]));
    return rows as Row[];
  };
}

function noDeduplication(): void {
  beforeSend(
    once(async (database) => {
      await database.query('ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_author_id_client_id_key');
      const [found] = await database.query<{ source: string }>(
        `SELECT pg_get_functiondef('send_messages'::regproc) AS source`,
      );
      const forgetful = found!.source.replace(/\S*client_id = ask\.client/g, FORGOTTEN);
      if (!forgetful.includes(FORGOTTEN))
        throw new Error('send_messages does not look for a known key where it used to');
      await database.query(forgetful);
    }),
  );
}

function gapInSeq(): void {
  let batches = 0;
  beforeSend(async (database, [message]) => {
    if (++batches % 20 === 0)
      await database.query('UPDATE rooms SET last_seq = last_seq + 1 WHERE id = $1', [message!.roomId]);
  });
}

type Batch = Parameters<SendRepository['send']>[0];

function beforeSend(work: (database: Database, batch: Batch) => Promise<void>): void {
  const { send } = SendRepository.prototype;
  SendRepository.prototype.send = async function sendAfterWork(this: SendRepository, batch) {
    await work((this as unknown as { database: Database }).database, batch);
    return send.call(this, batch);
  };
}

function once(work: (database: Database) => Promise<void>): (database: Database) => Promise<void> {
  let done: Promise<void> | undefined;
  return (database) => (done ??= work(database));
}

function swappedEmission(): void {
  const { deliver } = Connection.prototype;
  let batches = 0;
  Connection.prototype.deliver = function deliverSwapped(this: Connection, batch) {
    const [first, second, ...rest] = batch.facts;
    const swapped = first && second && ++batches % 10 === 0;
    deliver.call(this, swapped ? joinFacts([second, first, ...rest]) : batch);
  };
}

function lostAtTheSeam(): void {
  const { release } = RoomStream.prototype;
  RoomStream.prototype.release = function releaseTooFar(this: RoomStream, subscription, position) {
    release.call(this, subscription, position + 1);
  };
}

function refusedButStored(): void {
  const { send } = MessagingService.prototype;
  let sends = 0;
  MessagingService.prototype.send = async function sendAndRefuse(this: MessagingService, ...request) {
    const answer = await send.apply(this, request);
    if (++sends % 100 === 0) throw new Problem('room/forbidden');
    return answer;
  };
}
