import { PublicAccountView } from '../accounts/account.dto.js';

/** A member of a room. */
export class MemberView {
  account: PublicAccountView;
  /**
   * Whether he owns the room.
   * @example false
   */
  owner: boolean;
  /** @example "2026-11-20T12:00:00.000Z" */
  joinedAt: string;
  /**
   * Up to which seq he has read.
   * @example 238
   */
  readSeq: number;
}

/** A page of the members of a room, by account id. */
export class MemberPage {
  items: MemberView[];
  /** @example false */
  hasMore: boolean;
  /**
   * The cursor of the next page.
   * @example null
   */
  next: string | null;
  /**
   * Always null: this list goes forward only.
   * @example null
   */
  prev: string | null;
}

/** A membership with the person and the room's owner, as one query reads it. */
export interface Membership {
  account: PublicAccountView;
  owner: boolean;
  joinedAt: Date;
  readSeq: number;
}

export function viewOfMember(member: Membership): MemberView {
  return {
    account: member.account,
    owner: member.owner,
    joinedAt: member.joinedAt.toISOString(),
    readSeq: member.readSeq,
  };
}
