import type { RoomListItem, RoomView } from '../../client/index.js';
import { client } from '../shared/session.js';
import { Search } from './people.js';
import { usePages } from './pages.js';
import { Heading, ListEnd, Tag } from './parts.js';
import { RoomPage } from './room.js';
import { r } from './rooms-words.js';
import { addressOf, go, route } from './route.js';
import { c } from './words.js';

/** All rooms, and the one that is open. */
export function Rooms() {
  const { id } = route.value;
  return id === undefined ? <RoomList /> : <RoomPage key={id} roomId={id} />;
}

export function isFrozen({ policy }: Pick<RoomView, 'policy'>): boolean {
  return policy.post === 'moderator';
}

function RoomList() {
  const query = route.value.query.get('query') ?? '';
  const pages = usePages<RoomListItem>('all', (cursor) =>
    client.call('listRooms', { query: { view: 'all', limit: 200, ...(cursor && { cursor }) } }),
  );
  const items = pages.items?.filter(
    ({ id, name }) => `${id}` === query || name.toLowerCase().includes(query.toLowerCase()),
  );
  return (
    <div class="place">
      <Heading>{c('rooms')}</Heading>
      <Search
        label={r('search')}
        value={query}
        onSearch={(text) => go(addressOf('rooms', undefined, { query: text }), true)}
      />
      <ul class="rows">
        {items?.map((room) => (
          <li key={room.id}>
            <a class="row" href={addressOf('rooms', room.id)}>
              <span class="row-top">
                <b>{room.kind === 'direct' ? r('direct') : room.name}</b>
                <small class="dim">#{room.id}</small>
              </span>
              <span class="tags">
                <Tag>{r(`preset.${room.preset}`)}</Tag>
                <Tag>{r.count('members.count', room.memberCount)}</Tag>
                {room.kind === 'group' && isFrozen(room) && <Tag kind="wait">{r('frozen')}</Tag>}
                {!room.moderated && <Tag kind="wait">{r('unmoderated')}</Tag>}
              </span>
            </a>
          </li>
        ))}
      </ul>
      <ListEnd pages={items ? { ...pages, items } : pages} empty={r('none')} />
    </div>
  );
}
