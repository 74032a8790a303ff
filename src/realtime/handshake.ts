import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { Authenticator } from '../accounts/authenticator.js';
import { PersonalBlocksService } from '../accounts/personal-blocks.service.js';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { ThisNode } from '../platform/node.js';
import { metrics } from '../platform/metrics.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem, viewOfProblem } from '../platform/problems.js';
import { WorkInFlight } from '../platform/work-in-flight.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { AccountLogRepository } from './account-log.repository.js';
import { Connection } from './connection.js';
import { callerAddress } from './caller-address.js';
import { Connections } from './connections.js';
import { RateAbuse } from './rate-abuse.js';
import { SocketIoWire } from './wire.js';

/** What a socket that is about to open stands on. */
export interface Transport {
  isOpen(): boolean;
  onceClosed(listener: () => void): void;
}

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
    private readonly personalBlocks: PersonalBlocksService,
    private readonly config: Config,
    private readonly node: ThisNode,
    private readonly work: WorkInFlight,
    private readonly abuse: RateAbuse,
  ) {}

  /** Socket.IO middleware: the error of a refusal has the problem's code as its message and the problem as its `data`. */
  readonly admit = (socket: Socket, next: (error?: Error) => void): void => {
    this.admitted(socket).then(
      () => next(),
      (error: unknown) => {
        const problem = problemOf(error);
        metrics.problems.inc({ code: problem.code, door: 'socket' });
        next(Object.assign(new Error(problem.code), { data: viewOfProblem(problem) }));
      },
    );
  };

  private async admitted(socket: Socket): Promise<void> {
    const done = this.work.begin();
    await this.signIn(socket).finally(done);
  }

  private async signIn(socket: Socket): Promise<void> {
    const { actor, expiresAt } = await this.authenticator.actorOf(tokenOf(socket));
    const { headers, address: peer } = socket.handshake;
    const address = callerAddress(headers, peer, this.config.get('BESEDKA_TRUST_PROXY'));
    const wire = new SocketIoWire(socket, this.config.get('BESEDKA_JOINED_FRAMES'));
    const known = { connection: new Connection(wire, actor, address), expiresAt, accountSeq: 0, rooms: [] };
    const transport: Transport = {
      isOpen: () => socket.conn.readyState === 'open',
      onceClosed: (listener) => socket.conn.once('close', listener),
    };
    if (!(await this.takeIn(known, transport, () => this.look(known)))) return;
    (socket.data as { signedIn?: SignedIn }).signedIn = known;
    this.connections.welcome(socket.conn);
  }

  /** Takes a place for a socket, as long as its transport lives, and lets it look around; false when its peer has gone. */
  async takeIn({ connection }: SignedIn, transport: Transport, look: () => Promise<void>): Promise<boolean> {
    const { accountId, address } = connection;
    await this.abuse.admit(accountId);
    const release = this.connections.reserve(accountId, address);
    transport.onceClosed(release);
    if (!transport.isOpen()) {
      release();
      return false;
    }
    // Written down first: from here on whoever blocks the account waits for this node.
    const detach = once(() => this.node.detach(accountId));
    transport.onceClosed(detach);
    try {
      await this.node.attach(accountId);
      await look();
    } catch (error) {
      detach();
      throw error;
    }
    return true;
  }

  /** Reads the account's place in its log, then whether its session still holds, then its rooms and personal blocks: what changes after each look is then heard. */
  async look(signedIn: SignedIn): Promise<void> {
    const { accountId, sessionId } = signedIn.connection.actor;
    const [account] = await this.accountLog.heads(this.database, [accountId]);
    await this.authenticator.actorOfSession(sessionId!, accountId);
    signedIn.accountSeq = account?.last_seq ?? 0;
    const [rooms, blockedIds] = await Promise.all([
      this.rooms.roomsOf(this.database, accountId),
      this.personalBlocks.blockedIds(this.database, accountId),
    ]);
    signedIn.rooms = rooms;
    signedIn.connection.personallyBlocked = new Set(blockedIds);
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
