import { Logger, UseFilters } from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { Authenticator } from '../accounts/authenticator.js';
import { HistoryService, type LogRange } from '../messaging/history.service.js';
import { MessagingService } from '../messaging/messaging.service.js';
import { ReadStateService } from '../messaging/read-state.service.js';
import { metrics } from '../platform/metrics.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem } from '../platform/problems.js';
import { SchemaPipe } from '../platform/schema.pipe.js';
import { AccountFeed } from './account-feed.js';
import { Connections } from './connections.js';
import { Departures } from './departures.js';
import { type CommandAck, type CommandRequest, COMMANDS } from './events.js';
import { Handshake } from './handshake.js';
import { MOST_FOLLOWED, RoomFeed } from './room-feed.js';
import { SessionClock } from './session-clock.js';
import { SocketActors, signedIn } from './socket-actors.js';
import { SocketProblemFilter } from './socket-problem.filter.js';
import { TypingService } from './typing.service.js';

const RESUME_PAGE = 200;

/** The socket door: the same services as the HTTP door, in the words of the event map. */
@UseFilters(SocketProblemFilter)
@WebSocketGateway()
export class ChatGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  private readonly logger = new Logger('socket');

  constructor(
    private readonly handshake: Handshake,
    private readonly authenticator: Authenticator,
    private readonly messaging: MessagingService,
    private readonly history: HistoryService,
    private readonly readStates: ReadStateService,
    private readonly connections: Connections,
    private readonly roomFeed: RoomFeed,
    private readonly accountFeed: AccountFeed,
    private readonly clock: SessionClock,
    private readonly actors: SocketActors,
    private readonly typing: TypingService,
    private readonly departures: Departures,
  ) {}

  afterInit(server: Server): void {
    server.use(this.handshake.admit);
  }

  handleConnection(socket: Socket): void {
    const { connection, accountSeq } = signedIn(socket);
    this.connections.add(connection);
    this.logger.log({ socketId: socket.id, accountId: connection.accountId }, 'connected');
    if (this.accountFeed.open(connection.accountId, accountSeq)) this.begin(socket);
    else void this.beginAnew(socket);
  }

  private begin(socket: Socket): void {
    const { connection, expiresAt, rooms } = signedIn(socket);
    if (connection.ended) return;
    this.clock.start(connection, expiresAt);
    connection.tell('session.ready', {
      accountId: connection.accountId,
      sessionId: connection.actor.sessionId!,
      expiresAt: new Date(expiresAt).toISOString(),
      rooms: rooms.map(({ roomId, lastSeq }) => ({ roomId, headSeq: lastSeq })),
    });
    for (const { roomId, lastSeq } of rooms) this.roomFeed.subscribe(connection, roomId, lastSeq);
  }

  /** The account's log went on between the handshake and now, on another socket of the account: what the handshake read no longer counts. */
  private async beginAnew(socket: Socket): Promise<void> {
    const { connection } = signedIn(socket);
    try {
      do await this.handshake.look(signedIn(socket));
      while (!connection.ended && !this.accountFeed.open(connection.accountId, signedIn(socket).accountSeq));
      this.begin(socket);
    } catch (error) {
      connection.end(problemOf(error).code === 'auth/session-ended' ? 'ended' : 'draining');
    }
  }

  handleDisconnect(socket: Socket, disconnectReason?: string): void {
    this.departures.leave(signedIn(socket).connection, socket.id, disconnectReason);
  }

  @SubscribeMessage('message.send')
  async send(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['message.send'].request)) request: CommandRequest<'message.send'>,
  ): Promise<CommandAck<'message.send'>> {
    // No look at the account first: the write itself decides on session, role and blocks.
    const { connection } = signedIn(socket);
    if (connection.ended) throw new Problem('auth/session-ended');
    const { message, duplicate } = await this.messaging.send(connection.actor, request.roomId, request);
    this.typing.sent(connection.accountId, request.roomId);
    return { ok: true, message, duplicate };
  }

  @SubscribeMessage('message.edit')
  async edit(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['message.edit'].request)) request: CommandRequest<'message.edit'>,
  ): Promise<CommandAck<'message.edit'>> {
    return {
      ok: true,
      message: await this.messaging.edit(await this.actors.actor(socket), request.roomId, request.messageId, request),
    };
  }

  @SubscribeMessage('message.delete')
  async delete(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['message.delete'].request)) request: CommandRequest<'message.delete'>,
  ): Promise<CommandAck<'message.delete'>> {
    await this.messaging.delete(await this.actors.actor(socket), request.roomId, request.messageId);
    return { ok: true };
  }

  @SubscribeMessage('read.mark')
  async markRead(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['read.mark'].request)) request: CommandRequest<'read.mark'>,
  ): Promise<CommandAck<'read.mark'>> {
    return {
      ok: true,
      state: await this.readStates.markRead(await this.actors.actor(socket), request.roomId, request.seq),
    };
  }

  /** Live delivery is held while the range is read and goes on behind it, so that nothing is missing or doubled in between. */
  @SubscribeMessage('room.resume')
  async resume(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['room.resume'].request)) { roomId, after }: CommandRequest<'room.resume'>,
    @Ack() ack: (answer: CommandAck<'room.resume'>) => void,
  ): Promise<void> {
    const { connection } = signedIn(socket);
    const followed = this.roomFeed.subscriptionsOf(connection);
    const before = followed.get(roomId);
    if (!before && followed.size >= MOST_FOLLOWED)
      throw new Problem('rate/limited', { detail: `At most ${MOST_FOLLOWED} rooms on one socket.` });
    before?.stream.hold(before);
    let place = before?.position ?? after;
    let entitledAt = place;
    try {
      const { facts, head, more } = await this.readable(socket, roomId, after);
      place = facts.at(-1)?.seq ?? after;
      entitledAt = head;
      metrics.resumeEvents.observe(facts.length);
      ack({
        ok: true,
        events: facts.map(({ seq, event, payload }) => ({ seq, event, data: { ...payload } })),
        head,
        more,
      });
    } catch (error) {
      if (before) before.stream.release(before, place);
      throw error;
    }
    // Being added meanwhile begins a subscription too, at another place than the one that was just answered.
    const now = followed.get(roomId);
    if (now && now !== before) now.stream.hold(now);
    if (now) now.stream.release(now, place);
    else if (!before) this.roomFeed.subscribe(connection, roomId, place, entitledAt);
  }

  @SubscribeMessage('session.renew')
  async renew(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['session.renew'].request)) { token }: CommandRequest<'session.renew'>,
  ): Promise<CommandAck<'session.renew'>> {
    const { connection } = signedIn(socket);
    const { actor, expiresAt } = await this.authenticator.actorOf(token);
    if (actor.accountId !== connection.accountId || actor.sessionId !== connection.actor.sessionId)
      throw new Problem('auth/token-invalid', { detail: 'The token belongs to another session.' });
    this.clock.start(connection, expiresAt);
    return { ok: true, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** The log after a seq, read again when the role changed meanwhile: else its old rights would let this socket listen on. */
  private async readable(socket: Socket, roomId: number, after: number): Promise<LogRange> {
    const { connection } = signedIn(socket);
    for (;;) {
      const { roleChanges } = connection;
      const range = await this.history.events(await this.actors.actor(socket), roomId, after, RESUME_PAGE);
      if (connection.roleChanges === roleChanges) return range;
    }
  }
}
