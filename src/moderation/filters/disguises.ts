import { type Glyph, LETTER, MARK, SPACE, SYMBOL } from './glyphs.js';
import { type Letters, lettersOf } from './letters.js';
import { isWordly, type Reading, type Word, wordOf } from './reading.js';

const LEAST_SPREAD = 3;
const MOST_GAP = 3;
const MOST_JOINED = 64;
/** At the ends of a word these are punctuation, although they also serve as letters. */
const TRIMMED = new Set(Array.from('!|+(¡', (sign) => sign.codePointAt(0)!));

/** What can be read as a word although it is not written as one. */
export interface Disguise {
  /** Where each letter stands. */
  readonly cells: readonly number[];
  readonly letters: Letters;
  /** Joined out of words of their own: only as a whole is it another one. */
  readonly wholeOnly: boolean;
}

/** Signs that serve as letters (`c@sino`), letters joined by marks (`ca-si-no`), letters spaced out (`c a s i n o`). */
export function* disguisesIn(reading: Reading): Generator<Disguise> {
  yield* signed(reading);
  yield* chains(reading, isJoined, 2, true);
  yield* chains(reading, isSpread, LEAST_SPREAD, false);
}

function* signed({ glyphs }: Reading): Generator<Disguise> {
  for (let at = 0; at < glyphs.length;) {
    let [from, to, signs] = [at, at, 0];
    for (; to < glyphs.length && (isWordly(glyphs[to]!) || glyphs[to]!.kind === SYMBOL); to++)
      if (glyphs[to]!.kind === SYMBOL) signs++;
    at = to + 1;
    if (signs === 0) continue;
    while (from < to && TRIMMED.has(glyphs[from]!.plain)) from++;
    while (to > from && TRIMMED.has(glyphs[to - 1]!.plain)) to--;
    if (!wordOf(glyphs, from, to).leet) continue;
    const cells = Array.from({ length: to - from }, (_, index) => from + index);
    yield { cells, letters: lettersOf(glyphs.slice(from, to), true), wholeOnly: false };
  }
}

/** Words in a row with the same gap between each two of them. */
function* chains(
  { glyphs, words }: Reading,
  isLinked: (glyphs: readonly Glyph[], one: Word, next: Word) => boolean,
  least: number,
  wholeOnly: boolean,
): Generator<Disguise> {
  let [first, gap] = [0, ''];
  for (let index = 1; index <= words.length; index++) {
    const [one, next] = [words[index - 1]!, words[index]];
    const linked = next !== undefined && isLinked(glyphs, one, next);
    const between = linked ? gapOf(glyphs, one, next) : '';
    if (linked && (between === gap || first === index - 1)) {
      gap = between;
      continue;
    }
    if (index - first >= least) {
      const disguise = disguiseOf(glyphs, words.slice(first, index), wholeOnly);
      if (disguise) yield disguise;
    }
    first = linked ? index - 1 : index;
    gap = between;
  }
}

function disguiseOf(glyphs: readonly Glyph[], words: readonly Word[], wholeOnly: boolean): Disguise | undefined {
  const cells: number[] = [];
  for (const { from, to } of words) {
    for (let cell = from; cell < to; cell++) cells.push(cell);
    if (wholeOnly && cells.length > MOST_JOINED) return undefined;
  }
  const letters = cells.map((cell) => glyphs[cell]!);
  const leet = letters.filter(({ kind }) => kind === LETTER).length * 2 >= letters.length;
  return { cells, letters: lettersOf(letters, leet), wholeOnly };
}

/** One mark and nothing else stands between the words. */
function isJoined(glyphs: readonly Glyph[], one: Word, next: Word): boolean {
  const { kind } = glyphs[one.to]!;
  return next.from - one.to === 1 && (kind === MARK || kind === SYMBOL);
}

function isSpread(_glyphs: readonly Glyph[], one: Word, next: Word): boolean {
  return one.to - one.from === 1 && next.to - next.from === 1 && next.from - one.to <= MOST_GAP;
}

function gapOf(glyphs: readonly Glyph[], one: Word, next: Word): string {
  let gap = '';
  for (let cell = one.to; cell < next.from; cell++)
    gap += glyphs[cell]!.kind === SPACE ? ' ' : String.fromCodePoint(glyphs[cell]!.plain);
  return gap;
}
