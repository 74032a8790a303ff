import type { SurpriseKind } from './history.js';

export type ViolationKind =
  | 'lost'
  | 'duplicated'
  | 'gap'
  | 'out-of-order'
  | 'changed'
  | 'wrong-author'
  | 'invented'
  | 'refused-but-stored'
  | 'admitted'
  | 'miscounted'
  | SurpriseKind;

/** One broken promise, in words that lead to the place. */
export interface Violation {
  kind: ViolationKind;
  says: string;
}

/** How often each kind was found. */
export function countByKind(violations: readonly Violation[]): Map<ViolationKind, number> {
  const counts = new Map<ViolationKind, number>();
  for (const { kind } of violations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
