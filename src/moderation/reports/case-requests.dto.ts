import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import { PageRequest, WholeNumber } from '../../platform/paging.dto.js';
import { SafeText } from '../../platform/safe-text.js';
import { IsTime } from '../../platform/time.rule.js';
import { BlockScope, DELETED_PERIODS, type DeletedPeriod, given, MOST_REASON, notNull } from '../block.dto.js';

const ID = 'must be an id';

export const CASE_TYPES = ['message', 'room', 'account', 'held_message'] as const;
export type CaseType = (typeof CASE_TYPES)[number];
export const CASE_SOURCES = ['report', 'filter'] as const;
export type CaseSource = (typeof CASE_SOURCES)[number];
export const CASE_STATES = ['open', 'decided'] as const;
export type CaseState = (typeof CASE_STATES)[number];
const CLAIMS = ['mine', 'others', 'nobody'] as const;
export type ClaimFilter = (typeof CLAIMS)[number];
const ORDERS = ['reports', 'oldest'] as const;
export type CaseOrder = (typeof ORDERS)[number];
export const DECISIONS = [
  'dismiss',
  'delete_message',
  'warn',
  'mute',
  'block',
  'restore',
  'release',
  'discard',
] as const;
export type Decision = (typeof DECISIONS)[number];
export const DECIDED_BLOCKS = ['read_only', 'full'] as const;
export type DecidedBlock = (typeof DECIDED_BLOCKS)[number];

/** Which cases are wanted. */
export class CasesRequest extends PageRequest {
  /** Those that wait for a decision, or those that were decided, the newest first. */
  @ValidateIf(given)
  @IsIn(CASE_STATES, { message: `must be one of ${CASE_STATES.join(', ')}` })
  state?: CaseState = 'open';

  /**
   * By what they are about.
   * @example message
   */
  @ValidateIf(given)
  @IsIn(CASE_TYPES, { message: `must be one of ${CASE_TYPES.join(', ')}` })
  type?: CaseType;

  /**
   * By who has claimed them: you, another moderator, or nobody at the moment.
   * @example nobody
   */
  @ValidateIf(given)
  @IsIn(CLAIMS, { message: `must be one of ${CLAIMS.join(', ')}` })
  claimed?: ClaimFilter;

  /**
   * Only those of this account's messages, rooms, or of itself.
   * @example 18
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  accountId?: number;

  /** Of open cases: those with the most reports first and among equal ones the oldest, or simply the oldest first. */
  @ValidateIf(given)
  @IsIn(ORDERS, { message: `must be one of ${ORDERS.join(', ')}` })
  order?: CaseOrder = 'reports';
}

/** Claim a case. */
export class ClaimCase {
  /**
   * True takes the case over from another moderator who has claimed it.
   * @example false
   */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  takeOver?: boolean;
}

/** Decide a case. */
export class DecideCase {
  /**
   * `dismiss`: nothing is wrong. `delete_message`, `restore`: take the message away, or bring back one that a moderator took away (superusers
   * only). `warn`, `mute`, `block`: the account that answers for it. Of a held message, `release`: send it in its author's name; `discard`: take it
   * away, as every other decision about it does.
   * @example "mute"
   */
  @IsIn(DECISIONS, { message: `must be one of ${DECISIONS.join(', ')}` })
  action: Decision;

  /**
   * Why. The person against whom it is an act is told it.
   * @example "Advertising in the lobby"
   */
  @SafeText({ least: 1, most: MOST_REASON })
  reason: string;

  /** For `block`: how strict it is; `full` where it is left out. */
  @ValidateIf(given)
  @IsIn(DECIDED_BLOCKS, { message: `must be one of ${DECIDED_BLOCKS.join(', ')}` })
  mode?: DecidedBlock;

  @ValidateIf(given)
  @BlockScope({
    description: 'For `mute` and `block`, which must have it: `global`, or the id of a room.',
    required: false,
  })
  scope?: 'global' | number;

  /**
   * For `mute` and `block`: when it ends by itself; null or left out for never.
   * @example "2027-11-21T18:04:11.512Z"
   */
  @ValidateIf(notNull)
  @IsTime()
  expiresAt?: string | null;

  /**
   * For `mute` and `block`: how far back his messages in the scope are deleted.
   * @example "none"
   */
  @ValidateIf(given)
  @IsIn(DELETED_PERIODS, { message: `must be one of ${DELETED_PERIODS.join(', ')}` })
  deleteMessages?: DeletedPeriod;
}
