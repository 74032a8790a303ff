/**
 * Whole words, beginnings, endings and phrases, through every disguise that `glyphs.ts` knows. A word is found where it stands as a word: with
 * its letters spaced out, stretched, replaced or joined by marks, but never inside a longer ordinary one.
 */
import { type Disguise, disguisesIn } from './disguises.js';
import type { Finding } from './findings.js';
import { CYRILLIC, LATIN, LETTER } from './glyphs.js';
import { type Branch, type Entry, LetterTree } from './letter-tree.js';
import { isDoubled, type Letters, lettersOf } from './letters.js';
import { Reading } from './reading.js';

/** What may stand between the words of a phrase. */
const MOST_GAP = 3;
const BLANK = 0x20;
const ROOT = [0];

type Tell = (entry: Entry, from: number, to: number) => void;

export class WordFilter {
  private readonly forward: LetterTree;
  private readonly backward: LetterTree;
  private readonly inner: LetterTree;

  constructor(entries: readonly string[]) {
    const branches = { forward: [] as Branch[], backward: [] as Branch[], inner: [] as Branch[] };
    for (const text of entries) {
      const [begins, ends] = [text.startsWith('*'), text.endsWith('*')];
      const { skeletons, entry } = read(text);
      if (begins && ends) branches.inner.push({ skeletons, entry, open: true });
      else if (begins) branches.backward.push({ skeletons: skeletons.toReversed(), entry, open: true });
      else branches.forward.push({ skeletons, entry, open: ends });
    }
    this.forward = new LetterTree(branches.forward);
    this.backward = new LetterTree(branches.backward);
    this.inner = new LetterTree(branches.inner);
  }

  find(reading: Reading, found: (finding: Finding) => void): void {
    const tell: Tell = (entry, from, to) => {
      if (isMeant(reading, entry, from, to)) found({ entry: entry.text, ...reading.part(from, to) });
    };
    this.findWords(reading, tell);
    for (const disguise of disguisesIn(reading)) this.findDisguised(disguise, tell);
  }

  /** Words and phrases as they stand: what may follow after one word goes on with the next. */
  private findWords(reading: Reading, tell: Tell): void {
    const { glyphs, ends, words } = reading;
    let carried: number[] = [];
    for (const [index, { from, to, leet }] of words.entries()) {
      const letters = { glyphs, from, to, ends, leet, doubled: isDoubled(ends, from, to) };
      if (!this.forward.isEmpty) {
        if (index > 0 && from - words[index - 1]!.to > MOST_GAP) carried = [];
        const beginOf = (entry: Entry) => words[index - entry.words + 1]!.from;
        const nodes = carried.length === 0 ? ROOT : [0, ...carried];
        const last = this.forward.follow(nodes, letters, from, (entry, at) => tell(entry, beginOf(entry), at + 1));
        carried = [];
        for (const node of last) {
          const entry = this.forward.endingAt(node);
          if (entry) tell(entry, beginOf(entry), to);
          const next = this.forward.child(node, BLANK);
          if (next !== undefined) carried.push(next);
        }
      }
      this.findParts(letters, (at) => at, tell);
    }
  }

  private findDisguised({ cells, letters, wholeOnly }: Disguise, tell: Tell): void {
    const last = cells.at(-1)! + 1;
    const ends = this.forward.follow(ROOT, letters, 0, (entry, at) => {
      if (!wholeOnly) tell(entry, cells[0]!, cells[at]! + 1);
    });
    for (const node of ends) {
      const entry = this.forward.endingAt(node);
      if (entry) tell(entry, cells[0]!, last);
    }
    if (!wholeOnly) this.findParts(letters, (at) => cells[at]!, tell);
  }

  /** Endings, and what may stand anywhere in a word. */
  private findParts(letters: Letters, cellOf: (at: number) => number, tell: Tell): void {
    const { glyphs, from, to, ends, leet } = letters;
    if (!this.backward.isEmpty) {
      const turned = lettersOf(glyphs.slice(from, to).toReversed(), leet);
      this.backward.follow(ROOT, turned, 0, (entry, at) => tell(entry, cellOf(to - 1 - at), cellOf(to - 1) + 1));
    }
    if (this.inner.isEmpty) return;
    for (let at = from; at < to; at = ends[at]!) {
      this.innerAt(letters, at, cellOf, tell);
      // Of two equal letters the second may be the first of an entry; more of them count as one anyway.
      if (ends[at]! - at === 2) this.innerAt(letters, at + 1, cellOf, tell);
    }
  }

  private innerAt(letters: Letters, begin: number, cellOf: (at: number) => number, tell: Tell): void {
    this.inner.follow(ROOT, letters, begin, (entry, at) => tell(entry, cellOf(begin), cellOf(at) + 1));
  }
}

function read(text: string): { skeletons: number[]; entry: Entry } {
  const { glyphs, words } = new Reading(text);
  const skeletons = words.flatMap(({ from, to }, index) => {
    const word = glyphs.slice(from, to).map((glyph) => glyph.skeletons[0]!);
    return index === 0 ? word : [BLANK, ...word];
  });
  const scripts = words.reduce((all, word) => all | word.scripts, 0);
  return { skeletons, entry: { text, scripts, words: words.length } };
}

/**
 * Whether a word of one script that looks like a word of another one is meant to: `сор` is Russian, and `cop` is English. Mixed scripts always
 * are a disguise; a word of one script is one where the text around it is written in the other, or where it has letters for their looks.
 */
function isMeant(reading: Reading, { scripts: meant }: Entry, from: number, to: number): boolean {
  let [scripts, unusual] = [0, false];
  for (let cell = from; cell < to; cell++) {
    const glyph = reading.glyphs[cell]!;
    scripts |= glyph.script;
    if (glyph.kind === LETTER && glyph.unusual) unusual = true;
  }
  if (scripts === meant || !isOne(scripts) || !isOne(meant)) return true;
  if (scripts === CYRILLIC) return unusual || reading.isMostly(meant, from, to);
  return scripts === LATIN ? !reading.isMostly(LATIN, from, to) : !reading.isMostly(scripts, from, to);
}

const isOne = (scripts: number): boolean => scripts !== 0 && (scripts & (scripts - 1)) === 0;
