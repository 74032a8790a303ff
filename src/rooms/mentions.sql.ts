/** More unread mentions than this in one room are not counted. */
const MOST_COUNTED = 1_000;

/** The unread mentions of a member in a room; SQL expressions in, a subquery out. */
export function unreadMentions(account: string, room: string, readSeq: string): string {
  return `(SELECT count(*) FROM (
    SELECT 1 FROM mentions x WHERE x.account_id = ${account} AND x.room_id = ${room} AND x.seq > ${readSeq} LIMIT ${MOST_COUNTED}) unread)`;
}
