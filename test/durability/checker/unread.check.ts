import type { RoomReadBack } from './history.js';
import type { Violation } from './violation.js';

/** Whether the unread count of each member is what counting would find: messages of others behind his mark that are not deleted. */
export function checkUnread({ roomId, rows, marks }: RoomReadBack): Violation[] {
  const violations: Violation[] = [];
  for (const { accountId, readSeq, unread } of marks) {
    const counted = rows.filter((row) => row.seq > readSeq && row.authorId !== accountId && !row.deleted).length;
    if (unread !== counted)
      violations.push({
        kind: 'miscounted',
        says: `room ${roomId}: account ${accountId}, who has read up to ${readSeq}, has ${unread} unread messages of ${counted}`,
      });
  }
  return violations;
}
