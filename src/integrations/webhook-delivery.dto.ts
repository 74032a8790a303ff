import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import type { RoomFactName } from '../messaging/room-fact.js';
import { PageRequest } from '../platform/paging.dto.js';
import { EVENT_TYPES } from './event-feed.dto.js';

const given = (_request: unknown, value: unknown): boolean => value !== undefined;
const POSITION = 'must be a position';
const ERRORS = ['status', 'timeout', 'connection', 'not-allowed', 'secret', null];

/** Deliver events again. */
export class ReplayWebhook {
  /**
   * The position of the first event.
   * @example 4712
   */
  @IsInt({ message: POSITION })
  @Min(1, { message: POSITION })
  @Max(Number.MAX_SAFE_INTEGER, { message: POSITION })
  from: number;

  /**
   * The position of the last event; left out for `from` alone. At most 10000 positions at a time.
   * @example 4800
   */
  @ValidateIf(given)
  @IsInt({ message: POSITION })
  @Min(1, { message: POSITION })
  @Max(Number.MAX_SAFE_INTEGER, { message: POSITION })
  to?: number;

  /** True for those alone that were given up. */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  parkedOnly?: boolean = false;
}

/** How many events a replay queued. */
export class ReplayView {
  /** @example 88 */
  queued: number;
}

export const DELIVERY_STATES = ['pending', 'delivered', 'parked', 'dropped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Which deliveries are wanted. */
export class DeliveriesRequest extends PageRequest {
  @ApiProperty({ required: false, enum: DELIVERY_STATES, description: 'Only those in this state.', example: 'parked' })
  @IsOptional()
  @IsIn(DELIVERY_STATES, { message: `must be one of ${DELIVERY_STATES.join(', ')}` })
  state?: DeliveryState;
}

/** What became of an event at a webhook. */
export class DeliveryView {
  /** @example "evt_4712" */
  eventId: string;
  /** @example 4712 */
  position: number;
  @ApiProperty({ enum: EVENT_TYPES, example: 'message.sent' })
  type: RoomFactName;
  /** @example 17 */
  roomId: number;
  @ApiProperty({
    enum: DELIVERY_STATES,
    description: '`parked`: given up after 72 hours. `dropped`: you may no longer read it, or it is gone.',
    example: 'delivered',
  })
  state: DeliveryState;
  /** @example 1 */
  attempts: number;
  /**
   * The status of the last answer; null when there was none.
   * @example 200
   */
  lastStatus: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    enum: ERRORS,
    description:
      'Why the last attempt failed: another `status` than 2xx, a `timeout` after five seconds, no `connection`, an address that is `not-allowed`, or a `secret` ' +
      'that our key no longer opens: rotate it.',
    example: null,
  })
  lastError: string | null;
  /** @example "2026-11-20T18:04:11.512Z" */
  lastAttemptAt: string | null;
  /**
   * When it is tried again; null unless it waits at the head of its room.
   * @example null
   */
  nextAttemptAt: string | null;
}

/** A page of deliveries, newest first. */
export class DeliveryPage {
  items: DeliveryView[];
  /** @example false */
  hasMore: boolean;
  /** @example null */
  next: string | null;
  /** @example null */
  prev: string | null;
}

/** What came of a test event. */
export class WebhookTestView {
  /**
   * Whether it was answered with 2xx within five seconds.
   * @example true
   */
  ok: boolean;
  /** @example 200 */
  status: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    enum: ERRORS,
    description: 'Why not, as in `lastError` of deliveries.',
    example: null,
  })
  error: string | null;
  /**
   * How long it took.
   * @example 42
   */
  milliseconds: number;
}
