/**
 * The door for plain WebSockets beside Socket.IO, on the same port.
 *
 * Invariants, and what breaks without them:
 * - a raw socket is a Connection like any other, written down for its account before it opens: a block that did not wait for it would not be one;
 * - it opens behind a look at the room and hears what comes after that look, and it closes when the room is no longer its owner's to hear;
 * - an upgrade that nobody here takes is refused at once: Engine.IO no longer closes what is not its own, and it would stay open for ever.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { addressKey } from '../accounts/device.js';
import { HistoryService } from '../messaging/history.service.js';
import type { MessageView } from '../messaging/message.dto.js';
import { type RawCaller, RawSockets, type RawSpeech } from '../messaging/raw-sockets.js';
import { endWithProblem } from '../platform/client-error.js';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { Limits } from '../platform/limits.js';
import type { Asked } from '../platform/manner.js';
import { logFailure } from '../platform/problem.filter.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem } from '../platform/problems.js';
import { WorkInFlight } from '../platform/work-in-flight.js';
import { Rosters } from '../rooms/rosters.service.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { AccountFeed } from './account-feed.js';
import { isAllowedOrigin } from './allowed-origin.js';
import { callerAddress } from './caller-address.js';
import { Connection } from './connection.js';
import { Connections } from './connections.js';
import { Departures } from './departures.js';
import { Handshake, type SignedIn } from './handshake.js';
import type { EncodedFact } from './joined-frames.js';
import { OwnPresence } from './own-presence.js';
import { type OpenRawSocket, RawTalk } from './raw-talk.js';
import { RawWire } from './raw.wire.js';
import { RoomFeed } from './room-feed.js';
import { SessionClock } from './session-clock.js';
import { FRAME_BYTES, SOCKET_IO_PATH } from './socket.adapter.js';

const PING_MS = 25_000;
/** For a peer that broke the protocol to close its side. */
const FAREWELL_MS = 1_000;

interface Opening extends OpenRawSocket {
  readonly known: SignedIn;
  readonly caller: RawCaller;
  /** The room's newest seq at the last look. */
  head: number;
}

