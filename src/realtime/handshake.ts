import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { Authenticator } from '../accounts/authenticator.js';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { ThisNode } from '../platform/node.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem, viewOfProblem } from '../platform/problems.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { AccountLogRepository } from './account-log.repository.js';
import { Connection } from './connection.js';
import { Connections } from './connections.js';

/** What is known of a socket once its handshake has passed. */
export interface SignedIn {
  connection: Connection;
  expiresAt: number;
  accountSeq: number;
  rooms: { roomId: number; lastSeq: number }[];
}

/**
 * Decides in the handshake who a socket is. It is a middleware, not a connection handler, because messages of a socket are handled
 * before a slow connection handler has ended.
 */
@Injectable()
export class Handshake {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly connections: Connections,
    private readonly database: Database,
    private readonly accountLog: AccountLogRepository,
    private readonly rooms: RoomsService,
    private readonly config: Config,
    private readonly node: ThisNode,
  ) {}

  /** Socket.IO middleware: the error of a refusal has the problem's code as its message and the problem as its `data`. */
  readonly admit = (socket: Socket, next: (error?: Error) => void): void => {
    this.signIn(socket).then(
      () => next(),
      (error: unknown) => {
        const problem = problemOf(error);
        next(Object.assign(new Error(problem.code), { data: viewOfProblem(problem) }));
      },
    );
  };

  private async signIn(socket: Socket): Promise<void> {
    const { actor, expiresAt } = await this.authenticator.actorOf(tokenOf(socket));
    const address = this.addressOf(socket);
    const release = this.connections.reserve(actor.accountId, address);
    socket.conn.once('close', release);
    if (socket.conn.readyState !== 'open') return release();
    // Written down first: from here on whoever blocks the account waits for this node.
    const detach = once(() => this.node.detach(actor.accountId));
    socket.conn.once('close', detach);
    const connection = new Connection(socket, actor, address, this.config.get('BESEDKA_JOINED_FRAMES'));
    const known = { connection, expiresAt, accountSeq: 0, rooms: [] };
    try {
      await this.node.attach(actor.accountId);
      await this.look(known);
    } catch (error) {
      detach();
      throw error;
    }
    (socket.data as { signedIn?: SignedIn }).signedIn = known;
  }

  /** Reads the account's place in its log, then whether its session still holds, then its rooms: what changes after each look is then heard. */
  async look(signedIn: SignedIn): Promise<void> {
    const { accountId, sessionId } = signedIn.connection.actor;
    const [account] = await this.accountLog.heads(this.database, [accountId]);
    await this.authenticator.actorOfSession(sessionId!, accountId);
    signedIn.accountSeq = account?.last_seq ?? 0;
    signedIn.rooms = await this.rooms.roomsOf(this.database, accountId);
  }

  /** As Fastify counts it for HTTP: each trusted proxy has appended the address it saw. */
  private addressOf(socket: Socket): string {
    const proxies = this.config.get('BESEDKA_TRUST_PROXY');
    const forwarded = socket.handshake.headers['x-forwarded-for'];
    if (proxies === 0 || typeof forwarded !== 'string') return socket.handshake.address;
    const addresses = forwarded.split(',').map((address) => address.trim());
    return addresses.at(-proxies) ?? addresses[0]!;
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function tokenOf(socket: Socket): string {
  const { token } = socket.handshake.auth as { token?: unknown };
  if (typeof token === 'string' && token !== '') return token;
  const header = /^Bearer (.+)$/i.exec(socket.handshake.headers.authorization ?? '')?.[1];
  if (header) return header;
  throw new Problem('auth/required');
}
