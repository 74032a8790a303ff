import { ApiProperty } from '@nestjs/swagger';
import type { PublicAccountView } from '../accounts/account.dto.js';
import { SANCTION_KINDS, SANCTION_SOURCES, type SanctionKind } from '../platform/sanctions.js';
import { BLOCK_MODES, type BlockMode } from './block.dto.js';

export const SANCTION_STATES = ['in_force', 'expired', 'lifted', 'superseded', 'withdrawn'] as const;
export type SanctionState = (typeof SANCTION_STATES)[number];
type Source = (typeof SANCTION_SOURCES)[number];
export const APPEAL_STATES = ['open', 'decided'] as const;
export type AppealState = (typeof APPEAL_STATES)[number];
export const APPEAL_OUTCOMES = ['upheld', 'granted'] as const;
export type AppealOutcome = (typeof APPEAL_OUTCOMES)[number];

/** An appeal as the person who filed it sees it. */
export class OwnAppealView {
  /** @example 6 */
  id: number;
  /** @example 31 */
  sanctionId: number;
  /** @example "The links were the minutes of our meeting, not advertising." */
  text: string;
  /** @example "open" */
  state: AppealState;
  /** @example "2026-11-21T09:12:40.003Z" */
  createdAt: string;
  /**
   * `upheld`: the sanction stays; `granted`: it was taken back; null while the appeal is open.
   * @example null
   */
  outcome: AppealOutcome | null;
  /**
   * Why it was decided so.
   * @example null
   */
  reason: string | null;
  /** @example null */
  decidedAt: string | null;
}

/** A message that a sanction is about, with the text that it had then. */
export class SanctionedMessageView {
  /** @example 4098 */
  id: number;
  /** @example 17 */
  roomId: number;
  /** @example "Buy cheap tea at tea.example!" */
  text: string;
}

/** How to appeal against a sanction, and until when. */
export class RedressView {
  /**
   * Whether an appeal would be taken at this moment: there was none yet, the time is not over, and the sanction was neither taken back nor replaced.
   * @example true
   */
  possible: boolean;
  /** @example "2027-05-20T18:04:11.512Z" */
  until: string;
  /**
   * Where to file it, with `sanctionId` and `text`: one appeal for each sanction; another moderator than the one who decided decides on it.
   * @example "/api/v1/appeals"
   */
  address: string;
}

/** What every sanction says, to whomever. */
export class SanctionFace {
  /** @example 31 */
  id: number;
  /**
   * `block`: see `mode`. `warning`: nothing was taken away. `message_deletion`: messages were deleted. `room_removal`: the membership of a room ended.
   * @example "block"
   */
  @ApiProperty({ enum: SANCTION_KINDS })
  kind: SanctionKind;
  /**
   * With `block`: `mute` leaves reading, `read_only` reading and leaving, `full` nothing.
   * @example "mute"
   */
  @ApiProperty({ enum: [...BLOCK_MODES, null], type: 'string', nullable: true })
  mode: BlockMode | null;
  @ApiProperty({
    oneOf: [{ type: 'string', enum: ['global'] }, { type: 'integer' }],
    description: '`global`, or the id of the room in which it holds.',
    example: 'global',
  })
  scope: 'global' | number;
  /**
   * `superseded`: a changed block is a new sanction, which took this one's place. `lifted`: ended before its time. `withdrawn`: taken back, as if it had
   * not been.
   * @example "in_force"
   */
  state: SanctionState;
  /** @example "2026-11-20T18:04:11.512Z" */
  decidedAt: string;
  /**
   * When it ends by itself; null for never.
   * @example "2026-11-21T18:04:11.512Z"
   */
  expiresAt: string | null;
  /**
   * When it was lifted, replaced or taken back.
   * @example null
   */
  endedAt: string | null;
  /**
   * The facts, in the words of whoever decided; null where none were given.
   * @example "Advertising in the lobby"
   */
  reason: string | null;
  /**
   * The rule that was broken, where it has a name.
   * @example "spam"
   */
  ground: string | null;
  /**
   * What brought it about: somebody's report, a filter, or what a moderator saw himself.
   * @example "report"
   */
  source: Source;
  /**
   * Whether a program found the matter.
   * @example false
   */
  automatedDetection: boolean;
  /**
   * Whether a program decided, without a person.
   * @example false
   */
  automatedDecision: boolean;
  /**
   * With `block`: the block, as `blockId` of refusals names it.
   * @example 3
   */
  blockId: number | null;
  /**
   * How many messages it is about.
   * @example 1
   */
  messageCount: number;
}

