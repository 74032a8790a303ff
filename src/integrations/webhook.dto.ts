import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import type { RoomFactName } from '../messaging/room-fact.js';
import { SafeText } from '../platform/safe-text.js';
import { EVENT_TYPES, ONE_OF_RANGES, ONE_OF_TYPES, RANGES_SAY, ROOM_RANGES, type RoomRange } from './event-feed.dto.js';
import { MOST_OVERLAP_SECONDS } from './key.dto.js';

const given = (_request: unknown, value: unknown): boolean => value !== undefined;
const notNull = (_request: unknown, value: unknown): boolean => value !== undefined && value !== null;
const MOST_ROOM_IDS = 200;
const DAY_SECONDS = 24 * 60 * 60;
const ID = 'must be an id';
const ADDRESS = { message: 'must be an http(s) address of at most 500 characters' };
const URL_FORM = /^https?:\/\/[\x21-\x7e]{1,490}$/;
const TYPE_LIST = {
  type: 'array' as const,
  nullable: true,
  items: { type: 'string', enum: EVENT_TYPES },
  minItems: 1,
  maxItems: EVENT_TYPES.length,
  uniqueItems: true,
  description: 'Only events of these types; null for all.',
  example: ['message.sent', 'message.edited', 'message.deleted'],
};

function Types(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(notNull)(target, property);
    IsArray({ message: 'must be a list' })(target, property);
    ArrayMinSize(1, { message: 'must have at least 1 item' })(target, property);
    ArrayMaxSize(EVENT_TYPES.length, { message: `must have at most ${EVENT_TYPES.length} items` })(target, property);
    ArrayUnique({ message: 'must not repeat a type' })(target, property);
    IsIn(EVENT_TYPES, ONE_OF_TYPES)(target, property);
  };
}

function RoomIds(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(notNull)(target, property);
    IsArray({ message: 'must be a list' })(target, property);
    ArrayMinSize(1, { message: 'must have at least 1 item' })(target, property);
    ArrayMaxSize(MOST_ROOM_IDS, { message: `must have at most ${MOST_ROOM_IDS} items` })(target, property);
    ArrayUnique({ message: 'must not repeat an id' })(target, property);
    IsInt({ message: ID, each: true })(target, property);
    Min(1, { message: ID, each: true })(target, property);
    Max(Number.MAX_SAFE_INTEGER, { message: ID, each: true })(target, property);
  };
}

/** Change what is given of a webhook and keep the rest. */
export class ChangeWebhook {
  /**
   * What it is for, in your words.
   * @example "orders to the shop"
   */
  @ValidateIf(given)
  @SafeText({ most: 64, name: true })
  name?: string;

  /**
   * Where events are posted to: `https`, and no address of a private network.
   * @example "https://shop.example/hooks/chat"
   */
  @ValidateIf(given)
  @Matches(URL_FORM, ADDRESS)
  url?: string;

  @ApiProperty({ ...TYPE_LIST, required: false })
  @Types()
  events?: RoomFactName[] | null;

  @ApiProperty({ required: false, enum: ROOM_RANGES, description: RANGES_SAY, example: 'own' })
  @ValidateIf(given)
  @IsIn(ROOM_RANGES, ONE_OF_RANGES)
  rooms?: RoomRange;

  /**
   * Only these of those rooms; null for all.
   * @example null
   */
  @RoomIds()
  roomIds?: number[] | null;

  /**
   * False holds deliveries back and queues nothing new; true goes on with what was queued.
   * @example true
   */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

/** Create a webhook. */
export class CreateWebhook {
  /**
   * Where events are posted to: `https`, and no address of a private network.
   * @example "https://shop.example/hooks/chat"
   */
  @Matches(URL_FORM, ADDRESS)
  url: string;

  /**
   * What it is for, in your words.
   * @example "orders to the shop"
   */
  @ValidateIf(given)
  @SafeText({ most: 64, name: true })
  name?: string = '';

  @ApiProperty({ ...TYPE_LIST, required: false })
  @Types()
  events?: RoomFactName[] | null = null;

  @ApiProperty({ required: false, enum: ROOM_RANGES, description: RANGES_SAY, example: 'own', default: 'own' })
  @ValidateIf(given)
  @IsIn(ROOM_RANGES, ONE_OF_RANGES)
  rooms?: RoomRange = 'own';

  /**
   * Only these of those rooms; null for all.
   * @example null
   */
  @RoomIds()
  roomIds?: number[] | null = null;
}

/** Give a webhook a new secret. */
export class RotateWebhookSecret {
  /**
   * For how long the secret before signs beside the new one; at most seven days.
   * @example 86400
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MOST_OVERLAP_SECONDS, { message: `must be at most ${MOST_OVERLAP_SECONDS}` })
  overlapSeconds?: number = DAY_SECONDS;
}

/** A webhook without its secret. */
export class WebhookView {
  /** @example 3 */
  id: number;
  /** @example "orders to the shop" */
  name: string;
  /** @example "https://shop.example/hooks/chat" */
  url: string;
  @ApiProperty({ ...TYPE_LIST })
  events: RoomFactName[] | null;
  @ApiProperty({ enum: ROOM_RANGES, description: RANGES_SAY, example: 'own' })
  rooms: RoomRange;
  /**
   * Only these of those rooms; null for all.
   * @example null
   */
  roomIds: number[] | null;
  /** @example true */
  enabled: boolean;
  @ApiProperty({
    enum: ['requested', 'gone', null],
    type: String,
    nullable: true,
    description: '`requested` by you; `gone`: it answered 410. Null while it is enabled.',
    example: null,
  })
  disabledReason: 'requested' | 'gone' | null;
  /**
   * Attempts in a row that failed, in whichever rooms.
   * @example 0
   */
  failures: number;
  /**
   * Events that wait to be delivered.
   * @example 0
   */
  pending: number;
  /**
   * Events that were given up after 72 hours; replay them.
   * @example 0
   */
  parked: number;
  /**
   * Until when the secret before signs as well; null when only one does.
   * @example null
   */
  overlapUntil: string | null;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
}

/** A webhook with its secret, which is shown this once. */
export class NewWebhookView extends WebhookView {
  /**
   * Signs what is posted, in the manner of Standard Webhooks.
   * @example "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw9LcZ0yJwV1Y="
   */
  secret: string;
}

/** The webhooks of your server, oldest first. */
export class WebhookList {
  items: WebhookView[];
}

/** A webhook as the database has it. */
export interface WebhookRow extends Omit<WebhookView, 'createdAt' | 'overlapUntil'> {
  integratorId: number;
  createdAt: Date;
  overlapUntil: Date | null;
}

export function viewOfWebhook(row: WebhookRow): WebhookView {
  const { id, name, url, events, rooms, roomIds, enabled, disabledReason, failures, pending, parked } = row;
  const [createdAt, overlapUntil] = [row.createdAt.toISOString(), row.overlapUntil?.toISOString() ?? null];
  const terms = { id, name, url, events, rooms, roomIds, enabled };
  return { ...terms, disabledReason, failures, pending, parked, overlapUntil, createdAt };
}
