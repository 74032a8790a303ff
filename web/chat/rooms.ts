import { signal } from '@preact/signals';
import type { PublicAccountView, Room, RoomListItem, RoomView } from '../../client/index.js';
import { client, isModerator, isSuperuser, me } from '../shared/session.js';
import { openId } from './route.js';
import { w } from './words.js';

/** Moves whenever something that the list of rooms or a room shows has changed: rooms are the same objects then, so whoever shows one reads this. */
export const changes = signal(0);
/** Unread messages that mention me, by room. */
export const mentions = signal<Readonly<Record<number, number>>>({});
/** Whether the list of rooms was read at least once. */
export const listed = signal(false);

const BREATH_MS = 16;
const MOST_KEPT = 250;
const followed = new WeakSet<Room>();
let due = false;

/** Many changes in one breath, such as a page of missed messages, are drawn once. */
function changed(): void {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    changes.value++;
  }, BREATH_MS);
}

client.rooms.on('change', () => {
  for (const room of client.rooms.list) follow(room);
  const seen = client.rooms.list.filter(({ id, view }) => view && 'mentionCount' in view && !(id in mentions.value));
  if (seen.length > 0)
    mentions.value = {
      ...mentions.value,
      ...Object.fromEntries(seen.map(({ id, view }) => [id, (view as RoomListItem).mentionCount ?? 0])),
    };
  listed.value = true;
  changed();
});
client.on('connection', ({ state }) => {
  if (state === 'online') mentions.value = {};
});
for (const name of ['mention.added', 'mention.removed', 'read.marked'] as const)
  client.on(name, ({ roomId, mentionCount }) => (mentions.value = { ...mentions.value, [roomId]: mentionCount }));

/** Makes what happens to this room move `changes`. */
export function follow(room: Room): Room {
  if (!followed.has(room)) {
    followed.add(room);
    room.on('change', changed);
    // The open room lets go by itself, where one does not read.
    room.on('fact', () => {
      if (room.id !== openId.value && room.messages.length > MOST_KEPT) room.trim(MOST_KEPT, 'newest');
    });
  }
  return room;
}

export function isMember(roomId: number): boolean {
  return client.rooms.list.some(({ id }) => id === roomId);
}

/** The other person of a direct room; in one's notes oneself. */
export function peerOf(view: RoomView | RoomListItem | undefined): PublicAccountView | undefined {
  return (view && 'peer' in view && view.peer) || undefined;
}

export function nameOf(person: PublicAccountView): string {
  return [person.firstName, person.lastName].filter(Boolean).join(' ') || person.username;
}

export function titleOf(view: RoomView | RoomListItem | undefined): string {
  if (!view) return '';
  if (view.kind === 'group') return view.name;
  const peer = peerOf(view);
  if (!peer) return w('direct');
  return peer.id === me.value?.id ? w('notes') : nameOf(peer);
}

const RANKS = ['anonymous', 'user', 'member', 'owner', 'moderator', 'superuser', 'nobody'];

/** Whether the policy of the room lets me do this; the service decides, this only spares a vain attempt. */
export function may(view: RoomView, action: keyof RoomView['policy']): boolean {
  return RANKS.indexOf(myRank(view)) >= RANKS.indexOf(view.policy[action]);
}

function myRank(view: RoomView): string {
  if (view.moderated && isSuperuser()) return 'superuser';
  if (view.moderated && isModerator()) return 'moderator';
  if (!isMember(view.id)) return 'user';
  return view.ownerId === me.value?.id ? 'owner' : 'member';
}

/** A number that stays with a person or room, for the colour of its sign. */
export function hueOf(id: number): number {
  return (id * 137) % 360;
}
