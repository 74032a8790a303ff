import { DIGIT } from './glyphs.js';
import type { Letters } from './letters.js';

/** An entry of a word list: as its author wrote it, with the scripts of its letters added up. */
export interface Entry {
  readonly text: string;
  readonly scripts: number;
  /** Words of a phrase; 1 for a word. */
  readonly words: number;
}

/** An entry by its letters, in the order in which they are read. */
export interface Branch {
  readonly skeletons: readonly number[];
  readonly entry: Entry;
  /** The word may go on behind it. */
  readonly open: boolean;
}

/** From so many equal letters on, they stand for any smaller number of them. */
const STRETCHED = 3;
const MOST_WAYS = 64;

/** Entries by their letters. A text goes down all branches at once that its letters may mean; how many it follows is bounded, so is the time. */
export class LetterTree {
  private readonly alphabet = new Map<number, number>();
  private readonly children = new Map<number, number>();
  private readonly closed = new Map<number, Entry>();
  private readonly open = new Map<number, Entry>();

  constructor(branches: readonly Branch[]) {
    for (const { skeletons } of branches)
      for (const skeleton of skeletons)
        if (!this.alphabet.has(skeleton)) this.alphabet.set(skeleton, this.alphabet.size);
    let nodes = 1;
    for (const { skeletons, entry, open } of branches) {
      let node = 0;
      for (const skeleton of skeletons) {
        const key = node * this.alphabet.size + this.alphabet.get(skeleton)!;
        const child = this.children.get(key) ?? nodes++;
        this.children.set(key, child);
        node = child;
      }
      (open ? this.open : this.closed).set(node, entry);
    }
  }

  get isEmpty(): boolean {
    return this.children.size === 0;
  }

  child(node: number, skeleton: number): number | undefined {
    const letter = this.alphabet.get(skeleton);
    return letter === undefined ? undefined : this.children.get(node * this.alphabet.size + letter);
  }

  /** The entry that ends with the word at this node. */
  endingAt(node: number): Entry | undefined {
    return this.closed.get(node);
  }

  /** Where the letters from `begin` on lead from these nodes; `passes` hears each open entry on the way, with the place of its last letter. */
  follow(
    from: readonly number[],
    letters: Letters,
    begin: number,
    passes: (entry: Entry, last: number) => void,
  ): readonly number[] {
    let nodes = from;
    for (let at = begin; at < letters.to && nodes.length > 0;) {
      const { skeletons, leet, kind } = letters.glyphs[at]!;
      const length = letters.ends[at]! - at;
      // Nobody stretches a number: it is another one.
      const anyNumber = kind !== DIGIT && (length >= STRETCHED || letters.doubled);
      const reached: number[] = [];
      for (const node of nodes) {
        for (const skeleton of skeletons) this.take(node, skeleton, at, length, anyNumber, reached, passes);
        if (letters.leet)
          for (const skeleton of leet) this.take(node, skeleton, at, length, anyNumber, reached, passes);
      }
      nodes = reached;
      at += length;
    }
    return nodes;
  }

  private take(
    from: number,
    skeleton: number,
    at: number,
    length: number,
    anyNumber: boolean,
    reached: number[],
    passes: (entry: Entry, last: number) => void,
  ): void {
    let node: number | undefined = from;
    for (let taken = 1; taken <= length; taken++) {
      node = this.child(node, skeleton);
      if (node === undefined) return;
      const entry = this.open.get(node);
      if (entry) passes(entry, at + taken - 1);
      if ((anyNumber || taken === length) && reached.length < MOST_WAYS && !reached.includes(node)) reached.push(node);
    }
  }
}
