import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { MessageView, Room } from '../../client/index.js';
import { Dialog } from '../shared/dialog.js';
import { moment } from '../shared/i18n.js';
import { client } from '../shared/session.js';
import { complain } from '../shared/toast.js';
import { hide } from './dialogs.js';
import { nameOf, titleOf } from './rooms.js';
import { w } from './words.js';

type Hit = MessageView;

/** The message that the history of its room is to show next. */
export const sought = signal<Hit | undefined>(undefined);

const PAUSE_MS = 250;
const PAGE = 30;
/** One request looks at a part of a long room: so many follow one another before the reader is asked. */
const REQUESTS_AT_ONCE = 5;

/** Looks for words in one room; what is chosen is shown in its history. */
export function RoomSearch({ room }: { room: Room }) {
  const word = useSignal('');
  const hits = useSignal<Hit[]>([]);
  const before = useSignal<number | null>(null);
  const state = useSignal<'idle' | 'looking' | 'done'>('idle');
  const run = useRef(0);

  const look = async (query: string, from: number | undefined) => {
    const mine = ++run.current;
    state.value = 'looking';
    let place = from;
    let found = 0;
    try {
      for (let request = 0; request < REQUESTS_AT_ONCE && found < PAGE; request++) {
        const page = await client.call('searchMessages', {
          path: { roomId: room.id },
          query: { query, limit: PAGE, ...(place !== undefined && { before: place }) },
        });
        if (mine !== run.current) return;
        hits.value = [...hits.value, ...page.items];
        found += page.items.length;
        before.value = page.prev;
        if (page.prev === null) break;
        place = page.prev;
      }
    } catch (error) {
      if (mine === run.current) complain(error);
    }
    if (mine === run.current) state.value = 'done';
  };
  const query = word.value.trim();
  useEffect(() => {
    run.current++;
    hits.value = [];
    before.value = null;
    state.value = 'idle';
    if (query === '') return;
    const timer = setTimeout(() => void look(query, undefined), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [query]);
  useEffect(() => () => void run.current++, []);

  return (
    <Dialog title={w('find.in', { name: titleOf(room.view) })} onClose={hide} wide>
      <input
        type="search"
        maxLength={200}
        aria-label={w('find')}
        placeholder={w('find.words')}
        value={word.value}
        onInput={(event) => (word.value = event.currentTarget.value)}
        data-first
      />
      <p class="dim" role="status">
        {state.value === 'looking' && w('find.looking')}
        {state.value === 'done' &&
          (hits.value.length > 0 ? w.count('find.found', hits.value.length) : w('search.none'))}
      </p>
      <ul class="found">
        {hits.value.map((hit) => (
          <li key={hit.id}>
            <button
              type="button"
              class="hit"
              onClick={() => {
                hide();
                sought.value = hit;
              }}
            >
              <span class="hit-head">
                <b>{hit.author.id === client.me ? w('you') : nameOf(hit.author)}</b>
                <time class="dim" dateTime={hit.createdAt}>
                  {moment(hit.createdAt, 'full')}
                </time>
              </span>
              <span class="hit-text">{hit.text}</span>
            </button>
          </li>
        ))}
      </ul>
      {state.value === 'done' && before.value !== null && (
        <button type="button" onClick={() => void look(query, before.value ?? undefined)}>
          {w('find.further')}
        </button>
      )}
    </Dialog>
  );
}
