import { useEffect, useRef, useState } from 'preact/hooks';
import type { MemberView, MessageView, RoomView } from '../../client/index.js';
import { Confirm, Dialog } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { client, me } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { Line } from './case.js';
import { useAnswer, usePages } from './pages.js';
import { Failure, Heading, ListEnd, Tag, When, Who } from './parts.js';
import { Reason } from './person-dialogs.js';
import { isFrozen } from './rooms.js';
import { r } from './rooms-words.js';
import { addressOf } from './route.js';
import { c } from './words.js';

const PAGE = 50;

/** One room: what it is, who is in it, and, asked for by a click because it is recorded, what was said in it. */
export function RoomPage({ roomId }: { roomId: number }) {
  const {
    value: room,
    failure,
    again,
  } = useAnswer<RoomView>(`${roomId}`, () => client.call('getRoom', { path: { roomId } }));
  const [reading, setReading] = useState(false);
  const [freezing, setFreezing] = useState(false);
  const members = usePages<MemberView>(`${roomId}`, (cursor) =>
    client.call('listMembers', { path: { roomId }, query: { limit: 200, ...(cursor && { cursor }) } }),
  );
  if (failure !== undefined)
    return (
      <div class="place">
        <Back />
        <Failure error={failure} again={again} />
        <p class="dim">{r('unmoderated.hint')}</p>
      </div>
    );
  if (!room) return <p class="empty">{t('loading')}</p>;
  const frozen = isFrozen(room);
  const member = members.items?.some(({ account }) => account.id === me.value?.id) ?? false;
  const freeze = (yes: boolean) =>
    client.call('changeRoom', { path: { roomId }, body: { frozen: yes } }).then(() => {
      tell(r(yes ? 'freeze.done' : 'unfreeze.done'));
      again();
    }, complain);
  return (
    <div class="place">
      <Back />
      <div class="place-head">
        <Heading>
          {room.kind === 'direct' ? r('direct') : room.name} <small class="dim">#{room.id}</small>
        </Heading>
        {frozen && <Tag kind="wait">{r('frozen')}</Tag>}
        {room.kind === 'group' && room.moderated && (
          <button type="button" onClick={() => (frozen ? void freeze(false) : setFreezing(true))}>
            {frozen ? r('unfreeze') : r('freeze')}
          </button>
        )}
      </div>
      <p class="dim">
        {r(`preset.${room.preset}`)} · {r.count('members.count', room.memberCount)} · <When at={room.createdAt} />
      </p>
      {room.topic && <p>{room.topic}</p>}
      <section>
        <h3>{r('messages')}</h3>
        {reading || member ? (
          <Messages roomId={roomId} recorded={!member} />
        ) : (
          <div class="line">
            <span class="dim">{r('read.hint')}</span>
            <button type="button" onClick={() => setReading(true)}>
              {r('read')}
            </button>
          </div>
        )}
      </section>
      <section>
        <h3>{r('members')}</h3>
        <ul class="plain">
          {members.items?.map(({ account, joinedAt }) => (
            <li key={account.id}>
              <span class="tags">
                <Who account={account} />
                {account.id === room.ownerId && <Tag>{r('owner')}</Tag>}
                <small class="dim">
                  <When at={joinedAt} />
                </small>
              </span>
            </li>
          ))}
        </ul>
        {members.items?.length !== 0 && <ListEnd pages={members} empty="" />}
      </section>
      <p>
        <a href={addressOf('audit', undefined, { target: `room:${roomId}` })}>{r('log')}</a>
      </p>
      {freezing && (
        <Confirm
          title={r('freeze.title', { name: room.name })}
          text={r('freeze.text')}
          action={r('freeze')}
          onConfirm={() => void freeze(true)}
          onClose={() => setFreezing(false)}
        />
      )}
    </div>
  );
}

function Back() {
  return (
    <a class="to-list" href={addressOf('rooms')}>
      {c('back')}
    </a>
  );
}

function Messages({ roomId, recorded }: { roomId: number; recorded: boolean }) {
  const [messages, setMessages] = useState<readonly MessageView[]>();
  const [before, setBefore] = useState<number | null>(null);
  const [failure, setFailure] = useState<unknown>();
  const [removing, setRemoving] = useState<MessageView>();
  const strip = useRef<HTMLDivElement>(null);
  const read = (seq?: number) =>
    client
      .call('listMessages', { path: { roomId }, query: { limit: PAGE, ...(seq === undefined ? {} : { before: seq }) } })
      .then(({ items, prev }) => {
        setMessages([...items, ...(seq === undefined ? [] : (messages ?? []))]);
        setBefore(prev);
      }, setFailure);
  useEffect(() => {
    void read();
    strip.current?.focus();
  }, [roomId]);
  const removed = (id: number) =>
    setMessages(
      messages?.map((one) => (one.id === id ? { ...one, text: '', deletedAt: new Date().toISOString() } : one)),
    );
  if (failure !== undefined) return <Failure error={failure} />;
  return (
    <>
      {recorded && (
        <div class="strip recorded" ref={strip} tabIndex={-1}>
          {r('strip')}
        </div>
      )}
      {before !== null && (
        <button type="button" onClick={() => void read(before)}>
          {r('older')}
        </button>
      )}
      {messages?.length === 0 && <p class="empty">{r('messages.none')}</p>}
      <ol class="talk">
        {messages?.map((message) => (
          <Line key={message.id} message={message}>
            {!message.deletedAt && (
              <button type="button" class="link" onClick={() => setRemoving(message)}>
                {r('remove')}
              </button>
            )}
          </Line>
        ))}
      </ol>
      {removing && (
        <RemoveDialog
          message={removing}
          onRemoved={() => removed(removing.id)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}

interface RemoveDialogProps {
  message: MessageView;
  onRemoved: () => void;
  onClose: () => void;
}

function RemoveDialog({ message, onRemoved, onClose }: RemoveDialogProps) {
  const submit = async ({ reason = '' }: Record<string, string>) => {
    await client.call('removeMessage', { path: { messageId: message.id }, body: { reason: reason.trim() } });
    tell(r('remove.done'));
    onRemoved();
    onClose();
  };
  return (
    <Dialog title={r('remove.title')} onClose={onClose}>
      <blockquote class="quote">
        <p>{message.text}</p>
      </blockquote>
      <Form action={r('remove.do')} onSubmit={submit} danger>
        <Reason />
      </Form>
    </Dialog>
  );
}
