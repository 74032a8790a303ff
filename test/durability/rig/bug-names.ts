import type { ViolationKind } from '../checker/violation.js';

/** The bugs that the rig can plant into one node, and the kind of violation by which the checker has to find each. */
export const SEEDED_BUGS = {
  'acknowledge-before-commit': 'lost',
  'forgetful-engine': 'lost',
  'no-deduplication': 'duplicated',
  'gap-in-seq': 'gap',
  'swapped-emission': 'out-of-order',
  'lost-at-the-seam': 'gap',
  'refused-but-stored': 'refused-but-stored',
} as const satisfies Record<string, ViolationKind>;

/** Those that show only where there are several nodes. */
export const CLUSTER_BUGS = {
  'lost-hint-without-sweep': 'lost',
  'hint-told-as-it-comes': 'out-of-order',
  'told-over-two-paths': 'duplicated',
  'cached-membership': 'admitted',
} as const satisfies Record<string, ViolationKind>;

export type ClusterBug = keyof typeof CLUSTER_BUGS;
export type SeededBug = keyof typeof SEEDED_BUGS | ClusterBug;
