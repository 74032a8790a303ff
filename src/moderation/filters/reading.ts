import { endsOfRows } from './letters.js';
import { DIGIT, type Glyph, glyphsOf, LETTER, SYMBOL } from './glyphs.js';

/** A run of letters and digits: the cells from `from` up to `to`. */
export interface Word {
  readonly from: number;
  readonly to: number;
  /** Scripts of its letters, added up. */
  readonly scripts: number;
  /** Digits in it may stand for letters, because at least half of it is letters. */
  readonly leet: boolean;
}

const BREVE = 0x306;
/** With its breve a letter of its own, not an accented one. */
const SHORT_I = new Map([
  [0x438, glyphsOf(0x439)[0]!],
  [0x418, glyphsOf(0x419)[0]!],
]);

/** A text as filters read it: its visible characters one by one, each with what it may stand for and where it was written. */
export class Reading {
  readonly glyphs: Glyph[] = [];
  /** For each glyph the place in the text where it begins, and where it ends with all that is invisible behind it. */
  readonly starts: number[] = [];
  readonly stops: number[] = [];
  readonly words: readonly Word[];
  /** For each glyph where the row of equal ones ends in which it stands. */
  readonly ends: Int32Array;
  /** How many letters each script has in the text. */
  readonly letters = new Map<number, number>();

  constructor(readonly text: string) {
    for (let place = 0; place < text.length;) {
      const code = text.codePointAt(place)!;
      const width = code > 0xffff ? 2 : 1;
      const glyphs = glyphsOf(code);
      if (glyphs.length === 0 && this.glyphs.length > 0) {
        const last = this.glyphs.length - 1;
        if (code === BREVE) this.glyphs[last] = SHORT_I.get(this.glyphs[last]!.plain) ?? this.glyphs[last]!;
        this.stops[last] = place + width;
      }
      for (const glyph of glyphs) {
        this.glyphs.push(glyph);
        this.starts.push(place);
        this.stops.push(place + width);
        if (glyph.kind === LETTER) this.letters.set(glyph.script, (this.letters.get(glyph.script) ?? 0) + 1);
      }
      place += width;
    }
    this.words = this.wordsOf();
    this.ends = endsOfRows(this.glyphs);
  }

  /** The cells from `from` up to `to` as part of the text. */
  part(from: number, to: number): { start: number; end: number } {
    return { start: this.starts[from]!, end: this.stops[to - 1]! };
  }

  /** Whether most letters outside the cells from `from` up to `to` are of this script. */
  isMostly(script: number, from: number, to: number): boolean {
    let [own, all] = [this.letters.get(script) ?? 0, 0];
    for (const count of this.letters.values()) all += count;
    for (let cell = from; cell < to; cell++) {
      const glyph = this.glyphs[cell]!;
      if (glyph.kind !== LETTER) continue;
      all--;
      if (glyph.script === script) own--;
    }
    return own * 2 > all;
  }

  private wordsOf(): Word[] {
    const words: Word[] = [];
    for (let from = 0; from < this.glyphs.length;) {
      let to = from;
      while (to < this.glyphs.length && isWordly(this.glyphs[to]!)) to++;
      if (to > from) words.push(wordOf(this.glyphs, from, to));
      from = to + 1;
    }
    return words;
  }
}

export const isWordly = ({ kind }: Glyph): boolean => kind === LETTER || kind === DIGIT;

/** The cells as one word. */
export function wordOf(glyphs: readonly Glyph[], from: number, to: number): Word {
  let [scripts, letters, signs] = [0, 0, 0];
  for (let cell = from; cell < to; cell++) {
    const { kind, script } = glyphs[cell]!;
    scripts |= script;
    if (kind === LETTER) letters++;
    else if (kind === DIGIT || kind === SYMBOL) signs++;
  }
  return { from, to, scripts, leet: signs > 0 && letters >= signs };
}
