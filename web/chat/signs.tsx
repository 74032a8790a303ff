import type { PublicAccountView, RoomListItem, RoomView } from '../../client/index.js';
import { presence } from './people.js';
import { hueOf, nameOf, peerOf, titleOf } from './rooms.js';
import { w } from './words.js';

/** The sign of a person or room: its first letter on a colour that stays with it. */
function Sign({ id, name, small }: { id: number; name: string; small?: boolean }) {
  const letter = [...name.trim()][0]?.toLocaleUpperCase() ?? '·';
  return (
    <span class={small ? 'avatar small' : 'avatar'} style={{ '--hue': String(hueOf(id)) }} aria-hidden="true">
      {letter}
    </span>
  );
}

export function PersonSign({ person, small }: { person: PublicAccountView; small?: boolean }) {
  return <Sign id={person.id} name={nameOf(person)} {...(small ? { small } : {})} />;
}

export function RoomSign({ view }: { view: RoomView | RoomListItem }) {
  const peer = peerOf(view);
  return (
    <span class="with-dot">
      {peer ? <PersonSign person={peer} /> : <Sign id={view.id} name={titleOf(view)} />}
      {peer && <PresenceDot accountId={peer.id} />}
    </span>
  );
}

/** A dot where somebody is known to be here. */
export function PresenceDot({ accountId }: { accountId: number }) {
  const state = presence.value.get(accountId);
  if (state !== 'online' && state !== 'away') return null;
  return (
    <span class={`dot ${state}`}>
      <span class="sr">{w(state)}</span>
    </span>
  );
}
