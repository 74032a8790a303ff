/** What a column must hold; whatever else stands there is read as null. */
export type ColumnKind = 'integer' | 'text' | 'time' | 'boolean';

export type Columns = Readonly<Record<string, ColumnKind>>;

export interface Table {
  name: string;
  columns: Columns;
}

export type Cell = string | number | boolean | null;
/** Every row has an `id`, a whole number by which pages go. Times have the form 2026-11-20T14:45:51.964352Z. */
export type Row = Readonly<Record<string, Cell>> & { readonly id: number };

/** Longer texts are cut here, before they fill the memory: longer ones are refused anyway. */
export const MOST_READ = 40_000;

/** The database of another server, open for reading alone. */
export interface Source {
  /** What this table lacks of what is read from it: undefined for nothing, `'table'`, or the name of a column. */
  lacks(table: Table): Promise<string | undefined>;
  count(table: Table): Promise<number>;
  /** At most `limit` rows by id, after this one. */
  page(table: Table, after: number, limit: number): Promise<Row[]>;
  close(): Promise<void>;
}

/** All rows of the table, a page at a time. */
export async function* pages(source: Source, table: Table, size: number): AsyncGenerator<Row[]> {
  for (let after = 0; ;) {
    const page = await source.page(table, after, size);
    if (page.length > 0) yield page;
    if (page.length < size) return;
    after = page.at(-1)!.id;
  }
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?(?:Z|\+00(?::?00)?)?$/;

/** The cell as its column promises it. */
export function cellOf(kind: ColumnKind, value: unknown): Cell {
  switch (kind) {
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : null;
    case 'text':
      return typeof value === 'string' ? value : null;
    case 'boolean':
      return value === true || value === 1;
    case 'time':
      return typeof value === 'string' ? timeOf(value) : null;
  }
}

/** Without an offset times are in UTC, as Django keeps them. */
function timeOf(text: string): string | null {
  const [, day, time, fraction = ''] = TIME.exec(text) ?? [];
  if (day === undefined || time === undefined) return null;
  const [whole] = `${day}T${time}`.split('.');
  const date = new Date(`${whole}Z`);
  // Also refuses the 31st of February, which Date would take for a day in March, and the year 0.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(whole!) || date.getUTCFullYear() < 1) return null;
  return `${whole}${fraction}Z`;
}
