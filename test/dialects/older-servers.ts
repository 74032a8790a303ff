import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import initSqlJs, { type Database } from 'sql.js';
import { onServer, testServer } from '../support/databases.js';

const DATA = join(__dirname, '../fixtures/dialects/data');

export const sqliteFile = (name: string) => join(DATA, `${name}.sqlite3`);

/** Loads the dump of an older server into a database of its own. */
export async function loadDump(
  name: string,
): Promise<{ url: string; query: pg.Client['query']; drop: () => Promise<void> }> {
  const server = testServer();
  const database = `besedka_test_${name}_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${database}`));
  const client = new pg.Client({ ...server.address, database });
  client.on('error', () => undefined);
  await client.connect();
  // What begins with a backslash is for psql.
  const dump = readFileSync(join(DATA, `${name}.sql`), 'utf8').replaceAll(/^\\.*$/gm, '');
  await client.query(dump);
  await client.query(`SELECT set_config('search_path', 'public', false)`);
  const { host, port, user, password } = server.address;
  const login = `${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password)}` : ''}`;
  const url = host.startsWith('/')
    ? `postgres://${login}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgres://${login}@${host}:${port}/${database}`;
  return {
    url,
    query: client.query.bind(client),
    drop: async () => {
      await client.end();
      await onServer(server, (root) => root.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`));
    },
  };
}

/** Copies of the files of older servers with something done to them. */
export class ChangedFiles {
  private readonly directory = mkdtempSync(join(tmpdir(), 'besedka-import-'));

  async change(name: string, work: (file: Database) => void): Promise<string> {
    const engine = await initSqlJs();
    const file = new engine.Database(readFileSync(sqliteFile(name)));
    work(file);
    const path = this.path(`${name}-${Math.random().toString(36).slice(2)}.sqlite3`);
    writeFileSync(path, file.export());
    file.close();
    return path;
  }

  write(name: string, content: string | Buffer): string {
    const path = this.path(name);
    writeFileSync(path, content);
    return path;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  remove(): void {
    if (existsSync(this.directory)) rmSync(this.directory, { recursive: true });
  }
}
