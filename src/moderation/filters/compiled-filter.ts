import { Characters } from './characters.js';
import { DomainFilter } from './domain-filter.js';
import type { Finding } from './findings.js';
import type { FilterAction, FilterKind } from './filter.dto.js';
import { PatternFilter } from './pattern-filter.js';
import { Reading } from './reading.js';
import { WordFilter } from './word-filter.js';

/** More of them say nothing new of a text. */
const MOST_FINDINGS = 20;

/** What decides whether a filter looks at a text, and what follows when it hits. */
export interface FilterTerms {
  /** With the name null for a filter that is only tried out. */
  readonly id: number | null;
  readonly name: string | null;
  readonly kind: FilterKind;
  readonly action: FilterAction;
  readonly roomId: number | null;
}

/** What a filter found in a text. */
export interface FilterHit {
  readonly filter: FilterTerms;
  readonly findings: readonly Finding[];
}

type Find = (text: TextToScreen, found: (finding: Finding) => void) => void;

/** A text that several filters look at: it is read once. */
export class TextToScreen {
  readonly reading: Reading;
  private characters: Characters | undefined;

  constructor(text: string) {
    this.reading = new Reading(text);
  }

  get asCharacters(): Characters {
    return (this.characters ??= new Characters(this.reading));
  }
}

/** A filter ready to look at texts. */
export class CompiledFilter {
  private readonly find: Find;

  constructor(
    readonly terms: FilterTerms,
    entries: readonly string[],
  ) {
    this.find = finderOf(terms.kind, entries);
  }

  /** What the filter finds in the text; undefined for nothing. */
  hitIn(text: TextToScreen): FilterHit | undefined {
    const findings = new Map<string, Finding>();
    this.find(text, (finding) => {
      if (findings.size < MOST_FINDINGS) findings.set(`${finding.start} ${finding.end} ${finding.entry}`, finding);
    });
    if (findings.size === 0) return undefined;
    const inOrder = [...findings.values()].sort((one, other) => one.start - other.start || one.end - other.end);
    return { filter: this.terms, findings: inOrder };
  }
}

function finderOf(kind: FilterKind, entries: readonly string[]): Find {
  if (kind === 'words') {
    const words = new WordFilter(entries);
    return ({ reading }, found) => words.find(reading, found);
  }
  if (kind === 'domains') {
    const domains = new DomainFilter(entries);
    return ({ reading }, found) => domains.find(reading, found);
  }
  const patterns = entries.map((entry) => new PatternFilter(entry));
  return (text, found) => {
    for (const pattern of patterns) {
      const finding = pattern.find(text.asCharacters);
      if (finding) found(finding);
    }
  };
}
