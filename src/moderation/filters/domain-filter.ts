import { domainToUnicode } from 'node:url';
import type { Finding } from './findings.js';
import { type Glyph, glyphsOf, SPACE } from './glyphs.js';
import type { Reading, Word } from './reading.js';

const codes = (signs: string): ReadonlySet<number> => new Set(Array.from(signs, (sign) => sign.codePointAt(0)!));
const DOTS = codes('.。');
const BRACKETS = codes('[](){}<>');
const HYPHEN = 0x2d;
/** What people write for a dot that must not make a link. */
const DOT_WORDS: ReadonlySet<string> = new Set(['dot', 'точка', 'тчк'].map((word) => looksOf(glyphsIn(word))));
const MOST_GAP = 6;
const MOST_LABEL = 63;

interface Label {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Domains with all below them, as they are looked up: also written `evil[.]com` or `evil dot com`, in look-alike letters or in punycode. */
export class DomainFilter {
  private readonly entries = new Map<string, string>();
  private readonly mostLabels: number;

  constructor(entries: readonly string[]) {
    for (const entry of entries)
      this.entries.set(
        entry
          .split('.')
          .map((label) => labelOf(looksOf(glyphsIn(label))))
          .join('.'),
        entry,
      );
    this.mostLabels = Math.max(0, ...entries.map((entry) => entry.split('.').length));
  }

  find(reading: Reading, found: (finding: Finding) => void): void {
    for (const host of hostsIn(reading))
      for (let labels = Math.min(host.length, this.mostLabels); labels >= 2; labels--) {
        const tail = host.slice(-labels);
        const entry = this.entries.get(tail.map(({ text }) => text).join('.'));
        if (entry === undefined) continue;
        found({ entry, ...reading.part(tail[0]!.from, tail.at(-1)!.to) });
        break;
      }
  }
}

/** What stands in the text as a name of a host: labels with dots between them. */
function* hostsIn({ glyphs, words }: Reading): Generator<readonly Label[]> {
  let labels: Label[] = [];
  for (let index = 0; index < words.length;) {
    const [label, behind] = labelAt(glyphs, words, index);
    labels.push(label);
    const next = afterDot(glyphs, words, behind);
    if (next === undefined) {
      if (labels.length > 1) yield labels;
      labels = [];
      index = behind;
    } else index = next;
  }
}

/** The label that begins with this word, and the index of the word behind it: hyphens are part of a label. */
function labelAt(glyphs: readonly Glyph[], words: readonly Word[], index: number): [Label, number] {
  const { from } = words[index]!;
  for (let behind = index + 1; ; behind++) {
    const { to } = words[behind - 1]!;
    let end = to;
    while (glyphs[end]?.plain === HYPHEN) end++;
    if (end > to && words[behind]?.from === end) continue;
    // Nothing longer is a label.
    const text = to - from > MOST_LABEL ? '' : labelOf(looksOf(glyphs.slice(from, to)));
    return [{ text, from, to }, behind];
  }
}

/** The word that follows a dot behind the word before this index, in whatever way the dot is written. */
function afterDot(glyphs: readonly Glyph[], words: readonly Word[], index: number): number | undefined {
  const [one, next] = [words[index - 1]!, words[index]];
  if (!next || next.from - one.to > MOST_GAP) return undefined;
  if (isDot(glyphs, one.to, next.from)) return index;
  const behind = words[index + 1];
  if (
    !behind ||
    behind.from - next.to > MOST_GAP ||
    !DOT_WORDS.has(looksOf(glyphs.slice(next.from, Math.min(next.to, next.from + 6))))
  )
    return undefined;
  const [before, after] = [kindsOf(glyphs, one.to, next.from), kindsOf(glyphs, next.to, behind.from)];
  return before === after && (before === 'blank' || before === 'bracket') ? index + 1 : undefined;
}

/** One dot, alone or in brackets, or with a blank before it; behind a sentence the blank comes after its dot. */
function isDot(glyphs: readonly Glyph[], from: number, to: number): boolean {
  let [dots, bracket] = [0, false];
  for (let cell = from; cell < to; cell++) {
    const { plain, kind } = glyphs[cell]!;
    if (DOTS.has(plain)) dots++;
    else if (BRACKETS.has(plain)) bracket = true;
    else if (kind !== SPACE) return false;
  }
  return dots === 1 && (bracket || glyphs[from]!.kind === SPACE || glyphs[to - 1]!.kind !== SPACE);
}

function kindsOf(glyphs: readonly Glyph[], from: number, to: number): 'blank' | 'bracket' | 'other' {
  let bracket = false;
  for (let cell = from; cell < to; cell++) {
    if (BRACKETS.has(glyphs[cell]!.plain)) bracket = true;
    else if (glyphs[cell]!.kind !== SPACE) return 'other';
  }
  return bracket ? 'bracket' : 'blank';
}

/** How a label looks; one in punycode, what it stands for. */
function labelOf(looks: string): string {
  return looks.startsWith('xn--') ? looksOf(glyphsIn(domainToUnicode(looks))) || looks : looks;
}

function looksOf(glyphs: readonly Glyph[]): string {
  return String.fromCodePoint(...glyphs.map((glyph) => glyph.skeletons[0]!));
}

function glyphsIn(text: string): Glyph[] {
  return Array.from(text).flatMap((character) => glyphsOf(character.codePointAt(0)!));
}
