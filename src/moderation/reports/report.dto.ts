import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsObject, Max, Min, ValidateIf, ValidateNested } from 'class-validator';
import { SafeText } from '../../platform/safe-text.js';
import { given } from '../block.dto.js';

const ID = 'must be an id';
const MOST_REPORT_TEXT = 1_000;

export const REPORTED_TYPES = ['message', 'room', 'account'] as const;
export type ReportedType = (typeof REPORTED_TYPES)[number];
export const REPORT_REASONS = [
  'spam',
  'harassment',
  'hate',
  'violence',
  'sexual',
  'self_harm',
  'illegal',
  'impersonation',
  'other',
] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];
export const REPORT_OUTCOMES = ['acted', 'dismissed'] as const;
export type ReportOutcome = (typeof REPORT_OUTCOMES)[number];

/** What is reported. */
export class ReportTarget {
  /** @example "message" */
  @IsIn(REPORTED_TYPES, { message: `must be one of ${REPORTED_TYPES.join(', ')}` })
  type: ReportedType;

  /**
   * The id of the message, the room or the account.
   * @example 4098
   */
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  id: number;

  /**
   * For a message: the room it is in. It may be left out.
   * @example 17
   */
  @ValidateIf(given)
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  roomId?: number;
}

/** Report a message, a room or a person to the moderators. */
export class FileReport {
  @ApiProperty({ type: ReportTarget, example: { type: 'message', id: 4098, roomId: 17 } })
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => ReportTarget)
  target: ReportTarget;

  /** @example "spam" */
  @IsIn(REPORT_REASONS, { message: `must be one of ${REPORT_REASONS.join(', ')}` })
  reason: ReportReason;

  /**
   * What the moderators should know beside it.
   * @example "The third advertisement today"
   */
  @ValidateIf(given)
  @SafeText({ least: 1, most: MOST_REPORT_TEXT })
  text?: string;
}

/** What was reported. */
export class ReportTargetView {
  /** @example "message" */
  type: ReportedType;
  /** @example 4098 */
  id: number;
  /**
   * The room of a message, or the room itself; null for an account.
   * @example 17
   */
  roomId: number | null;
}

/** A report, as the person who filed it sees it. */
export class ReportView {
  /** @example 31 */
  id: number;
  target: ReportTargetView;
  /** @example "spam" */
  reason: ReportReason;
  /** @example "The third advertisement today" */
  text: string | null;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  @ApiProperty({
    type: 'string',
    enum: REPORT_OUTCOMES,
    nullable: true,
    description:
      '`acted`: the moderators did something about it; `dismissed`: they found nothing to do. Null while the report is open.',
    example: null,
  })
  outcome: ReportOutcome | null;
  /**
   * When it was decided; null while the report is open.
   * @example null
   */
  decidedAt: string | null;
}

/** A page of one's own reports, newest first. */
export class ReportPage {
  items: ReportView[];
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

/** A report as the database has it, with the decision about its case. */
export interface ReportRow {
  id: number;
  targetType: ReportedType;
  targetId: number;
  roomId: number | null;
  reason: ReportReason;
  text: string | null;
  createdAt: Date;
  outcome: ReportOutcome | null;
  decidedAt: Date | null;
}
