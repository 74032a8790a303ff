import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { WholeNumber } from '../../platform/paging.dto.js';

export const MOST_HOURS = 168;
const HOURS = `must be from 1 to ${MOST_HOURS}`;

/** How far back the work of moderators is wanted. */
export class ModerationHealthRequest {
  /** How many hours, the running one included. */
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: HOURS })
  @Min(1, { message: HOURS })
  @Max(MOST_HOURS, { message: HOURS })
  hours?: number = 24;
}

/** The work of moderators in one hour. */
export class ModerationHourView {
  /**
   * When the hour begins.
   * @example "2026-11-20T18:00:00.000Z"
   */
  at: string;
  /**
   * How many cases were opened, those of filters included.
   * @example 4
   */
  opened: number;
  /**
   * How many cases were decided, whenever they were opened.
   * @example 3
   */
  decided: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'Seconds from the opening of these cases to their decision, as the median; null where none was decided.',
    example: 149,
  })
  decisionSeconds: number | null;
}

/** How much was written in one minute. */
export class MessageMinuteView {
  /** @example "2026-11-20T18:04:00.000Z" */
  at: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'How many messages were sent, those that were deleted since included; null before the latest 50 000 messages.',
    example: 120,
  })
  messages: number | null;
}

/** A process of the service that has open sockets. */
export class NodeHealthView {
  /** @example "5b0f8c0e-6a53-4a8e-9c3b-1f2d3e4a5b6c" */
  id: string;
  /**
   * Its latest heartbeat.
   * @example "2026-11-20T18:04:11.512Z"
   */
  seenAt: string;
  /**
   * False after three seconds without a heartbeat: nobody waits for it.
   * @example true
   */
  alive: boolean;
  /**
   * How many accounts have sockets on it.
   * @example 42
   */
  accounts: number;
}

/** How moderation and the service are doing, at this moment and before. */
export class ModerationHealthView {
  /**
   * The moment of this look, by the database's clock.
   * @example "2026-11-20T18:04:11.512Z"
   */
  at: string;
  /**
   * How many cases wait for a decision.
   * @example 2
   */
  openCases: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'How many seconds the one that waits longest has waited; null where none waits.',
    example: 340,
  })
  longestWaitSeconds: number | null;
  /** Oldest first. Of the latest 10 000 cases. */
  hours: ModerationHourView[];
  /** The last hour, oldest first. */
  minutes: MessageMinuteView[];
  /**
   * How many accounts have sockets, on whichever node that is alive.
   * @example 42
   */
  connectedAccounts: number;
  nodes: NodeHealthView[];
}
