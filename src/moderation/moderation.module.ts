import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { BlockRepository } from './block.repository.js';
import { BlocksController } from './blocks.controller.js';
import { BlocksService } from './blocks.service.js';
import { DeletionJobs } from './deletion-jobs.service.js';
import { HierarchyRules } from './hierarchy.rules.js';
import { JobRepository } from './job.repository.js';
import { RemovalsController } from './removals.controller.js';

/** Blocks, the removal of content, and the log of it all. */
@Module({
  imports: [AccountsModule, RoomsModule, MessagingModule],
  controllers: [BlocksController, RemovalsController, AuditController],
  providers: [
    BlockRepository,
    JobRepository,
    AuditRepository,
    HierarchyRules,
    BlocksService,
    DeletionJobs,
    AuditService,
  ],
  exports: [BlocksService, DeletionJobs],
})
export class ModerationModule {}