/** A statement of reasons: what was decided about the person who reads it, why, and what can be done against it. */
export class SanctionView extends SanctionFace {
  /** What it is about, the first 50. */
  messages: SanctionedMessageView[];
  redress: RedressView;
  /** The appeal against it. */
  @ApiProperty({ type: () => OwnAppealView, nullable: true, example: null })
  appeal: OwnAppealView | null;
}

/** A sanction as moderators see it. */
export class SanctionRecordView extends SanctionFace {
  account: PublicAccountView;
  /**
   * Id of the account that decided; null for a program or whoever runs the service.
   * @example 17
   */
  decidedBy: number | null;
  /**
   * What it is about, the first 50.
   * @example [4098]
   */
  messageIds: number[];
  /**
   * The appeal against it.
   * @example null
   */
  appealId: number | null;
  /** @example null */
  appealOutcome: AppealOutcome | null;
}

/** A page of statements of reasons, newest first. */
export class SanctionPage {
  items: SanctionView[];
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

/** A page of somebody's sanctions, newest first. */
export class SanctionRecordPage {
  items: SanctionRecordView[];
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

/** A sanction as the database has it. */
export interface SanctionRow {
  id: number;
  account: PublicAccountView;
  kind: SanctionKind;
  mode: BlockMode | null;
  roomId: number | null;
  blockId: number | null;
  deletionId: number | null;
  reason: string | null;
  ground: string | null;
  source: Source;
  automated: boolean;
  decidedBy: number | null;
  decidedAt: Date;
  expiresAt: Date | null;
  expired: boolean;
  endedAt: Date | null;
  endedAs: 'lifted' | 'superseded' | 'withdrawn' | null;
  appealUntil: Date;
  inTime: boolean;
  messageCount: number;
  messages: SanctionedMessageView[];
  appeal: OwnAppealRow | null;
}

/** The appeal of a sanction, with times as JSON has them. */
export interface OwnAppealRow {
  id: number;
  text: string;
  createdAt: string;
  outcome: AppealOutcome | null;
  reason: string | null;
  decidedAt: string | null;
}

function faceOf(row: SanctionRow): SanctionFace {
  return {
    id: row.id,
    kind: row.kind,
    mode: row.mode,
    scope: row.roomId ?? 'global',
    state: row.endedAs ?? (row.expired ? 'expired' : 'in_force'),
    decidedAt: row.decidedAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    reason: row.reason,
    ground: row.ground,
    source: row.source,
    automatedDetection: row.source === 'filter',
    automatedDecision: row.automated,
    blockId: row.blockId,
    messageCount: row.messageCount,
  };
}

export function viewOfSanction(row: SanctionRow): SanctionView {
  return {
    ...faceOf(row),
    messages: row.messages.map(({ id, roomId, text }) => ({ id, roomId, text })),
    redress: {
      possible: row.appeal === null && row.inTime && row.endedAs === null,
      until: row.appealUntil.toISOString(),
      address: '/api/v1/appeals',
    },
    appeal: row.appeal && viewOfOwnAppeal(row.id, row.appeal),
  };
}

export function viewOfOwnAppeal(sanctionId: number, row: OwnAppealRow): OwnAppealView {
  return {
    id: row.id,
    sanctionId,
    text: row.text,
    state: row.outcome === null ? 'open' : 'decided',
    createdAt: new Date(row.createdAt).toISOString(),
    outcome: row.outcome,
    reason: row.reason,
    decidedAt: row.decidedAt && new Date(row.decidedAt).toISOString(),
  };
}

export function viewOfSanctionRecord(row: SanctionRow): SanctionRecordView {
  return {
    ...faceOf(row),
    account: row.account,
    decidedBy: row.decidedBy,
    messageIds: row.messages.map((message) => message.id),
    appealId: row.appeal?.id ?? null,
    appealOutcome: row.appeal?.outcome ?? null,
  };
}
