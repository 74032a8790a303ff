/**
 * The hardened Socket.IO adapter of Nest.
 *
 * Invariants, and what breaks without them:
 * - every command with an ack is answered within five seconds, once, whatever happens: a client must never wait for nothing;
 * - commands of one socket are handled in their order, one after the other: else they are stored in another order than sent;
 * - what is too wide, too deep, binary or unknown never reaches a handler;
 * - a foreign web page opens no socket: CORS does not apply to WebSockets, so the Origin is looked at here.
 */
import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { MessageMappingProperties } from '@nestjs/websockets';
import type { Server, ServerOptions, Socket } from 'socket.io';
import type { Config } from '../platform/config.js';
import { endWithProblem } from '../platform/client-error.js';
import { Problem } from '../platform/problems.js';
import { isAllowedOrigin } from './allowed-origin.js';
import { CommandQueue, type Handler, refuse } from './command.queue.js';
import { problemWith } from './packet.guard.js';

const FRAME_BYTES = 64 * 1024;

export class SocketAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    return super.createIOServer(port, {
      ...options,
      path: '/socket.io',
      transports: this.config.get('BESEDKA_TRANSPORTS').split(',') as ServerOptions['transports'],
      serveClient: true,
      maxHttpBufferSize: FRAME_BYTES,
      connectTimeout: 5_000,
      pingInterval: 25_000,
      pingTimeout: 20_000,
      perMessageDeflate: false,
      httpCompression: false,
      cookie: false,
      allowEIO3: false,
      cors: this.corsOf(),
      allowRequest: (request: IncomingMessage, answer: (error: string | null, allowed: boolean) => void) =>
        this.admit(request, answer),
    } as unknown as ServerOptions);
  }

  override bindMessageHandlers(socket: Socket, handlers: MessageMappingProperties[]): void {
    const table = new Map<string, Handler>(
      handlers.map(({ message, callback }) => [message as string, callback as Handler]),
    );
    const queue = new CommandQueue(table);
    // Not a socket.use: listeners to any event are called before those, so that a refused packet would be carried out as well.
    socket.onAny((...packet: unknown[]) => {
      const problem = problemWith(packet, table);
      if (problem) refuse(packet.at(-1), problem);
      else queue.push(packet[0] as string, packet.slice(1));
    });
    socket.once('disconnect', () => queue.clear());
  }

  /** Engine.IO would refuse a WebSocket with 400, whatever the reason. */
  private admit(request: IncomingMessage, answer: (error: string | null, allowed: boolean) => void): void {
    const allowed = isAllowedOrigin(request, this.config);
    if (!allowed && request.headers.upgrade !== undefined)
      endWithProblem(request.socket, new Problem('origin/forbidden'));
    answer(allowed ? null : 'origin/forbidden', allowed);
  }

  private corsOf() {
    const origins = this.config.get('BESEDKA_CORS_ORIGINS');
    return origins.length === 0
      ? undefined
      : { origin: origins.includes('*') ? '*' : origins, credentials: this.config.get('BESEDKA_CORS_CREDENTIALS') };
  }
}
