/**
 * Regular expressions in RE2 syntax, matched in a time that only the length of the text and the size of the pattern decide. The library reads
 * the pattern and makes its program; the program is run here as a set of bits, all states at once, because engines that remember states are fast
 * until a text is made to need a new state with every character.
 *
 * Invariants, and what breaks without them:
 * - a pattern has at most 128 places for a character, repetitions written out: the time for a character grows with them;
 * - a pattern does not match the empty text: it would hit every message;
 * - a character stands for its look-alikes only in words that are disguised: `[а-я]` must not hit English texts.
 */
import { RE2JS, RE2JSException } from 're2js';
import type { Finding } from './findings.js';
import type { Characters } from './characters.js';

export const MOST_PLACES = 128;
const BITS = 32;
const OCTETS_IN_WORD = 4;
const OCTET_VALUES = 256;
/** Up to here classes are looked up, beyond searched. */
const NEAR = 0x530;
/** How far a match is followed back from its end. */
const MOST_BACK = 2_000;
const SIGMA = 0x3c3;
const FINAL_SIGMA = 0x3c2;

/** Instructions of the library's programs. */
const [ALT, ALT_MATCH, CAPTURE, EMPTY_WIDTH, MATCH, NOP, RUNE, RUNE_ANY_NOT_NL] = [1, 2, 3, 4, 6, 7, 8, 11] as const;
interface Instruction {
  op: number;
  out: number;
  arg: number;
  runes: ArrayLike<number>;
  matchRune(rune: number): boolean;
}

/** What is wrong with a pattern, for its author. */
export class PatternMistake extends Error {}

/** At a boundary of one kind: which places may begin and end there, and where each eight of them lead. */
interface Steps {
  readonly firsts: Uint32Array;
  readonly ends: Uint32Array;
  readonly octets: Uint32Array;
}

export class PatternFilter {
  /** How many characters the pattern has places for. */
  readonly places: number;
  private readonly program: readonly Instruction[];
  private readonly start: number;
  /** The instructions that take a character, by place. */
  private readonly takers: number[] = [];
  private readonly words: number;
  /** The conditions of boundaries that the pattern asks about. */
  private readonly asked: number;
  private readonly bounds: Int32Array;
  private readonly near: Uint16Array;
  private readonly masks: Uint32Array;
  private readonly forward = new Map<number, Steps>();
  private readonly backward = new Map<number, Steps>();

  constructor(readonly pattern: string) {
    const { inst, start } = programOf(pattern);
    [this.program, this.start] = [inst, start];
    for (const [index, { op }] of inst.entries()) if (op >= RUNE && op <= RUNE_ANY_NOT_NL) this.takers.push(index);
    this.places = this.takers.length;
    if (this.places > MOST_PLACES)
      throw new PatternMistake(
        `has ${this.places} places for a character when its repetitions are written out; at most ${MOST_PLACES} are allowed`,
      );
    if (this.closure(this.start, ~0).matches) throw new PatternMistake('must not match the empty text');
    this.words = Math.ceil(this.places / BITS) || 1;
    this.asked = inst.reduce((all, { op, arg }) => (op === EMPTY_WIDTH ? all | arg : all), 0);
    this.bounds = boundsOf(this.takers.map((index) => inst[index]!));
    this.masks = this.masksOf();
    this.near = Uint16Array.from({ length: NEAR }, (_, code) => this.search(code));
  }

  /** The match that ends first, as far to the left as it reaches. */
  find(characters: Characters): Finding | undefined {
    const end = this.endIn(characters);
    return end === undefined
      ? undefined
      : { entry: this.pattern, ...characters.reading.part(this.beginIn(characters, end), end) };
  }

  private endIn(characters: Characters): number | undefined {
    const { length, conditions } = characters;
    let [states, next] = [new Uint32Array(this.words), new Uint32Array(this.words)];
    const mask = new Uint32Array(this.words);
    for (let at = 0; ; at++) {
      const steps = this.steps(this.forward, conditions[at]! & this.asked);
      if (meet(states, steps.ends)) return at;
      if (at === length) return undefined;
      next.set(steps.firsts);
      this.lead(states, steps.octets, next);
      this.maskOf(characters, at, mask);
      for (let word = 0; word < this.words; word++) next[word]! &= mask[word]!;
      [states, next] = [next, states];
    }
  }

  private beginIn(characters: Characters, end: number): number {
    const { conditions } = characters;
    let [states, next] = [
      this.steps(this.forward, conditions[end]! & this.asked).ends.slice(),
      new Uint32Array(this.words),
    ];
    const mask = new Uint32Array(this.words);
    let begin = end - 1;
    for (let at = end - 1; at >= Math.max(0, end - MOST_BACK); at--) {
      this.maskOf(characters, at, mask);
      for (let word = 0; word < this.words; word++) states[word]! &= mask[word]!;
      const steps = this.steps(this.backward, conditions[at]! & this.asked);
      if (meet(states, steps.firsts)) begin = at;
      next.fill(0);
      this.lead(states, steps.octets, next);
      [states, next] = [next, states];
    }
    return begin;
  }

  /** Adds to `next` where these states lead. */
  private lead(states: Uint32Array, octets: Uint32Array, next: Uint32Array): void {
    const { words } = this;
    for (let word = 0; word < words; word++) {
      let rest = states[word]!;
      for (let octet = word * OCTETS_IN_WORD; rest !== 0; octet++, rest >>>= 8) {
        const value = rest & 0xff;
        if (value === 0) continue;
        const row = (octet * OCTET_VALUES + value) * words;
        for (let to = 0; to < words; to++) next[to]! |= octets[row + to]!;
      }
    }
  }

