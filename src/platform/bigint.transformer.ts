import type { ValueTransformer } from 'typeorm';

/** bigint columns are numbers in our code: ids and seqs stay below 2^53. */
export const bigintAsNumber: ValueTransformer = {
  from: (value: string | number | null) => (value === null ? null : Number(value)),
  to: (value: number | null | undefined) => value,
};
