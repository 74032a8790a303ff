import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { BesedkaProblem, type Room, type RoomMessage, type RoomView } from '../../client/index.js';
import { explain, untilWhen } from '../shared/problem-words.js';
import { client, connection } from '../shared/session.js';
import { t } from '../shared/words.js';
import { blockIn } from './blocks.js';
import { Composer } from './composer.js';
import { History } from './history.js';
import { JoinBar } from './join.js';
import { removals } from './notices.js';
import { typing } from './people.js';
import { changes, follow, isMember, listed, may, nameOf, titleOf } from './rooms.js';
import { RoomHeader } from './room-header.js';
import { go } from './route.js';
import { w } from './words.js';

type Opening =
  { is: 'loading' } | { is: 'open' } | { is: 'closed'; view: RoomView } | { is: 'refused'; error: unknown };

/** One room: its header, its messages and the way to write, or what keeps one from it. */
export function RoomPane({ roomId }: { roomId: number }) {
  void changes.value;
  const room = follow(client.room(roomId));
  const opening = useSignal<Opening>({ is: room.isOpen ? 'open' : 'loading' });
  const member = isMember(roomId);
  const removed = removals.value[roomId];
  const online = connection.value.state === 'online';
  useEffect(() => {
    if (!room.isOpen && online && listed.value) void open(room).then((state) => (opening.value = state));
  }, [roomId, member, online, listed.value]);
  document.title = `${titleOf(room.view) || t('brand')} · ${t('brand')}`;
  const state = opening.value;
  if (removed) return <Gone room={room} reason={removed} />;
  if (state.is === 'refused') return <Refused error={state.error} />;
  if (state.is === 'closed') return <Closed view={state.view} />;
  if (state.is === 'loading' || !room.view) return <p class="center dim">{t('loading')}</p>;
  return <OpenRoom room={room} view={room.view} />;
}

async function open(room: Room): Promise<Opening> {
  try {
    await room.open();
    return { is: 'open' };
  } catch (error) {
    if (!(error instanceof BesedkaProblem)) return { is: 'loading' };
    try {
      return { is: 'closed', view: await client.call('getRoom', { path: { roomId: room.id } }) };
    } catch {
      return { is: 'refused', error };
    }
  }
}

function OpenRoom({ room, view }: { room: Room; view: RoomView }) {
  const replyTo = useSignal<RoomMessage | undefined>(undefined);
  const editing = useSignal<RoomMessage | undefined>(undefined);
  return (
    <div class="room">
      <RoomHeader room={room} view={view} />
      <History
        room={room}
        onReply={(message) => {
          editing.value = undefined;
          replyTo.value = message;
        }}
        onEdit={(message) => {
          replyTo.value = undefined;
          editing.value = message;
        }}
      />
      <Typing roomId={room.id} />
      <Foot
        room={room}
        view={view}
        composer={
          <Composer
            room={room}
            replyTo={replyTo.value}
            editing={editing.value}
            onReply={(message) => (replyTo.value = message)}
            onEdit={(message) => (editing.value = message)}
          />
        }
      />
    </div>
  );
}

/** The composer, or what stands in its place. */
function Foot({ room, view, composer }: { room: Room; view: RoomView; composer: preact.JSX.Element }) {
  void changes.value;
  const block = blockIn(room.id);
  if (block)
    return (
      <Notice title={w('muted.title')}>
        <p>{w(block.roomId === null ? 'muted.global' : 'muted.room')}</p>
        {block.reason && <p>{t('why', { reason: block.reason })}</p>}
        <p>{untilWhen(block.expiresAt)}</p>
      </Notice>
    );
  if (!isMember(room.id)) return <JoinBar view={view} />;
  if (!may(view, 'post'))
    return (
      <Notice title={w('frozen.title')}>
        <p>{w('frozen.read-only')}</p>
      </Notice>
    );
  return composer;
}

function Notice({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <section class="notice" role="status">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Typing({ roomId }: { roomId: number }) {
  const names = typing.value.filter((one) => one.roomId === roomId).map(({ account }) => nameOf(account));
  const [a = '', b = ''] = names;
  return (
    <p class="typing dim">
      {names.length === 1 && w('typing.one', { a })}
      {names.length === 2 && w('typing.two', { a, b })}
      {names.length > 2 && w('typing.many')}
    </p>
  );
}

function Gone({ room, reason }: { room: Room; reason: 'left' | 'removed' | 'deleted' }) {
  return (
    <section class="blank" role="status">
      <h2>{titleOf(room.view)}</h2>
      <p>{w('removed.title')}</p>
      <p class="dim">{w(`removed.${reason}`)}</p>
      <button type="button" onClick={() => go()}>
        {w('removed.to-rooms')}
      </button>
    </section>
  );
}

function Refused({ error }: { error: unknown }) {
  return (
    <section class="blank" role="status">
      <h2>{w('room.missing')}</h2>
      {explain(error).map((line) => (
        <p key={line}>{line}</p>
      ))}
      <button type="button" onClick={() => go()}>
        {w('removed.to-rooms')}
      </button>
    </section>
  );
}

/** A room one may find and not read. */
function Closed({ view }: { view: RoomView }) {
  return (
    <section class="blank">
      <h2>{view.name}</h2>
      {view.topic && <p>{view.topic}</p>}
      <JoinBar view={view} />
    </section>
  );
}
