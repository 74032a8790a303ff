import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { newMessage } from '../messaging/message.schema.js';
import { MessagingService } from '../messaging/messaging.service.js';
import type { RawSpeech } from '../messaging/raw-sockets.js';
import type { Asked } from '../platform/manner.js';
import { logFailure } from '../platform/problem.filter.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem, type ProblemView } from '../platform/problems.js';
import { SchemaPipe } from '../platform/schema.pipe.js';
import { WorkInFlight } from '../platform/work-in-flight.js';
import { CommandQueue, type Handler, refusal } from './command.queue.js';
import type { Connection } from './connection.js';
import { RateAbuse } from './rate-abuse.js';
import type { RawWire } from './raw.wire.js';
import { TypingService } from './typing.service.js';

/** A raw socket that is open. */
export interface OpenRawSocket {
  readonly connection: Connection;
  readonly wire: RawWire;
  readonly speech: RawSpeech;
  readonly roomId: number;
  readonly asked: Asked;
}

const NEW_MESSAGE = new SchemaPipe(newMessage);
const SEND = 'message.send';
const UNREADABLE = 'raw.unreadable';

/** What is said on raw sockets: the messages of each in their order, under the rules and limits of `message.send`. */
@Injectable()
export class RawTalk {
  private readonly logger = new Logger('socket');

  constructor(
    private readonly messaging: MessagingService,
    private readonly typing: TypingService,
    private readonly abuse: RateAbuse,
    private readonly work: WorkInFlight,
  ) {}

  /** Begins to listen to this socket. */
  listen(webSocket: WebSocket, socket: OpenRawSocket): void {
    const { connection } = socket;
    const handlers = new Map<string, Handler>([
      [SEND, (text: unknown) => this.send(socket, text as string)],
      [UNREADABLE, () => Promise.resolve(connection.close('unreadable'))],
    ]);
    const queue = new CommandQueue(handlers, this.work, () => connection.isOverfull());
    webSocket.on('message', (frame: Buffer, isBinary) => {
      if (connection.ended) return;
      if (isBinary) connection.close('binary');
      else this.hear(socket, queue, frame);
    });
    webSocket.once('close', () => queue.clear());
  }

  private hear(socket: OpenRawSocket, queue: CommandQueue, frame: Buffer): void {
    const { connection, speech } = socket;
    const answer = (said: unknown) => this.tellRefusal(socket, said as Awaited<ReturnType<RawTalk['send']>>);
    try {
      const text = speech.read(frame);
      if (text !== undefined) return queue.push(SEND, [text, answer]);
    } catch (error) {
      const problem = problemOf(error);
      // Behind what was said before it.
      if (problem.code === 'request/malformed') return queue.push(UNREADABLE, []);
      answer(refusal(problem));
    }
    const tooMuch = this.abuse.refusalOf(connection, undefined);
    if (tooMuch) this.abuse.note(connection, tooMuch);
  }

  private async send(
    { connection, roomId }: OpenRawSocket,
    text: string,
  ): Promise<{ ok: true } | ReturnType<typeof refusal>> {
    try {
      // No look at the account first: the write itself decides on session, role and blocks.
      if (connection.ended) throw new Problem('auth/session-ended');
      await this.messaging.send(connection.actor, roomId, NEW_MESSAGE.transform({ text, clientId: randomUUID() }));
      this.typing.sent(connection.accountId, roomId);
      return { ok: true };
    } catch (error) {
      const problem = problemOf(error);
      logFailure(this.logger, problem, error);
      this.abuse.note(connection, problem);
      return refusal(problem);
    }
  }

  /** Who hears his message knows that it was stored; of one that was not, its sender is told why. */
  private tellRefusal(
    { connection, wire, speech, asked }: OpenRawSocket,
    said: { ok: true } | { ok: false; problem: ProblemView },
  ): void {
    if (said.ok || connection.ended) return;
    const { code, detail, errors, retryAfter } = said.problem;
    const facts = { ...(detail && { detail }), ...(errors && { errors }), ...(retryAfter && { retryAfter }) };
    wire.say(JSON.stringify(speech.refusalOf(new Problem(code, facts), asked).body));
  }
}
