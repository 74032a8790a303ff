export type Kind = 'accounts' | 'rooms' | 'members' | 'messages';
export type Fate = 'made' | 'merged' | 'known' | 'skipped';

/** What was left out or changed, and why; with the first ids there. */
export interface Remark {
  kind: Kind;
  what: string;
  count: number;
  examples: (number | string)[];
}

const MOST_EXAMPLES = 8;

/** Counts what became of everything, for the report at the end. */
export class Tally {
  readonly counts: Record<Kind, Record<Fate, number>> = {
    accounts: none(),
    rooms: none(),
    members: none(),
    messages: none(),
  };
  private readonly skips = new Map<string, Remark>();
  private readonly changes = new Map<string, Remark>();

  count(kind: Kind, fate: Exclude<Fate, 'skipped'>, times = 1): void {
    this.counts[kind][fate] += times;
  }

  skip(kind: Kind, why: string, id: number | string): void {
    this.counts[kind].skipped++;
    remember(this.skips, kind, why, id);
  }

  /** It came over, but not as it was. */
  change(kind: Kind, what: string, example: number | string): void {
    remember(this.changes, kind, what, example);
  }

  get skipped(): Remark[] {
    return [...this.skips.values()];
  }

  get changed(): Remark[] {
    return [...this.changes.values()];
  }
}

function none(): Record<Fate, number> {
  return { made: 0, merged: 0, known: 0, skipped: 0 };
}

function remember(remarks: Map<string, Remark>, kind: Kind, what: string, example: number | string): void {
  const key = `${kind} ${what}`;
  const remark = remarks.get(key) ?? { kind, what, count: 0, examples: [] };
  remarks.set(key, remark);
  remark.count++;
  if (remark.examples.length < MOST_EXAMPLES) remark.examples.push(example);
}
