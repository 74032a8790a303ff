import { IsEmail, IsIn, ValidateIf } from 'class-validator';
import { PageRequest } from '../platform/paging.dto.js';
import { SafeText, type TextLimits } from '../platform/safe-text.js';
import { type Role, ROLES } from './actor.js';

export const USERNAME: TextLimits = { least: 1, most: 64, name: true };
export const PASSWORD: TextLimits = { least: 8, most: 256 };
export const EMAIL: TextLimits = { least: 3, most: 254, name: true };
export const PERSON_NAME: TextLimits = { most: 64, name: true };
export const PHONE: TextLimits = { most: 32, name: true };
export const ADDRESS: TextLimits = { most: 256 };

const given = (_request: unknown, value: unknown) => value !== undefined;
export const MAIL = { require_tld: false };
export const NO_MAIL = 'must be an e-mail address';

/** Register an account. */
export class Register {
  /**
   * The name to sign in with, for ever. Unique: neither letter case nor compatibility forms of letters make another name.
   * @example "alice"
   */
  @SafeText(USERNAME)
  username: string;

  /**
   * 8 to 256 characters of any kind.
   * @example "correct horse battery staple"
   */
  @SafeText(PASSWORD)
  password: string;

  /**
   * Unique as well. Nothing is sent to it.
   * @example "alice@example.org"
   */
  @ValidateIf(given)
  @IsEmail(MAIL, { message: NO_MAIL })
  @SafeText(EMAIL)
  email?: string;

  /** @example "Алиса" */
  @ValidateIf(given)
  @SafeText(PERSON_NAME)
  firstName?: string;

  /** @example "Лидделл" */
  @ValidateIf(given)
  @SafeText(PERSON_NAME)
  lastName?: string;

  /** @example "+7 900 000-00-00" */
  @ValidateIf(given)
  @SafeText(PHONE)
  phone?: string;

  /** @example "Oxford, Christ Church" */
  @ValidateIf(given)
  @SafeText(ADDRESS)
  address?: string;
}

/** Change what is given of one's profile and keep the rest. */
export class ChangeProfile {
  /**
   * Unique; null takes it away.
   * @example "alice@example.org"
   */
  @ValidateIf((_request, value) => value !== undefined && value !== null)
  @IsEmail(MAIL, { message: NO_MAIL })
  @SafeText(EMAIL)
  email?: string | null;

  /** @example "Алиса" */
  @ValidateIf(given)
  @SafeText(PERSON_NAME)
  firstName?: string;

  /** @example "Лидделл" */
  @ValidateIf(given)
  @SafeText(PERSON_NAME)
  lastName?: string;

  /** @example "+7 900 000-00-00" */
  @ValidateIf(given)
  @SafeText(PHONE)
  phone?: string;

  /** @example "Oxford, Christ Church" */
  @ValidateIf(given)
  @SafeText(ADDRESS)
  address?: string;
}

/** Change one's password. */
export class ChangePassword {
  /** @example "correct horse battery staple" */
  @SafeText({ most: PASSWORD.most })
  currentPassword: string;

  /**
   * 8 to 256 characters of any kind.
   * @example "twelve angry penguins"
   */
  @SafeText(PASSWORD)
  newPassword: string;
}

/** Give an account a role. */
export class ChangeRole {
  /** @example "moderator" */
  @IsIn(ROLES, { message: `must be one of ${ROLES.join(', ')}` })
  role: Role;
}

/** Which accounts are wanted. */
export class AccountsRequest extends PageRequest {
  /**
   * The beginning of a user name, first name or last name, in any letter case; without it all accounts.
   * @example "ali"
   */
  @ValidateIf(given)
  @SafeText({ least: 1, most: 64 })
  query?: string;
}

/** Make the first superuser. */
export class SetUp {
  /**
   * The secret of the setup link that the service printed at start.
   * @example "3q2-7wAAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq80"
   */
  @SafeText({ least: 1, most: 200 })
  token: string;

  /** @example "root" */
  @SafeText(USERNAME)
  username: string;

  /** @example "correct horse battery staple" */
  @SafeText(PASSWORD)
  password: string;

  /** @example "root@example.org" */
  @ValidateIf(given)
  @IsEmail(MAIL, { message: NO_MAIL })
  @SafeText(EMAIL)
  email?: string;
}
