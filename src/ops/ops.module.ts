import { Module } from '@nestjs/common';
import { FrontController } from './front.controller.js';
import { HealthController } from './health.controller.js';
import { ProblemPagesController } from './problem-pages.controller.js';
import { Readiness } from './readiness.js';
import { SetupPageController } from './setup-page.controller.js';

/** What operators and integrators look at: health and the pages about problems. The documents are served by `serveDocuments`. */
@Module({
  controllers: [FrontController, HealthController, ProblemPagesController, SetupPageController],
  providers: [Readiness],
})
export class OpsModule {}
