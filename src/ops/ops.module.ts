import { Module } from '@nestjs/common';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { Drain } from './drain.service.js';
import { HealthController } from './health.controller.js';
import { NodeMetrics } from './metrics/node-metrics.js';
import { ProblemPagesController } from './problem-pages.controller.js';
import { Readiness } from './readiness.js';
import { SetupPageController } from './setup-page.controller.js';

/** What operators and integrators look at: health and the pages about problems. The documents are served by `serveDocuments`. */
@Module({
  imports: [RealtimeModule],
  controllers: [HealthController, ProblemPagesController, SetupPageController],
  providers: [Drain, NodeMetrics, Readiness],
})
export class OpsModule {}
