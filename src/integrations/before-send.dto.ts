import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';

const given = (_request: unknown, value: unknown): boolean => value !== undefined;
export const ON_FAILURE = ['allow', 'refuse'] as const;
export type OnFailure = (typeof ON_FAILURE)[number];
const SAYS_ON_FAILURE =
  'When it does not answer in time, or not as it should: `allow` sends the message unseen, `refuse` refuses it with `message/unscreened`.';

/** Have your server asked before a message is stored. */
export class SetBeforeSend {
  /**
   * Where each message is posted to before it is stored: `https`, and no address of a private network.
   * @example "https://shop.example/hooks/before-send"
   */
  @Matches(/^https?:\/\/[\x21-\x7e]{1,490}$/, { message: 'must be an http(s) address of at most 500 characters' })
  url: string;

  /**
   * How long people wait for your answer at most. Every message of your rooms waits for it.
   * @example 300
   */
  @ValidateIf(given)
  @IsInt({ message: 'must be a whole number' })
  @Min(50, { message: 'must be at least 50' })
  @Max(500, { message: 'must be at most 500' })
  timeoutMs?: number = 300;

  @ApiProperty({ enum: ON_FAILURE, description: SAYS_ON_FAILURE, example: 'allow' })
  @IsIn(ON_FAILURE, { message: `must be one of ${ON_FAILURE.join(', ')}` })
  onFailure: OnFailure;

  /** True for a new secret; the one before ends at once. */
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  newSecret?: boolean = false;
}

/** The hook before sending of your server. */
export class BeforeSendView {
  /** @example "https://shop.example/hooks/before-send" */
  url: string;
  /** @example 300 */
  timeoutMs: number;
  @ApiProperty({ enum: ON_FAILURE, description: SAYS_ON_FAILURE, example: 'allow' })
  onFailure: OnFailure;
  /** @example "2026-11-20T18:04:11.512Z" */
  changedAt: string;
}

/** The hook as it is now, with its secret where that is new. */
export class BeforeSendSetView extends BeforeSendView {
  /**
   * Shown this once; null where it stayed.
   * @example "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw9LcZ0yJwV1Y="
   */
  secret: string | null;
}

/** A hook as the database has it. */
export interface HookRow {
  integratorId: number;
  url: string;
  timeoutMs: number;
  onFailure: OnFailure;
  sealedSecret: Buffer;
  changedAt: Date;
}

export function viewOfHook({ url, timeoutMs, onFailure, changedAt }: HookRow): BeforeSendView {
  return { url, timeoutMs, onFailure, changedAt: changedAt.toISOString() };
}
