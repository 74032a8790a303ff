import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { SafeText } from '../platform/safe-text.js';
import { given, MOST_REASON } from './block.dto.js';
import { IsTime } from '../platform/time.rule.js';

const ID = 'must be an id';

/** Delete one message. */
export class RemoveMessage {
  /** @example "Advertising" */
  @SafeText({ least: 1, most: MOST_REASON })
  reason: string;
}

/** Delete what a person sent in a period. */
export class DeleteMessages {
  /** @example 18 */
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  accountId: number;

  /**
   * Only in this room; without it in all that moderators may see.
   * @example 17
   */
  @ValidateIf(given)
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  roomId?: number;

  /**
   * From here on; without it from the beginning.
   * @example "2026-11-19T00:00:00.000Z"
   */
  @ValidateIf(given)
  @IsTime()
  from?: string;

  /**
   * Up to here; without it up to now.
   * @example "2026-11-20T00:00:00.000Z"
   */
  @ValidateIf(given)
  @IsTime()
  to?: string;

  /** @example "Advertising" */
  @SafeText({ least: 1, most: MOST_REASON })
  reason: string;
}

export const DELETION_STATES = ['waiting', 'running', 'done'] as const;
export type DeletionState = (typeof DELETION_STATES)[number];

/** A deletion of many messages and how far it is. */
export class DeletionView {
  /** @example 5 */
  id: number;
  /** @example "running" */
  state: DeletionState;
  /** @example 18 */
  accountId: number;
  /**
   * Null for all rooms.
   * @example 17
   */
  roomId: number | null;
  /**
   * Null for the beginning.
   * @example "2026-11-19T00:00:00.000Z"
   */
  from: string | null;
  /** @example "2026-11-20T00:00:00.000Z" */
  to: string;
  /** @example "Advertising" */
  reason: string;
  /**
   * The block it was asked for with.
   * @example null
   */
  blockId: number | null;
  /**
   * How many messages it is about; null until they have been looked for.
   * @example 1200
   */
  total: number | null;
  /**
   * How many of them have been dealt with.
   * @example 400
   */
  done: number;
  /** @example 17 */
  createdBy: number;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  @ApiProperty({ type: 'string', nullable: true, format: 'date-time', example: null })
  finishedAt: string | null;
}

/** A job as the database has it. */
export interface DeletionRow {
  id: number;
  state: DeletionState;
  accountId: number;
  roomId: number | null;
  since: Date | null;
  until: Date;
  reason: string;
  blockId: number | null;
  total: number | null;
  done: number;
  createdBy: number;
  createdAt: Date;
  finishedAt: Date | null;
}

export function viewOfDeletion(row: DeletionRow): DeletionView {
  return {
    id: row.id,
    state: row.state,
    accountId: row.accountId,
    roomId: row.roomId,
    from: row.since?.toISOString() ?? null,
    to: row.until.toISOString(),
    reason: row.reason,
    blockId: row.blockId,
    total: row.total,
    done: row.done,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
