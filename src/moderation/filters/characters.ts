import { LETTER, OTHER, SYMBOL } from './glyphs.js';
import { isWordly, type Reading } from './reading.js';

/** What holds between two characters, as the programs of patterns name it. */
const [BEGIN_LINE, END_LINE, BEGIN_TEXT, END_TEXT, BOUNDARY, NO_BOUNDARY] = [1, 2, 4, 8, 16, 32] as const;
const NEW_LINE = 0x0a;
const UNDERSCORE = 0x5f;

/**
 * A text as patterns read it: one character after another, in disguised words with what else it may stand for. Words begin and end where letters
 * and digits of any script do.
 */
export class Characters {
  readonly length: number;
  readonly codes: Int32Array;
  readonly others: (readonly number[] | undefined)[];
  /** Conditions before each character, and at the end. */
  readonly conditions: Uint8Array;

  constructor(readonly reading: Reading) {
    const { glyphs } = reading;
    this.length = glyphs.length;
    this.codes = new Int32Array(this.length);
    for (let at = 0; at < this.length; at++) this.codes[at] = glyphs[at]!.plain;
    this.conditions = new Uint8Array(this.length + 1);
    this.others = Array.from<undefined>({ length: this.length });
    this.lookAlike();
    let inWord = false;
    for (let at = 0; at <= this.length; at++) {
      const [before, behind] = [at === 0 ? 0 : this.codes[at - 1]!, at === this.length ? 0 : this.codes[at]!];
      const goesOn = at < this.length && (isWordly(glyphs[at]!) || behind === UNDERSCORE);
      this.conditions[at] =
        (at === 0 ? BEGIN_TEXT | BEGIN_LINE : 0) |
        (at === this.length ? END_TEXT | END_LINE : 0) |
        (before === NEW_LINE ? BEGIN_LINE : 0) |
        (behind === NEW_LINE ? END_LINE : 0) |
        (inWord === goesOn ? NO_BOUNDARY : BOUNDARY);
      inWord = goesOn;
    }
  }

  private lookAlike(): void {
    const { glyphs, words } = this.reading;
    for (const { from, to, scripts, leet } of words) {
      const mixed = scripts === OTHER || (scripts & (scripts - 1)) !== 0;
      for (let cell = from; cell < to; cell++) {
        const { accentless, twins, leetTwins } = glyphs[cell]!;
        if (mixed && twins.length > 0) this.others[cell] = twins;
        else if (accentless.length > 0) this.others[cell] = accentless;
        else if (leet && leetTwins.length > 0) this.others[cell] = leetTwins;
      }
    }
    for (let cell = 1; cell < glyphs.length - 1; cell++)
      if (glyphs[cell]!.kind === SYMBOL && glyphs[cell - 1]!.kind === LETTER && glyphs[cell + 1]!.kind === LETTER)
        this.others[cell] = glyphs[cell]!.leetTwins;
  }
}