@Injectable()
export class RawDoor implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('socket');
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: FRAME_BYTES,
    perMessageDeflate: false,
  });
  private readonly frames = new WeakMap<RawSpeech, WeakMap<EncodedFact, string>>();
  private readonly silent = new WeakSet<WebSocket>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly config: Config,
    private readonly database: Database,
    private readonly limits: Limits,
    private readonly work: WorkInFlight,
    private readonly sockets: RawSockets,
    private readonly handshake: Handshake,
    private readonly rooms: RoomsService,
    private readonly rosters: Rosters,
    private readonly history: HistoryService,
    private readonly connections: Connections,
    private readonly accountFeed: AccountFeed,
    private readonly roomFeed: RoomFeed,
    private readonly clock: SessionClock,
    private readonly presence: OwnPresence,
    private readonly departures: Departures,
    private readonly talk: RawTalk,
  ) {}

  onModuleInit(): void {
    const server = this.http.httpAdapter?.getHttpServer() as Server | undefined;
    server?.on('upgrade', (request: IncomingMessage, tcp: Socket, head: Buffer) => {
      if (!request.url?.startsWith(SOCKET_IO_PATH)) void this.answer(request, tcp, head);
    });
    this.timer = setInterval(() => this.ping(), PING_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async answer(request: IncomingMessage, tcp: Socket, head: Buffer): Promise<void> {
    tcp.on('error', () => tcp.destroy());
    const asked = { method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers };
    const place = this.sockets.at(asked.url.split('?')[0]!);
    try {
      if (!place) throw new Problem('route/not-found');
      await this.admit(request, tcp, head, { ...place, asked });
    } catch (error) {
      const problem = problemOf(error);
      logFailure(this.logger, problem, error);
      endWithProblem(tcp, problem, place?.speech.refusalOf(problem, asked));
    }
  }

  private async admit(
    request: IncomingMessage,
    tcp: Socket,
    head: Buffer,
    place: { speech: RawSpeech; roomId: number; asked: Asked },
  ): Promise<void> {
    const done = this.work.begin();
    try {
      if (!isAllowedOrigin(request, this.config)) throw new Problem('origin/forbidden');
      const address = callerAddress(request.headers, tcp.remoteAddress ?? '', this.config.get('BESEDKA_TRUST_PROXY'));
      this.limits.take('handshake', addressKey(address));
      this.connections.admitStranger(address);
      this.connections.addStranger(tcp, address, () => tcp.destroy());
      const caller = await place.speech.callerOf(request);
      const opening = this.openingOf(caller, address, place);
      const transport = {
        isOpen: () => !tcp.destroyed,
        onceClosed: (listener: () => void) => void tcp.once('close', listener),
      };
      if (!(await this.handshake.takeIn(opening.known, transport, () => this.look(opening))) || tcp.destroyed) return;
      this.connections.welcome(tcp);
      this.server.handleUpgrade(request, tcp, head, (webSocket) => this.begin(webSocket, opening));
    } finally {
      done();
    }
  }

  private openingOf(
    caller: RawCaller,
    address: string,
    place: { speech: RawSpeech; roomId: number; asked: Asked },
  ): Opening {
    const wire = new RawWire((fact) => this.frameOf(place.speech, fact));
    const connection = new Connection(wire, caller.actor, address, place.roomId);
    const known = { connection, expiresAt: caller.expiresAt, accountSeq: 0, rooms: [] };
    return { ...place, caller, wire, connection, known, head: 0 };
  }

  /** Looks who it is, and then whether he may read the room; that a room is there is no secret at this door. */
  private async look(opening: Opening): Promise<void> {
    const { known, connection, roomId } = opening;
    await this.handshake.look(known);
    const [room] = await this.rooms.headsOf(this.database, [roomId]);
    if (!room) throw new Problem('room/not-found');
    opening.head = await this.rosters.tellingApart(
      roomId,
      async () => (await this.history.events(connection.actor, roomId, room.lastSeq, 1)).head,
    );
  }

  private begin(webSocket: WebSocket, opening: Opening): void {
    const { connection, wire } = opening;
    const socketId = randomUUID();
    wire.carryBy(webSocket);
    webSocket.on('pong', () => this.silent.delete(webSocket));
    webSocket.on('error', () => setTimeout(() => webSocket.terminate(), FAREWELL_MS).unref());
    webSocket.once('close', (code) => {
      this.presence.closed(connection);
      this.departures.leave(connection, socketId, `closed ${code}`);
    });
    this.connections.add(connection);
    this.presence.opened(connection);
    this.logger.log({ socketId, accountId: connection.accountId, roomId: opening.roomId }, 'connected');
    this.talk.listen(webSocket, opening);
    const { accountSeq } = opening.known;
    if (this.accountFeed.open(connection.accountId, accountSeq)) this.follow(opening, opening.head);
    else void this.lookAnew(opening, opening.head);
  }

  private follow({ connection, roomId, known, caller, head }: Opening, position: number): void {
    if (connection.ended) return;
    this.clock.start(connection, known.expiresAt, caller.renew);
    this.roomFeed.subscribe(connection, roomId, position, head);
  }

  /** The account's log went on between the look and now, on another socket of the account: what was seen no longer counts. */
  private async lookAnew(opening: Opening, position: number): Promise<void> {
    const { connection, known } = opening;
    try {
      do await this.look(opening);
      while (!connection.ended && !this.accountFeed.open(connection.accountId, known.accountSeq));
      this.follow(opening, position);
    } catch (error) {
      const { status, code } = problemOf(error);
      connection.close(code === 'auth/session-ended' ? 'ended' : status < 500 ? 'room_lost' : 'draining');
    }
  }

  /** A message as the API tells it, made once for all who hear it; nothing of what else happens in a room, or of whom the hearer has blocked. */
  private frameOf(speech: RawSpeech, fact: EncodedFact): string | undefined {
    const message = fact.payload as MessageView;
    if (fact.event !== 'message.sent' || message.hidden) return undefined;
    const frames = this.frames.get(speech) ?? new WeakMap<EncodedFact, string>();
    this.frames.set(speech, frames);
    const known = frames.get(fact) ?? speech.write(message);
    frames.set(fact, known);
    return known;
  }

  /** Ends the sockets whose peers have answered nothing since the last ping. */
  private ping(): void {
    for (const webSocket of this.server.clients) {
      if (this.silent.has(webSocket)) webSocket.terminate();
      this.silent.add(webSocket);
      if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
    }
  }
}
