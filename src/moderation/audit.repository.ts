import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { AuditRequest, AuditRow } from './audit.dto.js';

@Injectable()
export class AuditRepository {
  /** Newest first, before this row. */
  list(sql: Sql, request: AuditRequest, before: number | undefined, most: number): Promise<AuditRow[]> {
    const [kind, id] = request.target?.split(':') ?? [];
    return sql.query<AuditRow>(
      `SELECT id, created_at AS "createdAt", actor_id AS "actorId", key_id AS "keyId", action, target_kind AS "targetKind", target_id AS "targetId",
         before, after, reason, request_id AS "requestId", address, hash FROM audit_log
       WHERE ($1::bigint IS NULL OR actor_id = $1) AND ($2::text IS NULL OR (target_kind = $2 AND target_id = $3::bigint))
         AND ($4::text IS NULL OR action = $4) AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at < $6)
         AND ($7::bigint IS NULL OR id < $7) ORDER BY id DESC LIMIT $8`,
      [
        request.actor ?? null,
        kind ?? null,
        id ?? null,
        request.action ?? null,
        request.from ?? null,
        request.to ?? null,
        before ?? null,
        most,
      ],
    );
  }
}
