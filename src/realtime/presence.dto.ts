import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, Max, Min } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { MOST_WATCHED } from './presence.schema.js';

const IDS = /^[1-9]\d{0,15}(,[1-9]\d{0,15})*$/;
const AN_ID = { each: true, message: 'must be ids of accounts, separated by commas' };

/** Whose presence is wanted. */
export class PresenceRequest {
  /**
   * Ids of accounts, separated by commas: 1 to 200.
   * @example "17,18"
   */
  @ApiProperty({ type: 'string', pattern: IDS.source, maxLength: MOST_WATCHED * 17 })
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && IDS.test(value) ? value.split(',').map(Number) : value,
  )
  @IsArray({ message: 'must be ids of accounts, separated by commas' })
  @ArrayMinSize(1, { message: 'must be ids of accounts, separated by commas' })
  @ArrayMaxSize(MOST_WATCHED, { message: `must be at most ${MOST_WATCHED} ids` })
  @IsInt(AN_ID)
  @Min(1, AN_ID)
  @Max(Number.MAX_SAFE_INTEGER, AN_ID)
  accountIds: number[];
}

/** Whether somebody is here. */
export class PresenceView {
  /** @example 18 */
  accountId: number;
  /**
   * `online` with an open socket, and for 20 seconds after the last one closed; `away` when all his sockets said so; `unknown` when this cannot be
   * told, such as while Redis is away: never take it for `offline`.
   * @example "online"
   */
  state: 'online' | 'away' | 'offline' | 'unknown';
  /**
   * When he was last seen, to the minute; null when he never was.
   * @example "2026-11-20T18:04:11.512Z"
   */
  lastSeenAt: string | null;
}

/** Those of the people asked for that share a room with the caller. */
export class PresenceList {
  items: PresenceView[];
}
