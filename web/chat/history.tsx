/**
 * The messages of a room in a window that moves over its history.
 *
 * Invariant: what one reads stays where it is, whatever comes, goes or is loaded above and below it. Before each drawing the first row in
 * sight and its place are noted, after it the row is put back there; at the end of the history the end stays in sight instead.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Room, RoomMessage } from '../../client/index.js';
import { moment } from '../shared/i18n.js';
import { Icon } from '../shared/icons.js';
import { client } from '../shared/session.js';
import { complain } from '../shared/toast.js';
import { actionsOn } from './message-actions.js';
import { type MessageDesk, MessageRow, PendingRow } from './message-row.js';
import { changes, isMember, titleOf } from './rooms.js';
import { sought } from './room-search.js';
import { rowsOf } from './rows.js';
import { w } from './words.js';

const NEAR_PX = 700;
const AT_END_PX = 40;
/** With a page of 50 on either side the window stays at 300 rows. */
const MOST_ROWS = 250;

interface HistoryProps {
  room: Room;
  onReply: (message: RoomMessage) => void;
  onEdit: (message: RoomMessage) => void;
}

export function History({ room, onReply, onEdit }: HistoryProps) {
  void changes.value;
  const place = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const begun = useRef(false);
  const loading = useRef(false);
  const unreadAfter = useSignal(room.unreadCount > 0 ? room.readSeq : undefined);
  const fresh = useSignal(0);
  const away = useSignal(false);
  const active = useSignal<number | undefined>(undefined);

  const desk = useMemo<MessageDesk>(
    () => ({
      actionsOn: (message) => actionsOn(room, message, onReply, onEdit),
      activate: (messageId) => (active.value = messageId),
    }),
    [room],
  );
  const seen = () => {
    if (!atEnd.current || room.hasNewer || document.visibilityState !== 'visible' || !document.hasFocus()) return;
    fresh.value = 0;
    if (room.unreadCount > 0 && isMember(room.id)) room.markRead().catch(() => undefined);
  };
  const toEnd = async () => {
    if (room.hasNewer) await room.loadNewest();
    atEnd.current = true;
    changes.value++;
  };
  const toMessage = async (messageId: number, seq: number) => {
    atEnd.current = false;
    if (!room.messages.some(({ id }) => id === messageId)) await room.loadAround(seq);
    changes.value++;
    requestAnimationFrame(() => {
      const row = document.getElementById(`message-${messageId}`);
      row?.scrollIntoView({ block: 'center' });
      row?.focus({ preventScroll: true });
    });
  };
  const load = async (direction: 'older' | 'newer') => {
    if (loading.current) return;
    loading.current = true;
    try {
      await (direction === 'older' ? room.loadOlder() : room.loadNewer());
      room.trim(MOST_ROWS, direction === 'older' ? 'oldest' : 'newest');
    } catch {
      // Scrolling on asks again.
    }
    loading.current = false;
    changes.value++;
  };
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = place.current!;
    const below = scrollHeight - scrollTop - clientHeight;
    atEnd.current = below < AT_END_PX && !room.hasNewer;
    away.value = below > clientHeight || room.hasNewer;
    if (scrollTop < NEAR_PX && room.hasOlder) void load('older');
    else if (below < NEAR_PX && room.hasNewer) void load('newer');
    seen();
  };

  const anchor = begun.current && !atEnd.current ? anchorOf(place.current) : undefined;
  useLayoutEffect(() => {
    const box = place.current!;
    if (!begun.current) {
      if (room.messages.length > 0) begun.current = true;
      const line = box.querySelector<HTMLElement>('.unread-line');
      if (line) {
        box.scrollTop = line.offsetTop - box.clientHeight / 4;
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX;
        return;
      }
    }
    if (atEnd.current) box.scrollTop = box.scrollHeight;
    else if (anchor) {
      const row = document.getElementById(anchor.id);
      if (row) box.scrollTop += topOf(row, box) - anchor.top;
    }
  });

  useEffect(() => {
    const deaf = room.on('fact', ({ event, data }) => {
      if (event !== 'message.sent') return;
      const own = (data as { author: { id: number } }).author.id === client.me;
      const watched = document.visibilityState === 'visible' && document.hasFocus();
      if (own && !room.hasNewer) atEnd.current = true;
      if (!own && !(atEnd.current && watched)) fresh.value++;
      if (!own && !watched && room.unreadCount <= 1) unreadAfter.value = room.readSeq;
      if (room.messages.length > MOST_ROWS + 50) room.trim(MOST_ROWS, atEnd.current ? 'newest' : 'oldest');
      queueMicrotask(seen);
    });
    const resized = new ResizeObserver(() => {
      if (atEnd.current && place.current) place.current.scrollTop = place.current.scrollHeight;
    });
    resized.observe(place.current!);
    document.addEventListener('visibilitychange', seen);
    if (room.hasNewer) void toEnd();
    window.addEventListener('focus', seen);
    seen();
    return () => {
      deaf();
      resized.disconnect();
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('focus', seen);
    };
  }, []);
  const target = sought.value;
  useEffect(() => {
    if (target?.roomId !== room.id) return;
    sought.value = undefined;
    void toMessage(target.id, target.seq).catch(complain);
  }, [target]);
  const writing = room.pending.length;
  useEffect(() => {
    if (writing > 0) void toEnd();
  }, [writing]);

  const rows = rowsOf(room.messages, room.hasNewer ? [] : room.pending, unreadAfter.value, client.me);
  const lastId = room.messages.at(-1)?.id;
  const focused = active.value ?? lastId;
  return (
    <div class="history">
      <div class="scroller" ref={place} onScroll={onScroll} onKeyDown={walk}>
        {room.hasOlder && <p class="dim center">{w('messages.older')}</p>}
        {rows.length === 0 && <p class="dim center">{w('messages.none')}</p>}
        <ol aria-label={w('messages', { name: titleOf(room.view) })}>
          {rows.map((row) => (
            <li key={row.key}>
              {row.kind === 'day' && <h3 class="day">{dayName(row.at)}</h3>}
              {row.kind === 'unread' && <h3 class="unread-line">{w('unread.here')}</h3>}
              {row.kind === 'message' && (
                <MessageRow
                  room={room}
                  message={row.message}
                  first={row.first}
                  active={focused === row.message.id}
                  desk={desk}
                />
              )}
              {row.kind === 'pending' && <PendingRow room={room} pending={row.pending} />}
            </li>
          ))}
        </ol>
      </div>
      {(fresh.value > 0 || away.value) && (
        <button type="button" class="to-end" onClick={() => void toEnd()}>
          {fresh.value > 0 ? w.count('newer', fresh.value) : <span class="sr">{w('to-end')}</span>}
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}

/** Arrows walk from message to message. */
function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = (event.target as HTMLElement).closest('article');
  if (!step || !here) return;
  const all = [...document.querySelectorAll<HTMLElement>('.history article[id]')];
  const next = all[all.indexOf(here) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function anchorOf(box: HTMLElement | null): { id: string; top: number } | undefined {
  if (!box) return undefined;
  for (const row of box.querySelectorAll<HTMLElement>('article[id]')) {
    const top = topOf(row, box);
    if (top + row.offsetHeight > 0) return { id: row.id, top };
  }
  return undefined;
}

function topOf(row: HTMLElement, box: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

function dayName(iso: string): string {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
  return days === 0 ? w('today') : days === 1 ? w('yesterday') : moment(iso, 'day');
}
