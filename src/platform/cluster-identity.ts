import { createHash, createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from './database.js';
import { databaseCode } from './problem-of.js';

const RETRY_MS = 1_000;
const NOT_ALLOWED = '42501';

/** What all nodes on one database have in common, and nobody else. */
export interface Identity {
  /** A name that no other database has; it tells nothing of the secret. */
  name: string;
  /** A key for one purpose. */
  keyFor(purpose: string): Buffer;
}

/** Knows which database this is. A copy of it is another one, although it holds the same secret. */
@Injectable()
export class ClusterIdentity implements OnApplicationShutdown {
  private readonly logger = new Logger('cluster');
  private identity: Promise<Identity | undefined> | undefined;
  private stopped = false;

  constructor(private readonly database: Database) {}

  onApplicationShutdown(): void {
    this.stopped = true;
  }

  /** Resolves once the database has said it; with undefined when this node stops before. */
  known(): Promise<Identity | undefined> {
    return (this.identity ??= this.learn());
  }

  private async learn(): Promise<Identity | undefined> {
    while (!this.stopped) {
      try {
        return identityOf(await this.secret());
      } catch (error) {
        this.logger.warn({ error: String(error) }, 'the identity of the database could not be read');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }

  private async secret(): Promise<string> {
    const [row] = await this.database.query<{ secret: string; database: string }>(
      `SELECT encode(secret, 'hex') AS secret, (SELECT concat(oid, '') FROM pg_database WHERE datname = current_database()) AS database FROM cluster`,
    );
    return [row!.secret, row!.database, await this.system()].join(' ');
  }

  /** Tells a dump that was restored elsewhere from its origin; not every provider lets one ask. */
  private async system(): Promise<string> {
    try {
      const [row] = await this.database.query<{ id: string }>(
        `SELECT concat(system_identifier, '') AS id FROM pg_control_system()`,
      );
      return row!.id;
    } catch (error) {
      if (databaseCode(error) === NOT_ALLOWED) return '';
      throw error;
    }
  }
}

function identityOf(secret: string): Identity {
  const keyFor = (purpose: string) => createHmac('sha256', secret).update(purpose).digest();
  return { name: createHash('sha256').update(keyFor('name')).digest('hex').slice(0, 16), keyFor };
}
