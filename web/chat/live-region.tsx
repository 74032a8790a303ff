import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../shared/session.js';
import { nameOf } from './rooms.js';
import { openId } from './route.js';
import { w } from './words.js';

/** Tells screen readers what arrives in the open room now: live messages of others, never pages that are read, nor what was missed. */
export function LiveRegion() {
  const heard = useSignal<{ id: number; text: string } | undefined>(undefined);
  useEffect(() => {
    const ends = [
      client.on('message.sent', ({ id, roomId, author, text, hidden }) => {
        if (roomId !== openId.value || author.id === client.me || hidden) return;
        heard.value = { id, text: w('heard.message', { name: nameOf(author), text: text.slice(0, 300) }) };
      }),
      client.on('message.deleted', ({ messageId }) => {
        if (heard.value?.id === messageId) heard.value = undefined;
      }),
    ];
    return () => ends.forEach((end) => end());
  }, []);
  return (
    <div class="sr" role="log" aria-live="polite" aria-label={w('unread.here')}>
      {heard.value?.text}
    </div>
  );
}
