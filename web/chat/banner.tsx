import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client, connection } from '../shared/session.js';
import { w } from './words.js';

const SHOWN_AFTER_MS = 1_000;
const TICK_MS = 250;

/** Says that the connection is gone, once it is longer than a blink, and when the next attempt is. */
export function ConnectionBanner() {
  const lost = connection.value.state !== 'online';
  const since = useSignal(Date.now());
  const now = useSignal(Date.now());
  useEffect(() => {
    if (!lost) return;
    since.value = now.value = Date.now();
    const timer = setInterval(() => (now.value = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [lost]);
  const link = connection.value;
  if (!lost || now.value - since.value < SHOWN_AFTER_MS) return null;
  const seconds = link.state === 'waiting' ? Math.max(1, Math.ceil((link.retryAt - now.value) / 1000)) : 0;
  return (
    <div class="lost">
      <span>{seconds > 0 ? w.count('lost.waiting', seconds) : w('lost.connecting')}</span>
      {seconds > 0 && (
        <button type="button" class="link" onClick={() => client.tryNow()}>
          {w('lost.try')}
        </button>
      )}
    </div>
  );
}
