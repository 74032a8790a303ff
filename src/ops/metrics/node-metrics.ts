import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Database } from '../../platform/database.js';
import { registry } from '../../platform/metrics.js';

const POOL = 'besedka_database_connections';
const DELAY = 'besedka_event_loop_delay_seconds';
const NANOSECONDS = 1e9;
const QUANTILES = [50, 99, 100] as const;

/** What is read off this process when somebody asks: its pool of database connections, and how late its event loop is. */
@Injectable()
export class NodeMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly delay = monitorEventLoopDelay({ resolution: 10 });

  constructor(private readonly database: Database) {}

  onApplicationBootstrap(): void {
    const { database, delay } = this;
    delay.enable();
    forget();
    new Gauge({
      name: POOL,
      help: 'Database connections of this process: used and idle; waiting are those who wait for one.',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { used, idle, waiting } = database.pool;
        this.set({ state: 'used' }, used);
        this.set({ state: 'idle' }, idle);
        this.set({ state: 'waiting' }, waiting);
      },
    });
    new Gauge({
      name: DELAY,
      help: 'How late the event loop was since the last scrape: median, 99th percentile (quantile 0.99) and the most (1).',
      labelNames: ['quantile'],
      registers: [registry],
      collect() {
        for (const percent of QUANTILES) {
          const late = percent === 100 ? delay.max : delay.percentile(percent);
          this.set({ quantile: String(percent / 100) }, Math.max(0, late / NANOSECONDS));
        }
        delay.reset();
      },
    });
  }

  onApplicationShutdown(): void {
    this.delay.disable();
    forget();
  }
}

/** They read what is closed with the application. */
function forget(): void {
  for (const name of [POOL, DELAY]) registry.removeSingleMetric(name);
}
