import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { AppealRepository } from './appeals/appeal.repository.js';
import { AppealsController } from './appeals/appeals.controller.js';
import { AppealsService } from './appeals/appeals.service.js';
import { OwnAppealsController } from './appeals/own-appeals.controller.js';
import { Undoing } from './appeals/undoing.service.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { BlockRepository } from './block.repository.js';
import { BlocksController } from './blocks.controller.js';
import { BlocksService } from './blocks.service.js';
import { DeletionJobs } from './deletion-jobs.service.js';
import { FilterScreen } from './filters/filter.screen.js';
import { FlaggedMessageRepository } from './filters/flagged-message.repository.js';
import { FlaggedMessages } from './filters/flagged-messages.service.js';
import { HeldMessageRepository } from './filters/held-message.repository.js';
import { HeldMessages } from './filters/held-messages.service.js';
import { FilterRepository } from './filters/filter.repository.js';
import { FilterSet } from './filters/filter-set.js';
import { FiltersController } from './filters/filters.controller.js';
import { FiltersService } from './filters/filters.service.js';
import { ModerationHealthController } from './health/moderation-health.controller.js';
import { ModerationHealthRepository } from './health/moderation-health.repository.js';
import { ModerationHealth } from './health/moderation-health.service.js';
import { HierarchyRules } from './hierarchy.rules.js';
import { JobRepository } from './job.repository.js';
import { OwnSanctionsController } from './own-sanctions.controller.js';
import { RemovalsController } from './removals.controller.js';
import { SanctionRepository } from './sanction.repository.js';
import { SanctionsController } from './sanctions.controller.js';
import { SanctionsService } from './sanctions.service.js';
import { WarningsService } from './warnings.service.js';
import { CaseRepository } from './reports/case.repository.js';
import { CasesController } from './reports/cases.controller.js';
import { CasesService } from './reports/cases.service.js';
import { DecisionActions } from './reports/decision-actions.js';
import { DecisionsService } from './reports/decisions.service.js';
import { ReportCases } from './reports/report-cases.service.js';
import { ReportRepository } from './reports/report.repository.js';
import { ReportsController } from './reports/reports.controller.js';
import { ReportsService } from './reports/reports.service.js';

/** Blocks, the removal of content, and the log of it all. */
@Module({
  imports: [AccountsModule, RoomsModule, MessagingModule],
  controllers: [
    BlocksController,
    RemovalsController,
    AuditController,
    SanctionsController,
    OwnSanctionsController,
    ReportsController,
    CasesController,
    AppealsController,
    OwnAppealsController,
    FiltersController,
    ModerationHealthController,
  ],
  providers: [
    BlockRepository,
    JobRepository,
    AuditRepository,
    SanctionRepository,
    HierarchyRules,
    BlocksService,
    DeletionJobs,
    AuditService,
    SanctionsService,
    WarningsService,
    CaseRepository,
    ReportRepository,
    ReportCases,
    ReportsService,
    CasesService,
    DecisionActions,
    DecisionsService,
    AppealRepository,
    AppealsService,
    Undoing,
    FilterRepository,
    FilterSet,
    FiltersService,
    FilterScreen,
    HeldMessageRepository,
    HeldMessages,
    FlaggedMessageRepository,
    FlaggedMessages,
    ModerationHealthRepository,
    ModerationHealth,
  ],
  exports: [BlocksService, DeletionJobs],
})
export class ModerationModule {}
