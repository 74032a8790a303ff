import pg from 'pg';
import { CommandFailed } from '../failures.js';
import { type ColumnKind, MOST_READ, type Row, type Source, type Table } from './source.js';
import { quoted, rowOf } from './sqlite.source.js';

const WAIT_MS = 10_000;
const LONGEST_STATEMENT_MS = 120_000;

/** The types that PostgreSQL may have for a column of this kind. */
const TYPES: Record<ColumnKind, readonly string[]> = {
  integer: ['int2', 'int4', 'int8'],
  text: ['text', 'varchar', 'bpchar'],
  time: ['timestamptz'],
  boolean: ['bool'],
};

/** The PostgreSQL database of another server, in one transaction that reads alone and sees what was there when it began. */
export async function openPostgres(url: string): Promise<Source> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: WAIT_MS,
    statement_timeout: LONGEST_STATEMENT_MS,
    application_name: 'besedka import',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new CommandFailed(
      'import/unreachable',
      `The database to import from was not reached: ${(error as Error).message}`,
    );
  }
  return new PostgresSource(client);
}

class PostgresSource implements Source {
  constructor(private readonly client: pg.Client) {}

  async lacks({ name, columns }: Table): Promise<string | undefined> {
    const { rows } = await this.client.query<{ column: string; type: string }>(
      `SELECT a.attname AS column, t.typname AS type FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
       WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
      [quoted(name)],
    );
    if (rows.length === 0) return 'table';
    const types = new Map(rows.map(({ column, type }) => [column, type]));
    return Object.entries(columns).find(([column, kind]) => !TYPES[kind].includes(types.get(column) ?? ''))?.[0];
  }

  async count({ name }: Table): Promise<number> {
    const { rows } = await this.client.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM ${quoted(name)}`,
    );
    return rows[0]!.count;
  }

  async page({ name, columns }: Table, after: number, limit: number): Promise<Row[]> {
    const wanted = Object.entries(columns).map(([column, kind]) => `${expression(column, kind)} AS ${quoted(column)}`);
    const { rows } = await this.client.query<Record<string, unknown>>(
      `SELECT ${wanted.join(', ')} FROM ${quoted(name)} WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, limit],
    );
    return rows.map((row) => rowOf(columns, row));
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

function expression(column: string, kind: ColumnKind): string {
  const name = quoted(column);
  if (kind === 'text') return `left(${name}, ${MOST_READ})`;
  // As text, because a Date would lose the microseconds.
  return kind === 'time' ? `to_char(${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')` : name;
}
