import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, pageOf } from '../platform/paging.dto.js';
import { type AuditPage, type AuditRequest, viewOfAct } from './audit.dto.js';
import { AuditRepository } from './audit.repository.js';

/** Reads the audit log. */
@Injectable()
export class AuditService {
  constructor(
    private readonly database: Database,
    private readonly log: AuditRepository,
  ) {}

  async list(actor: Actor, request: AuditRequest): Promise<AuditPage> {
    const { limit = 50, cursor } = request;
    const rows = await this.log.list(this.database, request, decodeCursor(cursor, isIdKey), limit + 1);
    return pageOf(
      rows.map((row) => viewOfAct(row, actor.role)),
      limit,
      (act) => act.id,
    );
  }
}
