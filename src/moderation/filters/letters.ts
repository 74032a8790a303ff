import type { Glyph } from './glyphs.js';

/** The letters of a word, from `from` up to `to`, as they stand in the text or as a disguise is read. */
export interface Letters {
  readonly glyphs: readonly Glyph[];
  readonly from: number;
  readonly to: number;
  /** For each letter where the row of equal ones ends in which it stands. */
  readonly ends: Int32Array;
  /** Digits and signs may stand for letters. */
  readonly leet: boolean;
  /** Each letter stands at least twice, as in `ssppaamm`. */
  readonly doubled: boolean;
}

export function endsOfRows(glyphs: readonly Glyph[]): Int32Array {
  const ends = new Int32Array(glyphs.length);
  for (let at = glyphs.length - 1; at >= 0; at--)
    ends[at] = glyphs[at]!.skeletons[0] === glyphs[at + 1]?.skeletons[0] ? ends[at + 1]! : at + 1;
  return ends;
}

export function isDoubled(ends: Int32Array, from: number, to: number): boolean {
  let rows = 0;
  for (let at = from; at < to; at = ends[at]!, rows++) if (ends[at]! - at < 2) return false;
  return rows > 2;
}

/** These glyphs alone, as one word. */
export function lettersOf(glyphs: readonly Glyph[], leet: boolean): Letters {
  const ends = endsOfRows(glyphs);
  return { glyphs, from: 0, to: glyphs.length, ends, leet, doubled: isDoubled(ends, 0, glyphs.length) };
}
