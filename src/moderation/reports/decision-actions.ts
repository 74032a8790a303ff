import { Injectable } from '@nestjs/common';
import type { Actor, Role } from '../../accounts/actor.js';
import { Tombstones } from '../../messaging/tombstones.service.js';
import { Problem } from '../../platform/problems.js';
import type { Ground } from '../../platform/sanctions.js';
import type { Tx } from '../../platform/tx.js';
import type { BlockMode } from '../block.dto.js';
import { BlocksService } from '../blocks.service.js';
import { HeldMessages } from '../filters/held-messages.service.js';
import { WarningsService } from '../warnings.service.js';
import type { CaseRow } from './case.view.js';
import { CASE_TYPES, type CaseType, type DecideCase, type Decision } from './case-requests.dto.js';
import type { ReportOutcome } from './report.dto.js';

type Parameter = Exclude<keyof DecideCase, 'action' | 'reason'>;

/** What of a decision is done as its effect, in the transaction of the decision. */
export interface Effect {
  /** What it made, such as the id of a block. */
  facts: Record<string, unknown>;
  /** Runs after the commit, before the answer. */
  settle?: () => Promise<void>;
}

/** What a decision is about: the case, and the request that decides it. */
interface Deciding {
  row: CaseRow;
  request: DecideCase;
  superuserLocked: boolean;
}

/** A way to decide a case: one entry of the table below makes one. */
interface DecisionAction {
  /** What it can be done about. */
  targets: readonly CaseType[];
  /** What the reporters are told. */
  outcome: ReportOutcome;
  /** Whether it is against the account that answers for the case: there must be one, and the hierarchy decides. */
  againstAccount?: true;
  /** The least role, where it is not the moderator's. */
  least?: Role;
  /** What it may be told beside the reason. */
  parameters?: readonly Parameter[];
  /**
   * Does it. The transaction holds the actor, the account that answers for the case, then the case, then the streams of everybody concerned. It may
   * run twice: what is to happen once waits for `settle`.
   */
  apply(tx: Tx, actor: Actor, deciding: Deciding): Promise<Effect>;
}

/** A message that waits is released or discarded: to let it be is no decision. */
const REPORTABLE = CASE_TYPES.filter((type) => type !== 'held_message');
const DECIDED =
  'The case is decided, and the same request again would be refused. To be certain, block the account with the same mode and scope: that changes nothing and waits for the nodes again.';
const OF_A_BLOCK = ['scope', 'expiresAt', 'deleteMessages'] as const satisfies readonly Parameter[];

/** All ways to decide a case. */
@Injectable()
export class DecisionActions {
  readonly table: Readonly<Record<Decision, DecisionAction>> = {
    dismiss: { targets: REPORTABLE, outcome: 'dismissed', apply: () => Promise.resolve({ facts: {} }) },
    delete_message: {
      targets: ['message'],
      outcome: 'acted',
      apply: async (tx, actor, { row, request }) => {
        const deleted = await this.tombstones.deleteIn(tx, actor, row.targetId, request.reason, groundOf(row));
        return { facts: { deleted } };
      },
    },
    restore: {
      targets: ['message'],
      outcome: 'dismissed',
      least: 'superuser',
      apply: async (tx, actor, { row, request }) => {
        await this.tombstones.restoreIn(tx, actor, row.targetId, request.reason);
        return { facts: {} };
      },
    },
    release: {
      targets: ['held_message'],
      outcome: 'dismissed',
      apply: async (tx, _actor, { row }) => ({ facts: { messageId: await this.held.release(tx, row.targetId) } }),
    },
    discard: { targets: ['held_message'], outcome: 'acted', apply: () => Promise.resolve({ facts: {} }) },
    warn: {
      targets: CASE_TYPES,
      outcome: 'acted',
      againstAccount: true,
      apply: async (tx, actor, { row, request: { reason }, superuserLocked }) => {
        const messageId = row.targetType === 'message' ? await this.shown(tx, actor, row.targetId) : undefined;
        const warning = { accountId: row.account!.id, reason, ...(messageId === undefined ? {} : { messageId }) };
        return {
          facts: { sanctionId: await this.warnings.warn(tx, actor, warning, superuserLocked, groundOf(row)) },
        };
      },
    },
    mute: this.blocking(() => 'mute', OF_A_BLOCK),
    block: this.blocking((request) => request.mode ?? 'full', [...OF_A_BLOCK, 'mode']),
  };

  constructor(
    private readonly tombstones: Tombstones,
    private readonly warnings: WarningsService,
    private readonly blocks: BlocksService,
    private readonly held: HeldMessages,
  ) {}

  /** Does what was decided. Whatever it is, a message does not go on waiting when its case is decided. */
  async apply(tx: Tx, actor: Actor, deciding: Deciding): Promise<Effect> {
    const { row, request } = deciding;
    if (row.targetType === 'held_message' && request.action !== 'release') await this.held.discard(tx, row.targetId);
    return await this.table[request.action].apply(tx, actor, deciding);
  }

  private blocking(modeOf: (request: DecideCase) => BlockMode, parameters: readonly Parameter[]): DecisionAction {
    return {
      targets: CASE_TYPES,
      outcome: 'acted',
      againstAccount: true,
      parameters,
      apply: async (tx, actor, { row, request, superuserLocked }) => {
        const { reason, scope, expiresAt, deleteMessages } = request;
        const block = {
          accountId: row.account!.id,
          mode: modeOf(request),
          reason,
          scope: scope!,
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(deleteMessages === undefined ? {} : { deleteMessages }),
        };
        const laid = await this.blocks.blockIn(tx, actor, block, superuserLocked, groundOf(row));
        const { id: blockId, deletionId } = laid.row;
        return {
          facts: deletionId === null ? { blockId } : { blockId, deletionId },
          settle: () => this.blocks.settle(laid, DECIDED),
        };
      },
    };
  }

  /** The message, where moderators may look at it: a warning names only what its reader can be shown. */
  private async shown(tx: Tx, actor: Actor, messageId: number): Promise<number | undefined> {
    try {
      return (await this.tombstones.reached(tx, actor, messageId)).id;
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return undefined;
      throw error;
    }
  }
}

/** What the person is told it was about: the reason that most reporters gave. */
function groundOf({ source, reasons }: CaseRow): Ground {
  return { source, ground: reasons.find(({ reason }) => reason !== 'filter')?.reason ?? null };
}
