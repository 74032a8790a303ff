import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { PageRequest } from '../../platform/paging.dto.js';
import { SafeText } from '../../platform/safe-text.js';
import { given, MOST_REASON } from '../block.dto.js';
import {
  APPEAL_OUTCOMES,
  APPEAL_STATES,
  type AppealOutcome,
  type AppealState,
  SanctionedMessageView,
  SanctionRecordView,
  type SanctionRow,
  viewOfSanctionRecord,
} from '../sanction.dto.js';

const ID = 'must be an id';
const MOST_TEXT = 4_096;

/** Appeal against a sanction. */
export class FileAppeal {
  /**
   * `id` of the statement of reasons; `sanctionId` of facts and refusals.
   * @example 31
   */
  @IsInt({ message: ID })
  @Min(1, { message: ID })
  @Max(Number.MAX_SAFE_INTEGER, { message: ID })
  sanctionId: number;

  /**
   * Why it should be taken back.
   * @example "The links were the minutes of our meeting, not advertising."
   */
  @SafeText({ least: 1, most: MOST_TEXT })
  text: string;
}

/** Decide an appeal. */
export class DecideAppeal {
  /**
   * `upheld`: the sanction stays. `granted`: it is taken back together with this decision.
   * @example "granted"
   */
  @IsIn(APPEAL_OUTCOMES, { message: `must be one of ${APPEAL_OUTCOMES.join(', ')}` })
  outcome: AppealOutcome;

  /**
   * Told to the person who appealed.
   * @example "These were indeed the minutes. We are sorry."
   */
  @SafeText({ least: 1, most: MOST_REASON })
  reason: string;
}

/** Which appeals are wanted. */
export class AppealsRequest extends PageRequest {
  /**
   * `open`: oldest first, as they wait; `decided`: newest first; without it both, newest first.
   * @example open
   */
  @ValidateIf(given)
  @IsIn(APPEAL_STATES, { message: `must be one of ${APPEAL_STATES.join(', ')}` })
  state?: AppealState;
}

/** A moderator, by name. */
export class DeciderView {
  /** @example 18 */
  id: number;
  /** @example "mona" */
  username: string;
}

/** An appeal as moderators see it. */
export class AppealView {
  /** @example 6 */
  id: number;
  /** What it is against. */
  sanction: SanctionRecordView;
  /** @example "The links were the minutes of our meeting, not advertising." */
  text: string;
  /** @example "open" */
  state: AppealState;
  /** @example "2026-11-21T09:12:40.003Z" */
  createdAt: string;
  /** @example null */
  outcome: AppealOutcome | null;
  /**
   * As it was told to the person.
   * @example null
   */
  reason: string | null;
  /** Who decided it. */
  @ApiProperty({ type: () => DeciderView, nullable: true, example: null })
  decidedBy: DeciderView | null;
  /** @example null */
  decidedAt: string | null;
}

/** An appeal with what a decision needs. */
export class AppealDetailView extends AppealView {
  /** The messages that the sanction is about, the first 50, with the text that they had then. */
  messages: SanctionedMessageView[];
}

/** A page of appeals. */
export class AppealPage {
  items: AppealView[];
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

/** An appeal as the database has it. */
export interface AppealRow {
  id: number;
  text: string;
  createdAt: Date;
  outcome: AppealOutcome | null;
  reason: string | null;
  decidedBy: DeciderView | null;
  decidedAt: Date | null;
  sanction: SanctionRow;
}

export function viewOfAppeal(row: AppealRow): AppealView {
  return {
    id: row.id,
    sanction: viewOfSanctionRecord(row.sanction),
    text: row.text,
    state: row.outcome === null ? 'open' : 'decided',
    createdAt: row.createdAt.toISOString(),
    outcome: row.outcome,
    reason: row.reason,
    decidedBy: row.decidedBy && { id: row.decidedBy.id, username: row.decidedBy.username },
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}

export function viewOfAppealDetail(row: AppealRow): AppealDetailView {
  const messages = row.sanction.messages.map(({ id, roomId, text }) => ({ id, roomId, text }));
  return { ...viewOfAppeal(row), messages };
}
