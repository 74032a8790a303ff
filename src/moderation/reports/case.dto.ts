import { ApiProperty } from '@nestjs/swagger';
import { PublicAccountView } from '../../accounts/account.dto.js';
import { MessageView } from '../../messaging/message.dto.js';
import { BlockView } from '../block.dto.js';
import { SanctionRecordView } from '../sanction.dto.js';
import {
  CASE_SOURCES,
  CASE_STATES,
  CASE_TYPES,
  type CaseSource,
  type CaseState,
  type CaseType,
} from './case-requests.dto.js';

/** What a case is about. */
export class CaseTargetView {
  @ApiProperty({ enum: CASE_TYPES, example: 'message' })
  type: CaseType;
  /** @example 4098 */
  id: number;
  /**
   * The room of a message, or the room itself; null for an account.
   * @example 17
   */
  roomId: number | null;
}

/** How often a reason was given. */
export class ReasonCountView {
  /**
   * One of the reasons of reports, or `filter`.
   * @example "spam"
   */
  reason: string;
  /** @example 3 */
  count: number;
}

/** A moderator, by name. */
export class ModeratorView {
  /** @example 17 */
  id: number;
  /** @example "mod" */
  username: string;
}

/** Who deals with a case at the moment. */
export class ClaimView {
  by: ModeratorView;
  /**
   * When the claim ends by itself.
   * @example "2026-11-20T18:19:11.512Z"
   */
  until: string;
}

/** How a case was decided. */
export class DecisionView {
  /** @example "mute" */
  action: string;
  /** @example "Advertising in the lobby" */
  reason: string;
  by: ModeratorView;
  /** @example "2026-11-20T18:06:40.027Z" */
  decidedAt: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'What the decision made, such as the id of a block.',
    example: { blockId: 3 },
  })
  facts: Record<string, unknown>;
}

/** All reports of one target until they are decided together. */
export class CaseView {
  /** @example 7 */
  id: number;
  @ApiProperty({ enum: CASE_STATES, example: 'open' })
  state: CaseState;
  @ApiProperty({ enum: CASE_SOURCES, description: "What opened it: a person's report or a filter.", example: 'report' })
  source: CaseSource;
  target: CaseTargetView;
  @ApiProperty({
    type: PublicAccountView,
    nullable: true,
    description:
      'Who answers for it: the author of a message, the owner of a room, the account itself. Null where there is nobody.',
  })
  account: PublicAccountView | null;
  /**
   * The beginning of what it said when it was first reported; of a room or an account its names.
   * @example "Buy tea, cheap tea!"
   */
  excerpt: string;
  /**
   * How many reports it has, those of filters included.
   * @example 3
   */
  reportCount: number;
  /** The reasons given, the most frequent first. */
  reasons: ReasonCountView[];
  /** @example "2026-11-20T18:04:11.512Z" */
  openedAt: string;
  /**
   * When the latest report came.
   * @example "2026-11-20T18:05:02.140Z"
   */
  reportedAt: string;
  /**
   * Seconds since it was opened, by the database's clock.
   * @example 149
   */
  ageSeconds: number;
  @ApiProperty({ type: ClaimView, nullable: true, description: 'Null while nobody has claimed it.' })
  claim: ClaimView | null;
  @ApiProperty({ type: DecisionView, nullable: true, description: 'Null while it is open.' })
  decision: DecisionView | null;
}

/** A page of cases. */
export class CasePage {
  items: CaseView[];
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

/** One report of a case, as moderators see it. */
export class CaseReportView {
  /** @example 31 */
  id: number;
  @ApiProperty({ enum: CASE_SOURCES, example: 'report' })
  source: CaseSource;
  @ApiProperty({ type: PublicAccountView, nullable: true, description: 'Null for a filter.' })
  reporter: PublicAccountView | null;
  /** @example "spam" */
  reason: string;
  /** @example "The third advertisement today" */
  text: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'What a filter says beside it.',
    example: null,
  })
  detail: Record<string, unknown> | null;
  /**
   * What the target said when it was reported, whatever became of it; of a room or an account its names, a line each.
   * @example "Buy tea, cheap tea! tea.example"
   */
  snapshot: string;
  /** @example "2026-11-20T18:04:11.512Z" */
  createdAt: string;
}

/** An earlier decision about the same account. */
export class EarlierDecisionView {
  /** @example 5 */
  caseId: number;
  target: CaseTargetView;
  decision: DecisionView;
}

/** What moderators know of the account that answers for a case. */
export class CaseRecordView {
  /** Its latest blocks, ten at most. */
  blocks: BlockView[];
  /** What moderation did to it, warnings and deletions as well, ten at most, the latest first. */
  sanctions: SanctionRecordView[];
  /** The latest decisions of other cases about it, ten at most. */
  decisions: EarlierDecisionView[];
  /**
   * How many other cases about it are open.
   * @example 0
   */
  openCases: number;
}

/** A case with everything that a decision needs. */
export class CaseDetailView extends CaseView {
  /** The first hundred reports. */
  reports: CaseReportView[];
  @ApiProperty({
    type: MessageView,
    isArray: true,
    nullable: true,
    description:
      'The message as it is now with up to five messages before and after it. Null where it is about no message, or where the room is not open to moderators.',
  })
  context: MessageView[] | null;
  @ApiProperty({ type: CaseRecordView, nullable: true, description: 'Null where nobody answers for it.' })
  record: CaseRecordView | null;
}
