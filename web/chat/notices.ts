/** What the service tells a person in passing, said on the page. */
import { signal } from '@preact/signals';
import { client } from '../shared/session.js';
import { tell } from '../shared/toast.js';
import { openId } from './route.js';
import { w } from './words.js';

/** Rooms that were taken away while this page was open, with the reason. */
export const removals = signal<Readonly<Record<number, 'left' | 'removed' | 'deleted'>>>({});

client.on('room.removed', ({ roomId, reason }) => (removals.value = { ...removals.value, [roomId]: reason }));
client.on('room.added', ({ roomId }) => {
  const { [roomId]: _past, ...rest } = removals.value;
  removals.value = rest;
});
client.on('account.warned', ({ reason }) => tell(w('warned', { reason }), true));
client.on('account.unblocked', () => tell(w('unblocked')));
client.on('report.outcome', ({ outcome }) => tell(w(outcome === 'acted' ? 'report.acted' : 'report.dismissed')));
client.on('held.outcome', ({ outcome }) =>
  tell(w(outcome === 'released' ? 'held.released' : 'held.discarded'), outcome === 'discarded'),
);

const SETTLE_MS = 700;
let before: ReadonlyMap<number, number> | undefined;
let caughtUp = 0;

client.on('connection', ({ state }) => {
  if (state === 'waiting') before ??= new Map(client.rooms.list.map(({ id, unreadCount }) => [id, unreadCount]));
});
client.on('session.ready', ({ rooms }) => {
  if (!before) return;
  caughtUp = 0;
  const known = before;
  before = undefined;
  const open = openId.value === undefined ? undefined : client.room(openId.value);
  const head = rooms.find(({ roomId }) => roomId === open?.id)?.headSeq ?? 0;
  const deaf = open?.on('fact', ({ event, seq, data }) => {
    const { author } = data as { author?: { id: number } };
    if (event === 'message.sent' && seq <= head && author?.id !== client.me) caughtUp++;
  });
  // The list comes after the connection: it has the other rooms' unread messages.
  const done = client.rooms.on('change', () => {
    done();
    setTimeout(() => {
      deaf?.();
      for (const { id, unreadCount } of client.rooms.list)
        if (id !== open?.id) caughtUp += Math.max(0, unreadCount - (known.get(id) ?? 0));
      if (caughtUp > 0) tell(w.count('caught-up', caughtUp));
    }, SETTLE_MS);
  });
});
