import type { Violation } from './violation.js';

/** What is wrong with seqs that should be `after` + 1 up to `upTo`, each once and in this order; without `upTo`, up to the greatest that is there. */
export function checkSequence(
  where: string,
  seqs: readonly number[],
  after: number,
  upTo = seqs.reduce((greatest, seq) => Math.max(greatest, seq), after),
): Violation[] {
  const violations: Violation[] = [];
  const seen = new Set<number>();
  let greatest = after;
  for (const seq of seqs) {
    if (seen.has(seq) || seq <= after)
      violations.push({ kind: 'duplicated', says: `${where}: seq ${seq} again, at ${greatest}` });
    else if (seq < greatest) violations.push({ kind: 'out-of-order', says: `${where}: seq ${seq} after ${greatest}` });
    if (seq > upTo) violations.push({ kind: 'invented', says: `${where}: seq ${seq}, but the newest is ${upTo}` });
    seen.add(seq);
    greatest = Math.max(greatest, seq);
  }
  let missing = 0;
  for (let seq = after + 1; seq <= upTo + 1; seq++) {
    if (seq <= upTo && !seen.has(seq)) {
      missing++;
    } else if (missing > 0) {
      violations.push({
        kind: 'gap',
        says: `${where}: ${missing === 1 ? `seq ${seq - 1} is` : `seqs ${seq - missing} to ${seq - 1} are`} missing`,
      });
      missing = 0;
    }
  }
  return violations;
}
