import { signal } from '@preact/signals';
import { client } from '../shared/session.js';

/** What was written and not sent, by room; it outlives a reload and is never shown to another person on this device. */
const drafts = signal<Readonly<Record<number, string>>>({});
let owner: number | undefined;

const PREFIX = 'besedka:draft:';

function mine(): Readonly<Record<number, string>> {
  if (owner === undefined && client.me !== undefined) {
    owner = client.me;
    const prefix = `${PREFIX}${owner}:`;
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    drafts.value = {
      ...Object.fromEntries(keys.map((key) => [key.slice(prefix.length), localStorage.getItem(key) ?? ''])),
      ...drafts.value,
    };
  }
  return drafts.value;
}

export function draftOf(roomId: number): string {
  return mine()[roomId] ?? '';
}

export function keepDraft(roomId: number, text: string): void {
  mine();
  drafts.value = { ...drafts.value, [roomId]: text };
  if (owner === undefined) return;
  const key = `${PREFIX}${owner}:${roomId}`;
  try {
    if (text === '') localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // A full storage keeps the draft for this page alone.
  }
}
