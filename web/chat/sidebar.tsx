import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Room, RoomListItem } from '../../client/index.js';
import { Icon } from '../shared/icons.js';
import { moment } from '../shared/i18n.js';
import { Menu } from '../shared/menu.js';
import { client, isModerator, me, signOut } from '../shared/session.js';
import { t } from '../shared/words.js';
import { show } from './dialogs.js';
import { draftOf } from './drafts.js';
import { NewMessage } from './new-message.js';
import { NewRoom } from './new-room.js';
import { typing, watch } from './people.js';
import { changes, listed, mentions, nameOf, peerOf, titleOf } from './rooms.js';
import { openId } from './route.js';
import { Results } from './search.js';
import { Settings } from './settings.js';
import { PersonSign, RoomSign } from './signs.js';
import { w } from './words.js';

/** The left column: search, rooms by last message, and what can be begun. */
export function Sidebar() {
  const query = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.code !== 'KeyK' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const items = [
    { label: w('settings'), icon: 'gear', run: () => show(<Settings />) },
    ...(isModerator()
      ? [{ label: w('console'), icon: 'shield', run: () => location.assign('/console') } as const]
      : []),
    { label: t('sign-out'), icon: 'leave', run: () => void signOut() },
  ] as const;
  return (
    <div class="sidebar">
      <header>
        <Menu label={me.value ? nameOf(me.value) : w('you')} items={items}>
          {me.value ? <PersonSign person={me.value} small /> : <Icon name="person" />}
        </Menu>
        <input
          ref={field}
          type="search"
          aria-label={w('search')}
          placeholder={w('search')}
          title="Ctrl+K"
          value={query.value}
          onInput={(event) => (query.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') query.value = '';
            if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
            event.preventDefault();
            const first = document.querySelector<HTMLElement>('.sidebar li a, .sidebar li button');
            if (event.key === 'Enter' && query.value) first?.click();
            else first?.focus();
          }}
        />
      </header>
      <nav aria-label={w('rooms')} onKeyDown={walk}>
        {query.value.trim() ? <Results query={query} /> : <RoomList />}
      </nav>
      <footer>
        <button type="button" aria-label={w('new-room')} title={w('new-room')} onClick={() => show(<NewRoom />)}>
          <Icon name="plus" />
          {w('new-room.short')}
        </button>
        <button
          type="button"
          aria-label={w('new-message')}
          title={w('new-message')}
          onClick={() => show(<NewMessage />)}
        >
          <Icon name="edit" />
          {w('new-message.short')}
        </button>
      </footer>
    </div>
  );
}

/** Arrows walk through the entries of the column. */
function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const entries = [...document.querySelectorAll<HTMLElement>('.sidebar li a, .sidebar li button')];
  const next = entries[entries.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function RoomList() {
  void changes.value;
  const rooms = client.rooms.list;
  const peers = rooms.flatMap(({ view }) => peerOf(view)?.id ?? []).join();
  useEffect(() => {
    if (peers) watch(peers.split(',').map(Number));
  }, [peers]);
  if (!listed.value) return <p class="dim pad">{t('loading')}</p>;
  if (rooms.length === 0) return <p class="dim pad">{w('rooms.none')}</p>;
  return (
    <ul>
      {rooms.map((room) => (
        <RoomEntry key={room.id} room={room} />
      ))}
    </ul>
  );
}

function RoomEntry({ room }: { room: Room }) {
  void changes.value;
  const { view } = room;
  if (!view) return null;
  const last = 'lastMessage' in view ? view.lastMessage : null;
  const mentioned = mentions.value[room.id] ?? 0;
  const unread = room.unreadCount;
  return (
    <li>
      <a href={`#/rooms/${room.id}`} class="entry" aria-current={openId.value === room.id ? 'page' : undefined}>
        <RoomSign view={view} />
        <span class="entry-name">{titleOf(view)}</span>
        {last && <time class="dim">{shortTime(last.createdAt)}</time>}
        <span class="entry-text dim">
          <Preview room={room} last={last} />
        </span>
        {(mentioned > 0 || unread > 0) && (
          <span class="badges">
            {mentioned > 0 && (
              <span class="badge at">
                <span aria-hidden="true">@</span>
                <span class="sr">{w.count('mentioned', mentioned)}</span>
              </span>
            )}
            {unread > 0 && (
              <span class="badge">
                <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
                <span class="sr">{w.count('unread', unread)}</span>
              </span>
            )}
          </span>
        )}
      </a>
    </li>
  );
}

function Preview({ room, last }: { room: Room; last: RoomListItem['lastMessage'] }) {
  void changes.value;
  const draft = draftOf(room.id);
  if (draft && openId.value !== room.id)
    return (
      <>
        <b class="danger-text">{w('draft')}: </b>
        {draft.slice(0, 120)}
      </>
    );
  const writer = typing.value.find(({ roomId }) => roomId === room.id);
  if (writer) return <i>{w('typing.one', { a: nameOf(writer.account) })}</i>;
  if (!last) return <>{room.view?.topic}</>;
  if (last.deletedAt !== null) return <i>{w('deleted')}</i>;
  if (last.hidden) return <i>{w('hidden')}</i>;
  const own = last.author.id === client.me;
  const names = own || room.view?.kind === 'group';
  return (
    <>
      {names && `${own ? w('you') : nameOf(last.author)}: `}
      {last.text.slice(0, 160)}
    </>
  );
}

function shortTime(iso: string): string {
  return new Date(iso).toDateString() === new Date().toDateString() ? moment(iso, 'time') : moment(iso, 'day');
}
