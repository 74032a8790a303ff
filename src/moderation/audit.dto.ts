import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Matches, Max, Min, ValidateIf } from 'class-validator';
import type { Role } from '../accounts/actor.js';
import { AUDIT_TARGETS, type AuditTarget } from '../platform/audit.js';
import { PageRequest, WholeNumber } from '../platform/paging.dto.js';
import { given } from './block.dto.js';
import { IsTime } from '../platform/time.rule.js';

const ID = 'must be an id';

/** Which rows of the audit log are wanted. */
export class AuditRequest extends PageRequest {
  /**
   * Id of the account that acted.
   * @example 17
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  actor?: number;

  /**
   * What was acted upon: `account`, `room`, `message`, `block`, `report` (a case of reports), `key`, `integrator` or `filter`, a colon and its id.
   * @example account:18
   */
  @ValidateIf(given)
  @Matches(/^(account|room|message|block|report|key|integrator|filter):[1-9]\d{0,14}$/, {
    message: 'must be such as account:18',
  })
  target?: string;

  /**
   * Such as `block.create`; `.refused` behind it finds attempts.
   * @example block.create
   */
  @ValidateIf(given)
  @Matches(/^[a-z]+\.[a-z]+(\.refused)?$/, { message: 'must be such as block.create' })
  action?: string;

  /**
   * From here on.
   * @example 2026-11-19T00:00:00.000Z
   */
  @ValidateIf(given)
  @IsTime()
  from?: string;

  /**
   * Before this.
   * @example 2027-01-01T00:00:00.000Z
   */
  @ValidateIf(given)
  @IsTime()
  to?: string;
}

/** What was acted upon. */
export class AuditTargetView {
  @ApiProperty({ enum: AUDIT_TARGETS, example: 'account' })
  kind: AuditTarget;
  /** @example 18 */
  id: number | null;
}

/** One act of the audit log. */
export class AuditView {
  /** @example 12 */
  id: number;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  /**
   * Who acted; null for whoever runs the service.
   * @example 17
   */
  actorId: number | null;
  /**
   * The API key by which a server acted for this account; null where nobody used a key.
   * @example null
   */
  keyId: number | null;
  /** @example "block.create" */
  action: string;
  target: AuditTargetView;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: null })
  before: Record<string, unknown> | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { mode: 'mute', scope: 'global' },
  })
  after: Record<string, unknown> | null;
  /** @example "Advertising in the lobby" */
  reason: string | null;
  /** @example "5b0f8c0e-6a53-4a8e-9c3b-1f2d3e4a5b6c" */
  requestId: string | null;
  /**
   * Where the request came from; only superusers see it.
   * @example null
   */
  address: string | null;
  /**
   * SHA-256 over the hash of the row before and this row.
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  hash: string;
}

/** A page of the audit log, newest first. */
export class AuditPage {
  items: AuditView[];
  /** @example false */
  hasMore: boolean;
  /**
   * The cursor of the next page.
   * @example null
   */
  next: string | null;
  /**
   * Always null: this list goes forward only.
   * @example null
   */
  prev: string | null;
}

/** A row as the database has it. */
export interface AuditRow {
  id: number;
  createdAt: Date;
  actorId: number | null;
  keyId: number | null;
  action: string;
  targetKind: AuditTarget;
  targetId: number | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  reason: string | null;
  requestId: string | null;
  address: string | null;
  hash: Buffer;
}

export function viewOfAct(row: AuditRow, reader: Role): AuditView {
  return {
    id: row.id,
    createdAt: row.createdAt.toISOString(),
    actorId: row.actorId,
    keyId: row.keyId,
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId },
    before: row.before,
    after: row.after,
    reason: row.reason,
    requestId: row.requestId,
    address: reader === 'superuser' ? row.address : null,
    hash: row.hash.toString('hex'),
  };
}
