import { PublicAccountView } from './account.dto.js';

/** A personal block: somebody the caller has blocked for himself. */
export class PersonalBlockView {
  account: PublicAccountView;
  /**
   * Since when.
   * @example "2026-11-20T18:04:11.512Z"
   */
  createdAt: string;
}

/** A page of the caller's personal blocks, by account id. */
export class PersonalBlockPage {
  items: PersonalBlockView[];
  /** @example false */
  hasMore: boolean;
  /**
   * The cursor of the next page; null on the last one.
   * @example null
   */
  next: string | null;
  /**
   * Always null: this list goes forward only.
   * @example null
   */
  prev: string | null;
}

/** A personal block as the database has it. */
export interface PersonalBlockRow {
  account: PublicAccountView;
  createdAt: Date;
}

export function viewOfPersonalBlock(row: PersonalBlockRow): PersonalBlockView {
  return { account: row.account, createdAt: row.createdAt.toISOString() };
}
