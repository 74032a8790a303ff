import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { Characters } from '../src/moderation/filters/characters.js';
import { PatternFilter } from '../src/moderation/filters/pattern-filter.js';
import { Reading } from '../src/moderation/filters/reading.js';
import { WordFilter } from '../src/moderation/filters/word-filter.js';
import type { Bench } from './bench.js';
import type { Line } from './report.js';

const LENGTH = 50_000;
const TIMES = 5;
const patterns = parse(
  readFileSync(join(import.meta.dirname, '../test/fixtures/hostile_patterns.yaml'), 'utf8'),
) as string[];

let seed = 12_345;
const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff;
const made = (alphabet: string) =>
  Array.from({ length: LENGTH }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
const texts = [
  'a'.repeat(LENGTH),
  made('ab'),
  made('abcdefghijklmnopqrstuvwxyz'),
  'Добрый вечер, hello 123. '.repeat(LENGTH / 25),
];

/** CPU time of the first run, which a sender of new texts always pays, and the least of some. */
function cost(work: () => unknown): { first: number; least: number } {
  const runs = Array.from({ length: TIMES }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return { first: runs[0]!, least: Math.min(...runs) };
}

/** The slowest of the texts. */
const slowest = (measure: (text: string) => number): number => Math.max(...texts.map(measure));

/** Hostile patterns on texts of 50 000 characters, reading included; the peer is the regular expression library itself, told only to answer whether. */
export const filters: Bench = async ({ rounds }) => {
  const words = Array.from({ length: 10_000 }, () => made('абвгдежзик').slice(0, 8));
  const wordFilter = new WordFilter(words);
  const times = Array.from({ length: rounds });
  const lines = patterns.map((pattern): Line => {
    const filter = new PatternFilter(pattern);
    const ours = (text: string) => cost(() => filter.find(new Characters(new Reading(text)))).least;
    const peer = (text: string) => {
      const expression = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
      return cost(() => expression.test(text)).first;
    };
    return {
      what: pattern,
      unit: 'ms CPU',
      peer: times.map(() => slowest(peer)),
      ours: times.map(() => slowest(ours)),
      about: `${filter.places} places`,
    };
  });
  const ofWords = times.map(() =>
    slowest((text) => cost(() => wordFilter.find(new Reading(text), () => undefined)).least),
  );
  return Promise.resolve([...lines, { what: '10 000 words', unit: 'ms CPU', peer: [], ours: ofWords }]);
};
