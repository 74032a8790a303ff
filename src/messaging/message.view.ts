import type { PublicAccountView } from '../accounts/account.dto.js';
import type { MessageView } from './message.dto.js';

/** A message with its author's names, as the repositories select it. */
export interface AuthoredMessage {
  id: number;
  room_id: number;
  seq: number;
  author_id: number;
  client_id: string;
  text: string;
  reply_to: number | null;
  version: number;
  created_at: Date;
  edited_at: Date | null;
  deleted_at: Date | null;
  username: string;
  first_name: string;
  last_name: string;
  /** Whether the reader has blocked the author personally; unknown where nobody in particular reads. */
  hidden?: boolean;
}

/** `hidden` of an AuthoredMessage `m`, for the reader whose account this SQL expression is; his blocks are looked up once, not once a message. */
export function hiddenFrom(reader: string): string {
  return `m.author_id = ANY (ARRAY(SELECT blocked_id FROM personal_blocks WHERE account_id = ${reader})) AS hidden`;
}

/** What readers may see of a message: of a deleted one everything but its text. */
export function viewOfMessage(row: AuthoredMessage): MessageView {
  const view: MessageView = {
    id: row.id,
    roomId: row.room_id,
    seq: row.seq,
    author: authorOf(row),
    text: row.deleted_at === null ? row.text : '',
    clientId: row.client_id,
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
    deletedAt: row.deleted_at?.toISOString() ?? null,
    version: row.version,
    replyTo: row.reply_to,
  };
  if (row.hidden) view.hidden = true;
  return view;
}

function authorOf(row: AuthoredMessage): PublicAccountView {
  return { id: row.author_id, username: row.username, firstName: row.first_name, lastName: row.last_name };
}
