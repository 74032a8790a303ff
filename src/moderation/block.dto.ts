import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { PublicAccountView } from '../accounts/account.dto.js';
import { PageRequest, WholeNumber } from '../platform/paging.dto.js';
import { SafeText } from '../platform/safe-text.js';
import { IsTime } from '../platform/time.rule.js';

export const BLOCK_MODES = ['mute', 'read_only', 'full'] as const;
export type BlockMode = (typeof BLOCK_MODES)[number];
export const DELETED_PERIODS = ['none', '1h', '24h', '7d', 'all'] as const;
export type DeletedPeriod = (typeof DELETED_PERIODS)[number];
export const MOST_REASON = 512;

export const given = (_request: unknown, value: unknown): boolean => value !== undefined;
export const notNull = (_request: unknown, value: unknown): boolean => value !== undefined && value !== null;
const ID = 'must be an id';
const isId = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

/** Everywhere, or the id of a room. */
export function BlockScope(described: { description: string; required?: boolean }): PropertyDecorator {
  return (target, property) => {
    ApiProperty({
      oneOf: [
        { type: 'string', enum: ['global'] },
        { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      ],
      example: 'global',
      ...described,
    })(target, property);
    ValidateBy({
      name: 'scope',
      validator: {
        validate: (value: unknown) => value === 'global' || isId(value),
        defaultMessage: () => 'must be "global" or the id of a room',
      },
    })(target, property);
  };
}

/** Block an account. */
export class BlockAccount {
  /** @example 18 */
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  accountId: number;

  /**
   * Told to the blocked person.
   * @example "Advertising in the lobby"
   */
  @SafeText({ least: 1, most: MOST_REASON })
  reason: string;

  /**
   * `mute`: reads, does not write. `read_only`: reads, leaves and deletes his own. `full`: everywhere, is signed out; in a room, is banned from it.
   * @example "mute"
   */
  @IsIn(BLOCK_MODES, { message: `must be one of ${BLOCK_MODES.join(', ')}` })
  mode: BlockMode;

  @BlockScope({ description: '`global`, or the id of a room.' })
  scope: 'global' | number;

  /**
   * When it ends by itself, by the database's clock; null or left out for never.
   * @example "2027-11-21T18:04:11.512Z"
   */
  @ValidateIf(notNull)
  @IsTime()
  expiresAt?: string | null;

  /**
   * How far back his messages in the scope are deleted; `deletionId` of the answer names the work.
   * @example "none"
   */
  @ValidateIf(given)
  @IsIn(DELETED_PERIODS, { message: `must be one of ${DELETED_PERIODS.join(', ')}` })
  deleteMessages?: DeletedPeriod;
}

/** Change what is given of a block and keep the rest. */
export class ChangeBlock {
  /** @example "Advertising in the lobby, again" */
  @ValidateIf(given)
  @SafeText({ least: 1, most: MOST_REASON })
  reason?: string;

  /**
   * Null for never.
   * @example "2027-12-24T18:00:00.000Z"
   */
  @ValidateIf(notNull)
  @IsTime()
  expiresAt?: string | null;
}

/** Which blocks are wanted. */
export class BlocksRequest extends PageRequest {
  /**
   * Of this account; without it of all.
   * @example 18
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  accountId?: number;

  /**
   * True: those in force; false: those that were lifted or have expired; without it both.
   * @example true
   */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'must be true or false' })
  active?: boolean;
}

/** A block. */
export class BlockView {
  /** @example 3 */
  id: number;
  account: PublicAccountView;
  /** @example "mute" */
  mode: BlockMode;
  @ApiProperty({
    oneOf: [{ type: 'string', enum: ['global'] }, { type: 'integer' }],
    description: '`global`, or the id of a room.',
    example: 'global',
  })
  scope: 'global' | number;
  /** @example "Advertising in the lobby" */
  reason: string;
  /**
   * Whether it is in force at this moment.
   * @example true
   */
  active: boolean;
  /**
   * Who laid it; null for whoever runs the service.
   * @example 17
   */
  createdBy: number | null;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  /**
   * Null for never.
   * @example "2026-11-21T18:04:11.512Z"
   */
  expiresAt: string | null;
  /** @example null */
  liftedAt: string | null;
  /** @example null */
  liftedBy: number | null;
  /**
   * The deletion of his messages that was asked for together with the block.
   * @example null
   */
  deletionId: number | null;
}

/** A page of blocks, newest first. */
export class BlockPage {
  items: BlockView[];
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

/** A block as the database has it. */
export interface BlockRow {
  id: number;
  account: PublicAccountView;
  mode: BlockMode;
  roomId: number | null;
  reason: string;
  active: boolean;
  createdBy: number | null;
  createdAt: Date;
  expiresAt: Date | null;
  liftedAt: Date | null;
  liftedBy: number | null;
  deletionId: number | null;
}

export function viewOfBlock(row: BlockRow): BlockView {
  return {
    id: row.id,
    account: row.account,
    mode: row.mode,
    scope: row.roomId ?? 'global',
    reason: row.reason,
    active: row.active,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    liftedAt: row.liftedAt?.toISOString() ?? null,
    liftedBy: row.liftedBy,
    deletionId: row.deletionId,
  };
}
