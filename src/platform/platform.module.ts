import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Config } from './config.js';
import { Database } from './database.js';
import { type DatabaseAddress, dataSourceOptions, type Schema } from './data-source.js';
import { ClusterIdentity } from './cluster-identity.js';
import { Fence } from './fence.js';
import { Housekeeping } from './housekeeping.js';
import { HintRelay } from './hint-relay.js';
import { Hints } from './hints.js';
import { Limits } from './limits.js';
import { NodeBus } from './node-bus.js';
import { ThisNode } from './node.js';
import { RedisLink } from './redis.js';
import { WorkInFlight } from './work-in-flight.js';

/** Configuration and the database, for every module. */
@Global()
@Module({})
export class PlatformModule {
  static with(config: Config, address: DatabaseAddress, schema: Schema): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(address, schema, {
            connections: config.get('BESEDKA_DATABASE_POOL'),
            synchronize: config.get('BESEDKA_SYNCHRONIZE'),
          }),
          retryAttempts: 3,
          retryDelay: 500,
        }),
      ],
      providers: [
        { provide: Config, useValue: config },
        Hints,
        {
          provide: Database,
          useFactory: (source: DataSource, hints: Hints) => new Database(source, hints),
          inject: [DataSource, Hints],
        },
        ThisNode,
        Fence,
        RedisLink,
        ClusterIdentity,
        NodeBus,
        HintRelay,
        WorkInFlight,
        Limits,
        Housekeeping,
      ],
      exports: [
        Config,
        Hints,
        Database,
        ThisNode,
        Fence,
        RedisLink,
        NodeBus,
        ClusterIdentity,
        WorkInFlight,
        Limits,
        Housekeeping,
      ],
    };
  }
}
