import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Database } from 'sql.js';
import { CommandMistaken } from '../failures.js';
import { cellOf, MOST_READ, type Row, type Source, type Table } from './source.js';

const MAGIC = 'SQLite format 3\0';
/** The whole file is held in memory, which the engine addresses with 32 bits. */
const MOST_BYTES = 1024 ** 3;
const MOST_TEXT_BYTES = 4 * MOST_READ;
/** Where the header says how the file is written; 1 is the rollback journal, 2 the write-ahead log. */
const WRITE_VERSION = 18;
const READ_VERSION = 19;

/** The SQLite file of another server, read into memory: it is never written, and nothing in it is run. */
export async function openSqlite(path: string): Promise<Source> {
  const bytes = await bytesOf(path);
  const { default: initialize } = await import('sql.js');
  const engine = await initialize();
  const database = new engine.Database(bytes);
  try {
    // What the other server's own rules forbid is skipped row by row, with the reason.
    const [check] = database.exec('PRAGMA ignore_check_constraints = on; PRAGMA quick_check(1)');
    if (check?.values[0]?.[0] !== 'ok') throw new Error(String(check?.values[0]?.[0]));
  } catch (error) {
    database.close();
    throw unreadable(`${path} is damaged: ${(error as Error).message}`);
  }
  return new SqliteSource(database);
}

async function bytesOf(path: string): Promise<Buffer> {
  if (!existsSync(path) || !statSync(path).isFile()) throw unreadable(`There is no file ${path}.`);
  const { size } = statSync(path);
  if (size > MOST_BYTES)
    throw unreadable(
      `${path} has more than 1 GiB, more than fits into memory. Load it into PostgreSQL and give its URL.`,
    );
  const bytes = await readFile(path).catch((error: Error) => {
    throw unreadable(`${path} cannot be read: ${error.message}`);
  });
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw unreadable(`${path} is no SQLite file. To import from PostgreSQL, give a URL that begins with postgres://.`);
  for (const behind of ['-wal', '-journal'])
    if (existsSync(path + behind) && statSync(path + behind).size > 0)
      throw unreadable(
        `${path + behind} holds changes that are not in the file yet. Stop the other server first; then open the file once with sqlite3.`,
      );
  // A file with a write-ahead log cannot be opened in memory; as there is no log, it is like any other.
  if (bytes[WRITE_VERSION] === 2) bytes[WRITE_VERSION] = 1;
  if (bytes[READ_VERSION] === 2) bytes[READ_VERSION] = 1;
  return bytes;
}

function unreadable(message: string): CommandMistaken {
  return new CommandMistaken('import/unreadable', message);
}

class SqliteSource implements Source {
  constructor(private readonly database: Database) {}

  async lacks({ name, columns }: Table): Promise<string | undefined> {
    // A view or a virtual table would run what somebody wrote into the file.
    const found = this.rows(
      `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $name AND sql NOT LIKE 'CREATE VIRTUAL%'`,
      { $name: name },
    );
    if (found.length === 0) return 'table';
    // Without those that are computed.
    const there = new Set(
      this.rows('SELECT name FROM pragma_table_info($name)', { $name: name }).map((row) => row.name),
    );
    return Object.keys(columns).find((column) => !there.has(column));
  }

  async count({ name }: Table): Promise<number> {
    return Number(this.rows(`SELECT count(*) AS count FROM ${quoted(name)}`)[0]!.count);
  }

  async page({ name, columns }: Table, after: number, limit: number): Promise<Row[]> {
    // Texts come as bytes: as a text one would end at its first NUL, and be another one than was written.
    const wanted = Object.entries(columns).map(([column, kind]) =>
      kind === 'text'
        ? `substr(CAST(${quoted(column)} AS BLOB), 1, ${MOST_TEXT_BYTES}) AS ${quoted(column)}`
        : quoted(column),
    );
    const rows = this.rows(
      `SELECT ${wanted.join(', ')} FROM ${quoted(name)} WHERE typeof(id) = 'integer' AND id > $after ORDER BY id LIMIT $limit`,
      { $after: after, $limit: limit },
    );
    return rows.map((row) => rowOf(columns, decoded(row)));
  }

  async close(): Promise<void> {
    this.database.close();
  }

  private rows(statement: string, values: Record<string, string | number> = {}): Record<string, unknown>[] {
    const prepared = this.database.prepare(statement, values);
    try {
      const rows: Record<string, unknown>[] = [];
      while (prepared.step()) rows.push(prepared.getAsObject());
      return rows;
    } finally {
      prepared.free();
    }
  }
}

function decoded(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

export function rowOf(columns: Table['columns'], given: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(columns).map(([name, kind]) => [name, cellOf(kind, given[name])])) as Row;
}

/** Names come from our own descriptions; some have capitals. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
