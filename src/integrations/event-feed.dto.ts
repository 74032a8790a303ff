import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import type { RoomFactName, RoomFacts } from '../messaging/room-fact.js';
import { WholeNumber } from '../platform/paging.dto.js';

const OF_EACH: Record<RoomFactName, true> = {
  'message.sent': true,
  'message.edited': true,
  'message.deleted': true,
  'message.restored': true,
  'member.joined': true,
  'member.left': true,
  'member.removed': true,
  'room.changed': true,
  'room.deleted': true,
};
export const EVENT_TYPES = Object.keys(OF_EACH) as RoomFactName[];
export const ROOM_RANGES = ['own', 'readable'] as const;
export type RoomRange = (typeof ROOM_RANGES)[number];
export const ONE_OF_RANGES = { message: `must be one of ${ROOM_RANGES.join(', ')}` };
export const ONE_OF_TYPES = { message: `must be among ${EVENT_TYPES.join(', ')}`, each: true };
export const RANGES_SAY =
  '`own`: groups that your server owns or where it or one of your people is a member, direct rooms between two of your people, and what your people write ' +
  'elsewhere. `readable`: besides those every group that the account of your server may read.';
const MOST_EVENTS = 200;
const TYPE = EVENT_TYPES.map((type) => type.replace('.', '\\.')).join('|');
const TYPES = new RegExp(`^(${TYPE})(,(${TYPE}))*$`);
const MOST_TYPES_TEXT = 300;

/** Which events are wanted. */
export class EventsRequest {
  /**
   * `next` of the answer before; 0 for the oldest that are kept. Without it no events, but `next`: where the feed is now.
   * @example 4711
   */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a position' })
  @Min(0, { message: 'must be at least 0' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a position' })
  after?: number;

  /** How many at most. */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(MOST_EVENTS, { message: `must be at most ${MOST_EVENTS}` })
  limit?: number = 100;

  @ApiProperty({
    required: false,
    type: String,
    pattern: TYPES.source,
    maxLength: MOST_TYPES_TEXT,
    description: `Only these types, separated by commas: ${EVENT_TYPES.map((type) => `\`${type}\``).join(', ')}.`,
    example: 'message.sent,message.edited',
  })
  @IsOptional()
  @MaxLength(MOST_TYPES_TEXT, { message: `must have at most ${MOST_TYPES_TEXT} characters` })
  @Matches(TYPES, { message: `must be among ${EVENT_TYPES.join(', ')}, separated by commas` })
  events?: string;

  @ApiProperty({
    required: false,
    enum: ROOM_RANGES,
    description: RANGES_SAY,
    example: 'own',
  })
  @IsOptional()
  @IsIn(ROOM_RANGES, ONE_OF_RANGES)
  rooms?: RoomRange = 'own';
}

/** One thing that happened. The same in the feed and in a webhook, whose `webhook-id` is `id`. */
export class EventView {
  /**
   * Stays the same however often it is delivered: forget what you have seen before.
   * @example "evt_4712"
   */
  id: string;
  /**
   * Its place in the feed. Positions of one room follow its `seq`.
   * @example 4712
   */
  position: number;
  @ApiProperty({ enum: EVENT_TYPES, example: 'message.sent' })
  type: RoomFactName;
  /**
   * When it happened.
   * @example "2026-11-20T18:04:11.512Z"
   */
  timestamp: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'What the fact of this name on a socket carries, as it is now: an edited message its latest text, a deleted one none. See `/docs/asyncapi.json`.',
    example: { roomId: 17, seq: 45, messageId: 4098, messageSeq: 43, deletedBy: 18 },
  })
  data: RoomFacts[RoomFactName];
}

/** Events behind a position. */
export class EventPage {
  items: EventView[];
  /**
   * Goes into `after` of the next request, also when there were no items.
   * @example 4712
   */
  next: number;
  /**
   * Whether there is more already.
   * @example false
   */
  more: boolean;
}
