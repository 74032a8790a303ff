import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Tombstones } from '../messaging/tombstones.service.js';
import { audit, auditRefusal } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { type Ground, sanction } from '../platform/sanctions.js';
import type { Tx } from '../platform/tx.js';
import { HierarchyRules, SuperuserConcerned } from './hierarchy.rules.js';
import { type SanctionRecordView, viewOfSanctionRecord } from './sanction.dto.js';
import { SanctionRepository } from './sanction.repository.js';
import type { WarnAccount } from './warning.dto.js';

/** Warnings: the mildest sanction, which takes nothing away and stays on the person's record. */
@Injectable()
export class WarningsService {
  constructor(
    private readonly database: Database,
    private readonly hierarchy: HierarchyRules,
    private readonly tombstones: Tombstones,
    private readonly sanctions: SanctionRepository,
  ) {}

  /** Warns a person in a transaction of its own; what is refused is written down. */
  async warnNow(actor: Actor, request: WarnAccount): Promise<SanctionRecordView> {
    const work = (superuserLocked: boolean) =>
      this.database.write(async (tx) => {
        const sanctionId = await this.warn(tx, actor, request, superuserLocked);
        return (await this.sanctions.find(tx, sanctionId))!;
      });
    try {
      const row = await work(false).catch((error: unknown) => {
        if (error instanceof SuperuserConcerned) return work(true);
        throw error;
      });
      return viewOfSanctionRecord(row);
    } catch (error) {
      const { accountId, messageId, reason } = request;
      const act = { action: 'warning.create', target: ['account', accountId], after: { messageId }, reason } as const;
      return await auditRefusal(this.database, { by: actor, ...act }, error);
    }
  }

  /** Warns a person within the caller's transaction, which has not yet locked any room; answers the id of the sanction. */
  async warn(
    tx: Tx,
    actor: Actor,
    { accountId, reason, messageId }: WarnAccount,
    superuserLocked: boolean,
    ground?: Ground,
  ): Promise<number> {
    await this.hierarchy.hold(tx, actor, accountId, superuserLocked);
    const message = messageId === undefined ? undefined : await this.tombstones.reached(tx, actor, messageId);
    if (message && message.author_id !== accountId) throw new Problem('message/not-found');
    const messageIds = message ? [message.id] : [];
    const sanctionId = await sanction(tx, { accountId, kind: 'warning', by: actor, reason, ground, messageIds });
    const data = { sanctionId, reason, messageId: messageId ?? null };
    await tx.recordFor([{ kind: 'account.warned', accountId, data }]);
    const after = { sanctionId, messageId };
    await audit(tx, { by: actor, action: 'warning.create', target: ['account', accountId], after, reason });
    return sanctionId;
  }
}
