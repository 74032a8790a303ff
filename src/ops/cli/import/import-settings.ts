export interface ImportSettings {
  /** The name under which everything from there is known, in all runs. */
  source: string;
  /** Whether two of one name are one person. */
  merge: boolean;
}
