import { type ArgumentsHost, Catch, Logger, type WsExceptionFilter } from '@nestjs/common';
import { logFailure } from '../platform/problem.filter.js';
import { problemOf } from '../platform/problem-of.js';
import { refusal } from './command.queue.js';

/** Answers the ack of a command whose handler, guard or pipe threw. Every gateway must carry it: APP_FILTER does not reach gateways. */
@Catch()
export class SocketProblemFilter implements WsExceptionFilter {
  private readonly logger = new Logger('socket');

  catch(error: unknown, host: ArgumentsHost): void {
    const ack: unknown = host.getArgByIndex(2);
    const problem = problemOf(error);
    logFailure(this.logger, problem, error);
    if (typeof ack === 'function') (ack as (answer: unknown) => void)(refusal(problem));
  }
}
