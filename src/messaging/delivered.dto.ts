import { IsInt, Max, Min } from 'class-validator';

/** How much of the room has reached the device. */
export class DeliveredMark {
  /**
   * The seq up to which everything has arrived.
   * @example 43
   */
  @IsInt({ message: 'must be a seq' })
  @Min(0, { message: 'must be a seq' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'must be a seq' })
  seq: number;
}

/** How far one room has reached your devices. */
export class DeliveredStateView {
  /** @example 17 */
  roomId: number;
  /**
   * Never below your read mark, and never beyond the newest seq of the room.
   * @example 43
   */
  deliveredSeq: number;
}

/** How far a room has reached one of its members. */
export class MemberMarksView {
  /** @example 18 */
  accountId: number;
  /**
   * Up to where it has reached one of his devices at least.
   * @example 43
   */
  deliveredSeq: number;
  /**
   * Up to where he has read it.
   * @example 42
   */
  readSeq: number;
}

/** The marks of all members of a room, by account id. */
export class MemberMarksList {
  items: MemberMarksView[];
}
