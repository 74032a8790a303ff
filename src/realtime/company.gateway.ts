import { UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { DeliveredMarks } from '../messaging/delivered-marks.service.js';
import { SchemaPipe } from '../platform/schema.pipe.js';
import { type CommandAck, type CommandRequest, COMMANDS } from './events.js';
import { OwnPresence } from './own-presence.js';
import { PresenceService } from './presence.service.js';
import { PresenceWatch } from './presence.watch.js';
import { SocketActors, signedIn } from './socket-actors.js';
import { SocketProblemFilter } from './socket-problem.filter.js';
import { TypingService } from './typing.service.js';

/** The commands about what people do besides talking: who is here, who is typing, and what has reached them. */
@UseFilters(SocketProblemFilter)
@WebSocketGateway()
export class CompanyGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    private readonly actors: SocketActors,
    private readonly presence: PresenceService,
    private readonly own: OwnPresence,
    private readonly watching: PresenceWatch,
    private readonly typing: TypingService,
    private readonly delivered: DeliveredMarks,
  ) {}

  handleConnection(socket: Socket): void {
    this.own.opened(signedIn(socket).connection);
  }

  handleDisconnect(socket: Socket): void {
    const { connection } = signedIn(socket);
    this.own.closed(connection);
    this.watching.forget(connection);
  }

  @SubscribeMessage('presence.watch')
  async watch(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['presence.watch'].request)) request: CommandRequest<'presence.watch'>,
  ): Promise<CommandAck<'presence.watch'>> {
    const actor = await this.actors.actor(socket);
    return { ok: true, people: await this.presence.watch(actor, signedIn(socket).connection, request.accountIds) };
  }

  @SubscribeMessage('presence.set')
  async set(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['presence.set'].request)) { state }: CommandRequest<'presence.set'>,
  ): Promise<CommandAck<'presence.set'>> {
    await this.actors.actor(socket);
    this.presence.set(signedIn(socket).connection, state);
    return { ok: true };
  }

  @SubscribeMessage('typing.start')
  async startTyping(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['typing.start'].request)) { roomId }: CommandRequest<'typing.start'>,
  ): Promise<CommandAck<'typing.start'>> {
    await this.typing.start(await this.actors.actor(socket), roomId);
    return { ok: true };
  }

  @SubscribeMessage('typing.stop')
  async stopTyping(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['typing.stop'].request)) { roomId }: CommandRequest<'typing.stop'>,
  ): Promise<CommandAck<'typing.stop'>> {
    await this.typing.stop(await this.actors.actor(socket), roomId);
    return { ok: true };
  }

  @SubscribeMessage('delivered.mark')
  async markDelivered(
    @ConnectedSocket() socket: Socket,
    @MessageBody(new SchemaPipe(COMMANDS['delivered.mark'].request)) { roomId, seq }: CommandRequest<'delivered.mark'>,
  ): Promise<CommandAck<'delivered.mark'>> {
    return { ok: true, ...(await this.delivered.mark(await this.actors.actor(socket), roomId, seq)) };
  }
}
