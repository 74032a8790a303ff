import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { SafeText } from '../platform/safe-text.js';
import { given, MOST_REASON } from './block.dto.js';

const ID = 'must be an id';

/** Warn an account. */
export class WarnAccount {
  /** @example 18 */
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  accountId: number;

  /**
   * Told to the warned person.
   * @example "Please keep advertising out of the lobby"
   */
  @SafeText({ least: 1, most: MOST_REASON })
  reason: string;

  /**
   * The message of his that it is about.
   * @example 4098
   */
  @ValidateIf(given)
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  messageId?: number;
}
