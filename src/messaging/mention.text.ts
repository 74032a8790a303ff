import { nameKey } from '../platform/safe-text.js';

const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const WORD = String.raw`\p{L}\p{M}\p{N}_`;
/** An @ at the beginning of a word, but not within an e-mail or web address, and what follows it on its line, as long as a user name may be. */
const PLACE = new RegExp(String.raw`(?<![${WORD}@/])@(?=([^\s@][^\r\n]{0,63}))`, 'gu');
/** Where a name may end: anywhere but within a word. */
const END = new RegExp(String.raw`(?<=\S)(?:(?<![${WORD}])|(?![${WORD}]))`, 'gu');
/** More places of one text are not looked at. */
const MOST_PLACES = 50;

/**
 * For each @ of a text the keys of the user names that may be meant, the longest first: names may hold blanks, so only a look at the members can
 * tell. What stands between backticks is code and mentions nobody.
 */
export function namesMentioned(text: string): string[][] {
  const places: string[][] = [];
  for (const [, rest] of text.replace(CODE, ' ` ').matchAll(PLACE)) {
    if (places.length === MOST_PLACES) break;
    const ends = [...rest!.matchAll(END)].map(({ index }) => index).filter((index) => index > 0);
    places.push([...new Set(ends.toReversed().map((end) => nameKey(rest!.slice(0, end))))]);
  }
  return places;
}
