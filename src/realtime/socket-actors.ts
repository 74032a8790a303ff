import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Actor } from '../accounts/actor.js';
import { Authenticator } from '../accounts/authenticator.js';
import type { SignedIn } from './handshake.js';

/** Who acts on a socket. */
@Injectable()
export class SocketActors {
  constructor(private readonly authenticator: Authenticator) {}

  /** The account as the database has it now, not as it was when the socket opened. */
  async actor(socket: Socket): Promise<Actor> {
    const { actor, address } = signedIn(socket).connection;
    const now = await this.authenticator.actorOfSession(actor.sessionId!, actor.accountId);
    return { ...now, origin: { id: `socket-${socket.id}`, ip: address } };
  }
}

/** What the handshake of this socket has found. */
export function signedIn(socket: Socket): SignedIn {
  return (socket.data as { signedIn: SignedIn }).signedIn;
}
