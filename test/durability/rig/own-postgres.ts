import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type GuardedServer, startUnderGuard } from '../../../src/platform/embedded/guard.js';
import { forgetDeadServer } from '../../../src/platform/embedded/postmaster.js';
import { runProgram } from '../../../src/platform/embedded/program.js';
import {
  findServerPackage,
  type ServerBinaries,
  serverBinaries,
} from '../../../src/platform/embedded/server-binaries.js';
import { identityFor } from '../../../src/platform/embedded/server-identity.js';
import { serverSettings } from '../../../src/platform/embedded/server-settings.js';
import { freePort } from './scene.js';

const START_MS = 60_000;

/** A PostgreSQL that several nodes reach over TCP and that nobody else uses, with `fsync` on; it ends with this process. */
export class OwnPostgres {
  private server: GuardedServer | undefined;

  private constructor(
    private readonly directory: string,
    private readonly binaries: ServerBinaries,
    readonly port: number,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const directory = mkdtempSync(join(tmpdir(), 'besedka-cluster-'));
    chmodSync(directory, 0o755);
    const cluster = join(directory, 'postgres');
    const identity = identityFor(directory, cluster);
    mkdirSync(cluster, { mode: 0o700 });
    if (identity) chownSync(cluster, identity.uid, identity.gid);
    const binaries = await serverBinaries(findServerPackage(), join(directory, 'binaries'), identity, () => undefined);
    const wanted = ['-D', cluster, '-E', 'UTF8', '--locale=C', '-k', '-U', 'postgres', '--auth=trust'];
    const { code, output } = await runProgram(binaries.initdb, wanted, { identity });
    if (code !== 0) {
      rmSync(directory, { recursive: true, force: true });
      throw new Error(`initdb: ${output}`);
    }
    const postgres = new OwnPostgres(directory, binaries, await freePort());
    await postgres.run();
    return postgres;
  }

  url(database: string, port = this.port): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`;
  }

  /** Makes a database, as a copy where one is named that nobody uses at the moment. */
  async create(database: string, template = 'template0'): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    await client.query(`CREATE DATABASE ${database} TEMPLATE ${template}`).finally(() => client.end());
  }

  /** An immediate shutdown, as a crash: the server recovers from its log. Resolves when it takes connections again. */
  async crash(): Promise<void> {
    process.kill(this.server!.pid, 'SIGQUIT');
    await this.server!.ended;
    await this.run();
  }

  async stop(): Promise<void> {
    this.server?.stop();
    await this.server?.ended;
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const cluster = join(this.directory, 'postgres');
    forgetDeadServer(cluster);
    const identity = identityFor(this.directory, cluster);
    const settings = {
      port: `${this.port}`,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '80',
    };
    this.server = await startUnderGuard(
      {
        file: this.binaries.postgres,
        args: ['-D', cluster, ...serverSettings(settings)],
        cwd: cluster,
        log: join(this.directory, 'postgres.log'),
        identity,
      },
      undefined,
    );
    const deadline = performance.now() + START_MS;
    while (!(await this.answers())) {
      if (performance.now() > deadline) throw new Error('the PostgreSQL of the rig did not start');
      await sleep(20);
    }
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
