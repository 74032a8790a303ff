/**
 * The hardened Socket.IO adapter of Nest.
 *
 * Invariants, and what breaks without them:
 * - every command with an ack is answered within five seconds, once, whatever happens: a client must never wait for nothing;
 * - commands of one socket are handled in their order, one after the other: else they are stored in another order than sent;
 * - what is too wide, too deep, binary or unknown never reaches a handler;
 * - sockets that have not signed in are counted by address and go after five seconds: else anybody could hold as many as he likes;
 * - a foreign web page opens no socket: CORS does not apply to WebSockets, so the Origin is looked at here.
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { MessageMappingProperties } from '@nestjs/websockets';
import type { Server, ServerOptions, Socket } from 'socket.io';
import { addressKey } from '../accounts/device.js';
import type { Config } from '../platform/config.js';
import { endWithProblem } from '../platform/client-error.js';
import { Limits } from '../platform/limits.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem } from '../platform/problems.js';
import { WorkInFlight } from '../platform/work-in-flight.js';
import { isAllowedOrigin } from './allowed-origin.js';
import { callerAddress } from './caller-address.js';
import { CommandQueue, type Handler, refuse } from './command.queue.js';
import { Connections } from './connections.js';
import { terminate } from './joined-frames.js';
import type { SignedIn } from './handshake.js';
import { problemWith } from './packet.guard.js';
import { RateAbuse } from './rate-abuse.js';

export const FRAME_BYTES = 64 * 1024;
const PATH = '/socket.io';
/** How the addresses of Socket.IO begin. */
export const SOCKET_IO_PATH = `${PATH}/`;

export class SocketAdapter extends IoAdapter {
  private readonly work: WorkInFlight;
  private readonly tables = new WeakMap<Socket, Map<string, Handler>>();

  constructor(
    private readonly app: INestApplicationContext,
    private readonly config: Config,
  ) {
    super(app);
    this.work = app.get(WorkInFlight);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server: Server = super.createIOServer(port, {
      ...options,
      path: PATH,
      transports: this.config.get('BESEDKA_TRANSPORTS').split(',') as ServerOptions['transports'],
      serveClient: true,
      maxHttpBufferSize: FRAME_BYTES,
      connectTimeout: 5_000,
      pingInterval: 25_000,
      pingTimeout: 20_000,
      perMessageDeflate: false,
      httpCompression: false,
      cookie: false,
      // Else it would close the sockets of the raw door, which closes what is nobody's.
      destroyUpgrade: false,
      allowEIO3: false,
      cors: this.corsOf(),
      allowRequest: (request: IncomingMessage, answer: (error: string | null, allowed: boolean) => void) =>
        this.admit(request, answer),
    } as unknown as ServerOptions);
    (server.engine as EventEmitter).on('connection', (conn: Socket['conn']) =>
      this.app.get(Connections).addStranger(conn, this.addressOf(conn.request), () => terminate(conn)),
    );
    return server;
  }

  override bindMessageHandlers(socket: Socket, handlers: MessageMappingProperties[]): void {
    const known = this.tables.get(socket);
    const table = known ?? new Map<string, Handler>();
    for (const { message, callback } of handlers) table.set(message as string, callback as Handler);
    // Every gateway adds its commands; all of a socket's wait in one queue.
    if (known) return;
    this.tables.set(socket, table);
    const { connection } = (socket.data as { signedIn: SignedIn }).signedIn;
    const queue = new CommandQueue(table, this.work, () => connection.isOverfull());
    const abuse = this.app.get(RateAbuse);
    // Not a socket.use: listeners to any event are called before those, so that a refused packet would be carried out as well.
    socket.onAny((...packet: unknown[]) => {
      const problem = abuse.refusalOf(connection, packet[0]) ?? problemWith(packet, table);
      if (!problem) return queue.push(packet[0] as string, packet.slice(1));
      refuse(packet.at(-1), problem);
      abuse.note(connection, problem);
    });
    socket.once('disconnect', () => queue.clear());
  }

  private admit(request: IncomingMessage, answer: (error: string | null, allowed: boolean) => void): void {
    try {
      if (this.work.draining) throw new Problem('server/draining', { retryAfter: 1 });
      if (!isAllowedOrigin(request, this.config)) throw new Problem('origin/forbidden');
      const address = this.addressOf(request);
      this.app.get(Limits).take('handshake', addressKey(address));
      this.app.get(Connections).admitStranger(address);
      answer(null, true);
    } catch (error) {
      const problem = problemOf(error);
      // Engine.IO would refuse a WebSocket with 400, whatever the reason.
      if (request.headers.upgrade !== undefined) endWithProblem(request.socket, problem);
      answer(problem.code, false);
    }
  }

  private addressOf({ headers, socket }: IncomingMessage): string {
    return callerAddress(headers, socket.remoteAddress ?? '', this.config.get('BESEDKA_TRUST_PROXY'));
  }

  private corsOf() {
    const origins = this.config.get('BESEDKA_CORS_ORIGINS');
    return origins.length === 0
      ? undefined
      : { origin: origins.includes('*') ? '*' : origins, credentials: this.config.get('BESEDKA_CORS_CREDENTIALS') };
  }
}
