import type { Room, RoomView } from '../../client/index.js';
import { Confirm } from '../shared/dialog.js';
import { Icon } from '../shared/icons.js';
import { Menu, type MenuItem } from '../shared/menu.js';
import { client } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { hide, show } from './dialogs.js';
import { Members } from './members.js';
import { copy } from './message-actions.js';
import { presence } from './people.js';
import { Report } from './report.js';
import { RoomSearch } from './room-search.js';
import { changes, isMember, may, nameOf, peerOf, titleOf } from './rooms.js';
import { go, linkTo } from './route.js';
import { RoomSign } from './signs.js';
import { w } from './words.js';

/** What room it is, how many are in it, and what can be done with it. */
export function RoomHeader({ room, view }: { room: Room; view: RoomView }) {
  void changes.value;
  const peer = peerOf(view);
  const group = view.kind === 'group';
  const items: MenuItem[] = [];
  if (group) items.push({ label: w('copy-link'), icon: 'copy', run: () => copy(linkTo(room.id)) });
  if (isMember(room.id) && room.messages.length > 0)
    items.push({ label: w('mark-unread'), icon: 'bell', run: () => void markUnread(room) });
  if (group)
    items.push({
      label: w('report.room'),
      icon: 'flag',
      run: () => show(<Report target={{ type: 'room', id: room.id }} />),
    });
  if (peer && peer.id !== client.me) {
    items.push({
      label: w('report.person', { name: nameOf(peer) }),
      icon: 'flag',
      run: () => show(<Report target={{ type: 'account', id: peer.id }} person={peer} />),
    });
    items.push({
      label: w('block-person', { name: nameOf(peer) }),
      icon: 'lock',
      danger: true,
      run: () => show(<BlockPerson peer={peer} />),
    });
  }
  if (isMember(room.id) && may(view, 'leave'))
    items.push({ label: w('leave'), icon: 'leave', danger: true, run: () => show(<Leave view={view} />) });
  return (
    <header class="room-header">
      <a class="back" href="#/" aria-label={w('back')}>
        <Icon name="back" />
      </a>
      <RoomSign view={view} />
      <div class="room-names">
        <h2>{titleOf(view)}</h2>
        <p class="dim">{peer ? stateOf(peer.id) : view.topic}</p>
      </div>
      {group && (
        <button
          type="button"
          class="count"
          onClick={() => show(<Members room={room} />)}
          aria-label={`${w('members')}: ${countOf(view)}`}
        >
          <Icon name="people" />
          <span class="wide-only">{countOf(view)}</span>
        </button>
      )}
      <button
        type="button"
        class="icon"
        onClick={() => show(<RoomSearch room={room} />)}
        aria-label={w('find')}
        title={w('find')}
      >
        <Icon name="search" />
      </button>
      {items.length > 0 && <Menu label={w('actions.room')} items={items} />}
    </header>
  );
}

function countOf({ memberCount, capacity }: RoomView): string {
  return capacity === null
    ? w.count('members.count', memberCount)
    : w('members.capacity', { n: memberCount, most: capacity });
}

function stateOf(accountId: number): string {
  const state = presence.value.get(accountId);
  return state && state !== 'unknown' ? w(state) : '';
}

async function markUnread(room: Room): Promise<void> {
  const last = room.messages.findLast(({ author, deleted }) => author.id !== client.me && !deleted);
  if (!last) return;
  try {
    await client.call('markUnread', { path: { roomId: room.id }, body: { seq: last.seq } });
    go();
  } catch (error) {
    complain(error);
  }
}

function Leave({ view }: { view: RoomView }) {
  const leave = async () => {
    try {
      await client.call('leaveRoom', { path: { roomId: view.id } });
      go();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Confirm
      title={w('leave')}
      text={w('leave.sure', { name: view.name })}
      action={w('leave.do')}
      onConfirm={() => void leave()}
      onClose={hide}
    />
  );
}

function BlockPerson({ peer }: { peer: NonNullable<ReturnType<typeof peerOf>> }) {
  const name = nameOf(peer);
  const block = () =>
    client
      .call('blockPersonally', { path: { accountId: peer.id } })
      .then(() => tell(w('block-person.done', { name })), complain);
  return (
    <Confirm
      title={w('block-person', { name })}
      text={w('block-person.sure', { name })}
      action={w('block-person.do')}
      onConfirm={() => void block()}
      onClose={hide}
    />
  );
}
