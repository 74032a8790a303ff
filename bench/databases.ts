import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/platform/data-source.js';
import { migrate } from '../src/platform/migrate.js';
import { schema } from '../src/schema.js';
import { databasePrefix } from './processes.js';
import { Seeder } from './seeder.js';

/** Databases of one benchmark: a seeded one and equal copies of it for each side, all dropped at the end. */
export class Databases {
  private readonly names: string[] = [];

  constructor(private readonly server = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres') {}

  /** Creates a database with the service's schema, seeds it, and answers its address and a maker of copies (while nobody is connected to it). */
  async seeded<T>(
    seed: (seeder: Seeder) => Promise<T>,
  ): Promise<{ world: T; url: string; copy: () => Promise<string> }> {
    const template = await this.create();
    const source = await new DataSource(dataSourceOptions({ url: template }, schema, { connections: 2 })).initialize();
    await migrate(source);
    await source.destroy();
    const client = new pg.Client({ connectionString: template });
    await client.connect();
    const world = await seed(new Seeder(client));
    await client.query('VACUUM ANALYZE');
    await client.end();
    const name = new URL(template).pathname.slice(1);
    return { world, url: template, copy: () => this.create(name) };
  }

  /** Asks the server to write out what earlier measurements left behind; a server that does not let us is taken as it is. */
  async settle(): Promise<void> {
    await this.administer('CHECKPOINT').catch(() => undefined);
  }

  async drop(): Promise<void> {
    for (const name of this.names.splice(0).toReversed())
      await this.administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  private async create(template = 'template1'): Promise<string> {
    const name = `${databasePrefix}${this.names.length}`;
    await this.administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    this.names.push(name);
    const url = new URL(this.server);
    url.pathname = `/${name}`;
    return url.href;
  }

  private async administer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.server });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
