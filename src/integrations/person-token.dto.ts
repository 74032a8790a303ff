import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  Equals,
  IsArray,
  IsInt,
  IsObject,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PublicAccountView } from '../accounts/account.dto.js';
import { SafeText } from '../platform/safe-text.js';
import { IsTime } from '../platform/time.rule.js';
import { MOST_EXTERNAL_ID } from './integrators.service.js';

const DAY_SECONDS = 24 * 60 * 60;
const HOUR_SECONDS = 60 * 60;
const MOST_ROOMS = 50;
const given = (_request: unknown, value: unknown): boolean => value !== undefined;
const ID = { message: 'must be ids of rooms', each: true };

/** What an integrator says of a person. What is left out stays as it is. */
export class PersonProfile {
  /**
   * A wish for a new account: where it is taken, something is appended. An account keeps its user name.
   * @example "alice"
   */
  @ValidateIf(given)
  @SafeText({ least: 1, most: 64, name: true })
  username?: string;

  /** @example "Алиса" */
  @ValidateIf(given)
  @SafeText({ most: 64, name: true })
  firstName?: string;

  /** @example "Лидделл" */
  @ValidateIf(given)
  @SafeText({ most: 64, name: true })
  lastName?: string;

  /** @example "+7 900 000-00-00" */
  @ValidateIf(given)
  @SafeText({ most: 32, name: true })
  phone?: string;

  /** @example "Oxford, Christ Church" */
  @ValidateIf(given)
  @SafeText({ most: 256 })
  address?: string;
}

/** Let a person of your own in: somebody whom you know by an id of yours, or a guest. */
export class IssuePersonToken {
  /**
   * Your id of the person; the same id always gets the same account. Left out for a guest.
   * @example "customer-4711"
   */
  @ValidateIf((request: IssuePersonToken) => request.guest === undefined || request.externalId !== undefined)
  @SafeText({ least: 1, most: MOST_EXTERNAL_ID })
  externalId?: string;

  /** True instead of `externalId`: a new account that is nowhere but in `rooms`, reads and writes there, and that is all. */
  @ValidateIf(given)
  @Equals(true, { message: 'must be true or left out' })
  guest?: boolean;

  @ValidateIf(given)
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => PersonProfile)
  profile?: PersonProfile;

  /**
   * Seconds for which the token is good; at most a day.
   * @example 3600
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(60, { message: 'must be at least 60' })
  @Max(DAY_SECONDS, { message: `must be at most ${DAY_SECONDS}` })
  ttl?: number = HOUR_SECONDS;

  /**
   * Rooms that he is added to, by their rules for your own account: those that it owns, for instance. Asks for the scope `rooms`.
   * @example []
   */
  @ValidateIf(given)
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(MOST_ROOMS, { message: `must have at most ${MOST_ROOMS} items` })
  @ArrayUnique({ message: 'must not repeat an id' })
  @IsInt(ID)
  @Min(1, ID)
  @Max(Number.MAX_SAFE_INTEGER, ID)
  rooms?: number[];
}

/** A token for the browser or the app of a person of yours. */
export class PersonTokenView {
  account: PublicAccountView;
  /** @example false */
  guest: boolean;
  /**
   * Goes into `Authorization: Bearer …` and into the handshake of a socket, like any access token. There is no refresh token: ask again.
   * @example "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXAiOiJpc3N1ZWQifQ.c2lnbmF0dXJl"
   */
  token: string;
  /**
   * Seconds until it expires.
   * @example 3600
   */
  expiresIn: number;
}

/** End tokens of your people. */
export class RevokeTokens {
  /**
   * Tokens that were issued before this moment are dead. Not later than now.
   * @example "2026-11-20T18:04:11.512Z"
   */
  @IsTime()
  before: string;

  /**
   * Those of this person; without it those of all your people.
   * @example "customer-4711"
   */
  @ValidateIf(given)
  @SafeText({ least: 1, most: MOST_EXTERNAL_ID })
  externalId?: string;
}

/** What a revocation ended. */
export class RevocationView {
  /**
   * How many open sessions it ended.
   * @example 2
   */
  ended: number;
}
