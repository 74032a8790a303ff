import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { WorkInFlight } from '../platform/work-in-flight.js';
import { Connections } from '../realtime/connections.js';

/** Longer than any answer takes: commands are answered within five seconds, statements end after five. */
const PATIENCE_MS = 8_000;
/** Time for a peer to close its side. */
const FAREWELL_MS = 500;

/**
 * How this node stops without a sender being left in the dark: it refuses new work, answers what it has begun, tells its sockets when to
 * come back, and closes them.
 */
@Injectable()
export class Drain implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('drain');
  private readonly open = new Set<Socket>();
  private running: Promise<void> | undefined;

  constructor(
    private readonly work: WorkInFlight,
    private readonly connections: Connections,
    http: HttpAdapterHost,
  ) {
    const server = http.httpAdapter?.getHttpServer() as Server | undefined;
    server?.on('connection', (socket: Socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /** Resolves when all sockets are told; calling it again is waiting for the same. */
  run(): Promise<void> {
    return (this.running ??= this.drain());
  }

  onModuleDestroy(): Promise<void> {
    return this.run();
  }

  /** Whoever has not closed his side after the farewell would keep the server from closing. */
  beforeApplicationShutdown(): void {
    setTimeout(() => this.open.forEach((socket) => socket.destroy()), FAREWELL_MS).unref();
  }

  private async drain(): Promise<void> {
    const began = performance.now();
    this.work.refuseMore();
    const left = await this.work.settled(PATIENCE_MS);
    const sockets = await this.connections.dismiss();
    this.logger.log({ milliseconds: Math.round(performance.now() - began), unanswered: left, sockets }, 'drained');
  }
}
