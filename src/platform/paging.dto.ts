import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { Problem } from './problems.js';

export const MOST_ITEMS = 200;

/** A whole number of a query in its one spelling; what is spelled otherwise stays a text, which `@IsInt` refuses. */
export function WholeNumber(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value,
  );
}

/** Which page of a list is wanted. */
export class PageRequest {
  /** How many items at most. */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(MOST_ITEMS, { message: `must be at most ${MOST_ITEMS}` })
  limit?: number = 50;

  /**
   * `next` of the page before.
   * @example eyJrIjoyM30
   */
  @IsOptional()
  @Matches(/^[\w-]{1,200}$/, { message: 'must be a cursor from an earlier page' })
  cursor?: string;
}

/** A page of a list. `next` and `prev` go into the following request as they are; null where there is nothing further. */
export interface Page<Item> {
  items: Item[];
  hasMore: boolean;
  next: string | null;
  prev: string | null;
}

/** The page that `items` (one more than `limit` was asked for, to see whether there is more) make, with the cursor of its last item. */
export function pageOf<Item>(items: Item[], limit: number, keyOf: (item: Item) => unknown): Page<Item> {
  const kept = items.slice(0, limit);
  const hasMore = items.length > limit;
  return { items: kept, hasMore, next: hasMore ? encodeCursor(keyOf(kept.at(-1)!)) : null, prev: null };
}

export function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The key of a cursor, checked; a cursor that was not ours is a 400. */
export function decodeCursor<Key>(cursor: string | undefined, isKey: (key: unknown) => key is Key): Key | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (isKey(key)) return key;
  } catch {
    // falls through to the refusal
  }
  throw new Problem('request/invalid', {
    errors: [{ pointer: '#/cursor', message: 'must be a cursor from an earlier page' }],
  });
}

export const isIdKey = (key: unknown): key is number => Number.isSafeInteger(key) && (key as number) >= 0;
