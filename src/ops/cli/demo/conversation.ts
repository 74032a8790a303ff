import { type Dialogue, DIALOGUES, SLOTS, WRONG_ROOM } from './dialogues.js';
import type { DemoLanguage } from './people.js';

/** One message of the demo, and what becomes of it. */
export interface Line {
  author: string;
  text: string;
  /** Index of the line that it answers. */
  replyTo?: number;
  /** What its author changes it to. */
  editedTo?: string;
  deleted?: true;
}

const EDITED = 0.03;
const DELETED = 0.012;

/** The same conversation for the same room, whenever it is asked for. */
export function conversation(
  room: string,
  languages: readonly DemoLanguage[],
  people: readonly string[],
  messages: number,
): Line[] {
  const random = randomFrom(room);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const lines: Line[] = [];
  let former: Dialogue | undefined;
  while (lines.length < messages) {
    const language = pick(languages);
    const dialogue = pick(DIALOGUES[language].filter((one) => one !== former));
    former = dialogue;
    const speakers = shuffled(people, random);
    for (const [index, written] of dialogue.entries()) {
      const [, letter, reply, body] = /^([abc]) (>?)([^]*)$/.exec(written)!;
      const text = capital(body!.replace(/\{(\w+)\}/g, (_slot, name: string) => pick(SLOTS[language][name]!)));
      const author = speakers['abc'.indexOf(letter!) % speakers.length]!;
      const line: Line = { author, text };
      if (reply && index > 0) line.replyTo = lines.length - 1;
      if (random() < EDITED) Object.assign(line, { text: misspelt(text, random), editedTo: text });
      lines.push(line);
    }
    if (random() < DELETED * dialogue.length)
      lines.push({ author: pick(people), text: pick(WRONG_ROOM[language]), deleted: true });
  }
  return lines.slice(0, messages);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two neighbouring letters change places, as fingers do it. */
function misspelt(text: string, random: () => number): string {
  const at = 1 + Math.floor(random() * Math.max(1, text.length - 3));
  const swapped = `${text.slice(0, at)}${text.charAt(at + 1)}${text.charAt(at)}${text.slice(at + 2)}`;
  return /[\ud800-\udfff]/.test(text) || swapped === text ? `${text} ...` : swapped;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Numbers between 0 and 1 that follow from the name alone (mulberry32 over an FNV-1a hash). */
function randomFrom(name: string): () => number {
  let state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0)!, 16777619), 2166136261);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
