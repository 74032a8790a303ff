import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { PageRequest } from '../platform/paging.dto.js';
import { SafeText } from '../platform/safe-text.js';
import { GROUP_PRESETS, type GroupPreset } from './policy.js';

export const MOST_CAPACITY = 1_000_000;
export const MOST_FIRST_MEMBERS = 200;
/** Six hours; the table keeps to the same. */
export const MOST_SLOW_MODE_SECONDS = 21_600;

const ROOM_VIEWS = ['mine', 'open', 'all'] as const;
export type RoomListName = (typeof ROOM_VIEWS)[number];

const given = (_request: unknown, value: unknown) => value !== undefined;
const id = { message: 'must be ids of accounts', each: true };

/** Create a room and become its owner and first member. */
export class CreateRoom {
  /**
   * How the room is called; rooms may share a name.
   * @example "lobby"
   */
  @SafeText({ least: 1, most: 255, name: true })
  name: string;

  /** @example "Where everybody meets" */
  @ValidateIf(given)
  @SafeText({ most: 1000 })
  topic?: string;

  /**
   * The policy it begins with: `open` to everybody, `private` to its members who add others, `closed` and `roster` governed by
   * superusers, `roster` also without leaving.
   * @example "open"
   */
  @IsIn(GROUP_PRESETS, { message: `must be one of ${GROUP_PRESETS.join(', ')}` })
  preset: GroupPreset;

  /**
   * How many members it takes at most; null is without a limit.
   * @example 100
   */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(MOST_CAPACITY, { message: `must be at most ${MOST_CAPACITY}` })
  capacity?: number | null;

  /**
   * Free text, usually an address.
   * @example "https://example.org/lobby"
   */
  @ValidateIf(given)
  @SafeText({ most: 255 })
  link?: string;

  /**
   * What one must know to join; null is without a password.
   * @example null
   */
  @IsOptional()
  @SafeText({ least: 1, most: 128 })
  password?: string | null;

  /**
   * Slow mode: seconds that one person waits between two messages here, up to six hours; 0 turns it off. The owner of the room, moderators
   * and superusers do not wait.
   * @example 0
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MOST_SLOW_MODE_SECONDS, { message: `must be at most ${MOST_SLOW_MODE_SECONDS}` })
  slowModeSeconds?: number;

  /**
   * Whether members see up to where each other's devices have got the room, while it has at most 100 members. Off when it is left out.
   * @example false
   */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  deliveredMarks?: boolean;

  /**
   * Accounts that are members from the beginning, beside the creator.
   * @example []
   */
  @ValidateIf(given)
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(MOST_FIRST_MEMBERS, { message: `must have at most ${MOST_FIRST_MEMBERS} items` })
  @ArrayUnique({ message: 'must not repeat an id' })
  @IsInt(id)
  @Min(1, id)
  @Max(Number.MAX_SAFE_INTEGER, id)
  members?: number[];
}

/** Change what is given and keep the rest. */
export class ChangeRoom {
  /** @example "lobby" */
  @ValidateIf(given)
  @SafeText({ least: 1, most: 255, name: true })
  name?: string;

  /** @example "Where everybody meets" */
  @ValidateIf(given)
  @SafeText({ most: 1000 })
  topic?: string;

  /**
   * How many members it takes at most; null lifts the limit.
   * @example 200
   */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(MOST_CAPACITY, { message: `must be at most ${MOST_CAPACITY}` })
  capacity?: number | null;

  /** @example "https://example.org/lobby" */
  @ValidateIf(given)
  @SafeText({ most: 255 })
  link?: string;

  /**
   * What one must know to join; null lifts the password. The old one is void at once.
   * @example null
   */
  @IsOptional()
  @SafeText({ least: 1, most: 128 })
  password?: string | null;

  /**
   * Slow mode: seconds that one person waits between two messages here, up to six hours; 0 turns it off. The owner of the room, moderators
   * and superusers do not wait. Moderators may set it, and nothing else, also where the policy does not let them change the room.
   * @example 30
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MOST_SLOW_MODE_SECONDS, { message: `must be at most ${MOST_SLOW_MODE_SECONDS}` })
  slowModeSeconds?: number;

  /**
   * Whether members see up to where each other's devices have got the room, while it has at most 100 members. In a direct room either of the
   * two may set it, and nothing else. Turning it off forgets the marks.
   * @example true
   */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  deliveredMarks?: boolean;

  /**
   * True: only moderators and superusers send messages here, until it is false again; everybody reads on. For moderators and superusers, in groups
   * that are open to them; moderators may set it, and nothing else, also where the policy does not let them change the room. `policy.post` says
   * `moderator` meanwhile.
   * @example true
   */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  frozen?: boolean;
}

/** Join a room. */
export class JoinRoom {
  /**
   * The room's password, where it has one.
   * @example "open sesame"
   */
  @ValidateIf(given)
  @SafeText({ most: 128 })
  password?: string;
}

/** Which rooms are wanted. */
export class RoomsRequest extends PageRequest {
  /**
   * `mine`: the caller's, newest last message first. `open`: those that everybody may see. `all`: every room, for moderators.
   * @example "mine"
   */
  @ValidateIf(given)
  @IsIn(ROOM_VIEWS, { message: `must be one of ${ROOM_VIEWS.join(', ')}` })
  view?: RoomListName;
}
