import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Connections } from './connections.js';

const LOOK_MS = 1_000;

/** Looks each second for sockets of this node that take nothing any more, also while nothing new is sent to them. */
@Injectable()
export class SlowConsumers implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly connections: Connections) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const connection of this.connections.all()) connection.cutIfStalled();
  }
}
