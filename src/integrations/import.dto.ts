import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PageRequest } from '../platform/paging.dto.js';
import type { ProblemView } from '../platform/problems.js';
import { SafeText } from '../platform/safe-text.js';
import { GROUP_PRESETS, type GroupPreset } from '../rooms/policy.js';
import { MOST_CAPACITY, MOST_FIRST_MEMBERS, MOST_SLOW_MODE_SECONDS } from '../rooms/room-requests.dto.js';
import { MOST_EXTERNAL_ID } from './integrators.service.js';
import { PersonProfile } from './person-token.dto.js';

export const MOST_LINES = 1_000;
export const IMPORT_KINDS = ['person', 'room'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];
export const LINE_STATUSES = ['waiting', 'created', 'updated', 'unchanged', 'refused'] as const;
export type LineStatus = (typeof LINE_STATUSES)[number];
export const IMPORT_STATES = ['waiting', 'running', 'done'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

const given = (_request: unknown, value: unknown): boolean => value !== undefined;
const LINE_SCHEMA = {
  type: 'object',
  description:
    'A person: `kind`, `externalId`, `profile` (as for `POST /api/v1/integrations/tokens`). A room: `kind`, `externalId`, `name`, and what is to be said of ' +
    '`preset` (`private` unless given; the room keeps the one it began with), `topic`, `capacity`, `link`, `slowModeSeconds`, `deliveredMarks`, `members` ' +
    '(your ids of people, 200 at most; they are added, nobody is removed). What is wrong with another field is told of its line alone.',
  required: ['kind', 'externalId'],
  properties: {
    kind: { type: 'string', enum: [...IMPORT_KINDS] },
    externalId: { type: 'string', minLength: 1, maxLength: MOST_EXTERNAL_ID },
  },
  additionalProperties: true,
};
const LINES = [
  { kind: 'person', externalId: 'customer-4711', profile: { username: 'alice', firstName: 'Алиса' } },
  { kind: 'room', externalId: 'order-17', name: 'Order 17', members: ['customer-4711'] },
];

/** People and rooms that are to be as they are described here. */
export class CreateImport {
  @ApiProperty({
    type: 'array',
    minItems: 1,
    maxItems: MOST_LINES,
    items: LINE_SCHEMA,
    example: LINES,
    description:
      'One after the other: a room comes after its members. What was imported before under the same id is brought up to date.',
  })
  @IsArray({ message: 'must be a list' })
  @ArrayMinSize(1, { message: 'must not be empty' })
  @ArrayMaxSize(MOST_LINES, { message: `must have at most ${MOST_LINES} items` })
  items: object[];
}

/** A line about a person. */
export class PersonLine {
  @IsIn(IMPORT_KINDS)
  kind: ImportKind;

  @SafeText({ least: 1, most: MOST_EXTERNAL_ID })
  externalId: string;

  @ValidateIf(given)
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => PersonProfile)
  profile?: PersonProfile;
}

/** A line about a room. */
export class RoomLine {
  @IsIn(IMPORT_KINDS)
  kind: ImportKind;

  @SafeText({ least: 1, most: MOST_EXTERNAL_ID })
  externalId: string;

  @SafeText({ least: 1, most: 255, name: true })
  name: string;

  @ValidateIf(given)
  @IsIn(GROUP_PRESETS, { message: `must be one of ${GROUP_PRESETS.join(', ')}` })
  preset?: GroupPreset;

  @ValidateIf(given)
  @SafeText({ most: 1000 })
  topic?: string;

  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(MOST_CAPACITY, { message: `must be at most ${MOST_CAPACITY}` })
  capacity?: number | null;

  @ValidateIf(given)
  @SafeText({ most: 255 })
  link?: string;

  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MOST_SLOW_MODE_SECONDS, { message: `must be at most ${MOST_SLOW_MODE_SECONDS}` })
  slowModeSeconds?: number;

  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  deliveredMarks?: boolean;

  @ValidateIf(given)
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(MOST_FIRST_MEMBERS, { message: `must have at most ${MOST_FIRST_MEMBERS} items` })
  @ArrayUnique({ message: 'must not repeat an id' })
  @SafeText({ least: 1, most: MOST_EXTERNAL_ID }, { each: true, message: 'must be your ids of people' })
  members?: string[];
}

/** An import and how far it is. */
export class ImportView {
  /** @example 5 */
  id: number;
  /** @example "running" */
  state: ImportState;
  /**
   * How many lines it has.
   * @example 2
   */
  total: number;
  /**
   * How many of them have been dealt with.
   * @example 1
   */
  done: number;
  /** @example 1 */
  created: number;
  /**
   * Known before, and another now.
   * @example 0
   */
  updated: number;
  /**
   * Known before as they were described.
   * @example 0
   */
  unchanged: number;
  /**
   * Lines of which nothing was done; each says why.
   * @example 0
   */
  refused: number;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  @ApiProperty({ type: 'string', nullable: true, format: 'date-time', example: null })
  finishedAt: string | null;
}

/** Why a line was refused. */
export class LineProblem {
  /** @example "account/not-found" */
  code: string;
  /** @example "There is no such account" */
  title: string;
  /** @example "Nobody of yours has the id customer-4712." */
  detail?: string;
  /** The mistakes in the line, ten at most. */
  errors?: LineMistake[];
}

/** One mistake in a line. */
export class LineMistake {
  /** @example "#/name" */
  pointer: string;
  /** @example "must not be empty" */
  message: string;
}

/** What became of a line. */
export class ImportLineView {
  /**
   * Its place in the import, from 1.
   * @example 1
   */
  line: number;
  /** @example "person" */
  kind: ImportKind;
  /** @example "customer-4711" */
  externalId: string;
  /** @example "created" */
  status: LineStatus;
  /**
   * Our id of the account or the room; null until it is known.
   * @example 40
   */
  id: number | null;
  /** Null unless it was refused. */
  problem: LineProblem | null;
}

/** A page of lines, in their order. */
export class ImportLinePage {
  items: ImportLineView[];
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

/** Which lines are wanted. */
export class ImportLinesRequest extends PageRequest {
  /**
   * Only those with this status.
   * @example "refused"
   */
  @ValidateIf(given)
  @IsIn(LINE_STATUSES, { message: `must be one of ${LINE_STATUSES.join(', ')}` })
  status?: LineStatus;
}

/** An import as the database has it. */
export interface ImportRow extends Omit<ImportView, 'done' | 'createdAt' | 'finishedAt'> {
  integratorId: number;
  keyId: number | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export function viewOfImport(row: ImportRow): ImportView {
  const { id, state, total, created, updated, unchanged, refused } = row;
  return {
    id,
    state,
    total,
    done: created + updated + unchanged + refused,
    created,
    updated,
    unchanged,
    refused,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** What a line keeps of a problem: nothing that belongs to one request. */
export function lineProblemOf({ code, title, detail, errors }: ProblemView): LineProblem {
  return { code, title, ...(detail !== undefined && { detail }), ...(errors && { errors: [...errors] }) };
}
