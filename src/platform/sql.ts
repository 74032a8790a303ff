import type { EntityManager } from 'typeorm';

/** Anything that can run a statement: the pool (`Database`) or an open transaction (`Tx`). */
export interface Sql {
  query<Row extends object = Record<string, unknown>>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
  readonly manager: EntityManager;
}

/** TypeORM answers UPDATE and DELETE with `[rows, count]` and everything else with `rows`. */
export function rowsOf<Row>(answer: unknown): Row[] {
  const list = answer as [unknown, unknown];
  return (
    Array.isArray(list) && list.length === 2 && Array.isArray(list[0]) && typeof list[1] === 'number' ? list[0] : list
  ) as Row[];
}
