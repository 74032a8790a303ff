import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Room } from '../../client/index.js';
import { client, isModerator } from '../shared/session.js';
import { changes } from './rooms.js';
import { w } from './words.js';

/** Says that a room takes messages slowly, and when the next one goes out. */
export function SlowMode({ room }: { room: Room }) {
  void changes.value;
  const now = useSignal(Date.now());
  const { view } = room;
  const seconds = view?.slowModeSeconds ?? 0;
  const exempt = !view || seconds === 0 || view.ownerId === client.me || isModerator();
  useEffect(() => {
    if (exempt) return;
    const timer = setInterval(() => (now.value = Date.now()), 500);
    return () => clearInterval(timer);
  }, [exempt]);
  if (exempt) return null;
  const last = room.messages.findLast(({ author }) => author.id === client.me);
  const wait = last ? Math.ceil((Date.parse(last.createdAt) + seconds * 1000 - now.value) / 1000) : 0;
  return <p class="slow dim">{wait > 0 ? w.count('slow.wait', Math.min(wait, seconds)) : w.count('slow', seconds)}</p>;
}
