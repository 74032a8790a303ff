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
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MOST_TEXT } from '../../messaging/message.schema.js';
import { SafeText } from '../../platform/safe-text.js';
import { given, notNull } from '../block.dto.js';

export const FILTER_KINDS = ['words', 'regex', 'domains'] as const;
export type FilterKind = (typeof FILTER_KINDS)[number];
export const FILTER_ACTIONS = ['flag', 'hold', 'refuse'] as const;
export type FilterAction = (typeof FILTER_ACTIONS)[number];
export const VERDICTS = ['pass', ...FILTER_ACTIONS] as const;
export type Verdict = (typeof VERDICTS)[number];

const MOST_NAME = 100;
/** A body holds no more; longer lists grow by further requests. */
export const MOST_ENTRIES_AT_ONCE = 400;
const MOST_ENTRY = 500;
const MOST_TEXTS = 100;
const ID = 'must be an id';

/** A list of entries of a filter in a request. */
function Entries(least: number): PropertyDecorator {
  return (target, property) => {
    IsArray({ message: 'must be a list' })(target, property);
    ArrayMinSize(least, { message: `must have at least ${least} items` })(target, property);
    ArrayMaxSize(MOST_ENTRIES_AT_ONCE, { message: `must have at most ${MOST_ENTRIES_AT_ONCE} items` })(
      target,
      property,
    );
    ArrayUnique({ message: 'must not repeat an entry' })(target, property);
    SafeText({ least: 1, most: MOST_ENTRY }, { each: true })(target, property);
  };
}

/** A filter that is tried out before it is created. */
export class TriedFilter {
  /**
   * `words`: whole words and phrases, with `*` in front or behind for parts of words. `regex`: patterns in RE2 syntax. `domains`: with all
   * below them.
   * @example "words"
   */
  @IsIn(FILTER_KINDS, { message: `must be one of ${FILTER_KINDS.join(', ')}` })
  kind: FilterKind;

  /**
   * 1 to 400 at a time. Words of at most 64 characters, patterns of at most 500 with at most 128 places for a character, repetitions written out.
   * Letter case, accents, look-alike letters of other scripts, digits for letters, stretched and spaced-out words are seen through.
   * @example ["casino", "казино", "spam*"]
   */
  @Entries(1)
  entries: string[];

  /**
   * `flag`: the message is sent, and moderators look at it. `hold`: it waits until a moderator releases it. `refuse`: it is not sent.
   * @example "hold"
   */
  @IsIn(FILTER_ACTIONS, { message: `must be one of ${FILTER_ACTIONS.join(', ')}` })
  action: FilterAction;
}

/** Create a filter. */
export class CreateFilter extends TriedFilter {
  /**
   * For moderators only; authors never learn it.
   * @example "advertising"
   */
  @SafeText({ least: 1, most: MOST_NAME, name: true })
  name: string;

  /**
   * The only room that it looks at; null or left out for all.
   * @example null
   */
  @ValidateIf(notNull)
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  roomId?: number | null;

  /** False keeps it without using it. */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean = true;
}

/** Change what is given of a filter and keep the rest. */
export class ChangeFilter {
  /** @example "advertising" */
  @ValidateIf(given)
  @SafeText({ least: 1, most: MOST_NAME, name: true })
  name?: string;

  /** @example "refuse" */
  @ValidateIf(given)
  @IsIn(FILTER_ACTIONS, { message: `must be one of ${FILTER_ACTIONS.join(', ')}` })
  action?: FilterAction;

  /** @example true */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  /**
   * Entries to add, 400 at a time; one that is there stays once.
   * @example ["viagra"]
   */
  @ValidateIf(given)
  @Entries(0)
  addEntries?: string[];

  /**
   * Entries to take away, as they are written in the list; one that is not there is none.
   * @example ["spam*"]
   */
  @ValidateIf(given)
  @Entries(0)
  removeEntries?: string[];
}

/** Try texts against the filters. */
export class DryRun {
  /**
   * 1 to 100 texts.
   * @example ["Tea is ready", "The best c4sin0"]
   */
  @IsArray({ message: 'must be a list' })
  @ArrayMinSize(1, { message: 'must have at least 1 item' })
  @ArrayMaxSize(MOST_TEXTS, { message: `must have at most ${MOST_TEXTS} items` })
  @SafeText({ least: 1, most: MOST_TEXT }, { each: true })
  texts: string[];

  /**
   * As if they were sent to this room; without it only the filters of all rooms look at them.
   * @example 17
   */
  @ValidateIf(given)
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  roomId?: number;

  /** Try this filter alone, which need not exist. */
  @ValidateIf(given)
  @IsObject({ message: 'must be a filter' })
  @ValidateNested()
  @Type(() => TriedFilter)
  filter?: TriedFilter;
}

/** A filter, without its entries. */
export class FilterView {
  /** @example 5 */
  id: number;
  /** @example "advertising" */
  name: string;
  @ApiProperty({ enum: FILTER_KINDS, example: 'words' })
  kind: FilterKind;
  @ApiProperty({ enum: FILTER_ACTIONS, example: 'hold' })
  action: FilterAction;
  /**
   * The only room that it looks at; null for all.
   * @example null
   */
  roomId: number | null;
  /** @example true */
  enabled: boolean;
  /** @example 3 */
  entryCount: number;
  /**
   * Id of the moderator who created it.
   * @example 17
   */
  createdBy: number;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
  /** @example "2026-11-20T18:04:11.512Z" */
  changedAt: string;
}

/** A page of filters, the newest first. */
export class FilterPage {
  items: FilterView[];
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

/** One entry of a filter. */
export class FilterEntryView {
  /** @example 112 */
  id: number;
  /** @example "casino" */
  entry: string;
}

/** A page of a filter's entries, in the order in which they were added. */
export class FilterEntryPage {
  items: FilterEntryView[];
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

/** What a filter found in a text. */
export class FindingView {
  /**
   * The entry, as it is written in the list.
   * @example "casino"
   */
  entry: string;
  /**
   * Where the hit begins in the text as it was given, counted in UTF-16 units as JavaScript does.
   * @example 9
   */
  start: number;
  /**
   * Where it ends.
   * @example 15
   */
  end: number;
}

/** A filter that hit. */
export class FilterHitView {
  /**
   * Null for the filter that was tried out.
   * @example 5
   */
  filterId: number | null;
  /**
   * Its name; null for the filter that was tried out.
   * @example "advertising"
   */
  name: string | null;
  @ApiProperty({ enum: FILTER_ACTIONS, example: 'hold' })
  action: FilterAction;
  /** At most twenty. */
  findings: FindingView[];
}

/** What becomes of one text. */
export class TextVerdictView {
  /**
   * The strictest action of the filters that hit; `pass` where none did.
   * @example "hold"
   */
  @ApiProperty({ enum: VERDICTS, example: 'hold' })
  verdict: Verdict;
  /** The filters that hit, the strictest first. */
  hits: FilterHitView[];
}

/** What becomes of the texts, in their order. */
export class DryRunView {
  items: TextVerdictView[];
}

/** A filter as the database has it. */
export interface FilterRow {
  id: number;
  name: string;
  kind: FilterKind;
  action: FilterAction;
  roomId: number | null;
  enabled: boolean;
  entryCount: number;
  createdBy: number;
  createdAt: Date;
  changedAt: Date;
}

export function viewOfFilter(row: FilterRow): FilterView {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    action: row.action,
    roomId: row.roomId,
    enabled: row.enabled,
    entryCount: row.entryCount,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
  };
}
