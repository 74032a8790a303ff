import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Room, RoomMessage } from '../../client/index.js';
import { Icon } from '../shared/icons.js';
import { client } from '../shared/session.js';
import { complain } from '../shared/toast.js';
import { draftOf, keepDraft } from './drafts.js';
import { sayStopped, sayTyping } from './people.js';
import { nameOf, titleOf } from './rooms.js';
import { SlowMode } from './slow-mode.js';
import { w } from './words.js';

const MOST_CHARACTERS = 16_000;
const COUNTED_FROM = 15_000;

interface ComposerProps {
  room: Room;
  replyTo: RoomMessage | undefined;
  editing: RoomMessage | undefined;
  onReply: (message: RoomMessage | undefined) => void;
  onEdit: (message: RoomMessage | undefined) => void;
}

export function Composer({ room, replyTo, editing, onReply, onEdit }: ComposerProps) {
  const text = useSignal(draftOf(room.id));
  const field = useRef<HTMLTextAreaElement>(null);
  const length = [...text.value].length;
  const left = MOST_CHARACTERS - length;

  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);
  useEffect(() => {
    if (editing) text.value = editing.text;
    if (editing ?? replyTo) field.current?.focus();
  }, [editing?.id, replyTo?.id]);
  useLayoutEffect(() => {
    const box = field.current!;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight + 2, window.innerHeight * 0.4)}px`;
  }, [text.value]);

  const write = (written: string) => {
    text.value = written;
    if (editing) return;
    keepDraft(room.id, written);
    if (written.trim()) sayTyping(room.id);
    else sayStopped(room.id);
  };
  const stopEditing = () => {
    onEdit(undefined);
    text.value = draftOf(room.id);
  };
  const submit = () => {
    const written = text.value.trim();
    if (!written || left < 0) return;
    if (editing) {
      if (written !== editing.text) room.edit(editing, written).catch(complain);
      return stopEditing();
    }
    room.send(written, replyTo?.id);
    write('');
    onReply(undefined);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, its Enter and arrows are its own.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && text.value === '' && !editing) {
      const own = room.messages.findLast((message) => message.author.id === client.me && !message.deleted);
      if (!own) return;
      event.preventDefault();
      onEdit(own);
    } else if (event.key === 'Escape' && (editing ?? replyTo)) {
      if (editing) stopEditing();
      else onReply(undefined);
    }
  };
  const about = editing ?? replyTo;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {about && (
        <div class="about">
          <Icon name={editing ? 'edit' : 'reply'} />
          <div>
            <b>{editing ? w('edit.title') : w('reply.to', { name: nameOf(about.author) })}</b>
            <span class="dim">{about.text.slice(0, 200)}</span>
          </div>
          <button
            type="button"
            class="icon"
            aria-label={editing ? w('edit.drop') : w('reply.drop')}
            onClick={() => (editing ? stopEditing() : onReply(undefined))}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
      <SlowMode room={room} />
      <div class="line">
        <textarea
          ref={field}
          rows={1}
          aria-label={w('message.in', { name: titleOf(room.view) })}
          placeholder={w('message')}
          value={text.value}
          aria-invalid={left < 0}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          class="primary round"
          aria-label={editing ? w('edit') : w('send')}
          title={editing ? w('edit') : w('send')}
          aria-disabled={text.value.trim() === '' || left < 0}
        >
          <Icon name={editing ? 'check' : 'send'} />
        </button>
      </div>
      {length >= COUNTED_FROM && (
        <p class={left < 0 ? 'counter danger-text' : 'counter dim'} role="status">
          {left < 0 ? w.count('left.over', -left) : w.count('left', left)}
        </p>
      )}
    </form>
  );
}
