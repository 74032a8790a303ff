import { domainToASCII } from 'node:url';
import { Problem } from '../../platform/problems.js';
import { DIGIT, LETTER } from './glyphs.js';
import type { FilterKind } from './filter.dto.js';
import { PatternFilter, PatternMistake } from './pattern-filter.js';
import { Reading } from './reading.js';

const MOST_WORD = 64;
/** Of an entry that may begin or end inside of a word: a letter alone is in every text. */
const LEAST_PART = 2;
const MOST_DOMAIN = 253;
const DOMAIN =
  /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)+$/u;

/** An entry as it is kept. */
export interface ReadEntry {
  readonly entry: string;
  /** Of a pattern: how many characters it has places for. */
  readonly places: number;
}

/** The entries as they are kept; refuses, by their places, those that no filter of this kind can have. */
export function entriesFor(kind: FilterKind, entries: readonly string[], pointer: string): ReadEntry[] {
  const kept = new Map<string, ReadEntry>();
  const errors: { pointer: string; message: string }[] = [];
  for (const [index, entry] of entries.entries()) {
    const read = readers[kind](entry.trim());
    if ('mistake' in read) errors.push({ pointer: `${pointer}/${index}`, message: read.mistake });
    else kept.set(read.entry, { entry: read.entry, places: read.places ?? 0 });
  }
  if (errors.length > 0) throw new Problem('request/invalid', { errors });
  return [...kept.values()];
}

type Read = { entry: string; places?: number } | { mistake: string };

const readers: Readonly<Record<FilterKind, (entry: string) => Read>> = {
  words(entry) {
    const core = entry.replace(/^\*|\*$/g, '');
    const parts = entry.startsWith('*') || entry.endsWith('*');
    if (Array.from(core).length > MOST_WORD) return { mistake: `must have at most ${MOST_WORD} characters` };
    if (core.includes('*')) return { mistake: 'must have * only in front and behind' };
    const { glyphs, words } = new Reading(core);
    const letters = glyphs.filter(({ kind }) => kind === LETTER || kind === DIGIT).length;
    if (letters < (parts ? LEAST_PART : 1)) return { mistake: 'must have letters or digits, at least two with *' };
    if (entry.startsWith('*') && words.length > 1) return { mistake: 'must not begin with * when it is a phrase' };
    if (words.some(({ from }, index) => index > 0 && from - words[index - 1]!.to > 1))
      return { mistake: 'must have one blank or mark between two words' };
    return { entry: entry.normalize('NFC') };
  },
  regex(entry) {
    try {
      return { entry, places: new PatternFilter(entry).places };
    } catch (error) {
      if (error instanceof PatternMistake) return { mistake: error.message };
      throw error;
    }
  },
  domains(entry) {
    const domain = entry
      .toLowerCase()
      .normalize('NFKC')
      .replace(/^\*?\.|\.$/g, '');
    if (domain.length > MOST_DOMAIN || !DOMAIN.test(domain) || domainToASCII(domain) === '')
      return { mistake: 'must be a domain such as example.com' };
    return { entry: domain };
  },
};
