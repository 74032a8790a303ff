import type { AccountRow } from './account.entity.js';
import type { Role } from './actor.js';

/** How everybody sees an account. */
export class PublicAccountView {
  /** @example 17 */
  id: number;
  /** @example "alice" */
  username: string;
  /** @example "Алиса" */
  firstName: string;
  /** @example "Лидделл" */
  lastName: string;
}

/** An account with its e-mail address, which is empty where it has none or the reader may not see it. */
export interface AccountContact extends PublicAccountView {
  email: string;
}

/** How an account sees itself. */
export class OwnAccountView extends PublicAccountView {
  /**
   * Null where none was given.
   * @example "alice@example.org"
   */
  email: string | null;
  /** @example "+7 900 000-00-00" */
  phone: string;
  /** @example "Oxford, Christ Church" */
  address: string;
  /**
   * What the account may do: each role may all that the one before may.
   * @example "user"
   */
  role: Role;
  /**
   * When it was registered.
   * @example "2026-11-20T12:00:00.000Z"
   */
  createdAt: string;
}

/** An account with its role, for those who grant roles. */
export class AccountRoleView extends PublicAccountView {
  /** @example "moderator" */
  role: Role;
}

/** A page of accounts, by user name. */
export class AccountPage {
  items: PublicAccountView[];
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

export function viewOfPublicAccount(row: PublicAccountView): PublicAccountView {
  return { id: row.id, username: row.username, firstName: row.firstName, lastName: row.lastName };
}

export function viewOfOwnAccount(row: AccountRow): OwnAccountView {
  return Object.assign(viewOfPublicAccount(row), {
    email: row.email,
    phone: row.phone,
    address: row.address,
    role: row.role,
    createdAt: row.createdAt.toISOString(),
  });
}

export function viewOfAccountRole(row: AccountRow): AccountRoleView {
  return Object.assign(viewOfPublicAccount(row), { role: row.role });
}
