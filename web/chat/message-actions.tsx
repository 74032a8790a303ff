import type { Room, RoomMessage } from '../../client/index.js';
import { Confirm } from '../shared/dialog.js';
import { client, isModerator } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { hide, show } from './dialogs.js';
import type { MessageAction } from './message-row.js';
import { Report } from './report.js';
import { w } from './words.js';

/** What one may do with this message. */
export function actionsOn(
  room: Room,
  message: RoomMessage,
  onReply: (message: RoomMessage) => void,
  onEdit: (message: RoomMessage) => void,
): MessageAction[] {
  const own = message.author.id === client.me;
  const actions: MessageAction[] = [
    { label: w('reply'), icon: 'reply', run: () => onReply(message) },
    { label: w('copy-text'), icon: 'copy', run: () => copy(message.text) },
  ];
  if (own) actions.push({ label: w('edit'), icon: 'edit', run: () => onEdit(message) });
  if (own || (isModerator() && room.view?.moderated))
    actions.push({
      label: w('delete'),
      icon: 'trash',
      run: () => show(<Deletion room={room} messageId={message.id} />),
    });
  if (!own)
    actions.push({
      label: w('report'),
      icon: 'flag',
      run: () => show(<Report target={{ type: 'message', id: message.id, roomId: room.id }} person={message.author} />),
    });
  return actions;
}

function Deletion({ room, messageId }: { room: Room; messageId: number }) {
  return (
    <Confirm
      title={w('delete.title')}
      text={w('delete.sure')}
      action={w('delete')}
      onConfirm={() => void room.delete(messageId).catch(complain)}
      onClose={hide}
    />
  );
}

export function copy(text: string): void {
  navigator.clipboard?.writeText(text).then(() => tell(w('copied')), complain);
}
