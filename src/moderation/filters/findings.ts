/** What hit, and where in the original text, in UTF-16 units as JavaScript counts. */
export interface Finding {
  /** The entry of the filter as it was written. */
  readonly entry: string;
  readonly start: number;
  readonly end: number;
}
