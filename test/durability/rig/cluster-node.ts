import type { OwnPostgres } from './own-postgres.js';
import { freePort, type Scene } from './scene.js';
import type { CompiledService } from './compiled-service.js';
import { ServerProcess } from './server-process.js';
import type { SeededBug } from './bug-names.js';
import { TcpProxy } from './tcp-proxy.js';

export interface NodeOptions {
  name: string;
  service: CompiledService;
  scene: Scene;
  postgres: OwnPostgres;
  database: string;
  redisPort: number;
  bug?: SeededBug;
}

/** One node of several, with a proxy of ours on each of its ways: from its clients, to the database, and to Redis. */
export class ClusterNode {
  private constructor(
    readonly name: string,
    readonly server: ServerProcess,
    readonly fromClients: TcpProxy,
    readonly toDatabase: TcpProxy,
    readonly toRedis: TcpProxy,
  ) {}

  static async start({ name, service, scene, postgres, database, redisPort, bug }: NodeOptions): Promise<ClusterNode> {
    const port = await freePort();
    const [fromClients, toDatabase, toRedis] = [
      await TcpProxy.to(port),
      await TcpProxy.to(postgres.port),
      await TcpProxy.to(redisPort),
    ];
    const server = new ServerProcess({
      service,
      dataDir: `${scene.dataDir}-${name}`,
      port,
      key: scene.key,
      bug,
      databaseUrl: postgres.url(database, toDatabase.port),
      mayGiveUp: true,
      environment: {
        NODE_ENV: 'production',
        REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
        BESEDKA_DATABASE_POOL: '8',
      },
    });
    server.start();
    return new ClusterNode(name, server, fromClients, toDatabase, toRedis);
  }

  /** Where clients reach it. */
  get port(): number {
    return this.fromClients.port;
  }

  async stop(): Promise<void> {
    for (const proxy of [this.fromClients, this.toDatabase, this.toRedis]) proxy.heal();
    if (!(await this.server.stop()))
      this.server.surprises.push(`${this.name} did not stop on SIGTERM:\n${this.server.tail(8)}`);
  }

  close(): void {
    for (const proxy of [this.fromClients, this.toDatabase, this.toRedis]) proxy.close();
  }
}
