import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIFTED_LIMITS } from '../test/support/limits.js';
import { type Memory, type Running, startProgram } from './processes.js';
import { type Person, password } from './seeder.js';

const main = 'dist/src/main.js';
const limitsOff = { ...LIFTED_LIMITS, BESEDKA_SOCKETS_PER_ACCOUNT: '1000000' };

/** Node writes a CPU profile into the directory when the service stops. */
export function profiling(directory?: string): string[] {
  return directory ? ['--cpu-prof', '--cpu-prof-dir', directory] : [];
}

/** The built service on a database of its own, as an operator starts it, with its limits for one address lifted. */
export class Service {
  private constructor(
    private readonly running: Running,
    private readonly ownDirectory: string | undefined,
    readonly startedIn: number,
  ) {}

  static get isBuilt(): boolean {
    return existsSync(main);
  }

  /** On a given database, or on the embedded one in a directory; with options of Node itself and further settings. */
  static async start(
    where: string | { directory: string },
    nodeOptions: readonly string[] = [],
    more: Record<string, string> = {},
  ): Promise<Service> {
    const ownDirectory = typeof where === 'string' ? await mkdtemp(join(tmpdir(), 'besedka-bench-')) : undefined;
    const database =
      typeof where === 'string'
        ? { DATABASE_URL: where, DATA_DIR: ownDirectory ?? '' }
        : { DATABASE_URL: '', DATA_DIR: where.directory };
    const env = {
      ...limitsOff,
      ...database,
      NODE_ENV: 'production',
      BESEDKA_JWT_SECRET: randomBytes(48).toString('base64'),
      BESEDKA_LOG_LEVEL: 'error',
      ...more,
    };
    try {
      const { startedIn, ...running } = await startProgram([...nodeOptions, main], env, '/health/ready');
      return new Service(running, ownDirectory, startedIn);
    } catch (error) {
      if (ownDirectory) await rm(ownDirectory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.running.url;
  }

  get pid(): number {
    return this.running.pid;
  }

  memory(): Promise<Memory> {
    return this.running.memory();
  }

  /** Access tokens by the sign-in road, one person after the other. */
  async tokens(people: readonly Person[]): Promise<Map<number, string>> {
    const tokens = new Map<number, string>();
    for (const { id, username } of people) {
      const answer = await fetch(`${this.url}/api/v1/auth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', username, password }),
      });
      if (!answer.ok) throw new Error(`Sign-in of ${username}: ${answer.status} ${await answer.text()}`);
      tokens.set(id, ((await answer.json()) as { access_token: string }).access_token);
    }
    return tokens;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    if (this.ownDirectory) await rm(this.ownDirectory, { recursive: true, force: true });
  }
}