  /** The places that take the character of this cell. */
  private maskOf({ codes, others }: Characters, at: number, mask: Uint32Array): void {
    mask.fill(0);
    this.addMask(codes[at]!, mask);
    const more = others[at];
    if (more) for (const code of more) this.addMask(code, mask);
  }

  private addMask(code: number, mask: Uint32Array): void {
    const row = (code < NEAR ? this.near[code]! : this.search(code)) * this.words;
    for (let word = 0; word < this.words; word++) mask[word]! |= this.masks[row + word]!;
  }

  private search(code: number): number {
    let [low, high] = [0, this.bounds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.bounds[middle]! <= code) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** For each class of characters, all of which the pattern treats alike, the places that take them. */
  private masksOf(): Uint32Array {
    const masks = new Uint32Array((this.bounds.length + 1) * this.words);
    for (let kind = 0; kind <= this.bounds.length; kind++) {
      const code = kind === 0 ? 0 : this.bounds[kind - 1]!;
      for (const [place, index] of this.takers.entries())
        if (this.program[index]!.matchRune(code)) masks[kind * this.words + (place >> 5)]! |= 1 << (place & 31);
    }
    return masks;
  }

  private steps(direction: Map<number, Steps>, conditions: number): Steps {
    const known = direction.get(conditions);
    if (known) return known;
    const { words, places } = this;
    const rows = new Uint32Array(places * words);
    const placeOf = new Map(this.takers.map((index, place) => [index, place]));
    const ends = new Uint32Array(words);
    const setOf = (indexes: readonly number[], set: Uint32Array, offset = 0): void => {
      for (const index of indexes) {
        const place = placeOf.get(index)!;
        set[offset + (place >> 5)]! |= 1 << (place & 31);
      }
    };
    for (const [place, index] of this.takers.entries()) {
      const { takers, matches } = this.closure(this.program[index]!.out, conditions);
      if (matches) setOf([index], ends);
      if (direction === this.forward) setOf(takers, rows, place * words);
      else for (const taker of takers) setOf([index], rows, placeOf.get(taker)! * words);
    }
    const firsts = new Uint32Array(words);
    setOf(this.closure(this.start, conditions).takers, firsts);
    const made = { firsts, ends, octets: octetsOf(rows, places, words) };
    direction.set(conditions, made);
    return made;
  }

  /** Where an instruction leads without taking a character, at a boundary that fulfils these conditions. */
  private closure(from: number, conditions: number): { takers: number[]; matches: boolean } {
    const [seen, waiting, takers] = [new Set<number>(), [from], [] as number[]];
    let matches = false;
    while (waiting.length > 0) {
      const index = waiting.pop()!;
      if (seen.has(index)) continue;
      seen.add(index);
      const { op, out, arg } = this.program[index]!;
      if (op === MATCH) matches = true;
      else if (op === ALT || op === ALT_MATCH) waiting.push(out, arg);
      else if (op === NOP || op === CAPTURE) waiting.push(out);
      else if (op === EMPTY_WIDTH && (arg & ~conditions) === 0) waiting.push(out);
      else if (op >= RUNE && op <= RUNE_ANY_NOT_NL) takers.push(index);
    }
    return { takers, matches };
  }
}

function programOf(pattern: string): { inst: Instruction[]; start: number } {
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE).re2().prog as { inst: Instruction[]; start: number };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    // What the library quotes of the pattern stays out of the answer.
    throw new PatternMistake(`is no pattern in RE2 syntax: ${error.message.replace(/^.*?regexp: |: `.*$/gs, '')}`);
  }
}

/** Where one class of characters ends and the next one begins. */
function boundsOf(takers: readonly Instruction[]): Int32Array {
  const bounds = new Set<number>();
  const add = (first: number, last: number) => bounds.add(first).add(last + 1);
  for (const { runes } of takers) {
    if (runes.length === 1) for (const code of casesOf(runes[0]!)) add(code, code);
    else for (let index = 0; index < runes.length; index += 2) add(runes[index]!, runes[index + 1]!);
  }
  bounds.delete(0);
  return Int32Array.from(bounds).sort();
}

function casesOf(code: number): number[] {
  const character = String.fromCodePoint(code);
  const cases = [character, character.toLowerCase(), character.toUpperCase(), character.toUpperCase().toLowerCase()];
  const codes = cases.map((one) => one.codePointAt(0)!);
  return codes.includes(SIGMA) ? [...codes, FINAL_SIGMA] : codes;
}

/** For each eight places and each set of them the union of their rows. */
function octetsOf(rows: Uint32Array, places: number, words: number): Uint32Array {
  const octets = new Uint32Array(words * OCTETS_IN_WORD * OCTET_VALUES * words);
  for (let octet = 0; octet * 8 < places; octet++)
    for (let value = 1; value < OCTET_VALUES; value++) {
      const place = octet * 8 + 31 - Math.clz32(value & -value);
      const [row, rest] = [octet * OCTET_VALUES + value, octet * OCTET_VALUES + (value & (value - 1))];
      for (let word = 0; word < words; word++)
        octets[row * words + word] = octets[rest * words + word]! | (rows[place * words + word] ?? 0);
    }
  return octets;
}

function meet(one: Uint32Array, other: Uint32Array): boolean {
  for (let word = 0; word < one.length; word++) if ((one[word]! & other[word]!) !== 0) return true;
  return false;
}
