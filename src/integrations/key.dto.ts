import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import { type Scope, SCOPES } from '../accounts/takes-key.decorator.js';
import { PageRequest, WholeNumber } from '../platform/paging.dto.js';
import { SafeText, type TextLimits } from '../platform/safe-text.js';
import { IsTime } from '../platform/time.rule.js';

export const KEY_NAME: TextLimits = { least: 1, most: 64, name: true };
export const MOST_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;

const given = (_request: unknown, value: unknown): boolean => value !== undefined;
const notNull = (_request: unknown, value: unknown): boolean => value !== undefined && value !== null;
const ID = 'must be an id';
const ONE_OF_SCOPES = { message: `must be among ${SCOPES.join(', ')}`, each: true };
const SCOPE_LIST = {
  type: 'array' as const,
  items: { type: 'string', enum: [...SCOPES] },
  maxItems: SCOPES.length,
  uniqueItems: true,
  example: ['rooms', 'messages:write', 'act_as'],
};

/** Create an API key. */
export class CreateKey {
  /**
   * What the key is for, in your words.
   * @example "shop back end"
   */
  @SafeText(KEY_NAME)
  name: string;

  /** What the key is good for. */
  @ApiProperty({
    ...SCOPE_LIST,
    description:
      'What the key is good for. `users`: people and profiles; `rooms`: rooms and their members; `messages:read`, `messages:write`: history and sending; `act_as`: ' +
      'doing all that for a named person; `tokens`: letting people in; `webhooks`; `moderation`: blocks, removals and the audit log, as a moderator. May be empty.',
  })
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(SCOPES.length, { message: `must have at most ${SCOPES.length} items` })
  @ArrayUnique({ message: 'must not repeat a scope' })
  @IsIn(SCOPES, ONE_OF_SCOPES)
  scopes: Scope[];

  /**
   * The integrator that gets a further key. Left out, a new integrator is made, named like the key.
   * @example 3
   */
  @ValidateIf(given)
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  integratorId?: number;

  /**
   * When it ends by itself; null or left out for never.
   * @example "2027-11-20T00:00:00.000Z"
   */
  @ValidateIf(notNull)
  @IsTime()
  expiresAt?: string | null;
}

/** Change what is given of a key and keep the rest. */
export class ChangeKey {
  /** @example "shop back end, Frankfurt" */
  @ValidateIf(given)
  @SafeText(KEY_NAME)
  name?: string;

  /** What the key is good for from the next request on. */
  @ApiProperty({ ...SCOPE_LIST, required: false, description: 'What the key is good for from the next request on.' })
  @ValidateIf(given)
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(SCOPES.length, { message: `must have at most ${SCOPES.length} items` })
  @ArrayUnique({ message: 'must not repeat a scope' })
  @IsIn(SCOPES, ONE_OF_SCOPES)
  scopes?: Scope[];

  /**
   * Null for never.
   * @example "2027-11-20T00:00:00.000Z"
   */
  @ValidateIf(notNull)
  @IsTime()
  expiresAt?: string | null;
}

/** Replace the secret of a key. */
export class RotateKey {
  /**
   * How long the secrets before go on working; at most seven days.
   * @example 86400
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MOST_OVERLAP_SECONDS, { message: `must be at most ${MOST_OVERLAP_SECONDS}` })
  overlapSeconds?: number = DAY_SECONDS;
}

/** Which keys are wanted. */
export class KeysRequest extends PageRequest {
  /**
   * Of this integrator; without it of all.
   * @example 3
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  integratorId?: number;
}

/** A server that holds keys. */
export class IntegratorView {
  /** @example 3 */
  id: number;
  /** @example "shop back end" */
  name: string;
  /**
   * The account as which it acts where it names nobody.
   * @example 40
   */
  accountId: number;
}

/** An API key without its secret. */
export class KeyView {
  /** @example 5 */
  id: number;
  integrator: IntegratorView;
  /** @example "shop back end" */
  name: string;
  @ApiProperty({ ...SCOPE_LIST, description: 'What it is good for.' })
  scopes: Scope[];
  /**
   * How the newest secret begins, to tell keys apart.
   * @example "besedka_7hQ2"
   */
  hint: string;
  /**
   * Whether it is accepted at this moment.
   * @example true
   */
  active: boolean;
  /**
   * Who made it; null for whoever runs the service.
   * @example 17
   */
  createdBy: number | null;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  /**
   * Null for never.
   * @example "2027-11-20T00:00:00.000Z"
   */
  expiresAt: string | null;
  /**
   * To the minute; null before the first use.
   * @example "2026-11-20T18:30:00.000Z"
   */
  lastUsedAt: string | null;
  /** @example null */
  revokedAt: string | null;
  /**
   * Until when a secret before the newest works; null when there is none.
   * @example null
   */
  overlapUntil: string | null;
}

/** A key with its secret, which is shown this once. */
export class NewKeyView extends KeyView {
  /**
   * Goes into `X-Api-Key` or `Authorization: Bearer …`. Only its hash is kept: it cannot be shown again.
   * @example "besedka_7hQ2mZr9KpX4vT1cWb8sNd6LfGj3RyUaEoHiVxQwCkM0tB5zAqW"
   */
  key: string;
}

/** A page of keys, newest first. */
export class KeyPage {
  items: KeyView[];
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

/** A key as the database has it. */
export interface KeyRow {
  id: number;
  integrator: IntegratorView;
  name: string;
  scopes: Scope[];
  hint: string;
  active: boolean;
  createdBy: number | null;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  overlapUntil: Date | null;
}

export function viewOfKey(row: KeyRow): KeyView {
  return {
    id: row.id,
    integrator: row.integrator,
    name: row.name,
    scopes: row.scopes,
    hint: row.hint,
    active: row.active,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    overlapUntil: row.overlapUntil?.toISOString() ?? null,
  };
}

export function viewOfNewKey(row: KeyRow, key: string): NewKeyView {
  return Object.assign(viewOfKey(row), { key });
}
