/** Who is here and who is writing, as far as the service tells. */
import { signal } from '@preact/signals';
import type { Facts, PublicAccountView } from '../../client/index.js';
import { client } from '../shared/session.js';

type State = Facts['presence.changed']['people'][number]['state'];

export const presence = signal<ReadonlyMap<number, State>>(new Map());
export const typing = signal<readonly { roomId: number; account: PublicAccountView }[]>([]);

const TYPING_MS = 6_000;
const AGAIN_MS = 3_000;
const SETTLE_MS = 300;
const MOST_WATCHED = 200;

let wanted: number[] = [];
let settling: ReturnType<typeof setTimeout> | undefined;
const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Watches these people instead of those before. */
export function watch(accountIds: readonly number[]): void {
  const next = [...new Set(accountIds)].slice(0, MOST_WATCHED).sort((a, b) => a - b);
  if (next.join() === wanted.join()) return;
  wanted = next;
  clearTimeout(settling);
  settling = setTimeout(() => void ask(), SETTLE_MS);
}

async function ask(): Promise<void> {
  if (client.connection.state !== 'online') return;
  try {
    note((await client.command('presence.watch', { accountIds: wanted })).people);
  } catch {
    // The next connection asks again; until then nobody's presence is known.
  }
}

function note(people: Facts['presence.changed']['people']): void {
  const next = new Map(presence.value);
  for (const { accountId, state } of people) next.set(accountId, state);
  presence.value = next;
}

client.on('presence.changed', ({ people }) => note(people));
client.on('connection', ({ state }) => {
  if (state === 'online') void ask();
  else presence.value = new Map();
});

client.on('typing.started', ({ roomId, account }) => {
  stopped(roomId, account.id);
  typing.value = [...typing.value, { roomId, account }];
  timers.set(
    `${roomId}:${account.id}`,
    setTimeout(() => stopped(roomId, account.id), TYPING_MS),
  );
});
client.on('typing.stopped', ({ roomId, account }) => stopped(roomId, account.id));
client.on('message.sent', ({ roomId, author }) => stopped(roomId, author.id));

function stopped(roomId: number, accountId: number): void {
  clearTimeout(timers.get(`${roomId}:${accountId}`));
  if (typing.value.some((one) => one.roomId === roomId && one.account.id === accountId))
    typing.value = typing.value.filter((one) => one.roomId !== roomId || one.account.id !== accountId);
}

let told = { roomId: 0, at: 0 };

/** Tells the room that I am writing, not more often than needed. */
export function sayTyping(roomId: number): void {
  const now = Date.now();
  if (client.connection.state !== 'online' || (told.roomId === roomId && now - told.at < AGAIN_MS)) return;
  told = { roomId, at: now };
  client.command('typing.start', { roomId }).catch(() => undefined);
}

export function sayStopped(roomId: number): void {
  if (told.roomId !== roomId || Date.now() - told.at > TYPING_MS) return;
  told = { roomId: 0, at: 0 };
  if (client.connection.state === 'online') client.command('typing.stop', { roomId }).catch(() => undefined);
}
