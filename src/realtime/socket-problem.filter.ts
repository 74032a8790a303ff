import { type ArgumentsHost, Catch, Injectable, Logger, type WsExceptionFilter } from '@nestjs/common';
import { logFailure } from '../platform/problem.filter.js';
import { problemOf } from '../platform/problem-of.js';
import type { Socket } from 'socket.io';
import { refusal } from './command.queue.js';
import type { SignedIn } from './handshake.js';
import { RateAbuse } from './rate-abuse.js';

/** Answers the ack of a command whose handler, guard or pipe threw. Every gateway must carry it: APP_FILTER does not reach gateways. */
@Catch()
@Injectable()
export class SocketProblemFilter implements WsExceptionFilter {
  private readonly logger = new Logger('socket');

  constructor(private readonly abuse: RateAbuse) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const ack: unknown = host.getArgByIndex(2);
    const problem = problemOf(error);
    logFailure(this.logger, problem, error);
    if (typeof ack === 'function') (ack as (answer: unknown) => void)(refusal(problem));
    const socket = host.switchToWs().getClient<Socket>();
    this.abuse.note((socket.data as { signedIn: SignedIn }).signedIn.connection, problem);
  }
}
