import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { PendingMessage, Room, RoomMessage } from '../../client/index.js';
import { moment } from '../shared/i18n.js';
import { Icon, type IconName } from '../shared/icons.js';
import { wordsFor } from '../shared/problem-words.js';
import { client, connection } from '../shared/session.js';
import { PersonSign } from './signs.js';
import { changes, hueOf, nameOf } from './rooms.js';
import { Text } from './text.js';
import { w } from './words.js';

export interface MessageAction {
  label: string;
  icon: IconName;
  run: () => void;
}

interface MessageRowProps {
  room: Room;
  message: RoomMessage;
  /** The first of several of one person: it has his name and sign. */
  first: boolean;
  active: boolean;
  desk: MessageDesk;
}

/** What a row asks of its history. It stays the same object, so that rows without news are not drawn again. */
export interface MessageDesk {
  actionsOn: (message: RoomMessage) => MessageAction[];
  activate: (messageId: number) => void;
}

export function MessageRow({ room, message, first, active, desk }: MessageRowProps) {
  const shown = useSignal(false);
  const own = message.author.id === client.me;
  const author = nameOf(message.author);
  const hidden = message.hidden === true && !shown.value;
  return (
    <article
      class={`message${own ? ' own' : ''}${first ? ' first' : ''}`}
      id={`message-${message.id}`}
      tabIndex={active ? 0 : -1}
      aria-label={w('message.of', { name: own ? w('you') : author, time: moment(message.createdAt, 'time') })}
      onFocusCapture={() => desk.activate(message.id)}
      onPointerEnter={() => desk.activate(message.id)}
    >
      {!own && first && <PersonSign person={message.author} small />}
      <div class="bubble">
        {!own && first && room.view?.kind === 'group' && (
          <b class="author" style={{ '--hue': String(hueOf(message.author.id)) }}>
            {author}
          </b>
        )}
        {message.replyTo !== null && !message.deleted && <Quote room={room} messageId={message.replyTo} />}
        {message.deleted ? (
          <i class="dim">{own ? w('deleted.by-you') : w('deleted')}</i>
        ) : hidden ? (
          <i class="dim">
            {w('hidden')}{' '}
            <button type="button" class="link" onClick={() => (shown.value = true)}>
              {w('hidden.show')}
            </button>
          </i>
        ) : (
          <p class="text">
            <Text text={message.text} />
          </p>
        )}
        <span class="meta">
          {message.editedAt !== null && !message.deleted && <span>{w('edited')}</span>}
          <time dateTime={message.createdAt} title={moment(message.createdAt, 'full')}>
            {moment(message.createdAt, 'time')}
          </time>
          {own && !message.deleted && (
            <span class="state">
              <Icon name="check" />
              <span class="sr">{w('sent')}</span>
            </span>
          )}
        </span>
      </div>
      {active && !message.deleted && (
        <div class="actions" role="group" aria-label={w('actions')}>
          {desk.actionsOn(message).map(({ label, icon, run }) => (
            <button key={icon} type="button" class="icon" aria-label={label} title={label} onClick={run}>
              <Icon name={icon} />
            </button>
          ))}
        </div>
      )}
    </article>
  );
}

const quoted = new Map<number, Promise<{ name: string; text: string } | undefined>>();

/** The message that is answered; one that is not loaded is asked for once. */
function Quote({ room, messageId }: { room: Room; messageId: number }) {
  void changes.value;
  const loaded = room.messages.find(({ id }) => id === messageId);
  const fetched = useSignal<{ name: string; text: string } | undefined>(undefined);
  useEffect(() => {
    if (loaded) return;
    const asked =
      quoted.get(messageId) ??
      client.call('getMessage', { path: { roomId: room.id, messageId } }).then(
        ({ author, text, deletedAt }) => (deletedAt ? undefined : { name: nameOf(author), text }),
        () => undefined,
      );
    quoted.set(messageId, asked);
    void asked.then((answer) => (fetched.value = answer));
  }, [messageId, loaded === undefined]);
  const quote = loaded && !loaded.deleted ? { name: nameOf(loaded.author), text: loaded.text } : fetched.value;
  if (!quote) return <blockquote class="dim">{w('reply.gone')}</blockquote>;
  return (
    <blockquote>
      <b>{quote.name}</b>
      <span>{quote.text.slice(0, 200)}</span>
    </blockquote>
  );
}

/** A message of one's own that is on its way, or was refused. */
export function PendingRow({ room, pending }: { room: Room; pending: PendingMessage }) {
  const failed = pending.state === 'failed';
  const { problem } = pending;
  return (
    <article
      class={`message own pending first${failed ? ' failed' : ''}`}
      aria-label={failed ? w('failed') : w('sending')}
    >
      <div class="bubble">
        <p class="text">
          <Text text={pending.text} />
        </p>
        <span class="meta">
          <Icon name={failed ? 'warn' : 'clock'} />
          <span>{failed ? w('failed') : connection.value.state === 'online' ? w('sending') : w('sending.waits')}</span>
        </span>
        {failed && (
          <div class="refusal">
            <p>{problem && (wordsFor(problem.code) ?? problem.detail)}</p>
            <button type="button" class="link" onClick={() => room.retry(pending.clientId)}>
              {w('retry')}
            </button>
            <button type="button" class="link" onClick={() => room.discard(pending.clientId)}>
              {w('discard')}
            </button>
          </div>
        )}
      </div>
    </article>
  );
}
