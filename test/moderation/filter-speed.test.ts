import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CompiledFilter, TextToScreen } from '../../src/moderation/filters/compiled-filter.js';
import type { FilterKind } from '../../src/moderation/filters/filter.dto.js';

/** What a text costs grows with its length and no faster. Figures stand in docs/performance.md; here only what holds on every machine. */

const SHORT = 5_000;
const LONG = 50_000;
const REPEATS = 4;
const ATTEMPTS = 3;
/** What other work on the machine does to a figure passes; what the text does to it stays. */
const LOOKS = 6;
/** Ten times the text: ten times the work, and room for a machine with other work; the square of it would be a hundred. */
const MOST_RATIO = 60;

const PATTERNS = parse(readFileSync(join(__dirname, '../fixtures/hostile_patterns.yaml'), 'utf8')) as string[];

let seed = 12_345;
const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) % below;
const letters = (alphabet: string) =>
  Array.from({ length: LONG }, () => alphabet[random(alphabet.length * 97) % alphabet.length]).join('');

/** What patterns are slow with, and beside it what words and domains are slow with. */
const FEW = {
  'one letter': 'a'.repeat(LONG),
  'two letters at random': letters('ab'),
  'all letters at random': letters('abcdefghijklmnopqrstuvwxyz'),
  'mixed scripts': 'cпaмoм '.repeat(LONG / 7 + 1).slice(0, LONG),
  'joined by marks': 'ab-cd-'.repeat(LONG / 6 + 1).slice(0, LONG),
};
const TEXTS = {
  ...FEW,
  'ordinary words': 'Добрый вечер, hello world 123. '.repeat(LONG / 31 + 1).slice(0, LONG),
  'digits for letters': 'p0rn4s '.repeat(LONG / 7 + 1).slice(0, LONG),
  'spaced out': 'a b '.repeat(LONG / 4),
  'doubled letters': 'aabbccddee'.repeat(LONG / 10),
  'dots and labels': 'a.b-c.d.'.repeat(LONG / 8),
  signs: '@$!|+('.repeat(LONG / 6 + 1).slice(0, LONG),
  blanks: ' '.repeat(LONG),
  // Those of the whole are those of its beginning, so that both can be compared.
  'many characters': Array.from({ length: LONG }, (_, index) =>
    String.fromCodePoint(0x21 + ((index * 7_919) % 4_999)),
  ).join(''),
};

const WORDS = ['a*', '*aa*', '*aabbcc*', '*ccddee', 'abcabcabcabd', 'aaaaaaaaaaaaaaaab', 'a b a b a c', '*b'];
const DOMAINS = ['b-c.d', 'a.b-c.d.e', 'x.d'];

function millisecondsOf(work: () => void, times: number): number {
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = process.cpuUsage();
    for (let time = 0; time < times; time++) work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000 / times);
  }
  return least;
}

function surprisesOf(kind: FilterKind, entries: string[], texts: Record<string, string> = TEXTS): string[] {
  const filter = new CompiledFilter({ id: 1, name: 'hostile', kind, action: 'flag', roomId: null }, entries);
  return Object.entries(texts).flatMap(([name, text]) => {
    const short = text.slice(0, SHORT);
    let few = Infinity;
    let many = Infinity;
    for (let look = 0; look < LOOKS; look++) {
      few = Math.min(
        few,
        millisecondsOf(() => filter.hitIn(new TextToScreen(short)), REPEATS),
      );
      many = Math.min(
        many,
        millisecondsOf(() => filter.hitIn(new TextToScreen(text)), 1),
      );
      if (many / Math.max(few, 0.1) <= MOST_RATIO) return [];
    }
    return [`${name}: ${few.toFixed(2)} ms, then ${many.toFixed(2)} ms`];
  });
}

it.each(PATTERNS)(
  'the pattern %s takes time in proportion to the text',
  (pattern) => {
    expect(surprisesOf('regex', [pattern], FEW)).toEqual([]);
  },
  60_000,
);

it('words of all kinds take time in proportion to the text', () => {
  expect(surprisesOf('words', WORDS)).toEqual([]);
}, 60_000);

it('domains take time in proportion to the text', () => {
  expect(surprisesOf('domains', DOMAINS)).toEqual([]);
}, 60_000);

it('ten thousand words take hardly more time than a hundred', () => {
  const words = Array.from({ length: 10_000 }, (_, index) => `word${(index * 7_919).toString(36)}`);
  const costOf = (entries: string[]) => {
    const terms = { id: 1, name: 'many', kind: 'words', action: 'flag', roomId: null } as const;
    const filter = new CompiledFilter(terms, entries);
    const text = new TextToScreen(TEXTS['ordinary words']);
    return millisecondsOf(() => filter.hitIn(text), 1);
  };
  expect(costOf(words)).toBeLessThan(Math.max(costOf(words.slice(0, 100)), 1) * 10);
});
