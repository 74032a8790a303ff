import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { migrationStatus } from '../platform/migrate.js';
import { Problem } from '../platform/problems.js';
import { WorkInFlight } from '../platform/work-in-flight.js';
import type { ReadinessView } from './health.dto.js';

/** A load balancer is told within two seconds, also when the database neither answers nor refuses. */
const PATIENCE_MS = 1_500;

/** Whether this node can do its work at this moment. */
@Injectable()
export class Readiness {
  private migrated = false;

  constructor(
    private readonly database: Database,
    private readonly work: WorkInFlight,
  ) {}

  /** Resolves when the node can serve; refuses with what is in the way. */
  async check(): Promise<ReadinessView> {
    if (this.work.draining) throw new Problem('server/draining', { retryAfter: 1 });
    const checks = await this.inTime(this.look());
    if (checks.database !== 'ok' || checks.migrations !== 'ok')
      throw new Problem('server/unavailable', { retryAfter: 1, extra: { checks } });
    return { status: 'ok', checks: { database: 'ok', migrations: 'ok' } };
  }

  private async look(): Promise<Checks> {
    try {
      await this.database.query('SELECT 1');
      // Migrations are never undone while the service runs.
      this.migrated ||= (await migrationStatus(this.database.source)).every((migration) => migration.applied);
      return { database: 'ok', migrations: this.migrated ? 'ok' : 'pending' };
    } catch {
      return AWAY;
    }
  }

  private async inTime(checks: Promise<Checks>): Promise<Checks> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Checks>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, AWAY)));
    return Promise.race([checks, late]).finally(() => clearTimeout(timer));
  }
}

interface Checks {
  database: 'ok' | 'unavailable';
  migrations: 'ok' | 'pending' | 'unknown';
}

const AWAY: Checks = { database: 'unavailable', migrations: 'unknown' };
