import type { PendingMessage, RoomMessage } from '../../client/index.js';

export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'unread'; key: string }
  | { kind: 'message'; key: string; message: RoomMessage; first: boolean }
  | { kind: 'pending'; key: string; pending: PendingMessage };

const TOGETHER_MS = 5 * 60_000;

/** The history as it is shown: by days, messages of one person in close order together, and a line before what is new. */
export function rowsOf(
  messages: readonly RoomMessage[],
  pending: readonly PendingMessage[],
  unreadAfter: number | undefined,
  myId: number | undefined,
): Row[] {
  const rows: Row[] = [];
  let last: RoomMessage | undefined;
  let told = unreadAfter === undefined;
  for (const message of messages) {
    const newDay = !last || dayOf(last.createdAt) !== dayOf(message.createdAt);
    if (newDay) rows.push({ kind: 'day', key: `day-${dayOf(message.createdAt)}`, at: message.createdAt });
    const unread = !told && message.seq > unreadAfter! && message.author.id !== myId;
    if (unread) {
      rows.push({ kind: 'unread', key: 'unread' });
      told = true;
    }
    const apart =
      newDay ||
      unread ||
      last!.author.id !== message.author.id ||
      Date.parse(message.createdAt) - Date.parse(last!.createdAt) > TOGETHER_MS;
    rows.push({ kind: 'message', key: `m${message.id}`, message, first: apart });
    last = message;
  }
  const stored = new Set(messages.map(({ clientId }) => clientId));
  for (const one of pending)
    if (!stored.has(one.clientId)) rows.push({ kind: 'pending', key: `p${one.clientId}`, pending: one });
  return rows;
}

function dayOf(iso: string): string {
  return new Date(iso).toDateString();
}
